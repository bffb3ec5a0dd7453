//! Cache subnet groups.

use super::{CLUSTERS, GROUPS, SUBNET_GROUPS, bad_value, identifier, tag};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    // <https://github.com/terraform-community-modules/tf_aws_elasticache_redis/issues/1>
    let name = identifier("CacheSubnetGroupName", call.text("CacheSubnetGroupName"), 255)?;
    if name == "default" {
        return Err(bad_value("The parameter CacheSubnetGroupName must not be default"));
    }
    if call.get(SUBNET_GROUPS, &name).is_some() {
        return Err(Fault::new("CacheSubnetGroupAlreadyExists", format!("Cache subnet group {name} already exists.")));
    }
    let (vpc, subnets) = subnets(call)?;
    let (tags, arn) = (tag::given(call)?, call.arn("elasticache", &format!("subnetgroup:{name}")));
    let description = call.text("CacheSubnetGroupDescription");
    let row = json!({
        "CacheSubnetGroupName": name, "CacheSubnetGroupDescription": description, "VpcId": vpc, "Subnets": subnets, "ARN": arn, "_arn": arn,
        "SupportedNetworkTypes": ["ipv4"],
    });
    call.put(SUBNET_GROUPS, &name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"CacheSubnetGroup": call.get(SUBNET_GROUPS, &name)}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let groups: Vec<&Value> = match call.text("CacheSubnetGroupName") {
        "" => call.all(SUBNET_GROUPS).into_iter().map(|(_, row)| row).collect(),
        name => vec![find(call, name)?],
    };
    Ok(json!({"CacheSubnetGroups": groups}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("CacheSubnetGroupName").to_lowercase();
    let now = find(call, &name)?.clone();
    let input = call.input;
    let changed = match input.get("SubnetIds").is_some() {
        true => Some(subnets(call)?),
        false => None,
    };
    if let Some((vpc, subnets)) = &changed {
        if now["VpcId"] != vpc.as_str() {
            return Err(Fault::new("InvalidSubnet", "The new subnets are not in the VPC of the cache subnet group."));
        }
        for (id, node) in call.all(CLUSTERS) {
            let group = call.get(GROUPS, node["_group"].as_str().unwrap_or_default()).unwrap_or(&Value::Null);
            // A node stays in the subnet that it was made in, whatever others its zone has.
            // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheSubnetGroup.html
            let stays = || subnets.iter().any(|subnet| subnet["SubnetIdentifier"] == subnet_of(node, &now));
            if group["_subnet_group"] == name.as_str() && !stays() {
                return Err(Fault::new("SubnetInUse", format!("The subnet is currently in use by the cache cluster {id}.")));
            }
        }
    }
    if let Some(row) = call.get_mut(SUBNET_GROUPS, &name) {
        if let Some((_, subnets)) = changed {
            row["Subnets"] = json!(subnets);
        }
        if let Some(description) = input.get("CacheSubnetGroupDescription") {
            row["CacheSubnetGroupDescription"] = description.clone();
        }
    }
    Ok(json!({"CacheSubnetGroup": call.get(SUBNET_GROUPS, &name)}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("CacheSubnetGroupName").to_lowercase();
    find(call, &name)?;
    if let Some((user, _)) = call.all(GROUPS).into_iter().find(|(_, row)| row["_subnet_group"] == name.as_str()) {
        return Err(Fault::new(
            "CacheSubnetGroupInUse",
            format!("Cache subnet group {name} is currently in use by a cache cluster of {user}."),
        ));
    }
    call.remove(SUBNET_GROUPS, &name);
    Ok(json!({}))
}

pub fn find<'c>(call: &'c Call<'_>, name: &str) -> Result<&'c Value, Fault> {
    let found = call.get(SUBNET_GROUPS, &name.to_lowercase());
    found.ok_or_else(|| Fault::new("CacheSubnetGroupNotFoundFault", format!("Cache Subnet Group {name} does not exist.")))
}

/// The subnet that a node of a group stands in.
fn subnet_of(node: &Value, group: &Value) -> Value {
    let known = || node["_subnet"].is_string().then(|| node["_subnet"].clone());
    let zone = node["PreferredAvailabilityZone"].as_str().unwrap_or_default();
    known().or_else(|| in_zone(group, zone)).unwrap_or_default()
}

/// The subnet of a group that a new node of a zone comes to stand in.
pub fn in_zone(group: &Value, zone: &str) -> Option<Value> {
    let mut subnets = group["Subnets"].as_array().into_iter().flatten();
    subnets.find(|subnet| subnet["SubnetAvailabilityZone"]["Name"] == zone).map(|subnet| subnet["SubnetIdentifier"].clone())
}

/// The zones of a group, sorted.
pub fn zones(group: &Value) -> Vec<String> {
    let subnets = group["Subnets"].as_array().into_iter().flatten();
    let zones: BTreeSet<&str> = subnets.filter_map(|subnet| subnet["SubnetAvailabilityZone"]["Name"].as_str()).collect();
    zones.into_iter().map(String::from).collect()
}

/// The VPC and the members of the subnets in the input.
fn subnets(call: &Call<'_>) -> Result<(String, Vec<Value>), Fault> {
    let ids: BTreeSet<String> = call.texts("SubnetIds").into_iter().collect();
    let unknown: Vec<&str> = ids.iter().filter(|id| call.get("ec2.subnet", id).is_none()).map(String::as_str).collect();
    if !unknown.is_empty() || ids.is_empty() {
        return Err(Fault::new("InvalidSubnet", format!("Some input subnets in :[{}] are invalid.", unknown.join(", "))));
    }
    let rows: Vec<&Value> = ids.iter().filter_map(|id| call.get("ec2.subnet", id)).collect();
    let vpcs: BTreeSet<&str> = rows.iter().filter_map(|row| row["VpcId"].as_str()).collect();
    if vpcs.len() > 1 {
        return Err(Fault::new("InvalidSubnet", "All the subnets of a cache subnet group must be in the same VPC."));
    }
    let member = |subnet: &Value| {
        let zone = json!({"Name": subnet["AvailabilityZone"]});
        json!({"SubnetIdentifier": subnet["SubnetId"], "SubnetAvailabilityZone": zone, "SupportedNetworkTypes": ["ipv4"]})
    };
    let vpc = vpcs.into_iter().next().unwrap_or_default().to_owned();
    Ok((vpc, rows.into_iter().map(member).collect()))
}
