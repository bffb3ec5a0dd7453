//! ElastiCache: replication groups with their member clusters, subnet groups, parameter groups.

mod catalog;
mod cluster;
mod create;
mod modify;
mod parameter_group;
mod replicas;
mod replication_group;
mod settings;
mod subnet_group;
mod tag;

#[cfg(test)]
mod tests;

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// Private members: `_engine_version`, `_parameter_group`, `_subnet_group`, `_security_groups`, `_maintenance_window`, `_port`,
/// `_topic`, and `_up` once it has endpoints.
const GROUPS: &str = "elasticache.replication_group";
/// The nodes of replication groups. Private members: `_group`, `_node_group`.
const CLUSTERS: &str = "elasticache.cache_cluster";
const SUBNET_GROUPS: &str = "elasticache.subnet_group";
/// Private members: `_parameters`, values by name, of those a user has set.
const PARAMETER_GROUPS: &str = "elasticache.parameter_group";
const SNAPSHOTS: &str = "elasticache.snapshot";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateReplicationGroup" => create::create,
        "DescribeReplicationGroups" => replication_group::describe,
        "ModifyReplicationGroup" => modify::modify,
        "DeleteReplicationGroup" => replication_group::delete,
        "IncreaseReplicaCount" => replicas::increase,
        "DecreaseReplicaCount" => replicas::decrease,
        "DescribeCacheClusters" => cluster::describe,
        "DescribeSnapshots" => replication_group::snapshots,
        "DescribeCacheEngineVersions" => catalog::engine_versions,
        "CreateCacheSubnetGroup" => subnet_group::create,
        "DescribeCacheSubnetGroups" => subnet_group::describe,
        "ModifyCacheSubnetGroup" => subnet_group::modify,
        "DeleteCacheSubnetGroup" => subnet_group::delete,
        "CreateCacheParameterGroup" => parameter_group::create,
        "DescribeCacheParameterGroups" => parameter_group::describe,
        "ModifyCacheParameterGroup" => parameter_group::modify,
        "ResetCacheParameterGroup" => parameter_group::reset,
        "DeleteCacheParameterGroup" => parameter_group::delete,
        "DescribeCacheParameters" => parameter_group::parameters,
        "AddTagsToResource" => tag::add,
        "RemoveTagsFromResource" => tag::remove,
        "ListTagsForResource" => tag::list,
        _ => return None,
    })
}

fn bad_value(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

fn bad_combination(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterCombination", message)
}

/// A name as ElastiCache keeps it: lower case, letters, digits and single hyphens, a letter first.
fn identifier(member: &str, given: &str, longest: usize) -> Result<String, Fault> {
    let begins = given.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = given.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !given.ends_with('-') && !given.contains("--");
    if !begins || !plain || given.len() > longest {
        return Err(bad_value(format!(
            "The parameter {member} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, \
             digits, and hyphens; must have no more than {longest} characters; and must not end with a hyphen or contain two consecutive hyphens."
        )));
    }
    Ok(given.to_lowercase())
}

fn set_status(call: &mut Call<'_>, id: &str, status: &str) {
    if let Some(row) = call.get_mut(GROUPS, id) {
        row["Status"] = json!(status);
    }
}

/// The strings of a list.
fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(String::from)).collect()
}
