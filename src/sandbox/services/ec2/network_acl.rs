//! Network ACLs: the default one of each VPC, which its subnets share until they are given another.

use super::kind::{NETWORK_ACL, SUBNET, VPC};
use super::list::{self, List};
use super::{default_vpc, idempotency, in_use, tag};
use crate::services::members::{flag, items, number, pick, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const LIST: List = List {
    kind: &NETWORK_ACL,
    ids: "NetworkAclIds",
    filters: "Filters",
    output: "NetworkAcls",
    tags: "Tags",
    known: &[
        ("association.association-id", "Associations.NetworkAclAssociationId"),
        ("association.network-acl-id", "Associations.NetworkAclId"),
        ("association.subnet-id", "Associations.SubnetId"),
        ("default", "IsDefault"),
        ("entry.cidr", "Entries.CidrBlock"),
        ("entry.egress", "Entries.Egress"),
        ("entry.ipv6-cidr", "Entries.Ipv6CidrBlock"),
        ("entry.protocol", "Entries.Protocol"),
        ("entry.rule-action", "Entries.RuleAction"),
        ("entry.rule-number", "Entries.RuleNumber"),
        ("network-acl-id", "NetworkAclId"),
        ("owner-id", "OwnerId"),
        ("vpc-id", "VpcId"),
    ],
};

/// The ACL that comes with a VPC: everything allowed, both ways.
pub fn create_default(call: &mut Call<'_>, vpc: &str) {
    let id = call.new_id(NETWORK_ACL.prefix);
    let entry = |egress: bool, number: u16, action: &str| json!({"CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": action, "RuleNumber": number});
    let entries = [entry(true, 100, "allow"), entry(true, 32767, "deny"), entry(false, 100, "allow"), entry(false, 32767, "deny")];
    let row = json!({"NetworkAclId": id, "VpcId": vpc, "IsDefault": true, "OwnerId": call.account(), "Entries": entries});
    NETWORK_ACL.insert(call, &id, row, Vec::new());
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    default_vpc::show(call, &LIST)?;
    list::describe(call, &LIST, add_associations)
}

/// A new ACL lets nothing through.
pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let vpc = call.text("VpcId").to_owned();
    VPC.find(call, &vpc)?;
    if let Some(known) = idempotency::earlier(call, &NETWORK_ACL)? {
        let row = call.get(NETWORK_ACL.table, &known).cloned().unwrap_or_default();
        return Ok(json!({"NetworkAcl": list::show(call, &NETWORK_ACL, "Tags", &known, row, add_associations)}));
    }
    let tags = tag::specified(call, &NETWORK_ACL)?;
    let id = call.new_id(NETWORK_ACL.prefix);
    let deny =
        |egress: bool| json!({"CidrBlock": "0.0.0.0/0", "Egress": egress, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767});
    let mut row =
        json!({"NetworkAclId": id, "VpcId": vpc, "IsDefault": false, "OwnerId": call.account(), "Entries": [deny(true), deny(false)]});
    idempotency::remember(call, &mut row);
    NETWORK_ACL.insert(call, &id, row.clone(), tags);
    Ok(json!({"NetworkAcl": list::show(call, &NETWORK_ACL, "Tags", &id, row, add_associations)}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("NetworkAclId").to_owned();
    let mut row = NETWORK_ACL.find(call, &id)?.clone();
    if flag(&row, "IsDefault") {
        return Err(Fault::new("InvalidParameterValue", format!("cannot delete default network ACL {id}")));
    }
    add_associations(call, &mut row);
    if !items(&row, "Associations").is_empty() {
        return Err(in_use::violation("networkAcl", &id));
    }
    call.remove(NETWORK_ACL.table, &id);
    Ok(json!({}))
}

/// True for the entry that the call names, by its number and direction.
fn named(call: &Call<'_>, entry: &Value) -> bool {
    number(entry, "RuleNumber") == number(call.input, "RuleNumber") && flag(entry, "Egress") == flag(call.input, "Egress")
}

pub fn create_entry(call: &mut Call<'_>) -> Result<Value, Fault> {
    put_entry(call, false)
}

pub fn replace_entry(call: &mut Call<'_>) -> Result<Value, Fault> {
    put_entry(call, true)
}

fn put_entry(call: &mut Call<'_>, replaces: bool) -> Result<Value, Fault> {
    let id = call.text("NetworkAclId").to_owned();
    let row = NETWORK_ACL.find(call, &id)?;
    let rule = number(call.input, "RuleNumber").unwrap_or(0);
    if !(1..=32766).contains(&rule) {
        return Err(Fault::new(
            "InvalidParameterValue",
            format!("Value ({rule}) for parameter ruleNumber is invalid. Rule number must be between 1 and 32766"),
        ));
    }
    if call.text("CidrBlock").is_empty() == call.text("Ipv6CidrBlock").is_empty() {
        return Err(Fault::new("MissingParameter", "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided, and not both."));
    }
    let known = items(row, "Entries").iter().any(|entry| named(call, entry));
    if known && !replaces {
        return Err(Fault::new("NetworkAclEntryAlreadyExists", format!("The network acl entry identified by {rule} already exists.")));
    }
    if !known && replaces {
        return Err(missing_entry(rule));
    }
    // Protocols are answered by their numbers.
    let protocol = match call.text("Protocol").to_lowercase().as_str() {
        "all" => "-1".to_owned(),
        "icmp" => "1".to_owned(),
        "tcp" => "6".to_owned(),
        "udp" => "17".to_owned(),
        other => other.to_owned(),
    };
    if ["6", "17"].contains(&protocol.as_str()) && call.input.get("PortRange").is_none() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter portRange"));
    }
    let mut entry = pick(call.input, &["CidrBlock", "Ipv6CidrBlock", "Egress", "IcmpTypeCode", "PortRange", "RuleAction", "RuleNumber"]);
    entry["Protocol"] = json!(protocol);
    let mut entries: Vec<Value> = items(row, "Entries").iter().filter(|entry| !named(call, entry)).cloned().collect();
    entries.push(entry);
    entries.sort_by_key(|entry| (!flag(entry, "Egress"), number(entry, "RuleNumber")));
    if let Some(row) = call.get_mut(NETWORK_ACL.table, &id) {
        row["Entries"] = json!(entries);
    }
    Ok(json!({}))
}

fn missing_entry(rule: i64) -> Fault {
    Fault::new("InvalidNetworkAclEntry.NotFound", format!("The network acl entry identified by rule number {rule} does not exist"))
}

pub fn delete_entry(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("NetworkAclId").to_owned();
    let row = NETWORK_ACL.find(call, &id)?;
    let entries: Vec<Value> = items(row, "Entries").iter().filter(|entry| !named(call, entry)).cloned().collect();
    if entries.len() == items(row, "Entries").len() {
        return Err(missing_entry(number(call.input, "RuleNumber").unwrap_or(0)));
    }
    if let Some(row) = call.get_mut(NETWORK_ACL.table, &id) {
        row["Entries"] = json!(entries);
    }
    Ok(json!({}))
}

pub fn replace_association(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (old, id) = (call.text("AssociationId").to_owned(), call.text("NetworkAclId").to_owned());
    let vpc = text(NETWORK_ACL.find(call, &id)?, "VpcId").to_owned();
    let found = call.all(SUBNET.table).into_iter().find(|(_, subnet)| text(subnet, "_aclAssociation") == old);
    let (subnet, of) = found
        .map(|(subnet, row)| (subnet.clone(), text(row, "VpcId").to_owned()))
        .ok_or_else(|| Fault::new("InvalidAssociationID.NotFound", format!("The association ID '{old}' does not exist")))?;
    if of != vpc {
        return Err(Fault::new("InvalidParameterValue", format!("network acl {id} and subnet {subnet} belong to different networks")));
    }
    let new = call.new_id("aclassoc");
    if let Some(row) = call.get_mut(SUBNET.table, &subnet) {
        row["_acl"] = json!(id);
        row["_aclAssociation"] = json!(new);
    }
    Ok(json!({"NewAssociationId": new}))
}

/// A subnet that was given none has the default one of its VPC.
fn add_associations(call: &Call<'_>, row: &mut Value) {
    let has = |subnet: &Value| match subnet["_acl"].as_str() {
        Some(own) => row["NetworkAclId"] == own,
        None => text(subnet, "VpcId") == text(row, "VpcId") && flag(row, "IsDefault"),
    };
    let subnets = call.all(SUBNET.table).into_iter().filter(|(_, subnet)| has(subnet));
    let association = |(id, subnet): (&String, &Value)| json!({"NetworkAclAssociationId": subnet["_aclAssociation"], "NetworkAclId": row["NetworkAclId"], "SubnetId": id});
    row["Associations"] = subnets.map(association).collect();
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, subnet, vpc, world};
    use serde_json::{Value, json};

    #[test]
    fn a_subnet_is_given_an_acl_whose_entries_change() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let subnet = subnet(&mut world, &vpc, 1, 'a');
        let id = call(&mut world, "CreateNetworkAcl", json!({"VpcId": vpc}))["NetworkAcl"]["NetworkAclId"].clone();
        let entry = |number: u32, protocol: &str, more: Value| {
            let mut input = json!({"NetworkAclId": id, "RuleNumber": number, "Egress": false, "RuleAction": "allow", "Protocol": protocol, "CidrBlock": "0.0.0.0/0"});
            crate::world::merge(&mut input, &more);
            input
        };
        let https = json!({"PortRange": {"From": 443, "To": 443}});
        call(&mut world, "CreateNetworkAclEntry", entry(100, "tcp", https.clone()));
        assert_eq!(fault(&mut world, "CreateNetworkAclEntry", entry(100, "tcp", https)), "NetworkAclEntryAlreadyExists");
        assert_eq!(fault(&mut world, "CreateNetworkAclEntry", entry(101, "tcp", json!({}))), "MissingParameter");
        assert_eq!(fault(&mut world, "ReplaceNetworkAclEntry", entry(102, "-1", json!({}))), "InvalidNetworkAclEntry.NotFound");
        let of_subnet = json!({"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]});
        let now = call(&mut world, "DescribeNetworkAcls", of_subnet.clone())["NetworkAcls"][0].clone();
        assert_eq!(now["IsDefault"], true);
        let association = now["Associations"][0]["NetworkAclAssociationId"].clone();
        call(&mut world, "ReplaceNetworkAclAssociation", json!({"AssociationId": association, "NetworkAclId": id}));
        let now = call(&mut world, "DescribeNetworkAcls", of_subnet)["NetworkAcls"][0].clone();
        assert_eq!((&now["NetworkAclId"], &now["Entries"][1]["Protocol"]), (&id, &json!("6")));
        assert_eq!(fault(&mut world, "DeleteNetworkAcl", json!({"NetworkAclId": id})), "DependencyViolation");
        call(&mut world, "DeleteNetworkAclEntry", json!({"NetworkAclId": id, "RuleNumber": 100, "Egress": false}));
        call(&mut world, "DeleteSubnet", json!({"SubnetId": subnet}));
        assert_eq!(fault(&mut world, "DeleteVpc", json!({"VpcId": vpc})), "DependencyViolation");
        call(&mut world, "DeleteNetworkAcl", json!({"NetworkAclId": id}));
        call(&mut world, "DeleteVpc", json!({"VpcId": vpc}));
    }
}
