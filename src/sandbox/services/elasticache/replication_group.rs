//! Replication groups: describe, delete, snapshots.

use super::{CLUSTERS, GROUPS, SNAPSHOTS, bad_value, cluster, identifier, set_status};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const DELETING: f64 = 300.0;
const FINAL_SNAPSHOT: f64 = 180.0;

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let groups: Vec<Value> = match call.text("ReplicationGroupId") {
        "" => call.all(GROUPS).into_iter().map(|(id, _)| view(call, id)).collect(),
        id => vec![view(call, &find(call, id)?)],
    };
    Ok(json!({"ReplicationGroups": groups}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call, call.text("ReplicationGroupId"))?;
    available(call, &id, "deletion")?;
    if call.input["RetainPrimaryCluster"] == true {
        return Err(bad_value("Keeping the primary as a stand-alone cluster is not in the sandbox."));
    }
    let mut seconds = DELETING;
    if !call.text("FinalSnapshotIdentifier").is_empty() {
        let name = identifier("FinalSnapshotIdentifier", call.text("FinalSnapshotIdentifier"), 255)?;
        if call.get(SNAPSHOTS, &name).is_some() {
            return Err(Fault::new("SnapshotAlreadyExistsFault", format!("Snapshot {name} already exists.")));
        }
        seconds += FINAL_SNAPSHOT;
        take_snapshot(call, &id, &name);
    }
    set_status(call, &id, "deleting");
    for node in cluster::of(call, &id) {
        if let Some(row) = call.get_mut(CLUSTERS, &node) {
            row["CacheClusterStatus"] = json!("deleting");
        }
        call.remove_later(CLUSTERS, &node, seconds);
    }
    let answer = view(call, &id);
    call.remove_later(GROUPS, &id, seconds);
    Ok(json!({"ReplicationGroup": answer}))
}

pub fn snapshots(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("SnapshotName");
    if !name.is_empty() && call.get(SNAPSHOTS, name).is_none() {
        return Err(Fault::new("SnapshotNotFoundFault", format!("Snapshot {name} not found.")).status(404));
    }
    let is = |row: &Value, given: &str, member: &str| call.text(given).is_empty() || row[member] == call.text(given);
    let list = call.all(SNAPSHOTS).into_iter().map(|(_, row)| row.clone());
    let list: Vec<Value> = list
        .filter(|row| {
            let from_here = call.text("SnapshotSource") != "system";
            from_here && is(row, "SnapshotName", "SnapshotName") && is(row, "ReplicationGroupId", "ReplicationGroupId")
        })
        .collect();
    Ok(json!({"Snapshots": list}))
}

pub fn find(call: &Call<'_>, id: &str) -> Result<String, Fault> {
    let id = id.to_lowercase();
    match call.get(GROUPS, &id) {
        Some(_) => Ok(id),
        None => Err(Fault::new("ReplicationGroupNotFoundFault", format!("ReplicationGroup {id} not found.")).status(404)),
    }
}

/// Refuses a group in any other state.
pub fn available(call: &Call<'_>, id: &str, purpose: &str) -> Result<(), Fault> {
    let status = call.get(GROUPS, id).and_then(|row| row["Status"].as_str()).unwrap_or_default();
    match status {
        "available" => Ok(()),
        status => {
            let message = format!("Replication group {id} has status {status} which is not valid for {purpose}.");
            Err(Fault::new("InvalidReplicationGroupState", message))
        }
    }
}

/// A group as it is answered.
pub fn view(call: &Call<'_>, id: &str) -> Value {
    let mut row = call.get(GROUPS, id).cloned().unwrap_or_default();
    row["MemberClusters"] = json!(cluster::of(call, id));
    if row["_up"] == true {
        row["NodeGroups"] = json!(cluster::node_groups(call, &row));
        if row["ClusterEnabled"] == true {
            row["ConfigurationEndpoint"] = cluster::endpoint(call, &row, "clustercfg");
        }
    }
    row
}

/// Automatic snapshots are taken from a replica: the last node.
pub fn snapshot_from_last(call: &mut Call<'_>, id: &str) {
    let node = cluster::of(call, id).pop();
    if let Some(row) = call.get_mut(GROUPS, id) {
        row["SnapshottingClusterId"] = json!(node);
    }
}

fn take_snapshot(call: &mut Call<'_>, id: &str, name: &str) {
    let (arn, group) = (call.arn("elasticache", &format!("snapshot:{name}")), call.get(GROUPS, id).cloned().unwrap_or_default());
    let mut row = json!({
        "SnapshotName": name, "ARN": arn, "_arn": arn, "SnapshotStatus": "creating", "SnapshotSource": "manual", "Port": group["_port"],
        "CacheParameterGroupName": group["_parameter_group"], "CacheSubnetGroupName": group["_subnet_group"],
        "EngineVersion": group["_engine_version"], "PreferredMaintenanceWindow": group["_maintenance_window"],
        "ReplicationGroupDescription": group["Description"], "NumCacheNodes": 1,
    });
    for member in [
        "AutoMinorVersionUpgrade",
        "AutomaticFailover",
        "CacheNodeType",
        "DataTiering",
        "Engine",
        "KmsKeyId",
        "ReplicationGroupId",
        "SnapshotRetentionLimit",
        "SnapshotWindow",
    ] {
        if let Some(value) = group.get(member) {
            row[member] = value.clone();
        }
    }
    call.put(SNAPSHOTS, name, row);
    call.later(SNAPSHOTS, name, FINAL_SNAPSHOT, json!({"SnapshotStatus": "available"}));
}
