//! When two resources are one thing to AWS.

use super::kind::Row;
use super::snapshot::Live;
use ipnet::IpNet;
use serde_json::Value;

/// Returns the fields by which AWS would take a wanted resource and a live one for the same, if they clash. `wanted` has no
/// open reference in the fields that matter; `name` is the physical name that it would get, or empty.
pub fn clash(row: &Row, wanted: &Value, name: &str, live: &Live) -> Option<Vec<String>> {
    let place = row.about.named_within;
    if !name.is_empty() && name == live.name && (place.is_empty() || wanted[place] == live.spec[place]) {
        return Some(vec!["name".into()]);
    }
    let equal = |group: &&&[&str]| group.iter().all(|field| !wanted[*field].is_null() && collide(&wanted[*field], &live.spec[*field]));
    let group = row.about.exclusive.iter().find(equal).map(|group| group.iter().map(|field| (*field).to_owned()).collect());
    group.or_else(|| Some(vec![row.crowds?(wanted, &live.spec)?.to_owned()]))
}

/// True when AWS takes two values for the same: IP ranges need only overlap.
fn collide(one: &Value, other: &Value) -> bool {
    let range = |value: &Value| value.as_str()?.parse::<IpNet>().ok();
    match (range(one), range(other)) {
        (Some(one), Some(other)) => one.contains(&other) || other.contains(&one),
        _ => one == other,
    }
}
