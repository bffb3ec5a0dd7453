//! Tags of RDS resources, by ARN.

use super::{INSTANCES, PARAMETER_GROUPS, SNAPSHOTS, SUBNET_GROUPS, bad_value, not_found};
use crate::services::members::are_plain_tags;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

pub fn add(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arn, tags) = (resource(call)?, tags_from(call.input.get("Tags")));
    check(&tags)?;
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn remove(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    call.unset_tags(&arn, &call.texts("TagKeys"));
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    Ok(json!({"TagList": tag_list(&call.tags(&arn))}))
}

/// The tags of a create call, refused if AWS would refuse them.
pub fn given(call: &Call<'_>) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(call.input.get("Tags"));
    check(&tags)?;
    Ok(tags)
}

fn check(tags: &[(String, String)]) -> Result<(), Fault> {
    if let Some((key, _)) = tags.iter().find(|(key, _)| key.is_empty() || key.len() > 128 || key.to_lowercase().starts_with("aws:")) {
        return Err(bad_value(format!("Tag keys must have 1 to 128 characters and not begin with aws: ({key})")));
    }
    // The words: <https://github.com/cloud-custodian/cloud-custodian/issues/4674>
    if !are_plain_tags(tags) {
        let message = "Tag values may only contain unicode letters, digits, whitespace, or one of these symbols: _ . : / = + - @";
        return Err(bad_value(message));
    }
    match tags.len() > 50 {
        true => Err(bad_value("A resource may have no more than 50 tags.")),
        false => Ok(()),
    }
}

fn resource(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("ResourceName");
    let prefix = call.arn("rds", "");
    let Some((kind, name)) = arn.strip_prefix(&prefix).and_then(|rest| rest.split_once(':')) else {
        return Err(bad_value(format!("Invalid resource name: {arn}")));
    };
    let (table, code, noun) = match kind {
        "db" => (INSTANCES, "DBInstanceNotFound", "DBInstance"),
        "subgrp" => (SUBNET_GROUPS, "DBSubnetGroupNotFoundFault", "DBSubnetGroup"),
        "pg" => (PARAMETER_GROUPS, "DBParameterGroupNotFound", "DBParameterGroup"),
        "snapshot" => (SNAPSHOTS, "DBSnapshotNotFound", "DBSnapshot"),
        _ => return Err(bad_value(format!("Invalid resource name: {arn}"))),
    };
    match call.get(table, name) {
        Some(_) => Ok(arn.to_owned()),
        None => Err(not_found(code, format!("{noun} {name} not found."))),
    }
}
