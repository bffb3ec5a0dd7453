//! The resources that are billed by what `[usage]` says. An amount of a label belongs to all of them together.

use super::charge::Charge;
use super::estate::{Estate, Facts};
use super::given::Counted;
use super::priced::PriceRow;
use crate::core::usage::Usage;
use serde_json::Value;
use std::collections::BTreeMap;

/// The charges that a kind makes of a resource: as long as it is there, or once it is deleted.
pub(super) type Charges = fn(&PriceRow) -> fn(&Value, &Facts<'_>) -> Vec<Charge>;

/// The resources that make a charge of each amount, by label and measure, in order of address.
#[derive(Debug, Default)]
pub struct Sharers(BTreeMap<(String, &'static str), Vec<usize>>);

impl Sharers {
    /// Finds them by what the charges say they come from. Each resource is asked as if it took all of every amount.
    pub(super) fn of(estate: &Estate<'_>, usage: &Usage, charges: Charges) -> Self {
        let mut sharers = Sharers::default();
        if usage.tables.is_empty() {
            return sharers;
        }
        for (at, resource) in estate.resources().iter().enumerate() {
            if !usage.speaks_of(resource.address.as_str()) {
                continue;
            }
            // No charge depends on the day in what it counts.
            let facts = Facts { estate, at, usage, sharers: None, today: "" };
            let counted = charges(resource.kind)(resource.spec, &facts).into_iter().flat_map(|charge| charge.measures);
            for Counted { measure, .. } in counted {
                let Some((label, _)) = usage.said(resource.address.as_str(), measure) else { continue };
                let all = sharers.0.entry((label.to_owned(), measure)).or_default();
                if all.last() != Some(&at) {
                    all.push(at);
                }
            }
        }
        sharers
    }

    /// Returns the place of a resource among those that share an amount, and their number; none for one that makes no charge of it.
    pub(super) fn place(&self, label: &str, measure: &'static str, at: usize) -> Option<(usize, usize)> {
        let all = self.all(label, measure);
        let place = all.binary_search(&at).ok()?;
        Some((place, all.len()))
    }

    pub(super) fn all(&self, label: &str, measure: &'static str) -> &[usize] {
        self.0.get(&(label.to_owned(), measure)).map(Vec::as_slice).unwrap_or_default()
    }
}
