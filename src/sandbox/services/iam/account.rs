//! The numbers of what IAM has, and the quotas of those that the account has one of.

use crate::services::quotas::applied;
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

/// A number that is told, and the table that it counts.
const COUNTS: [(&str, &str); 6] = [
    ("Groups", "iam.group"),
    ("InstanceProfiles", "iam.instance_profile"),
    ("Policies", "iam.policy"),
    ("Providers", "iam.provider"),
    ("Roles", "iam.role"),
    ("Users", "iam.user"),
];

pub fn summary(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut all: Map<String, Value> = COUNTS.iter().map(|(name, table)| ((*name).to_owned(), call.all(table).len().into())).collect();
    for (name, code) in [("RolesQuota", "L-FE177D64"), ("AttachedPoliciesPerRoleQuota", "L-0DA4ABF3")] {
        all.extend(applied(call, "iam", code).map(|most| (name.to_owned(), json!(most as i64))));
    }
    Ok(json!({"SummaryMap": all}))
}
