//! Charges: so much of that key, before any price is looked up.

use super::given::{Counted, Given};
use crate::core::bill::Basis;
use crate::core::money::{Decimal, Range, shown};

/// A month has 730 hours everywhere in AWS's own estimates.
pub const HOURS: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// An amount of one key of the catalogue, each month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// A short noun: `NAT gateway`, `instance db.t4g.micro`.
    pub what: String,
    pub key: String,
    /// A choice that may be misspelt, such as an instance type, begins at this byte of the key; its length if there is none.
    pub choice: usize,
    /// The unit that `quantity` counts, which must be the catalogue's.
    pub unit: &'static str,
    /// One price for all of AWS.
    pub global: bool,
    /// The amount, between two that lie around what is likely.
    pub quantity: Range<Decimal>,
    pub basis: Basis,
    pub free: Option<&'static Allowance>,
    /// A price that it cannot be above.
    pub ceiling: Option<Ceiling>,
    /// The reason why no key can be named that it is billed by.
    pub unknown: Option<&'static str>,
    /// The measures of `[usage]` that the quantity comes from.
    pub measures: Vec<Counted>,
}

/// The price of another key, so many times, that a charge cannot be above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    pub key: String,
    pub times: u32,
    /// Why: `a standby costs no more than its primary`.
    pub why: &'static str,
}

/// An amount that AWS gives every account each month, however old it is: <https://aws.amazon.com/free/>. Trial offers of the
/// first months are not in here.
#[derive(Debug, PartialEq, Eq)]
pub struct Allowance {
    /// All charges with the same name share one allowance.
    pub name: &'static str,
    pub amount: u32,
}

impl Charge {
    fn new(what: impl Into<String>, key: String, unit: &'static str, quantity: Range<Decimal>, basis: Basis) -> Self {
        // The rest of an amount, less what is said of its parts, is not always more in a busier month.
        let quantity = quantity.rising();
        let (what, choice, measures) = (what.into(), key.len(), Vec::new());
        Charge { what, key, choice, unit, global: false, quantity, basis, free: None, ceiling: None, unknown: None, measures }
    }
    /// Makes a charge of what the spec alone decides.
    pub fn fixed(what: impl Into<String>, key: impl Into<String>, unit: &'static str, quantity: impl Into<Decimal>) -> Self {
        Charge::new(what, key.into(), unit, Range::only(quantity.into()), Basis::Fixed)
    }
    /// Makes a charge of what depends on use.
    pub fn usage(what: impl Into<String>, key: impl Into<String>, unit: &'static str, given: Given) -> Self {
        let Given { amount, said, measures } = given;
        Charge { measures, ..Charge::new(what, key.into(), unit, amount, Basis::Usage(said)) }
    }
    /// Makes a charge of so many hours of each of `count`, which may be a range.
    pub fn counted(what: impl Into<String>, key: impl Into<String>, unit: &'static str, each: Decimal, count: &Count) -> Self {
        let quantity = count.amount.map(|count| count.saturating_mul(each));
        Charge { measures: count.measures.clone(), ..Charge::new(what, key.into(), unit, quantity, count.basis.clone()) }
    }
    /// Makes a charge of so many that run of something, of which it is not known how it is billed: it costs something, and has no price.
    pub fn unknown(what: impl Into<String>, key: impl Into<String>, count: &Count, why: &'static str) -> Self {
        Charge { unknown: Some(why), ..Charge::counted(what, key, "hour", HOURS, count) }
    }
    /// Says that it grows by itself, to so much in a busy month.
    pub fn up_to(mut self, most: Decimal) -> Self {
        if most > self.quantity.high {
            self.quantity.high = most;
            self.what += &format!(", growing to {}", shown(most));
        }
        self
    }
    /// Says that the key is a stem and one choice of many: an instance type.
    pub fn choice(mut self, stem: &str) -> Self {
        self.choice = stem.len().min(self.key.len());
        self
    }
    /// Says that it costs no more than so many times the price of another key, for the case that its own is not known.
    pub fn at_most(self, times: u32, key: impl Into<String>, why: &'static str) -> Self {
        Charge { ceiling: Some(Ceiling { key: key.into(), times, why }), ..self }
    }
    /// True if it is of more than nothing, in some month.
    pub(super) fn is_some(&self) -> bool {
        self.quantity != Range::only(Decimal::ZERO)
    }
    pub fn global(self) -> Self {
        Charge { global: true, ..self }
    }
    pub fn free(self, allowance: &'static Allowance) -> Self {
        Charge { free: Some(allowance), ..self }
    }
}

/// A number of something that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub amount: Range<Decimal>,
    pub basis: Basis,
    /// The measures of `[usage]` that it comes from.
    pub measures: Vec<Counted>,
}

impl Count {
    pub fn of(number: impl Into<Decimal>) -> Self {
        Count { amount: Range::only(number.into()), basis: Basis::Fixed, measures: Vec::new() }
    }
    /// Makes a number that moves, as something else decides.
    pub fn scaled(given: Given) -> Self {
        let Given { amount, said, measures } = given;
        Count { amount, basis: Basis::Scaled(said), measures }
    }
}
