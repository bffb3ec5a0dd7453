//! An estimate beside the bill: by service, with the difference and its likely cause.

mod cause;
mod period;
mod services;
#[cfg(test)]
mod tests;

pub use cause::Cause;
pub use period::{Kind, Period};

use crate::core::address::Address;
use crate::core::bill::{Cost, Line, Total};
use crate::core::money::{Decimal, Money};
use serde::Serialize;
use std::collections::BTreeMap;

/// The bill of a stack: what Cost Explorer knows of all that carries its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    pub period: Period,
    /// True while AWS says that it may still change.
    pub estimated: bool,
    pub used: Vec<Used>,
    /// The amounts of record types that no estimate has: `Tax`, `Credit`.
    pub apart: BTreeMap<String, Money>,
    /// The first day that each service has costs of, by Cost Explorer's names.
    pub since: BTreeMap<String, String>,
}

/// The record types that stand apart from what is used.
pub const APART: [&str; 4] = ["Credit", "Refund", "Support", "Tax"];

/// The use of one usage type of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Cost Explorer's name of the service: `EC2 - Other`.
    pub service: String,
    /// AWS's name of what is billed: `USE2-NatGateway-Bytes`.
    pub usage_type: String,
    pub unblended: Money,
    /// The same with reservations and Savings Plans spread over the time that they are for.
    pub amortized: Money,
    pub quantity: Decimal,
}

impl Bill {
    /// True when AWS knows no costs, which says nothing of whether there were any.
    pub fn is_empty(&self) -> bool {
        self.used.is_empty() && self.apart.is_empty()
    }
}

/// An estimate beside a bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The services, the largest first.
    pub rows: Vec<Row>,
    pub estimate: Total,
    pub billed: Money,
}

/// A service, or data transfer, which stands by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// AWS's code of the service; Cost Explorer's name where an estimate never has it.
    pub service: String,
    pub estimate: Total,
    /// The bill's amount for a month, as `Period::scale` has it. None where the bill does not have the service.
    pub billed: Option<Money>,
    /// The likely causes of the difference, the likeliest first; none where there is hardly one.
    pub causes: Vec<Cause>,
    /// The lines of the bill, as AWS billed them.
    pub used: Vec<Used>,
}

impl Row {
    /// Returns how much more was billed than estimated; None where a part of the estimate is not known.
    pub fn difference(&self) -> Option<Money> {
        difference(self.estimate, self.billed.unwrap_or_default())
    }
}

impl Comparison {
    pub fn difference(&self) -> Option<Money> {
        difference(self.estimate, self.billed)
    }
}

fn difference(estimate: Total, billed: Money) -> Option<Money> {
    estimate.is_known().then(|| billed - estimate.list.likely)
}

/// A service on both sides.
#[derive(Default)]
struct Both<'a> {
    lines: Vec<(&'a Address, &'a Line)>,
    used: Vec<Used>,
}

/// Compares an estimate with a bill.
pub fn compare(cost: &Cost, bill: &Bill) -> Comparison {
    let mut services = BTreeMap::<&str, Both<'_>>::new();
    for (address, line) in cost.lines() {
        services.entry(&line.service).or_default().lines.push((address, line));
    }
    for used in &bill.used {
        let service = services::code(&used.service, &used.usage_type).unwrap_or(&used.service);
        services.entry(service).or_default().used.push(used.clone());
    }
    let row = |(service, Both { lines, used }): (&str, Both<'_>)| {
        let estimate = lines.iter().map(|(_, line)| line.total()).sum::<Total>();
        let billed = (!used.is_empty()).then(|| bill.period.scale(used.iter().map(|used| used.unblended).sum()));
        let facts = cause::Facts { estimate, billed, lines: &lines, used: &used, bill, region: &cost.region };
        Row { service: service.to_owned(), estimate, billed, causes: cause::causes(&facts), used }
    };
    let mut rows = services.into_iter().map(row).collect::<Vec<_>>();
    rows.sort_by_key(|row| std::cmp::Reverse(row.estimate.list.likely.max(row.billed.unwrap_or_default())));
    let billed = rows.iter().filter_map(|row| row.billed).sum();
    Comparison { rows, estimate: cost.total(), billed }
}
