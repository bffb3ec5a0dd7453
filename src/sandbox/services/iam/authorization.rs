//! Everything about authorization in one listing: roles with their tags and policies, and managed policies.

use super::role_policy::inline;
use super::{instance_profile, policy, role};
use crate::services::members::{set, text};
use crate::world::{Call, Fault, tag_list};
use serde_json::{Value, json};

/// The sandbox has no users or groups to list.
pub fn details(call: &mut Call<'_>) -> Result<Value, Fault> {
    let filter = call.texts("Filter");
    let wants = |kind: &str| filter.is_empty() || filter.iter().any(|wanted| wanted == kind);
    let roles: Vec<Value> = call.all("iam.role").into_iter().filter(|_| wants("Role")).map(|(_, role)| shown(call, role)).collect();
    let mut policies = policy::all(call);
    policies.retain(|policy| if policy.aws { wants("AWSManagedPolicy") } else { wants("LocalManagedPolicy") });
    let policies: Vec<Value> = policies.iter().filter_map(|policy| listed(call, policy)).collect();
    Ok(json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies, "IsTruncated": false}))
}

fn shown(call: &Call<'_>, row: &Value) -> Value {
    let mut shown = role::shown_whole(call, row);
    // This listing, alone, leaves these two out.
    for absent in ["Description", "MaxSessionDuration"] {
        set(&mut shown, absent, Value::Null);
    }
    let policies: Vec<Value> =
        inline(row).map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": role::encoded(document)})).collect();
    let attached = policy::attached(call, row).into_iter();
    set(
        &mut shown,
        "AttachedManagedPolicies",
        attached.map(|policy| json!({"PolicyArn": policy.arn, "PolicyName": policy.name})).collect(),
    );
    set(&mut shown, "RolePolicyList", policies.into());
    set(&mut shown, "InstanceProfileList", instance_profile::of_role(call, text(row, "RoleName")).into());
    set(&mut shown, "Tags", tag_list(&call.tags(text(row, "Arn"))));
    shown
}

/// AWS's managed policies are listed only where something has them.
fn listed(call: &Call<'_>, policy: &policy::Known) -> Option<Value> {
    let mut shown = policy::shown(call, policy);
    if policy.aws && shown["AttachmentCount"] == 0 {
        return None;
    }
    set(&mut shown, "PolicyVersionList", policy::whole_versions(call, policy).into());
    Some(shown)
}
