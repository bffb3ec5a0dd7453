//! Roles, their trust and their tags.

use super::document::{Use, check};
use crate::services::members::{pick, present, set, text, uuid};
use crate::world::{Call, Fault, tag_list, tags_from};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;

type Answer = Result<Value, Fault>;

/// Seconds until a new role is known everywhere.
const SPREADS: f64 = 8.0;
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// IAM answers documents URL-encoded.
pub fn encoded(document: &str) -> String {
    utf8_percent_encode(document, UNRESERVED).to_string()
}

pub fn missing(name: &str) -> Fault {
    Fault::new("NoSuchEntity", format!("The role with name {name} cannot be found.")).status(404)
}

/// The role of the call, under the name it was made with (IAM ignores case when it looks for duplicates only).
pub fn wanted<'c>(call: &'c Call<'_>) -> Result<&'c Value, Fault> {
    call.get("iam.role", call.text("RoleName")).ok_or_else(|| missing(call.text("RoleName")))
}

/// The role of the call, to change; AWS's own are not for changing.
pub fn changeable<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Value, Fault> {
    let name = call.text("RoleName").to_owned();
    if text(wanted(call)?, "Path").starts_with("/aws-service-role/") {
        let message = format!("Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS");
        return Err(Fault::new("UnmodifiableEntity", message));
    }
    call.get_mut("iam.role", &name).ok_or_else(|| missing(&name))
}

/// Returns a role as GetRole answers it; the list calls leave tags, boundary and last use out.
pub fn shown(role: &Value) -> Value {
    let mut shown = pick(role, &["Path", "RoleName", "RoleId", "Arn", "CreateDate", "Description", "MaxSessionDuration"]);
    set(&mut shown, "AssumeRolePolicyDocument", encoded(text(role, "AssumeRolePolicyDocument")).into());
    shown
}

pub fn shown_whole(call: &Call<'_>, role: &Value) -> Value {
    let mut shown = shown(role);
    let tags = call.tags(text(role, "Arn"));
    if !tags.is_empty() {
        set(&mut shown, "Tags", tag_list(&tags));
    }
    if let Some(boundary) = role.get("PermissionsBoundary") {
        set(&mut shown, "PermissionsBoundary", boundary.clone());
    }
    shown
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("RoleName").to_owned();
    let trust = call.text("AssumeRolePolicyDocument").to_owned();
    let path = if call.text("Path").is_empty() { "/" } else { call.text("Path") }.to_owned();
    if call.all("iam.role").iter().any(|(taken, _)| taken.eq_ignore_ascii_case(&name)) {
        return Err(Fault::new("EntityAlreadyExists", format!("Role with name {name} already exists.")).status(409));
    }
    if path.starts_with("/aws-service-role/") {
        return Err(Fault::new("InvalidInput", "The specified value for path is reserved for service-linked roles."));
    }
    check_trust(call, &trust)?;
    let boundary = match call.text("PermissionsBoundary") {
        "" => Value::Null,
        _ => super::entity::boundary(call)?,
    };
    let tags = tags_from(call.input.get("Tags"));
    check_tags(&tags)?;
    let session = call.input.get("MaxSessionDuration").cloned().unwrap_or(json!(3600));
    let description = call.input.get("Description").cloned().unwrap_or(Value::Null);
    let extra = json!({"Description": description, "MaxSessionDuration": session, "PermissionsBoundary": boundary});
    put(call, &name, &path, &trust, extra, tags)
}

fn put(call: &mut Call<'_>, name: &str, path: &str, trust: &str, extra: Value, tags: Vec<(String, String)>) -> Answer {
    let arn = format!("arn:aws:iam::{}:role{path}{name}", call.account());
    let id = format!("AROA{}", call.hex(17).to_uppercase());
    let role = json!({
        "Path": path, "RoleName": name, "RoleId": id, "Arn": arn, "CreateDate": call.now().floor(), "AssumeRolePolicyDocument": trust,
        "_arn": arn, "_inline": {}, "_attached": [], "_fresh": true, "_made": call.millis,
    });
    let role = present(crate::services::members::joined(role, extra));
    call.put("iam.role", name, role.clone());
    // Other services see a new role some seconds later; until then they cannot assume it.
    call.later("iam.role", name, SPREADS, json!({"_fresh": null}));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"Role": shown_whole(call, &role)}))
}

/// Keys are one whatever their case. <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules>
fn check_tags(tags: &[(String, String)]) -> Result<(), Fault> {
    let keys = tags.iter().map(|(key, _)| key.to_lowercase()).collect::<BTreeSet<_>>();
    match keys.len() < tags.len() {
        true => Err(Fault::new("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")),
        false => Ok(()),
    }
}

fn check_trust(call: &Call<'_>, trust: &str) -> Result<(), Fault> {
    check(call, trust, Use::Trust)?;
    if trust.chars().filter(|sign| !sign.is_whitespace()).count() > 2048 {
        return Err(Fault::new("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048").status(409));
    }
    Ok(())
}

/// Services and what AWS calls the role that it makes for them.
const SERVICE_ROLES: [(&str, &str); 14] = [
    ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"),
    ("cloudtrail.amazonaws.com", "AWSServiceRoleForCloudTrail"),
    ("ecr.amazonaws.com", "AWSServiceRoleForECRTemplate"),
    ("replication.ecr.amazonaws.com", "AWSServiceRoleForECRReplication"),
    ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
    ("ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService"),
    ("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache"),
    ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
    ("events.amazonaws.com", "AWSServiceRoleForCloudWatchEvents"),
    ("opensearchservice.amazonaws.com", "AWSServiceRoleForAmazonOpenSearchService"),
    ("es.amazonaws.com", "AWSServiceRoleForAmazonElasticsearchService"),
    ("rds.amazonaws.com", "AWSServiceRoleForRDS"),
    ("rds.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_RDSCluster"),
    ("spot.amazonaws.com", "AWSServiceRoleForEC2Spot"),
];

