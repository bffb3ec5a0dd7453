//! CreateReplicationGroup.

use super::{
    GROUPS, bad_combination, bad_value, catalog, cluster, identifier, parameter_group, replication_group, settings, subnet_group, tag,
};
use crate::services::{iam, kms, rds::window};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const CREATING: f64 = 360.0;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let input = call.input;
    let id = identifier("ReplicationGroupIdentifier", call.text("ReplicationGroupId"), 40)?;
    if call.get(GROUPS, &id).is_some() {
        return Err(Fault::new("ReplicationGroupAlreadyExists", format!("Replication group {id} already exists.")));
    }
    for member in ["GlobalReplicationGroupId", "PrimaryClusterId", "SnapshotArns", "SnapshotName", "ServerlessCacheSnapshotName"] {
        if input.get(member).is_some() {
            return Err(bad_value(format!("A replication group made from {member} is not in the sandbox.")));
        }
    }
    if let Some(user_group) = call.texts("UserGroupIds").first() {
        return Err(Fault::new("UserGroupNotFound", format!("User group {user_group} does not exist (the sandbox has none).")).status(404));
    }
    iam::ensure_service_linked(call, "elasticache.amazonaws.com")?;
    let on = |member: &str| input[member] == true;
    let engine = input["Engine"].as_str().unwrap_or("redis").to_lowercase();
    let version = catalog::find(&engine, call.text("EngineVersion"))?;
    let node_type = input["CacheNodeType"].as_str().ok_or_else(|| bad_value("The parameter CacheNodeType must be provided."))?;
    catalog::check_node_type(node_type)?;
    let tags = tag::given(call)?;
    let shape = shape(call)?;
    let asked = call.text("CacheParameterGroupName");
    let by_group = !asked.is_empty() && parameter_group::is_cluster(&parameter_group::find(call, asked)?);
    let mode =
        input["ClusterMode"].as_str().unwrap_or(if by_group || (asked.is_empty() && shape.groups > 1) { "enabled" } else { "disabled" });
    let clustered = mode != "disabled";
    if shape.groups > 1 && !clustered {
        return Err(bad_combination("More than one node group needs cluster mode: use a parameter group with cluster-enabled set to yes."));
    }
    let parameters = settings::check_parameter_group(call, asked, version, mode == "enabled")?;
    let failover = input["AutomaticFailoverEnabled"].as_bool().unwrap_or(clustered);
    settings::check_failover(failover, on("MultiAZEnabled"), shape.replicas + 1, clustered)?;
    let transit = transit(call)?;
    let token = input["AuthToken"].as_str().unwrap_or_default();
    if !token.is_empty() {
        if transit.is_none() {
            return Err(bad_combination(
                "The AUTH token is only supported when encryption-in-transit is enabled for the replication group.",
            ));
        }
        settings::check_auth_token(token)?;
    }
    let retention = input["SnapshotRetentionLimit"].as_i64().unwrap_or(0);
    settings::check_retention(retention)?;
    let (snapshot_window, maintenance) = windows(call, &id);
    settings::check_windows(&snapshot_window, &maintenance)?;
    let deliveries = settings::log_deliveries(&input["LogDeliveryConfigurations"], "enabling")?;
    let (zones, security_groups) = place(call)?;
    let key = match (on("AtRestEncryptionEnabled"), call.text("KmsKeyId").to_owned()) {
        (false, key) if !key.is_empty() => return Err(bad_combination("A KmsKeyId needs AtRestEncryptionEnabled.")),
        (true, key) if !key.is_empty() => {
            Some(kms::key_arn(call, &key).ok_or_else(|| Fault::new("InvalidKMSKeyFault", format!("The KMS key {key} does not exist.")))?)
        }
        _ => None,
    };

    let (arn, now) = (call.arn("elasticache", &format!("replicationgroup:{id}")), call.now());
    let word = |enabled: bool| if enabled { "enabled" } else { "disabled" };
    let mut row = json!({
        "ReplicationGroupId": id, "ARN": arn, "_arn": arn, "Description": call.text("ReplicationGroupDescription"), "Status": "creating",
        "PendingModifiedValues": {}, "Engine": engine, "CacheNodeType": node_type, "AutomaticFailover": word(failover),
        "MultiAZ": word(on("MultiAZEnabled")), "ClusterEnabled": clustered, "ClusterMode": mode, "SnapshotRetentionLimit": retention,
        "SnapshotWindow": snapshot_window, "AtRestEncryptionEnabled": on("AtRestEncryptionEnabled"), "TransitEncryptionEnabled": transit.is_some(),
        "AuthTokenEnabled": !token.is_empty(), "AutoMinorVersionUpgrade": input["AutoMinorVersionUpgrade"].as_bool().unwrap_or(true),
        "DataTiering": word(on("DataTieringEnabled")), "NetworkType": input["NetworkType"].as_str().unwrap_or("ipv4"),
        "IpDiscovery": input["IpDiscovery"].as_str().unwrap_or("ipv4"), "LogDeliveryConfigurations": deliveries, "UserGroupIds": [],
        "ReplicationGroupCreateTime": now,
    });
    let private = json!({
        "_engine_version": version.name, "_parameter_group": parameters, "_subnet_group": call.text("CacheSubnetGroupName").to_lowercase(),
        "_security_groups": security_groups, "_maintenance_window": maintenance, "_port": input["Port"].as_i64().unwrap_or(6379),
        "_topic": input.get("NotificationTopicArn"), "TransitEncryptionMode": transit, "KmsKeyId": key,
        "AuthTokenLastModifiedDate": (!token.is_empty()).then_some(now),
    });
    crate::world::merge(&mut row, &private);
    call.put(GROUPS, &id, row);
    let mut at = 0;
    for group in 1..=shape.groups {
        for _ in 0..=shape.replicas {
            let zone = shape.zones.get(at).or(zones.get(at % zones.len().max(1))).cloned().unwrap_or_default();
            cluster::add(call, &id, group, &zone, CREATING);
            at += 1;
        }
    }
    if !tags.is_empty() {
        for arn in cluster::arns(call, &id).into_iter().chain([arn]) {
            call.set_tags(&arn, tags.clone());
        }
    }
    if retention > 0 {
        replication_group::snapshot_from_last(call, &id);
    }
    let active: Vec<Value> = settings::log_deliveries(&input["LogDeliveryConfigurations"], "active")?;
    call.later(GROUPS, &id, CREATING, json!({"Status": "available", "_up": true, "LogDeliveryConfigurations": active}));
    Ok(json!({"ReplicationGroup": replication_group::view(call, &id)}))
}

