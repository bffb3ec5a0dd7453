//! The quotas of the account and what is in use of them.

use super::{INSTANCES, PARAMETER_GROUPS, SUBNET_GROUPS};
use crate::services::quotas::applied;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The name of a quota here, its code, and the table of what counts.
const QUOTAS: [(&str, &str, &str); 3] = [
    ("DBInstances", "L-7B6409FD", INSTANCES),
    ("DBParameterGroups", "L-DE55804A", PARAMETER_GROUPS),
    ("DBSubnetGroups", "L-48C6BF61", SUBNET_GROUPS),
];

pub fn attributes(call: &mut Call<'_>) -> Result<Value, Fault> {
    let quotas = QUOTAS.iter().filter_map(|(name, code, table)| {
        let most = applied(call, "rds", code)?;
        Some(json!({"AccountQuotaName": name, "Max": most as i64, "Used": call.all(table).len()}))
    });
    let storage = call.all(INSTANCES).iter().filter_map(|(_, row)| row["AllocatedStorage"].as_i64()).sum::<i64>();
    let whole =
        applied(call, "rds", "L-7ADDB58A").map(|most| json!({"AccountQuotaName": "AllocatedStorage", "Max": most as i64, "Used": storage}));
    Ok(json!({"AccountQuotas": quotas.chain(whole).collect::<Vec<_>>()}))
}
