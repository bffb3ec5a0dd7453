//! Lifecycle rules of a bucket.

use super::{bad_argument, invalid, malformed, part, set_part};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The storage classes from colder to coldest; a rule moves objects only in this order.
const CLASSES: &[&str] = &["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
const SMALLEST: &str = "all_storage_classes_128K";

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    part(call, "_lifecycle", ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"))
}

pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    super::bucket(call)?;
    let mut rules = call.input["LifecycleConfiguration"]["Rules"].as_array().cloned().unwrap_or_default();
    if rules.is_empty() || rules.len() > 1000 {
        return Err(malformed());
    }
    let mut ids = BTreeSet::new();
    for rule in &mut rules {
        check(rule)?;
        if rule["ID"].as_str().unwrap_or_default().is_empty() {
            rule["ID"] = json!(call.hex(48));
        }
        let id = rule["ID"].as_str().unwrap_or_default().to_owned();
        if id.len() > 255 {
            return Err(bad_argument("ID length should not exceed allowed limit of 255"));
        }
        if !ids.insert(id) {
            return Err(bad_argument("Rule ID must be unique. Found same ID for more than one rule"));
        }
    }
    let smallest = call.input["TransitionDefaultMinimumObjectSize"].as_str().unwrap_or(SMALLEST);
    let value = json!({"Rules": rules, "TransitionDefaultMinimumObjectSize": smallest});
    set_part(call, "_lifecycle", value)?;
    Ok(json!({"TransitionDefaultMinimumObjectSize": smallest}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_lifecycle", Value::Null)
}

fn check(rule: &Value) -> Result<(), Fault> {
    // The filter is either the old prefix or the new element.
    if rule["Prefix"].is_null() == rule["Filter"].is_null() {
        return Err(malformed());
    }
    if rule["Filter"].as_object().is_some_and(|filter| filter.values().filter(|value| !value.is_null()).count() > 1) {
        return Err(malformed());
    }
    check_filter(rule)?;
    let actions =
        ["Expiration", "Transitions", "NoncurrentVersionExpiration", "NoncurrentVersionTransitions", "AbortIncompleteMultipartUpload"];
    if actions.iter().all(|action| rule[*action].is_null()) {
        return Err(invalid("At least one action needs to be specified in a rule"));
    }
    let expiration = &rule["Expiration"];
    if expiration.is_object()
        && ["Days", "Date", "ExpiredObjectDeleteMarker"].iter().filter(|member| !expiration[**member].is_null()).count() != 1
    {
        return Err(malformed());
    }
    for (days, action) in [
        (&expiration["Days"], "'Days' for Expiration action"),
        (&rule["NoncurrentVersionExpiration"]["NoncurrentDays"], "'NoncurrentDays' for NoncurrentVersionExpiration action"),
        (&rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"], "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action"),
    ] {
        if days.as_i64().is_some_and(|days| days < 1) {
            return Err(bad_argument(format!("{action} must be a positive integer")));
        }
    }
    check_transitions(&rule["Transitions"], "Days", "Transition", expiration["Days"].as_i64())?;
    let gone = rule["NoncurrentVersionExpiration"]["NoncurrentDays"].as_i64();
    check_transitions(&rule["NoncurrentVersionTransitions"], "NoncurrentDays", "NoncurrentVersionTransition", gone)
}

/// Uploads that were never completed have neither size nor tags, and delete markers no tags; sizes leave some objects between them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html>
/// The words: <https://github.com/aws-cloudformation/cfn-lint/issues/3554>
fn check_filter(rule: &Value) -> Result<(), Fault> {
    let (filter, both) = (&rule["Filter"], &rule["Filter"]["And"]);
    let of = |member: &str| if filter[member].is_null() { &both[member] } else { &filter[member] };
    let (above, below) = (of("ObjectSizeGreaterThan").as_i64(), of("ObjectSizeLessThan").as_i64());
    if above.zip(below).is_some_and(|(above, below)| above >= below) {
        return Err(invalid("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."));
    }
    let uploads = !rule["AbortIncompleteMultipartUpload"].is_null();
    if uploads && (above.is_some() || below.is_some()) {
        return Err(invalid("AbortIncompleteMultipartUpload cannot be specified with Object Size."));
    }
    let tagged = !filter["Tag"].is_null() || both["Tags"].as_array().is_some_and(|tags| !tags.is_empty());
    match (tagged, uploads, rule["Expiration"]["ExpiredObjectDeleteMarker"].is_null()) {
        (true, true, _) => Err(invalid("AbortIncompleteMultipartUpload cannot be specified with Tags.")),
        (true, _, false) => Err(invalid("ExpiredObjectDeleteMarker cannot be specified with Tags.")),
        _ => Ok(()),
    }
}

fn check_transitions(transitions: &Value, member: &str, action: &str, expires: Option<i64>) -> Result<(), Fault> {
    let mut moves: Vec<(i64, usize)> = Vec::new();
    for each in transitions.as_array().into_iter().flatten() {
        let class = each["StorageClass"].as_str().unwrap_or_default();
        let Some(days) = each[member].as_i64() else { continue };
        if days < 0 {
            return Err(bad_argument(format!("'{member}' in {action} action must be nonnegative")));
        }
        if days < 30 && ["STANDARD_IA", "ONEZONE_IA"].contains(&class) {
            return Err(bad_argument(format!(
                "'{member}' in {action} action must be greater than or equal to 30 for storageClass '{class}'"
            )));
        }
        if expires.is_some_and(|expires| expires <= days) {
            return Err(bad_argument(format!(
                "'{member}' in the Expiration action must be greater than '{member}' in the {action} action"
            )));
        }
        moves.push((days, CLASSES.iter().position(|known| *known == class).unwrap_or(0)));
    }
    moves.sort_unstable();
    match moves.windows(2).any(|two| two[0].1 >= two[1].1) {
        true => Err(bad_argument(format!("A {action} action must go to a colder storage class later."))),
        false => Ok(()),
    }
}
