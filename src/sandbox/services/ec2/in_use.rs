//! DependencyViolation: what keeps a VPC, a subnet or a security group from being deleted, derived from who names it.
//!
//! On AWS it is mostly a network interface that sits in the subnet or wears the group. Gateways, endpoints
//! and load balancers have theirs here; databases, caches, domains and tasks are asked by what they say.

use super::kind::{
    INTERNET_GATEWAY, NETWORK_ACL, NETWORK_INTERFACE, ROUTE_TABLE, SECURITY_GROUP, SECURITY_GROUP_RULE, SUBNET, VPC, VPC_ENDPOINT,
};
use super::route_table;
use crate::services::members::{flag, items, text};
use crate::world::{Call, Fault};
use serde_json::Value;

pub fn violation(noun: &str, id: &str) -> Fault {
    Fault::new("DependencyViolation", format!("The {noun} '{id}' has dependencies and cannot be deleted."))
}

/// True when anything but AWS's default children lives in the VPC.
pub fn vpc(call: &Call<'_>, id: &str) -> bool {
    call.referrers(VPC.table, id).iter().any(|(table, name)| {
        let Some(row) = call.get(table, name) else { return false };
        match table.as_str() {
            table if table == SUBNET.table || table == VPC_ENDPOINT.table || table == NETWORK_INTERFACE.table => true,
            table if table == INTERNET_GATEWAY.table => items(row, "Attachments").iter().any(|attachment| text(attachment, "VpcId") == id),
            table if table == SECURITY_GROUP.table => text(row, "GroupName") != "default",
            table if table == NETWORK_ACL.table => !flag(row, "IsDefault"),
            table if table == ROUTE_TABLE.table => !route_table::is_main(row),
            _ => false,
        }
    })
}

/// True when anything has an address in the subnet.
pub fn subnet(call: &Call<'_>, id: &str) -> bool {
    call.referrers(SUBNET.table, id).iter().any(|(table, name)| occupies(call, table, name))
}

/// True when anything wears the group, or another group's rule names it.
pub fn security_group(call: &Call<'_>, id: &str) -> bool {
    call.referrers(SECURITY_GROUP.table, id).iter().any(|(table, name)| {
        if table == SECURITY_GROUP_RULE.table {
            call.get(table, name).is_some_and(|rule| text(rule, "GroupId") != id)
        } else {
            occupies(call, table, name)
        }
    })
}

fn occupies(call: &Call<'_>, table: &str, name: &str) -> bool {
    let Some(row) = call.get(table, name) else { return false };
    let (service, noun) = table.split_once('.').unwrap_or((table, ""));
    match service {
        "ec2" => table == NETWORK_INTERFACE.table,
        // A subnet group by itself occupies nothing; what runs in it does.
        "rds" | "elasticache" if noun.contains("subnet_group") => {
            call.referrers(table, name).iter().any(|(user, _)| user != table && user.starts_with(service) && !user.contains("snapshot"))
        }
        "rds" | "elasticache" => ["instance", "cluster", "replication_group"].iter().any(|running| noun.ends_with(running)),
        "opensearch" => !flag(row, "Deleted"),
        "ecs" if noun == "task" => text(row, "lastStatus") != "STOPPED",
        "ecs" if noun == "service" => row.get("runningCount").and_then(Value::as_i64).unwrap_or(0) > 0,
        _ => false,
    }
}
