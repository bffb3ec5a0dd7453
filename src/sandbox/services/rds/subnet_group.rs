//! DB subnet groups.

use super::{INSTANCES, SUBNET_GROUPS, bad_value, not_found, tag};
use crate::services::ec2::default_vpc;
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = name(call)?;
    if name == "default" {
        return Err(bad_value("The DB subnet group name default is reserved."));
    }
    if call.get(SUBNET_GROUPS, &name).is_some() {
        return Err(Fault::new("DBSubnetGroupAlreadyExists", format!("The DB subnet group '{name}' already exists.")));
    }
    let (vpc, subnets) = subnets(call)?;
    let (tags, description) = (tag::given(call)?, call.text("DBSubnetGroupDescription"));
    let row = row(call, &name, description, &vpc, subnets);
    let arn = call.arn("rds", &format!("subgrp:{name}"));
    call.put(SUBNET_GROUPS, &name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"DBSubnetGroup": call.get(SUBNET_GROUPS, &name)}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("DBSubnetGroupName").to_lowercase();
    let groups: Vec<&Value> = match name.is_empty() {
        true => call.all(SUBNET_GROUPS).into_iter().map(|(_, row)| row).collect(),
        false => vec![find(call, &name)?],
    };
    Ok(json!({"DBSubnetGroups": groups}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = name(call)?;
    let vpc_now = find(call, &name)?["VpcId"].clone();
    let (vpc, subnets) = subnets(call)?;
    if vpc_now != vpc.as_str() {
        return Err(bad_value("The new Subnets are not in the same Vpc as the existing subnet group"));
    }
    for (id, instance) in call.all(INSTANCES) {
        let kept = subnets.iter().any(|subnet| subnet["SubnetIdentifier"] == instance["_subnet"]);
        if instance["_subnet_group"] == name.as_str() && !kept {
            let subnet = instance["_subnet"].as_str().unwrap_or_default();
            return Err(Fault::new("SubnetAlreadyInUse", format!("The subnet {subnet} is in use by the DB instance {id}.")));
        }
    }
    let description = call.input.get("DBSubnetGroupDescription");
    if let Some(row) = call.get_mut(SUBNET_GROUPS, &name) {
        row["Subnets"] = json!(subnets);
        if let Some(description) = description {
            row["DBSubnetGroupDescription"] = description.clone();
        }
    }
    Ok(json!({"DBSubnetGroup": call.get(SUBNET_GROUPS, &name)}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = name(call)?;
    find(call, &name)?;
    let user = call.all(INSTANCES).into_iter().find(|(_, row)| row["_subnet_group"] == name.as_str()).map(|(id, _)| id);
    if let Some(user) = user {
        let message = format!("Cannot delete the subnet group '{name}' because at least one database instance: {user} is still using it.");
        return Err(Fault::new("InvalidDBSubnetGroupStateFault", message));
    }
    call.remove(SUBNET_GROUPS, &name);
    Ok(json!({}))
}

pub fn find<'c>(call: &'c Call<'_>, name: &str) -> Result<&'c Value, Fault> {
    let found = call.get(SUBNET_GROUPS, &name.to_lowercase());
    found.ok_or_else(|| not_found("DBSubnetGroupNotFoundFault", format!("DB subnet group '{name}' does not exist.")))
}

/// The group that RDS makes of the default VPC's subnets for an instance that names none.
pub fn default(call: &mut Call<'_>) -> Result<String, Fault> {
    if call.get(SUBNET_GROUPS, "default").is_none() {
        default_vpc::id(call)?;
        let own: Vec<&Value> = call.all("ec2.subnet").into_iter().map(|(_, row)| row).filter(|row| row["DefaultForAz"] == true).collect();
        let Some(vpc) = own.first().and_then(|row| row["VpcId"].as_str()).map(String::from) else {
            let message = "No default subnet detected in VPC. Please contact AWS Support to recreate the default Subnets.";
            return Err(Fault::new("InvalidSubnet", message));
        };
        let subnets = own.into_iter().map(member).collect();
        let row = row(call, "default", "default", &vpc, subnets);
        call.put(SUBNET_GROUPS, "default", row);
    }
    Ok("default".into())
}

fn name(call: &Call<'_>) -> Result<String, Fault> {
    let name = call.text("DBSubnetGroupName");
    if name.is_empty() || name.len() > 255 || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_. ".contains(c)) {
        return Err(bad_value(format!(
            "The parameter DBSubnetGroupName is not a valid identifier: it must have 1 to 255 letters, digits, spaces, periods, underscores \
             and hyphens: {name}"
        )));
    }
    Ok(name.to_lowercase())
}

/// The VPC and the members of the subnets in the input.
fn subnets(call: &Call<'_>) -> Result<(String, Vec<Value>), Fault> {
    let ids: BTreeSet<String> = call.texts("SubnetIds").into_iter().collect();
    let unknown: Vec<&str> = ids.iter().filter(|id| call.get("ec2.subnet", id).is_none()).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(Fault::new("InvalidSubnet", format!("Some input subnets in :[{}] are invalid.", unknown.join(", "))));
    }
    let rows: Vec<&Value> = ids.iter().filter_map(|id| call.get("ec2.subnet", id)).collect();
    let vpcs: BTreeSet<&str> = rows.iter().filter_map(|row| row["VpcId"].as_str()).collect();
    let zones: BTreeSet<&str> = rows.iter().filter_map(|row| row["AvailabilityZone"].as_str()).collect();
    if zones.len() < 2 {
        let message = format!(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: {}. Add subnets to cover at \
             least 2 AZs.",
            Vec::from_iter(zones).join(", ")
        );
        return Err(Fault::new("DBSubnetGroupDoesNotCoverEnoughAZs", message));
    }
    let mut vpcs = vpcs.into_iter();
    match (vpcs.next(), vpcs.next()) {
        (Some(vpc), None) => Ok((vpc.to_owned(), rows.into_iter().map(member).collect())),
        _ => Err(bad_value("All the subnets of a DB subnet group must be in the same VPC.")),
    }
}

fn row(call: &Call<'_>, name: &str, description: &str, vpc: &str, subnets: Vec<Value>) -> Value {
    let arn = call.arn("rds", &format!("subgrp:{name}"));
    json!({
        "DBSubnetGroupName": name, "DBSubnetGroupDescription": description, "DBSubnetGroupArn": arn, "_arn": arn, "VpcId": vpc,
        "SubnetGroupStatus": "Complete", "Subnets": subnets, "SupportedNetworkTypes": ["IPV4"],
    })
}

fn member(subnet: &Value) -> Value {
    let zone = json!({"Name": subnet["AvailabilityZone"]});
    json!({"SubnetIdentifier": subnet["SubnetId"], "SubnetAvailabilityZone": zone, "SubnetOutpost": {}, "SubnetStatus": "Active"})
}
