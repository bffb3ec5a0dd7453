//! Amounts of a measure: what `[usage]` says, shared by all that it is said of, or a default.

use crate::core::address::Address;
use crate::core::money::{Decimal, Range, shown};
use crate::core::usage::{Measure, Usage};

/// An amount of a measure, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub amount: Range<Decimal>,
    /// The assumption in words: `nat_gb = 10 GB, the default`.
    pub said: String,
}

impl Given {
    pub fn map(self, each: impl Fn(Decimal) -> Decimal) -> Self {
        Given { amount: self.amount.map(each), said: self.said }
    }
    /// Returns another amount that follows from this one; `how` is added to what is said.
    pub fn becomes(self, how: &str, each: impl Fn(Decimal) -> Decimal) -> Self {
        Given { amount: self.amount.map(each), said: format!("{}, {how}", self.said) }
    }
    /// Counts it by the ten thousand or the million, as AWS counts requests.
    pub fn per(self, many: u32) -> Self {
        self.map(|amount| amount / Decimal::from(many))
    }
    pub fn join(self, other: Given, each: impl Fn(Decimal, Decimal) -> Decimal) -> Self {
        Given { amount: self.amount.with(other.amount, each), said: format!("{}; {}", self.said, other.said) }
    }
}

/// Returns what is said of a measure of a node, with words for a report.
pub(super) fn given(usage: &Usage, address: &Address, measure: &Measure, sharers: &dyn Fn(&str, &str) -> usize) -> Given {
    let Measure { name, unit, default, .. } = measure;
    let text = |amount: Range<Decimal>| match amount.is_one() {
        true => format!("{name} = {} {unit}", shown(amount.likely)),
        false => format!("{name} = {} {unit} ({} to {})", shown(amount.likely), shown(amount.low), shown(amount.high)),
    };
    match usage.said(address.as_str(), name) {
        // An amount that is said of a module is that of all its parts together.
        Some((label, amount)) => {
            let sharers = sharers(label, name).max(1);
            let shared = if sharers > 1 { format!(", shared by {sharers}") } else { String::new() };
            Given {
                said: format!("{} in [usage.\"{label}\"]{shared}", text(amount)),
                amount: amount.map(|all| all / Decimal::from(sharers)),
            }
        }
        None => match default.filter(|_| !usage.bare) {
            None => Given { amount: Range::only(Decimal::ZERO), said: format!("{name} is not given") },
            Some(default) => {
                let [low, likely, high] = default.map(Decimal::from);
                let amount = Range { low, likely, high };
                Given { said: format!("{}, the default", text(amount)), amount }
            }
        },
    }
}
