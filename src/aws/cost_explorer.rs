//! Cost Explorer: the sums that AWS bills for what carries a stack's tag. It is one service for all regions, and each request
//! costs $0.01: <https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/>

use super::{Aws, During, Error, Result};
use crate::core::identity::TAG_STACK;
use crate::core::money::{Decimal, Money, number};
use aws_sdk_costexplorer::types::{
    DateInterval, Dimension, DimensionValues, Expression, Granularity, Group, GroupDefinition, GroupDefinitionType, TagValues,
};

const OPERATION: &str = "ce.GetCostAndUsage";

/// The most pages of one answer. The bill of a stack has a few hundred sums, and a page some thousands.
const PAGES: usize = 20;

/// A question to Cost Explorer.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The first day: `2026-10-01`.
    pub from: &'a str,
    /// The day after the last.
    pub to: &'a str,
    /// True for a sum a day; else there is one for each month that the days lie in.
    pub daily: bool,
    /// The dimensions that sums are made by; AWS takes two at the most.
    pub by: [Dimension; 2],
    /// The record types that do not count: `Tax`.
    pub without: &'a [&'a str],
}

/// One sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// The first day that it is of.
    pub day: String,
    /// The values of the dimensions that it is of.
    pub keys: [String; 2],
    pub unblended: Money,
    /// The same with what was paid in advance spread over the time that it was paid for.
    pub amortized: Money,
    /// The amount that was used. It means something only where all of it has one unit, as of one usage type.
    pub quantity: Decimal,
}

/// The sums of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub billed: Vec<Billed>,
    /// True while AWS says that they may still change.
    pub estimated: bool,
}

impl Aws {
    /// Asks what AWS billed in this account for what carries the stack's tag.
    pub async fn billed(&self, asked: &Asked<'_>) -> Result<Answer> {
        let Asked { from, to, daily, by, without } = asked;
        let refused = |error: aws_sdk_costexplorer::error::BuildError| Error::new(OPERATION, "InvalidRequest", error.to_string());
        let period = DateInterval::builder().start(*from).end(*to).build().map_err(refused)?;
        let granularity = if *daily { Granularity::Daily } else { Granularity::Monthly };
        let mut answer = Answer::default();
        let mut next = None;
        for _ in 0..PAGES {
            let mut call = self.cost_explorer.get_cost_and_usage().time_period(period.clone()).granularity(granularity.clone());
            for dimension in by {
                call = call.group_by(GroupDefinition::builder().r#type(GroupDefinitionType::Dimension).key(dimension.as_str()).build());
            }
            for metric in METRICS {
                call = call.metrics(metric);
            }
            let page = call.filter(self.filter(without)).set_next_page_token(next).send().await.during(OPERATION)?;
            for result in page.results_by_time() {
                let day = result.time_period().map(|period| period.start().to_owned()).unwrap_or_default();
                answer.estimated |= result.estimated();
                for group in result.groups() {
                    answer.billed.push(billed(&day, group)?);
                }
            }
            next = page.next_page_token;
            if next.is_none() {
                return Ok(answer);
            }
        }
        Err(Error::new(OPERATION, "TooMany", format!("the answer has more than {PAGES} pages")))
    }

    /// Returns the filter for this stack, in this account: whoever pays for several sees the costs of all of them.
    fn filter(&self, without: &[&str]) -> Expression {
        let dimension = |key: Dimension, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            Expression::builder().dimensions(DimensionValues::builder().key(key).set_values(Some(values)).build()).build()
        };
        let tag = TagValues::builder().key(TAG_STACK).values(self.scope.owner()).build();
        let mut filter = Expression::builder()
            .and(Expression::builder().tags(tag).build())
            .and(dimension(Dimension::LinkedAccount, &[&self.scope.account]));
        if !without.is_empty() {
            filter = filter.and(Expression::builder().not(dimension(Dimension::RecordType, without)).build());
        }
        filter.build()
    }
}

const METRICS: [&str; 3] = ["UnblendedCost", "AmortizedCost", "UsageQuantity"];

fn billed(day: &str, group: &Group) -> Result<Billed> {
    let [one, other] = group.keys() else { return Err(Error::missing(OPERATION, "Keys")) };
    let [unblended, amortized, quantity] = METRICS.map(|metric| {
        let value = group.metrics().and_then(|metrics| metrics.get(metric)).ok_or_else(|| Error::missing(OPERATION, metric))?;
        let unit = value.unit().unwrap_or_default();
        if metric != "UsageQuantity" && unit != "USD" {
            return Err(Error::new(OPERATION, "OtherCurrency", format!("the bill is in {unit}, and the prices are in USD")));
        }
        let amount = value.amount().ok_or_else(|| Error::missing(OPERATION, "Amount"))?;
        decimal(amount).ok_or_else(|| Error::new(OPERATION, "UnreadableAnswer", format!("`{amount}` is no amount")))
    });
    Ok(Billed {
        day: day.to_owned(),
        keys: [one.clone(), other.clone()],
        unblended: Money::new(unblended?).fixed(),
        amortized: Money::new(amortized?).fixed(),
        quantity: quantity?,
    })
}

/// Reads an amount, of which AWS may write more digits than a decimal holds.
fn decimal(text: &str) -> Option<Decimal> {
    number(text).or_else(|| text.parse().ok())
}
