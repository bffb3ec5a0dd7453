//! The bill of a stack: what Cost Explorer knows of all that carries its tag.

use super::Error;
use crate::aws::Aws;
use crate::aws::cost_explorer::{Answer, Asked, Billed};
use crate::core::money::{Decimal, Money};
use crate::pricing::actual::{APART, Bill, Period, Used};
use aws_sdk_costexplorer::types::Dimension;
use std::collections::BTreeMap;

/// Asks for the bill of some days, in two requests, which cost a cent each: what was used, and what each day had of which record type.
pub async fn bill(aws: &Aws, period: &Period) -> Result<Bill, Error> {
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let used = Asked { from: &from, to: &to, daily: false, by: [Dimension::Service, Dimension::UsageType], without: &APART };
    let days = Asked { daily: true, by: [Dimension::Service, Dimension::RecordType], without: &[], ..used.clone() };
    let (used, days) = tokio::try_join!(aws.billed(&used), aws.billed(&days))?;
    Ok(gathered(period, used, days))
}

/// Puts the two answers together. Days that lie in two months come in two parts.
fn gathered(period: &Period, used: Answer, days: Answer) -> Bill {
    let estimated = used.estimated;
    let mut sums = BTreeMap::<[String; 2], (Money, Money, Decimal)>::new();
    for Billed { keys, unblended, amortized, quantity, .. } in used.billed {
        let sum = sums.entry(keys).or_default();
        *sum = (sum.0 + unblended, sum.1 + amortized, sum.2.saturating_add(quantity));
    }
    let used = sums.into_iter().map(|([service, usage_type], (unblended, amortized, quantity))| Used {
        service,
        usage_type,
        unblended,
        amortized,
        quantity,
    });
    let used = used.collect();
    let (mut apart, mut since) = (BTreeMap::<String, Money>::new(), BTreeMap::<String, String>::new());
    for Billed { day, keys: [service, record_type], unblended, .. } in days.billed {
        if APART.contains(&record_type.as_str()) {
            *apart.entry(record_type).or_default() += unblended;
        } else if unblended != Money::ZERO {
            let first = since.entry(service).or_insert_with(|| day.clone());
            *first = day.min(first.clone());
        }
    }
    Bill { period: period.clone(), estimated, used, apart, since }
}
