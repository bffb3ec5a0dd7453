//! The likely causes of a difference between an estimate and a bill: rules, each a plain sentence.

use super::{Bill, Used};
use crate::core::address::Address;
use crate::core::bill::{Basis, Line, Total};
use crate::core::money::{Decimal, Money};
use crate::core::usage::label;
use crate::pricing::catalog::unit::{counts, per};
use crate::pricing::list;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Cause {
    /// More or less of something was used than the estimate has.
    Usage {
        /// The line of the estimate: `data through NAT gateways`.
        what: String,
        unit: String,
        assumed: Decimal,
        /// The quantity of the bill, for a month.
        billed: Decimal,
        /// The keys of `[usage]` that say how much it is; none where the file itself does, by what it wants.
        measures: Vec<String>,
        /// The table of `[usage]` for it: `network`.
        table: String,
    },
    /// The estimate rests on assumptions, and the bill does not show which of them is off.
    Assumptions { measures: Vec<String> },
    /// The bill lies between a quiet and a busy month.
    InRange,
    /// AWS gives away so much of it each month.
    FreeTier { amount: Money },
    /// The service has costs only from a day within the period on.
    Younger { since: String },
    /// The estimate has it, and the bill does not.
    NotBilled,
    /// The bill has it, and the estimate does not.
    NotEstimated {
        /// The usage type that costs most.
        usage_type: String,
    },
    /// Lines of the estimate have no price.
    Unpriced { lines: usize },
    /// Reservations or Savings Plans pay for a part: spread over their time, it is this amount.
    Reserved { amortized: Money },
    /// The bill has something else of the service than the estimate.
    OtherUsage {
        /// The usage type that costs most of what the estimate does not have.
        usage_type: String,
        amount: Money,
    },
    /// None of the rules explains it.
    Unexplained,
}

/// All that a cause is found from, for one service.
pub(super) struct Facts<'a> {
    pub estimate: Total,
    /// The amount of the bill, for a month.
    pub billed: Option<Money>,
    pub lines: &'a [(&'a Address, &'a Line)],
    pub used: &'a [Used],
    pub bill: &'a Bill,
    pub region: &'a str,
}

/// A difference of less than so many dollars, or such a share of the estimate, is none.
const CENTS: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
const SHARE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// Returns the causes of a difference, the likeliest first.
pub(super) fn causes(facts: &Facts<'_>) -> Vec<Cause> {
    let Facts { estimate, billed, lines, used, bill, .. } = facts;
    let likely = estimate.list.likely;
    let difference = billed.unwrap_or_default() - likely;
    let off = difference.dollars().abs();
    if estimate.is_known() && (off < CENTS || off < likely.dollars() * SHARE) {
        return Vec::new();
    }
    if lines.is_empty() {
        let dearest = used.iter().max_by_key(|used| used.unblended).map(|used| used.usage_type.clone());
        return vec![Cause::NotEstimated { usage_type: dearest.unwrap_or_default() }];
    }
    let free = estimate.free.likely;
    let Some(billed) = *billed else {
        let free = (!free.cents().is_zero()).then_some(Cause::FreeTier { amount: free });
        return std::iter::once(Cause::NotBilled).chain(free).collect();
    };
    let mut causes = Vec::new();
    if !estimate.is_known() {
        causes.push(Cause::Unpriced { lines: estimate.unpriced() });
    }
    let amortized = bill.period.scale(used.iter().map(|used| used.amortized).sum());
    if !(amortized - billed).cents().is_zero() {
        causes.push(Cause::Reserved { amortized });
    }
    // A line that use does not decide has costs from its first hour on, so the first day tells since when it is there with its tag.
    let stands = lines.iter().any(|(_, line)| !matches!(line.basis, Basis::Usage(_)));
    let first = used.iter().filter_map(|used| bill.since.get(&used.service)).min().filter(|_| stands && difference < Money::ZERO);
    if let Some(since) = first.filter(|since| **since > bill.period.from.to_string()) {
        causes.push(Cause::Younger { since: since.clone() });
    }
    let after_free = (billed - estimate.after_free().likely).dollars().abs();
    if !free.cents().is_zero() && difference < Money::ZERO && after_free < off {
        causes.push(Cause::FreeTier { amount: free });
    }
    causes.extend(by_use(facts, off, causes.is_empty()));
    if causes.is_empty() && (estimate.list.low..=estimate.list.high).contains(&billed) {
        causes.push(Cause::InRange);
    }
    if causes.is_empty() {
        let measures = lines.iter().flat_map(|(_, line)| measures(line)).collect::<BTreeSet<_>>();
        let cause = if measures.is_empty() { Cause::Unexplained } else { Cause::Assumptions { measures: measures.into_iter().collect() } };
        causes.push(cause);
    }
    causes
}

