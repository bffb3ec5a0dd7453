//! Network ACLs: only the default one of each VPC, which all of its subnets share.

use super::kind::{NETWORK_ACL, SUBNET};
use super::list::{self, List};
use crate::services::members::text;
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
    list::describe(call, &LIST, add_associations)
}

fn add_associations(call: &Call<'_>, row: &mut Value) {
    let subnets = call.all(SUBNET.table).into_iter().filter(|(_, subnet)| text(subnet, "VpcId") == text(row, "VpcId"));
    let association = |(id, subnet): (&String, &Value)| json!({"NetworkAclAssociationId": subnet["_aclAssociation"], "NetworkAclId": row["NetworkAclId"], "SubnetId": id});
    row["Associations"] = subnets.map(association).collect();
}