pub fn create_service_linked(call: &mut Call<'_>) -> Answer {
    let (service, suffix) = (call.text("AWSServiceName").to_owned(), call.text("CustomSuffix").to_owned());
    let description = call.input["Description"].clone();
    make_service_linked(call, &service, &suffix, description)
}

fn make_service_linked(call: &mut Call<'_>, service: &str, suffix: &str, description: Value) -> Answer {
    let Some((_, base)) = SERVICE_ROLES.iter().find(|(known, _)| *known == service) else {
        return Err(Fault::new("InvalidInput", format!("{service} is not a valid service principal for a service-linked role.")));
    };
    let name = if suffix.is_empty() { (*base).to_owned() } else { format!("{base}_{suffix}") };
    if call.get("iam.role", &name).is_some() {
        let message = format!("Service role name {name} has been taken in this account, please try a different suffix.");
        return Err(Fault::new("InvalidInput", message));
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}]});
    let extra = json!({"Description": description, "MaxSessionDuration": 3600});
    put(call, &name, &format!("/aws-service-role/{service}/"), &trust.to_string(), extra, Vec::new())
}

/// Deletions of service-linked roles, by their task.
const DELETIONS: &str = "iam.service_linked_role_deletion";

/// The role goes at once: whether its service still uses it is not looked at.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html>
pub fn delete_service_linked(call: &mut Call<'_>) -> Answer {
    let (name, path) = (call.text("RoleName").to_owned(), text(wanted(call)?, "Path").to_owned());
    if !path.starts_with("/aws-service-role/") {
        return Err(Fault::new("InvalidInput", format!("The role {name} is no service-linked role.")));
    }
    let task = format!("task{path}{name}/{}", uuid(call));
    call.put(DELETIONS, &task, json!({"Status": "SUCCEEDED"}));
    call.remove("iam.role", &name);
    Ok(json!({"DeletionTaskId": task}))
}

pub fn deletion_status(call: &mut Call<'_>) -> Answer {
    let task = call.text("DeletionTaskId");
    let missing = || Fault::new("NoSuchEntity", format!("There is no deletion task {task}.")).status(404);
    call.get(DELETIONS, task).cloned().ok_or_else(missing)
}

/// True when services other than IAM find the role: it is there, and not so new that they have not heard of it.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub fn is_known(call: &Call<'_>, arn: &str) -> bool {
    let (lag, now) = (call.world.role_lag, call.millis);
    let spread = |role: &Value| lag == 0 || role["_made"].as_i64().is_none_or(|made| made + lag <= now);
    call.all("iam.role").into_iter().any(|(_, role)| role["Arn"] == arn && spread(role))
}

/// True when a role of this account is named that no other service finds.
pub fn is_unknown(call: &Call<'_>, arn: &str) -> bool {
    arn.starts_with(&format!("arn:aws:iam::{}:role/", call.world.account)) && !is_known(call, arn)
}

/// True when a service has its service-linked role. An account that is not new has them all, shown or not.
pub fn has_service_linked(call: &Call<'_>, service: &str) -> bool {
    let path = format!("/aws-service-role/{service}/");
    !call.world.fresh_account || call.all("iam.role").into_iter().any(|(_, role)| role["Path"] == path.as_str())
}

/// Makes the service-linked role of a service that makes its own when it is first used.
pub fn ensure_service_linked(call: &mut Call<'_>, service: &str) -> Result<(), Fault> {
    match has_service_linked(call, service) {
        true => Ok(()),
        false => make_service_linked(call, service, "", Value::Null).map(|_| ()),
    }
}

pub fn get(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Role": shown_whole(call, wanted(call)?)}))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let changes = pick(call.input, &["Description", "MaxSessionDuration"]);
    let role = changeable(call)?;
    crate::world::merge(role, &changes);
    Ok(json!({}))
}

pub fn update_trust(call: &mut Call<'_>) -> Answer {
    let trust = call.text("PolicyDocument").to_owned();
    wanted(call)?;
    check_trust(call, &trust)?;
    set(changeable(call)?, "AssumeRolePolicyDocument", trust.into());
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = call.text("RoleName").to_owned();
    let role = changeable(call)?;
    let conflict = |message: &str| Err(Fault::new("DeleteConflict", message).status(409));
    super::entity_policy::check_none(role)?;
    if !super::instance_profile::of_role(call, &name).is_empty() {
        return conflict("Cannot delete entity, must remove roles from instance profile first.");
    }
    call.remove("iam.role", &name);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix");
    let roles: Vec<Value> =
        call.all("iam.role").into_iter().filter(|(_, role)| text(role, "Path").starts_with(prefix)).map(|(_, role)| shown(role)).collect();
    Ok(json!({"Roles": roles, "IsTruncated": false}))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let arn = text(wanted(call)?, "Arn").to_owned();
    let tags = tags_from(call.input.get("Tags"));
    check_tags(&tags)?;
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("LimitExceeded", "The number of tags has reached the maximum limit.").status(409));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let arn = text(wanted(call)?, "Arn").to_owned();
    let keys = call.texts("TagKeys");
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    let arn = text(wanted(call)?, "Arn");
    Ok(json!({"Tags": tag_list(&call.tags(arn)), "IsTruncated": false}))
}
