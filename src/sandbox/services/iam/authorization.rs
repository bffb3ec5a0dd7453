//! Everything about authorization in one listing: roles with their tags and policies.

use super::role_policy::inline;
use super::{managed, role};
use crate::services::members::{items, set, text};
use crate::world::{Call, Fault, tag_list};
use serde_json::{Value, json};

/// The sandbox has no users, groups or customer-managed policies to list.
pub fn details(call: &mut Call<'_>) -> Result<Value, Fault> {
    let filter = call.texts("Filter");
    let wants = |kind: &str| filter.is_empty() || filter.iter().any(|wanted| wanted == kind);
    let roles: Vec<Value> = call.all("iam.role").into_iter().filter(|_| wants("Role")).map(|(_, role)| shown(call, role)).collect();
    let policies: Vec<Value> = managed::all().filter(|_| wants("AWSManagedPolicy")).filter_map(|policy| attached(call, policy)).collect();
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
    let attached = items(row, "_attached").iter().filter_map(Value::as_str).filter_map(managed::find);
    set(
        &mut shown,
        "AttachedManagedPolicies",
        attached.map(|policy| json!({"PolicyArn": policy.arn(), "PolicyName": policy.name})).collect(),
    );
    set(&mut shown, "RolePolicyList", policies.into());
    set(&mut shown, "InstanceProfileList", json!([]));
    set(&mut shown, "Tags", tag_list(&call.tags(text(row, "Arn"))));
    shown
}

/// AWS's managed policies are listed only where something has them.
fn attached(call: &Call<'_>, policy: &managed::Policy) -> Option<Value> {
    let arn = policy.arn();
    let count = call.all("iam.role").iter().filter(|(_, role)| items(role, "_attached").iter().any(|attached| *attached == arn)).count();
    (count > 0).then(|| {
        json!({
            "PolicyName": policy.name, "PolicyId": policy.id(), "Arn": arn, "Path": policy.path, "DefaultVersionId": policy.version,
            "AttachmentCount": count, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
            "PolicyVersionList": [{
                "Document": role::encoded(&policy.document().to_string()), "VersionId": policy.version, "IsDefaultVersion": true,
            }],
        })
    })
}
