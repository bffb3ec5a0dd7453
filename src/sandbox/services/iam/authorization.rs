//! Everything about authorization in one listing: roles, users and groups with their tags and policies, and managed policies.

use super::entity::{GROUP, USER};
use super::entity_policy::whole_inline;
use super::{group, instance_profile, policy, role, user};
use crate::services::members::{set, text};
use crate::world::{Call, Fault, tag_list};
use serde_json::{Value, json};

/// Whoever calls here is no user that is listed.
pub fn details(call: &mut Call<'_>) -> Result<Value, Fault> {
    let filter = call.texts("Filter");
    let wants = |kind: &str| filter.is_empty() || filter.iter().any(|wanted| wanted == kind);
    let roles: Vec<Value> = call.all("iam.role").into_iter().filter(|_| wants("Role")).map(|(_, role)| shown(call, role)).collect();
    let users: Vec<Value> = call.all(USER.table).into_iter().filter(|_| wants("User")).map(|(_, row)| user_shown(call, row)).collect();
    let groups: Vec<Value> = call.all(GROUP.table).into_iter().filter(|_| wants("Group")).map(|(_, row)| group_shown(call, row)).collect();
    let mut policies = policy::all(call);
    policies.retain(|policy| if policy.aws { wants("AWSManagedPolicy") } else { wants("LocalManagedPolicy") });
    let policies: Vec<Value> = policies.iter().filter_map(|policy| listed(call, policy)).collect();
    Ok(json!({"UserDetailList": users, "GroupDetailList": groups, "RoleDetailList": roles, "Policies": policies, "IsTruncated": false}))
}

fn user_shown(call: &Call<'_>, row: &Value) -> Value {
    let mut shown = user::whole(call, row);
    let groups: Vec<&Value> = group::of_user(call, text(row, "UserName")).into_iter().map(|row| &row["GroupName"]).collect();
    set(&mut shown, "GroupList", json!(groups));
    set(&mut shown, "UserPolicyList", whole_inline(row).into());
    set(&mut shown, "AttachedManagedPolicies", attached(call, row));
    shown
}

fn group_shown(call: &Call<'_>, row: &Value) -> Value {
    let mut shown = group::shown(row);
    set(&mut shown, "GroupPolicyList", whole_inline(row).into());
    set(&mut shown, "AttachedManagedPolicies", attached(call, row));
    shown
}

fn attached(call: &Call<'_>, row: &Value) -> Value {
    policy::attached(call, row).into_iter().map(|policy| json!({"PolicyArn": policy.arn, "PolicyName": policy.name})).collect()
}

fn shown(call: &Call<'_>, row: &Value) -> Value {
    let mut shown = role::shown_whole(call, row);
    // This listing, alone, leaves these two out.
    for absent in ["Description", "MaxSessionDuration"] {
        set(&mut shown, absent, Value::Null);
    }
    set(&mut shown, "AttachedManagedPolicies", attached(call, row));
    set(&mut shown, "RolePolicyList", whole_inline(row).into());
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
