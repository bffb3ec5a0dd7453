//! Change batches: checked as a whole, then applied as a whole.

use super::name::{inside, normal, valid};
use super::{record, zone};
use crate::services::members::{items, last_part, present, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

type Answer = Result<Value, Fault>;

/// Seconds until all name servers answer with the change.
const SPREADS: f64 = 30.0;

/// Notes a change, which spreads from now on.
pub fn note(call: &mut Call<'_>, comment: &Value) -> Value {
    let id = format!("C{}", call.hex(20).to_uppercase());
    let row = present(json!({"Id": format!("/change/{id}"), "Status": "PENDING", "SubmittedAt": call.now(), "Comment": comment}));
    call.put("route53.change", &id, row.clone());
    call.later("route53.change", &id, SPREADS, json!({"Status": "INSYNC"}));
    row
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let id = last_part(call.text("Id"));
    let row = call
        .get("route53.change", id)
        .ok_or_else(|| Fault::new("NoSuchChange", format!("Could not find resource with ID: {id}")).status(404))?;
    Ok(json!({"ChangeInfo": row}))
}

pub fn apply(call: &mut Call<'_>) -> Answer {
    let zone = zone::wanted(call, call.text("HostedZoneId"))?;
    let apex = call.get("route53.zone", &zone).map(|row| text(row, "Name").to_owned()).unwrap_or_default();
    let batch = call.input.get("ChangeBatch").cloned().unwrap_or_default();
    for change in items(&batch, "Changes") {
        check_form(change)?;
    }
    check_size(items(&batch, "Changes"))?;
    let before: BTreeMap<String, Value> = record::of(call, &zone).into_iter().collect();
    let mut after = before.clone();
    let mut problems = contradictions(&zone, items(&batch, "Changes"));
    for change in items(&batch, "Changes") {
        if let Some(problem) = step(&zone, &apex, change, &mut after) {
            problems.push(problem);
        }
    }
    problems.extend(alias_problems(&zone, &batch, &after));
    if !problems.is_empty() {
        return Err(Fault::new("InvalidChangeBatch", format!("[{}]", problems.join(", "))));
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        call.remove("route53.record", key);
    }
    for (key, row) in after.into_iter().filter(|(key, row)| before.get(key) != Some(row)) {
        call.put("route53.record", &key, row);
    }
    let comment = batch.get("Comment").cloned().unwrap_or_default();
    Ok(json!({"ChangeInfo": note(call, &comment)}))
}

/// The most values of a batch, and the most characters in them; what is upserted counts twice.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests-changeresourcerecordsets>
const MOST: usize = 1000;
const LONGEST: usize = 32_000;

fn check_size(changes: &[Value]) -> Result<(), Fault> {
    let times = |change: &Value| if text(change, "Action") == "UPSERT" { 2 } else { 1 };
    let values = |change: &Value| items(&change["ResourceRecordSet"], "ResourceRecords").to_vec();
    let count: usize = changes.iter().map(|change| values(change).len() * times(change)).sum();
    let letters = |change: &Value| values(change).iter().map(|value| text(value, "Value").chars().count()).sum::<usize>();
    let length: usize = changes.iter().map(|change| letters(change) * times(change)).sum();
    match (count > MOST, length > LONGEST) {
        (true, _) => Err(Fault::new("InvalidChangeBatch", format!("Number of records limit of {MOST} exceeded."))),
        (_, true) => Err(Fault::new("InvalidChangeBatch", format!("Number of characters limit of {LONGEST} exceeded."))),
        _ => Ok(()),
    }
}

/// Records that a batch changes more than once, other than by deleting and then making them.
fn contradictions(zone: &str, changes: &[Value]) -> Vec<String> {
    let mut actions: BTreeMap<String, (Vec<&str>, String)> = BTreeMap::new();
    for change in changes {
        let mut row = change["ResourceRecordSet"].clone();
        let name = normal(text(&row, "Name"));
        let shown = format!("{name} {}", text(&row, "Type"));
        set(&mut row, "Name", name.into());
        actions.entry(record::key(zone, &row)).or_insert_with(|| (Vec::new(), shown)).0.push(text(change, "Action"));
    }
    let sound = |actions: &[&str]| matches!(actions, [_] | ["DELETE", "CREATE" | "UPSERT"]);
    let wrong = actions.into_values().filter(|(actions, _)| !sound(actions));
    wrong.map(|(_, shown)| format!("The request contains an invalid set of changes for a resource record set '{shown}'")).collect()
}

fn described(record: &Value) -> String {
    let identifier = text(record, "SetIdentifier");
    let tail = if identifier.is_empty() { String::new() } else { format!(", set identifier='{identifier}'") };
    format!("[name='{}', type='{}'{tail}]", normal(text(record, "Name")), text(record, "Type"))
}

/// The form of a change, before anything is looked up.
fn check_form(change: &Value) -> Result<(), Fault> {
    let record = &change["ResourceRecordSet"];
    let place = format!(
        "[Action={}, Name={}, Type={}, SetIdentifier={}]",
        text(change, "Action"),
        normal(text(record, "Name")),
        text(record, "Type"),
        record.get("SetIdentifier").map_or("null", |_| text(record, "SetIdentifier"))
    );
    let plain = record.get("TTL").is_some() && record.get("ResourceRecords").is_some();
    let either = record.get("TTL").is_some() || record.get("ResourceRecords").is_some();
    let alias = record.get("AliasTarget").is_some();
    let expected =
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found";
    if alias && either {
        return Err(Fault::new("InvalidInput", format!("{expected} more than one in Change with {place}")));
    }
    if !alias && !plain {
        return Err(Fault::new("InvalidInput", format!("{expected} none in Change with {place}")));
    }
    let routing = ["Weight", "Region", "Failover", "GeoLocation", "MultiValueAnswer", "GeoProximityLocation", "CidrRoutingConfig"];
    let routed = routing.iter().filter(|member| record.get(**member).is_some()).count();
    if routed > 0 && record.get("SetIdentifier").is_none() {
        return Err(Fault::new("InvalidInput", format!("Invalid request: Missing field 'SetIdentifier' in Change with {place}")));
    }
    if routed != 1 && record.get("SetIdentifier").is_some() {
        return Err(Fault::new(
            "InvalidInput",
            format!(
                "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found {routed} in Change with {place}"
            ),
        ));
    }
    Ok(())
}

/// Applies one change to the working copy, or says why it cannot be.
fn step(zone: &str, apex: &str, change: &Value, records: &mut BTreeMap<String, Value>) -> Option<String> {
    let mut row = change["ResourceRecordSet"].clone();
    let name = normal(text(&row, "Name"));
    set(&mut row, "Name", name.clone().into());
    let (kind, key) = (text(&row, "Type").to_owned(), record::key(zone, &row));
    if !valid(&name) || !inside(&name, apex) {
        return Some(format!("RRSet with DNS name {name} is not permitted in zone {apex}"));
    }
    if let Some(target) = row.get_mut("AliasTarget") {
        let dns = normal(text(target, "DNSName"));
        set(target, "DNSName", dns.into());
    }
    match text(change, "Action") {
        "DELETE" => {
            if name == apex && ["NS", "SOA"].contains(&kind.as_str()) {
                return Some(if kind == "SOA" {
                    "A HostedZone must contain exactly one SOA record.".into()
                } else {
                    "A HostedZone must contain at least one NS record for the zone itself.".into()
                });
            }
            let known = records.get(&key);
            let verb = format!("Tried to delete resource record set {}", described(&row));
            match known {
                None => return Some(format!("{verb} but it was not found")),
                Some(known) if !same(known, &row) => {
                    return Some(format!("{verb} but the values provided do not match the current values"));
                }
                Some(_) => records.remove(&key),
            };
            None
        }
        "CREATE" if records.contains_key(&key) => {
            Some(format!("Tried to create resource record set {} but it already exists", described(&row)))
        }
        _ => {
            if let Some(problem) = conflict(apex, &name, &kind, &key, records).or_else(|| value_problem(&row)) {
                return Some(problem);
            }
            records.insert(key, row);
            None
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    let values = |record: &Value| {
        let mut values: Vec<String> = items(record, "ResourceRecords").iter().map(|value| text(value, "Value").to_owned()).collect();
        values.sort();
        values
    };
    a.get("TTL") == b.get("TTL") && values(a) == values(b) && a.get("AliasTarget") == b.get("AliasTarget")
}

fn conflict(apex: &str, name: &str, kind: &str, key: &str, records: &BTreeMap<String, Value>) -> Option<String> {
    if kind == "CNAME" && name == apex {
        return Some(format!("RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {apex}"));
    }
    for (other, row) in records.iter().filter(|(other, row)| *other != key && text(row, "Name") == name) {
        if (kind == "CNAME") != (text(row, "Type") == "CNAME") {
            return Some(format!(
                "RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type {} with the same DNS name already exists in zone {apex}",
                text(row, "Type")
            ));
        }
        let simple = |key: &str| key.ends_with(' ');
        if text(row, "Type") == kind && (simple(key) || simple(other)) {
            return Some(format!(
                "RRSet with DNS name {name}, type {kind} cannot be created because a non-simple and a simple RRSet with the same name and type cannot stand together"
            ));
        }
    }
    None
}

fn value_problem(record: &Value) -> Option<String> {
    let fatal = |code: &str, what: &str, value: &str| {
        Some(format!("Invalid Resource Record: 'FATAL problem: {code} ({what}) encountered with '{value}''"))
    };
    let values: Vec<&str> = items(record, "ResourceRecords").iter().map(|value| text(value, "Value")).collect();
    if record.get("ResourceRecords").is_some() && values.is_empty() {
        return Some("A resource record set needs at least one resource record.".into());
    }
    if text(record, "Type") == "CNAME" && values.len() > 1 {
        return Some("A CNAME record set has exactly one resource record.".into());
    }
    for value in values {
        let problem = match text(record, "Type") {
            "A" if value.parse::<Ipv4Addr>().is_err() => fatal("ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value),
            "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
                fatal("AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value)
            }
            "TXT" | "SPF" if !(value.len() >= 2 && value.starts_with('"') && value.ends_with('"')) => {
                fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", value)
            }
            "CNAME" | "NS" | "PTR" if !valid(value) => fatal("DomainLabelEmpty", "Domain label is empty", value),
            "MX" if value.split_whitespace().count() != 2
                || value.split_whitespace().next().is_none_or(|first| first.parse::<u16>().is_err()) =>
            {
                fatal("MXRRDATANotTwoFields", "MX record doesn't have 2 fields", value)
            }
            _ => None,
        };
        if problem.is_some() {
            return problem;
        }
    }
    None
}

/// An alias to a name of the same zone needs a record of its type there.
fn alias_problems(zone: &str, batch: &Value, after: &BTreeMap<String, Value>) -> Vec<String> {
    let mut problems = Vec::new();
    for change in items(batch, "Changes").iter().filter(|change| text(change, "Action") != "DELETE") {
        let record = &change["ResourceRecordSet"];
        let Some(target) = record.get("AliasTarget").filter(|target| last_part(text(target, "HostedZoneId")) == zone) else { continue };
        let name = normal(text(target, "DNSName"));
        let there = after.values().any(|row| text(row, "Name") == name && text(row, "Type") == text(record, "Type"));
        if !there {
            problems.push(format!(
                "Tried to create an alias that targets {name}, type {} in zone {zone}, but that target was not found",
                text(record, "Type")
            ));
        }
    }
    problems
}
