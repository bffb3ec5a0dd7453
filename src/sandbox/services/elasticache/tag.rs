//! Tags of ElastiCache resources, by ARN. A replication group's tags are also its nodes'.

use super::{CLUSTERS, GROUPS, PARAMETER_GROUPS, SNAPSHOTS, SUBNET_GROUPS, bad_value};
use crate::services::members::are_plain_tags;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

pub fn add(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arns = changeable(call)?;
    let tags = given(call)?;
    for arn in &arns {
        call.set_tags(arn, tags.clone());
    }
    list(call)
}

pub fn remove(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arns, keys) = (changeable(call)?, call.texts("TagKeys"));
    let tags = call.tags(call.text("ResourceName"));
    if let Some(key) = keys.iter().find(|key| !tags.contains_key(*key)) {
        return Err(Fault::new("TagNotFound", format!("The tag with key {key} was not found on the resource.")).status(404));
    }
    for arn in &arns {
        call.unset_tags(arn, &keys);
    }
    list(call)
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arn, _, _) = resource(call)?;
    Ok(json!({"TagList": tag_list(&call.tags(&arn))}))
}

/// The tags of the input, refused if AWS would refuse them.
pub fn given(call: &Call<'_>) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(call.input.get("Tags"));
    if let Some((key, _)) = tags.iter().find(|(key, _)| key.is_empty() || key.len() > 128 || key.to_lowercase().starts_with("aws:")) {
        return Err(bad_value(format!("Tag keys must have 1 to 128 characters and not begin with aws: ({key})")));
    }
    // The words: <https://github.com/hashicorp/terraform/pull/12127>
    if !are_plain_tags(&tags) {
        return Err(bad_value("Tagging not available right now. Please try your query without tags."));
    }
    match tags.len() > 50 {
        true => Err(Fault::new("TagQuotaPerResourceExceeded", "A resource may have no more than 50 tags.")),
        false => Ok(tags),
    }
}

/// The ARNs that a change of tags reaches. A group that is not available refuses it.
fn changeable(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    let (arn, table, name) = resource(call)?;
    if table != GROUPS {
        return Ok(vec![arn]);
    }
    if call.get(GROUPS, &name).is_some_and(|row| row["Status"] != "available") {
        let message = format!("Replication group {name} is not in available state to perform tagging operations.");
        return Err(Fault::new("InvalidReplicationGroupState", message));
    }
    let nodes = call.all(CLUSTERS).into_iter().filter(|(_, row)| row["_group"] == name.as_str());
    let nodes = nodes.filter_map(|(_, row)| row["_arn"].as_str().map(String::from)).collect::<Vec<_>>();
    Ok([vec![arn], nodes].concat())
}

fn resource(call: &Call<'_>) -> Result<(String, &'static str, String), Fault> {
    let (arn, prefix) = (call.text("ResourceName"), call.arn("elasticache", ""));
    let Some((kind, name)) = arn.strip_prefix(&prefix).and_then(|rest| rest.split_once(':')) else {
        return Err(Fault::new("InvalidARN", format!("The ARN is not of this account and region: {arn}")));
    };
    let (table, code, noun) = match kind {
        "replicationgroup" => (GROUPS, "ReplicationGroupNotFoundFault", "ReplicationGroup"),
        "cluster" => (CLUSTERS, "CacheClusterNotFound", "CacheCluster"),
        "subnetgroup" => (SUBNET_GROUPS, "CacheSubnetGroupNotFoundFault", "CacheSubnetGroup"),
        "parametergroup" => (PARAMETER_GROUPS, "CacheParameterGroupNotFound", "CacheParameterGroup"),
        "snapshot" => (SNAPSHOTS, "SnapshotNotFoundFault", "Snapshot"),
        _ => return Err(Fault::new("InvalidARN", format!("The ARN is not of a resource in the sandbox: {arn}"))),
    };
    match call.get(table, name) {
        Some(_) => Ok((arn.to_owned(), table, name.to_owned())),
        None => Err(Fault::new(code, format!("{noun} {name} not found.")).status(404)),
    }
}
