//! A cost for other programs: exact amounts as text, totals beside the lines they are made of.

use super::View;
use crate::core::bill::{Cost, Total, VERSION};
use crate::pricing::year::Change;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Returns a document of costs: what all of them begin with, and what this one has besides. Its version is raised when a reader of
/// the old form could misread the new one. Amounts are US dollars a month.
pub(super) fn document(region: &str, day: &str, prices: Prices<'_>, view: &View, rest: Value) -> Value {
    let Prices { from, generated } = prices;
    let mut document = json!({
        "version": VERSION,
        "stack": view.title,
        "region": region,
        "day": day,
        "currency": "USD",
        "shown_in": view.currency,
        "prices": { "from": from, "generated": generated },
    });
    if let (Value::Object(document), Value::Object(rest)) = (&mut document, rest) {
        document.extend(rest);
    }
    document
}

/// The catalogue that prices are from, and its day.
pub(super) struct Prices<'a> {
    pub from: &'a str,
    pub generated: &'a str,
}

impl<'a> From<&'a Cost> for Prices<'a> {
    fn from(cost: &'a Cost) -> Self {
        Prices { from: &cost.catalogue, generated: &cost.generated }
    }
}

/// Returns a cost with all its lines.
pub fn json(cost: &Cost, view: &View) -> Value {
    fn totals<K: ToString>(totals: BTreeMap<K, Total>) -> Map<String, Value> {
        totals.into_iter().map(|(name, one)| (name.to_string(), total_json(one))).collect()
    }
    let changes = view.year.iter().flat_map(|year| &year.changes).map(|change| {
        let Change { day, address, what, before, after } = change;
        json!({ "day": day, "address": address, "what": what, "before": total_json(*before), "after": total_json(*after) })
    });
    let rest = json!({
        "total": total_json(cost.total()),
        "year": { "total": total_json(view.year(cost.total())), "changes": changes.collect::<Vec<_>>() },
        "by_module": totals(cost.by_module()),
        "by_service": totals(cost.by_service()),
        "budget": view.budget,
        "items": cost.items,
    });
    let mut value = document(&cost.region, &cost.today, cost.into(), view, rest);
    if !cost.commitments.is_empty() {
        value["commitments"] = json!(cost.commitments);
    }
    if let Some(tag) = &view.by_tag {
        value["by_tag"] = json!({ "tag": tag, "values": totals(cost.by_tag(tag)) });
    }
    value
}

pub(super) fn total_json(total: Total) -> Value {
    let Total { list, free, .. } = total;
    let mut value = json!({ "list": list, "free_tier": free, "unpriced": total.unpriced() });
    if !total.is_known() {
        value["at_most"] = json!(total.most());
    }
    value
}
