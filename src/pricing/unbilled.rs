//! Amounts of `[usage]` of which nothing comes, or not all that is said.

use super::estate::{Estate, Facts};
use super::given::{Counted, Doubt};
use super::sharers::Sharers;
use crate::core::money::Decimal;
use crate::core::usage::{Idle, Measure, Remark, Usage};
use std::collections::BTreeMap;

/// Remarks about amounts, by what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unbilled {
    /// No resource below the label is of a kind that has the measure.
    pub unknown: Vec<Remark>,
    /// Some are, and none makes a charge of it.
    pub idle: Vec<Remark>,
    /// Charges are made of it, of more or less than what is said.
    pub bounded: Vec<Remark>,
    /// Charges are made of it, and it is more than what it is part of.
    pub parts: Vec<Remark>,
}

/// The resources below a label, as far as they have a measure.
#[derive(Default)]
struct Below {
    measure: Option<&'static Measure>,
    /// True when the label's amount is the one that counts for some of them.
    counts: bool,
}

/// Finds the amounts of which nothing comes, or not all. An amount of zero says so itself.
pub fn unbilled(estate: &Estate<'_>, usage: &Usage) -> Unbilled {
    let sharers = Sharers::of(estate, usage, |kind| kind.price);
    let mut below = BTreeMap::<(&str, &str), Below>::new();
    let mut takes = BTreeMap::<&str, Vec<&str>>::new();
    for resource in estate.resources() {
        let address = resource.address.as_str();
        for label in usage.labels(address) {
            takes.entry(label).or_default().extend(resource.kind.usage.iter().map(|measure| measure.name));
        }
        for measure in resource.kind.usage {
            for (at, (label, _)) in usage.all_said(address, measure.name).enumerate() {
                let one = below.entry((label, measure.name)).or_default();
                one.measure = Some(measure);
                one.counts |= at == 0;
            }
        }
    }
    let doubts = doubts(estate, usage, &sharers);
    let mut found = Unbilled::default();
    for (label, measure, amount) in usage.amounts() {
        let Some(known) = takes.get(label) else { continue };
        let remark = |message, help| Remark { label: label.to_owned(), measure: measure.to_owned(), message, help, begins: None };
        let Some(Below { measure: Some(of), counts }) = below.get(&(label, measure)) else {
            let help = if known.is_empty() { "take this line out".to_owned() } else { format!("it takes {}", listed(known)) };
            found.unknown.push(remark(format!("nothing in `{label}` is billed by `{measure}`"), help));
            continue;
        };
        let all = sharers.all(label, of.name);
        match doubts.get(&(label, of.name)) {
            Some(Doubt::Bound(bound)) => {
                let message = format!("not all that `{measure}` says of `{label}` can be: {bound}");
                found.bounded.push(remark(message, "give an amount that can be, or move the limit".to_owned()));
            }
            Some(Doubt::Part(whole)) => {
                let message = format!("`{measure}` says more of `{label}` than there is: it is part of {whole}");
                found.parts.push(remark(message, format!("give less, or more of {whole}")));
            }
            None if all.is_empty() && amount.high > Decimal::ZERO => {
                let (why, help) = reason(of, *counts);
                found.idle.push(remark(format!("nothing in `{label}` is billed by `{measure}`: {why}"), help));
            }
            None => {}
        }
    }
    found
}

/// Returns the first doubt of each amount, by label and measure, of those that its resources have in their shares of it.
fn doubts<'a>(estate: &Estate<'_>, usage: &'a Usage, sharers: &Sharers) -> BTreeMap<(&'a str, &'static str), Doubt> {
    let mut doubts = BTreeMap::new();
    if usage.tables.is_empty() {
        return doubts;
    }
    for (at, resource) in estate.resources().iter().enumerate() {
        if !usage.speaks_of(resource.address.as_str()) {
            continue;
        }
        let facts = Facts { estate, at, usage, sharers: Some(sharers), today: "" };
        let counted = (resource.kind.price)(resource.spec, &facts).into_iter().flat_map(|charge| charge.measures);
        for Counted { measure, doubt } in counted {
            if let (Some(doubt), Some((label, _))) = (doubt, usage.said(resource.address.as_str(), measure)) {
                doubts.entry((label, measure)).or_insert(doubt);
            }
        }
    }
    doubts
}

fn reason(measure: &Measure, counts: bool) -> (String, String) {
    match measure.idle {
        _ if !counts => {
            ("each resource there has an amount of its own".to_owned(), "take this line out, or those of the resources".to_owned())
        }
        Some(Idle { why, help }) => (why.to_owned(), format!("take this line out, or {help}")),
        None => ("no resource there makes a charge of it".to_owned(), "take this line out".to_owned()),
    }
}

fn listed(names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}
