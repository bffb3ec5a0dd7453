//! IncreaseReplicaCount and DecreaseReplicaCount.

use super::{CLUSTERS, GROUPS, bad_combination, bad_value, cluster, replication_group, set_status, subnet_group};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CHANGING: f64 = 300.0;

pub fn increase(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (id, now) = begin(call)?;
    let wanted = wanted(call, &now)?;
    let zones = {
        let group = call.get(GROUPS, &id).and_then(|row| row["_subnet_group"].as_str()).unwrap_or_default();
        subnet_group::find(call, group).map(subnet_group::zones).unwrap_or_default()
    };
    for (group, replicas) in &wanted {
        if *replicas > 5 {
            return Err(bad_value(format!("A node group has no more than 5 replicas: {replicas}.")));
        }
        if *replicas < now[group].len() - 1 {
            return Err(bad_value(format!(
                "The new replica count {replicas} is less than the {} replicas there are.",
                now[group].len() - 1
            )));
        }
    }
    if wanted.iter().all(|(group, replicas)| *replicas == now[group].len() - 1) {
        return Err(Fault::new("NoOperationFault", "The operation was not performed because no changes were required."));
    }
    let arn = call.get(GROUPS, &id).and_then(|row| row["ARN"].as_str()).unwrap_or_default().to_owned();
    let tags = call.tags(&arn);
    for (group, replicas) in wanted {
        for at in now[&group].len()..=replicas {
            let zone = zones.get(at % zones.len().max(1)).cloned().unwrap_or_default();
            let node = cluster::add(call, &id, group.parse().unwrap_or(1), &zone, CHANGING);
            if !tags.is_empty() {
                call.set_tags(&call.arn("elasticache", &format!("cluster:{node}")), tags.clone());
            }
        }
    }
    finish(call, &id)
}

pub fn decrease(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (id, now) = begin(call)?;
    let named = call.texts("ReplicasToRemove");
    let mut going: Vec<String> = Vec::new();
    if named.is_empty() {
        for (group, replicas) in wanted(call, &now)? {
            if replicas > now[&group].len() - 1 {
                return Err(bad_value(format!(
                    "The new replica count {replicas} is more than the {} replicas there are.",
                    now[&group].len() - 1
                )));
            }
            going.extend(now[&group][replicas + 1..].iter().cloned());
        }
    } else {
        let replica = |node: &String| now.values().any(|nodes| nodes[1..].contains(node));
        if let Some(node) = named.iter().find(|node| !replica(node)) {
            return Err(bad_value(format!("The cache cluster {node} is not a replica of the replication group.")));
        }
        going = named;
    }
    if going.is_empty() {
        return Err(Fault::new("NoOperationFault", "The operation was not performed because no changes were required."));
    }
    let row = call.get(GROUPS, &id).unwrap_or(&Value::Null);
    let lonely = now.values().any(|nodes| nodes.iter().filter(|node| !going.contains(node)).count() < 2);
    if lonely && row["ClusterEnabled"] != true && (row["AutomaticFailover"] == "enabled" || row["MultiAZ"] == "enabled") {
        return Err(bad_combination("Automatic failover and Multi-AZ need at least one replica: disable them first."));
    }
    for node in going {
        if let Some(row) = call.get_mut(CLUSTERS, &node) {
            row["CacheClusterStatus"] = json!("deleting");
        }
        call.remove_later(CLUSTERS, &node, CHANGING);
    }
    finish(call, &id)
}

/// The group, and its nodes by node group.
fn begin(call: &Call<'_>) -> Result<(String, BTreeMap<String, Vec<String>>), Fault> {
    let id = replication_group::find(call, call.text("ReplicationGroupId"))?;
    replication_group::available(call, &id, "modification")?;
    if call.input["ApplyImmediately"] != true {
        return Err(bad_value("ApplyImmediately=false is not supported for this operation."));
    }
    let mut nodes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (node, row) in call.all(CLUSTERS).into_iter().filter(|(_, row)| row["_group"] == id.as_str()) {
        nodes.entry(row["_node_group"].as_str().unwrap_or_default().to_owned()).or_default().push(node.clone());
    }
    Ok((id, nodes))
}

/// Replicas wanted by node group: the same for all, or for those named.
fn wanted(call: &Call<'_>, now: &BTreeMap<String, Vec<String>>) -> Result<BTreeMap<String, usize>, Fault> {
    if let Some(count) = call.input["NewReplicaCount"].as_u64() {
        return Ok(now.keys().map(|group| (group.clone(), count as usize)).collect());
    }
    let mut wanted = BTreeMap::new();
    for each in call.input["ReplicaConfiguration"].as_array().into_iter().flatten() {
        let group = each["NodeGroupId"].as_str().unwrap_or_default();
        if !now.contains_key(group) {
            return Err(bad_value(format!("The replication group has no node group {group}.")));
        }
        wanted.insert(group.to_owned(), each["NewReplicaCount"].as_u64().unwrap_or(0) as usize);
    }
    match wanted.is_empty() {
        true => Err(bad_combination("Either NewReplicaCount or ReplicaConfiguration must be given.")),
        false => Ok(wanted),
    }
}

fn finish(call: &mut Call<'_>, id: &str) -> Result<Value, Fault> {
    set_status(call, id, "modifying");
    call.later(GROUPS, id, CHANGING, json!({"Status": "available"}));
    Ok(json!({"ReplicationGroup": replication_group::view(call, id)}))
}
