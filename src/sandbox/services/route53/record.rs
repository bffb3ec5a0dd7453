//! Record sets: how they are kept and listed.

use super::name::{normal, order};
use super::zone;
use crate::services::members::{present, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const TABLE: &str = "route53.record";

/// The key of a record set: zone, name, type and set identifier.
pub fn key(zone: &str, record: &Value) -> String {
    format!("{zone} {} {} {}", normal(text(record, "Name")), text(record, "Type"), text(record, "SetIdentifier"))
}

pub fn put(call: &mut Call<'_>, zone: &str, record: Value) {
    let key = key(zone, &record);
    call.put(TABLE, &key, record);
}

/// The record sets of a zone with their keys, in the order in which Route 53 lists them.
pub fn of(call: &Call<'_>, zone: &str) -> Vec<(String, Value)> {
    let prefix = format!("{zone} ");
    let mut rows: Vec<(String, Value)> =
        call.all(TABLE).into_iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(key, row)| (key.clone(), row.clone())).collect();
    rows.sort_by_cached_key(|(_, row)| place(row));
    rows
}

fn place(record: &Value) -> (Vec<String>, String, String) {
    (order(text(record, "Name")), text(record, "Type").to_owned(), text(record, "SetIdentifier").to_owned())
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let zone = zone::wanted(call, call.text("HostedZoneId"))?;
    let (name, kind, set) = (call.text("StartRecordName"), call.text("StartRecordType"), call.text("StartRecordIdentifier"));
    if name.is_empty() && !kind.is_empty() {
        return Err(Fault::new("InvalidInput", "The StartRecordType is given without a StartRecordName."));
    }
    let limit = call.text("MaxItems").parse::<usize>().unwrap_or(300).clamp(1, 300);
    let start = (order(&normal(name)), kind.to_owned(), set.to_owned());
    let rows: Vec<Value> = of(call, &zone).into_iter().map(|(_, row)| row).filter(|row| name.is_empty() || place(row) >= start).collect();
    let next = rows.get(limit);
    let member = |name: &str| next.and_then(|row| row.get(name)).cloned();
    Ok(present(json!({
        "ResourceRecordSets": rows.iter().take(limit).collect::<Vec<_>>(), "IsTruncated": next.is_some(), "MaxItems": limit.to_string(), "NextRecordName": member("Name"),
        "NextRecordType": member("Type"), "NextRecordIdentifier": member("SetIdentifier"),
    })))
}
