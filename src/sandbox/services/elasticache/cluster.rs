//! Cache clusters: the nodes of replication groups. Stand-alone ones are not in the sandbox.

use super::{CLUSTERS, GROUPS, catalog, subnet_group};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let nodes = call.input["ShowCacheNodeInfo"] == true;
    let clusters: Vec<Value> = match call.text("CacheClusterId").to_lowercase() {
        _ if call.input["ShowCacheClustersNotInReplicationGroups"] == true => Vec::new(),
        none if none.is_empty() => call.all(CLUSTERS).into_iter().map(|(id, _)| view(call, id, nodes)).collect(),
        id if call.get(CLUSTERS, &id).is_some() => vec![view(call, &id, nodes)],
        id => return Err(Fault::new("CacheClusterNotFound", format!("CacheCluster not found: {id}")).status(404)),
    };
    Ok(json!({"CacheClusters": clusters}))
}

/// Adds a node to a node group (counted from 1); it is available after `seconds`.
pub fn add(call: &mut Call<'_>, group: &str, node_group: usize, zone: &str, seconds: f64) -> String {
    let clustered = call.get(GROUPS, group).is_some_and(|row| row["ClusterEnabled"] == true);
    let named = |number: usize| if clustered { format!("{group}-{node_group:04}-{number:03}") } else { format!("{group}-{number:03}") };
    let id = (1..).map(named).find(|id| call.get(CLUSTERS, id).is_none()).unwrap_or_default();
    let (arn, now) = (call.arn("elasticache", &format!("cluster:{id}")), call.now());
    let own = call.get(GROUPS, group).and_then(|row| row["_subnet_group"].as_str()).unwrap_or_default();
    let subnet = subnet_group::find(call, own).ok().and_then(|own| subnet_group::in_zone(own, zone));
    let row = json!({
        "CacheClusterId": id, "ARN": arn, "_arn": arn, "CacheClusterStatus": "creating", "CacheClusterCreateTime": now,
        "PreferredAvailabilityZone": zone, "_group": group, "_subnet": subnet, "_node_group": format!("{node_group:04}"),
    });
    call.put(CLUSTERS, &id, row);
    call.later(CLUSTERS, &id, seconds, json!({"CacheClusterStatus": "available"}));
    id
}

/// The ids of a group's nodes.
pub fn of(call: &Call<'_>, group: &str) -> Vec<String> {
    call.all(CLUSTERS).into_iter().filter(|(_, row)| row["_group"] == group).map(|(id, _)| id.clone()).collect()
}

pub fn arns(call: &Call<'_>, group: &str) -> Vec<String> {
    let own = call.all(CLUSTERS).into_iter().filter(|(_, row)| row["_group"] == group);
    own.filter_map(|(_, row)| row["ARN"].as_str().map(String::from)).collect()
}

/// The node groups of a replication group that is up, with their endpoints.
pub fn node_groups(call: &Call<'_>, group: &Value) -> Vec<Value> {
    let id = group["ReplicationGroupId"].as_str().unwrap_or_default();
    let nodes: Vec<&Value> = call.all(CLUSTERS).into_iter().map(|(_, row)| row).filter(|row| row["_group"] == id).collect();
    let mut names: Vec<&str> = nodes.iter().filter_map(|row| row["_node_group"].as_str()).collect();
    names.dedup();
    let clustered = group["ClusterEnabled"] == true;
    let count = names.len();
    let one = |(at, name): (usize, &&str)| {
        let members: Vec<Value> = nodes
            .iter()
            .filter(|row| row["_node_group"] == **name)
            .enumerate()
            .map(|(place, row)| {
                let mut member = json!({
                    "CacheClusterId": row["CacheClusterId"], "CacheNodeId": "0001", "PreferredAvailabilityZone": row["PreferredAvailabilityZone"],
                });
                if !clustered {
                    member["CurrentRole"] = json!(if place == 0 { "primary" } else { "replica" });
                    member["ReadEndpoint"] = endpoint(call, group, row["CacheClusterId"].as_str().unwrap_or_default());
                }
                member
            })
            .collect();
        let mut view = json!({"NodeGroupId": name, "Status": group["Status"], "NodeGroupMembers": members});
        if clustered {
            view["Slots"] = json!(format!("{}-{}", 16_384 * at / count, 16_384 * (at + 1) / count - 1));
        } else {
            view["PrimaryEndpoint"] = endpoint(call, group, "master");
            view["ReaderEndpoint"] = endpoint(call, group, "replica");
        }
        view
    };
    names.iter().enumerate().map(one).collect()
}