/// The numbers of node groups and of replicas in each, and the zones asked for, node by node.
struct Shape {
    groups: usize,
    replicas: usize,
    zones: Vec<String>,
}

fn shape(call: &Call<'_>) -> Result<Shape, Fault> {
    let (input, number) = (call.input, |member: &str| call.input[member].as_u64().map(|number| number as usize));
    let given = input["NodeGroupConfiguration"].as_array().map(Vec::as_slice).unwrap_or_default();
    let groups = number("NumNodeGroups").unwrap_or(given.len().max(1));
    if let Some(nodes) = number("NumCacheClusters") {
        if input.get("NumNodeGroups").is_some() || input.get("ReplicasPerNodeGroup").is_some() {
            return Err(bad_combination("Cannot specify NumCacheClusters together with NumNodeGroups or ReplicasPerNodeGroup."));
        }
        if !(1..=6).contains(&nodes) {
            return Err(bad_value(format!("The number of cache clusters in a replication group must be between 1 and 6: {nodes}.")));
        }
        let zones = call.texts("PreferredCacheClusterAZs");
        if !zones.is_empty() && zones.len() != nodes {
            return Err(bad_combination("PreferredCacheClusterAZs must name as many zones as there are cache clusters."));
        }
        return Ok(Shape { groups: 1, replicas: nodes - 1, zones });
    }
    let replicas =
        number("ReplicasPerNodeGroup").or(given.first().and_then(|group| group["ReplicaCount"].as_u64().map(|count| count as usize)));
    let replicas = replicas.unwrap_or(0);
    if replicas > 5 || groups == 0 || groups > 500 {
        return Err(bad_value(format!("A replication group has 1 to 500 node groups of up to 5 replicas: {groups} of {replicas}.")));
    }
    let zones = given.iter().flat_map(|group| {
        let primary = group["PrimaryAvailabilityZone"].as_str().map(String::from);
        primary.into_iter().chain(super::strings(&group["ReplicaAvailabilityZones"]))
    });
    Ok(Shape { groups, replicas, zones: zones.collect() })
}

/// The mode of encryption in transit, if there is any.
fn transit(call: &Call<'_>) -> Result<Option<String>, Fault> {
    match (call.input["TransitEncryptionEnabled"] == true, call.text("TransitEncryptionMode")) {
        (true, "") => Ok(Some("required".into())),
        (true, mode) => Ok(Some(mode.to_owned())),
        (false, "") => Ok(None),
        (false, _) => Err(bad_combination("A TransitEncryptionMode needs TransitEncryptionEnabled.")),
    }
}

/// The zones of the subnet group, and the security groups.
fn place(call: &Call<'_>) -> Result<(Vec<String>, Vec<String>), Fault> {
    let name = call.text("CacheSubnetGroupName");
    if name.is_empty() {
        return Err(bad_value("The account has no default VPC: name a CacheSubnetGroupName."));
    }
    let group = subnet_group::find(call, name)?;
    let vpc = group["VpcId"].as_str().unwrap_or_default();
    let given = match call.texts("SecurityGroupIds") {
        none if none.is_empty() => {
            let own = call.all("ec2.security_group").into_iter().filter(|(_, row)| row["VpcId"] == vpc && row["GroupName"] == "default");
            own.map(|(id, _)| id.clone()).collect()
        }
        given => given,
    };
    settings::check_security_groups(call, &given, vpc)?;
    Ok((subnet_group::zones(group), given))
}

/// The windows asked for; what AWS picks itself is out of the way of the other.
fn windows(call: &Call<'_>, id: &str) -> (String, String) {
    let byte = usize::from(Sha256::digest(id)[0]);
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][byte % 7];
    let asked = |member: &str| call.input[member].as_str().map(str::to_lowercase);
    let (snapshot, maintenance) = (asked("SnapshotWindow"), asked("PreferredMaintenanceWindow"));
    let pair = |shift: usize| {
        let hour = 3 + (byte + shift) % 8;
        let snapshot = snapshot.clone().unwrap_or(format!("{hour:02}:30-{:02}:30", hour + 1));
        (snapshot, maintenance.clone().unwrap_or(format!("{day}:{0:02}:00-{day}:{1:02}:00", 3 + (hour + 3) % 8, 4 + (hour + 3) % 8)))
    };
    (0..8).map(pair).find(|(snapshot, maintenance)| window::check(snapshot, maintenance).is_ok()).unwrap_or_else(|| pair(0))
}
