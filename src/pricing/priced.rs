//! The part of a kind that says what AWS bills for it, beside what it is and what it does.

use super::charge::Charge;
use super::estate::Facts;
use crate::core::kind::{Kind, from_value};
use crate::core::usage::Measure;
use serde_json::Value;

/// Says what AWS bills for a kind, before any price is looked up.
///
/// Everything here is a pure function of a spec in its normal form and of what stands around it. Amounts are for a month of
/// [`HOURS`](super::HOURS); what AWS bills by use comes from `facts.usage`, by a measure that the kind names in `Kind::USAGE`.
/// The charges come from the [tariffs](super::tariffs) of the service, so that a worked case is counted in the same way.
/// A kind that costs nothing has an empty `impl`, and says why in `ABOUT.free`; one that has a price leaves that empty.
pub trait Priced: Kind {
    /// Returns what AWS bills for it in a month: one charge for each line of AWS's own bill. A charge whose key the catalogue
    /// does not have becomes a line without a price, so nothing is left out for want of one.
    fn price(_spec: &Self::Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        Vec::new()
    }
    /// Returns what AWS goes on billing in a month when it is deleted, until somebody deletes that too: a last snapshot.
    fn leaves(_spec: &Self::Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        Vec::new()
    }
    /// Returns the share of it that runs twice while it is updated in place, and for how many minutes.
    fn overlap(_spec: &Self::Spec) -> Overlap {
        Overlap::NONE
    }
}

/// The share of a resource that runs twice while it is updated, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// The share, in per cent.
    pub share: u32,
    pub minutes: u32,
}

impl Overlap {
    pub const NONE: Overlap = Overlap { share: 0, minutes: 0 };
}

/// A kind's pricing with its type erased: what pricing works on.
#[derive(Debug)]
pub struct PriceRow {
    /// The kind's name.
    pub name: &'static str,
    pub usage: &'static [Measure],
    pub price: fn(&Value, &Facts<'_>) -> Vec<Charge>,
    pub leaves: fn(&Value, &Facts<'_>) -> Vec<Charge>,
    pub overlap: fn(&Value) -> Overlap,
}

impl PriceRow {
    pub const fn of<K: Priced>() -> PriceRow {
        PriceRow {
            name: K::NAME,
            usage: K::USAGE,
            // A spec in a graph or a snapshot fits its kind.
            price: |spec, facts| from_value::<K::Spec>(spec).map(|spec| K::price(&spec, facts)).unwrap_or_default(),
            leaves: |spec, facts| from_value::<K::Spec>(spec).map(|spec| K::leaves(&spec, facts)).unwrap_or_default(),
            overlap: |spec| from_value::<K::Spec>(spec).map_or(Overlap::NONE, |spec| K::overlap(&spec)),
        }
    }
}
