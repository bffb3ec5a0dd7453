//! RDS: instances, subnet groups, parameter groups, snapshots, and the catalogue of engines.

mod account;
mod catalog;
mod delete;
mod instance;
mod modify;
mod offer;
mod parameter;
mod parameter_group;
mod settings;
mod snapshot;
mod storage;
mod subnet_group;
mod tag;
pub mod window;

#[cfg(test)]
mod tests;

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::Value;

/// Private members: `_subnet_group`, `_parameter_group` and `_parameter_status` become structures when answered;
/// `_storage_settles` is when its storage may be changed again.
const INSTANCES: &str = "rds.instance";
const SUBNET_GROUPS: &str = "rds.subnet_group";
/// Private members: `_parameters`, by name: `{value, method}` of those a user has set.
const PARAMETER_GROUPS: &str = "rds.parameter_group";
const SNAPSHOTS: &str = "rds.snapshot";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateDBInstance" => instance::create,
        "DescribeDBInstances" => instance::describe,
        "ModifyDBInstance" => modify::modify,
        "RebootDBInstance" => delete::reboot,
        "DeleteDBInstance" => delete::delete,
        "CreateDBSnapshot" => snapshot::create,
        "DescribeDBSnapshots" => snapshot::describe,
        "DeleteDBSnapshot" => snapshot::delete,
        "CreateDBSubnetGroup" => subnet_group::create,
        "DescribeDBSubnetGroups" => subnet_group::describe,
        "ModifyDBSubnetGroup" => subnet_group::modify,
        "DeleteDBSubnetGroup" => subnet_group::delete,
        "CreateDBParameterGroup" => parameter_group::create,
        "CopyDBParameterGroup" => parameter_group::copy,
        "DescribeDBParameterGroups" => parameter_group::describe,
        "ModifyDBParameterGroup" => parameter_group::modify,
        "ResetDBParameterGroup" => parameter_group::reset,
        "DeleteDBParameterGroup" => parameter_group::delete,
        "DescribeDBParameters" => parameter_group::parameters,
        "DescribeDBEngineVersions" => offer::engine_versions,
        "DescribeOrderableDBInstanceOptions" => offer::orderable,
        "DescribePendingMaintenanceActions" => |_| Ok(serde_json::json!({"PendingMaintenanceActions": []})),
        "DescribeAccountAttributes" => account::attributes,
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

fn not_found(code: &str, message: impl Into<String>) -> Fault {
    Fault::new(code, message).status(404)
}

/// A name as RDS keeps it: lower case, letters, digits and single hyphens, a letter first.
fn identifier(member: &str, given: &str, longest: usize) -> Result<String, Fault> {
    let begins = given.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = given.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !given.ends_with('-') && !given.contains("--");
    if !begins || !plain || given.len() > longest {
        return Err(bad_value(format!(
            "The parameter {member} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, \
             digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        )));
    }
    Ok(given.to_lowercase())
}

/// Forgets what was still to happen to an instance.
fn settle(call: &mut Call<'_>, id: &str) {
    let table = format!("{}/{INSTANCES}", call.region);
    call.world.due.retain(|due| due.table != table || due.id != id);
}

/// Keeps what every filter of the input accepts; `of` gives the values a resource has for a filter's name.
fn filter(call: &Call<'_>, list: &mut Vec<Value>, of: fn(&Value, &str) -> Option<Vec<String>>) -> Result<(), Fault> {
    for filter in call.input["Filters"].as_array().into_iter().flatten() {
        let name = filter["Name"].as_str().unwrap_or_default();
        let values: Vec<&str> = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if of(&Value::Null, name).is_none() {
            return Err(bad_value(format!("Unrecognized filter name: {name}")));
        }
        list.retain(|item| {
            of(item, name).is_some_and(|own| own.iter().any(|own| values.iter().any(|value| own.eq_ignore_ascii_case(value))))
        });
    }
    Ok(())
}