/// A group's endpoint: `master`, `replica`, `clustercfg`, or a node by its id. TLS has names of its own.
pub fn endpoint(call: &Call<'_>, group: &Value, part: &str) -> Value {
    let id = group["ReplicationGroupId"].as_str().unwrap_or_default();
    let digest = Sha256::digest(format!("elasticache/{}/{}/{}", call.world.seed, call.world.account, call.region));
    let own = call.world.label(digest.iter().take(6).map(|byte| char::from(b'a' + byte % 26)).collect());
    let domain = format!("{}.cache.amazonaws.com", short(call.region));
    let address = match (group["TransitEncryptionEnabled"] == true, part) {
        (true, part) => format!("{part}.{id}.{own}.{domain}"),
        (false, "master") => format!("{id}.{own}.ng.0001.{domain}"),
        (false, "replica") => format!("{id}-ro.{own}.ng.0001.{domain}"),
        (false, "clustercfg") => format!("{id}.{own}.clustercfg.{domain}"),
        (false, node) => format!("{node}.{own}.0001.{domain}"),
    };
    json!({"Address": address, "Port": group["_port"]})
}

fn view(call: &Call<'_>, id: &str, nodes: bool) -> Value {
    let mut row = call.get(CLUSTERS, id).cloned().unwrap_or_default();
    let group = call.get(GROUPS, row["_group"].as_str().unwrap_or_default()).unwrap_or(&Value::Null);
    for member in [
        "AtRestEncryptionEnabled",
        "AuthTokenEnabled",
        "AuthTokenLastModifiedDate",
        "AutoMinorVersionUpgrade",
        "CacheNodeType",
        "Engine",
        "IpDiscovery",
        "NetworkType",
        "ReplicationGroupId",
        "SnapshotWindow",
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
    ] {
        if let Some(value) = group.get(member) {
            row[member] = value.clone();
        }
    }
    let asked = group["_engine_version"].as_str().unwrap_or_default();
    let version = catalog::VERSIONS.iter().find(|version| group["Engine"] == version.engine && version.name == asked);
    row["EngineVersion"] = json!(version.map_or(asked, |version| version.full));
    if row["CacheClusterStatus"] == "available" && group["Status"] == "modifying" {
        row["CacheClusterStatus"] = json!("modifying");
    }
    let snapshots = group["SnapshottingClusterId"] == id;
    row["SnapshotRetentionLimit"] = if snapshots { group["SnapshotRetentionLimit"].clone() } else { json!(0) };
    row["NumCacheNodes"] = json!(1);
    row["CacheSubnetGroupName"] = group["_subnet_group"].clone();
    row["CacheParameterGroup"] =
        json!({"CacheParameterGroupName": group["_parameter_group"], "ParameterApplyStatus": "in-sync", "CacheNodeIdsToReboot": []});
    row["SecurityGroups"] =
        super::strings(&group["_security_groups"]).iter().map(|id| json!({"SecurityGroupId": id, "Status": "active"})).collect();
    row["PreferredMaintenanceWindow"] = group["_maintenance_window"].clone();
    row["CacheSecurityGroups"] = json!([]);
    row["PendingModifiedValues"] = group.get("_pending").cloned().unwrap_or_else(|| json!({}));
    row["ReplicationGroupLogDeliveryEnabled"] = json!(group["LogDeliveryConfigurations"].as_array().is_some_and(|list| !list.is_empty()));
    if let Some(topic) = group["_topic"].as_str() {
        row["NotificationConfiguration"] = json!({"TopicArn": topic, "TopicStatus": "active"});
    }
    if nodes && row["CacheClusterStatus"] != "creating" {
        row["CacheNodes"] = json!([{
            "CacheNodeId": "0001", "CacheNodeStatus": "available", "CacheNodeCreateTime": row["CacheClusterCreateTime"],
            "CustomerAvailabilityZone": row["PreferredAvailabilityZone"], "ParameterGroupStatus": "in-sync", "Endpoint": endpoint(call, group, id),
        }]);
    }
    row
}

/// `us-east-1` is `use1`, `ap-southeast-2` is `apse2`.
fn short(region: &str) -> String {
    let mut parts = region.split('-');
    let (area, number) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    let direction: String =
        parts.map(|part| part.replace("north", "n").replace("south", "s").replace("east", "e").replace("west", "w")).collect();
    format!("{area}{}{number}", direction.replace("central", "c"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn regions_have_short_names() {
        let short = ["us-east-1", "ap-southeast-2", "ca-central-1"].map(super::short);
        assert_eq!(short, ["use1", "apse2", "cac1"]);
    }
}