/// One key of the catalogue, in the estimate and in the bill. Quantities are single requests, hours, gigabytes.
struct Key<'a> {
    address: &'a Address,
    line: &'a Line,
    measures: BTreeSet<String>,
    estimate: Total,
    assumed: Decimal,
    billed: Money,
    quantity: Decimal,
}

/// Returns the largest differences in use that the bill shows by usage type; each makes up a tenth of the whole at least. With
/// `fixed`, also those of what no measure says, such as how many tasks run.
fn by_use(facts: &Facts<'_>, off: Decimal, fixed: bool) -> Vec<Cause> {
    let period = &facts.bill.period;
    let mut keys = BTreeMap::<&str, Key<'_>>::new();
    for (address, line) in facts.lines.iter().copied() {
        let new = || Key {
            address,
            line,
            measures: BTreeSet::new(),
            estimate: Total::default(),
            assumed: Decimal::ZERO,
            billed: Money::ZERO,
            quantity: Decimal::ZERO,
        };
        let key = keys.entry(&line.key).or_insert_with(new);
        key.measures.extend(measures(line));
        key.estimate = key.estimate.plus(line.total());
        key.assumed = key.assumed.saturating_add(line.quantity.likely.saturating_mul(per(&line.unit)));
    }
    let mut others = Vec::new();
    for used in facts.used {
        let known = list::keys_of(&used.usage_type, facts.region).into_iter().find(|key| keys.contains_key(key.as_str()));
        match known.and_then(|key| keys.get_mut(key.as_str())) {
            Some(key) => {
                key.billed += period.scale(used.unblended);
                key.quantity = key.quantity.saturating_add(used.quantity.saturating_mul(period.factor()));
            }
            None => others.push(used),
        }
    }
    let matters = |amount: Money| amount.dollars().abs() >= CENTS.max(off / Decimal::TEN);
    // Where as much was used, it is the price that differs.
    let differs = |key: &Key<'_>| (key.quantity - key.assumed).abs() > key.assumed * SHARE;
    let fits = |key: &Key<'_>| (fixed || !key.measures.is_empty()) && !key.quantity.is_zero() && key.estimate.is_known() && differs(key);
    let told = keys.into_values().filter(fits);
    let mut told = told.map(|key| (key.billed - key.estimate.list.likely, key)).filter(|(more, _)| matters(*more)).collect::<Vec<_>>();
    told.sort_by_key(|(more, _)| Reverse(more.dollars().abs()));
    let cause = |(_, key): (Money, Key<'_>)| Cause::Usage {
        what: key.line.what.clone(),
        unit: single(&key.line.unit).to_owned(),
        assumed: key.assumed.round_dp(3).normalize(),
        billed: key.quantity.round_dp(3).normalize(),
        measures: key.measures.into_iter().collect(),
        table: label(key.address).to_owned(),
    };
    let mut causes = told.into_iter().take(2).map(cause).collect::<Vec<_>>();
    // A usage type that no key is known for may still be one that the estimate has: only what costs more than all such lines is news.
    let dearest = others.into_iter().max_by_key(|used| used.unblended).map(|used| (period.scale(used.unblended), used));
    let news = causes.is_empty() && facts.estimate.is_known();
    if let Some((amount, used)) = dearest.filter(|(amount, _)| news && *amount > facts.estimate.list.high) {
        causes.push(Cause::OtherUsage { usage_type: used.usage_type.clone(), amount });
    }
    causes
}

/// Returns the unit of a single thing: `requests` where the catalogue counts thousands of them.
fn single(unit: &str) -> &str {
    let unit = counts(unit);
    if per(unit) == Decimal::ONE { unit } else { unit.split_once(' ').map_or(unit, |(_, one)| one) }
}

/// Returns the keys of `[usage]` that a line's quantity rests on: the first word of each assumption.
fn measures(line: &Line) -> Vec<String> {
    let said = match &line.basis {
        Basis::Fixed => return Vec::new(),
        // Without a word in the file, autoscaling decides how many run, which `tasks` may say.
        Basis::Scaled(said) if !said.contains(" = ") => return vec!["tasks".into()],
        Basis::Scaled(said) | Basis::Usage(said) => said,
    };
    let word = |part: &str| part.split(' ').next().unwrap_or_default().to_owned();
    let is_key =
        |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    said.split("; ").filter(|part| part.contains(" = ") || part.ends_with(" is not given")).map(word).filter(is_key).collect()
}
