//! Managed policies: those of the account, in versions, and AWS's own beside them.

use super::document::{Use, check};
use super::entity::{Entity, GROUP, ROLE, USER};
use super::managed;
use super::role::encoded;
use crate::services::members::{items, pick, set, text};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By ARN. `_versions` is oldest first, each with its document.
const POLICIES: &str = "iam.policy";
/// AWS changes its policies now and then; the date is only there because the answer has one.
const RELEASED: f64 = 1_600_000_000.0;

/// A managed policy, whoever keeps it.
pub struct Known {
    pub arn: String,
    pub name: String,
    pub path: String,
    pub document: Value,
    pub aws: bool,
    /// As GetPolicy answers it, without the counts.
    shown: Value,
}

pub fn find(call: &Call<'_>, arn: &str) -> Option<Known> {
    match managed::find(arn) {
        Some(policy) => Some(of_aws(policy)),
        None => call.get(POLICIES, arn).map(of_account),
    }
}

fn of_aws(policy: &managed::Policy) -> Known {
    let shown = json!({
        "PolicyName": policy.name, "PolicyId": policy.id(), "Arn": policy.arn(), "Path": policy.path, "DefaultVersionId": policy.version,
        "IsAttachable": true, "Description": policy.description, "CreateDate": RELEASED, "UpdateDate": RELEASED,
    });
    Known { arn: policy.arn(), name: policy.name.into(), path: policy.path.into(), document: policy.document(), aws: true, shown }
}

fn of_account(row: &Value) -> Known {
    let default = items(row, "_versions").iter().find(|version| version["VersionId"] == row["DefaultVersionId"]);
    let document = default.map(|version| text(version, "Document")).unwrap_or_default();
    let own = |member: &str| text(row, member).to_owned();
    let document = serde_json::from_str(document).unwrap_or_default();
    Known { arn: own("Arn"), name: own("PolicyName"), path: own("Path"), document, aws: false, shown: row.clone() }
}

/// All that there are, AWS's first.
pub fn all(call: &Call<'_>) -> Vec<Known> {
    managed::all().map(of_aws).chain(call.all(POLICIES).into_iter().map(|(_, row)| of_account(row))).collect()
}

/// The policies that a role, a user or a group has attached.
pub fn attached(call: &Call<'_>, row: &Value) -> Vec<Known> {
    items(row, "_attached").iter().filter_map(Value::as_str).filter_map(|arn| find(call, arn)).collect()
}

/// The policy of the call.
pub fn wanted(call: &Call<'_>) -> Result<Known, Fault> {
    let arn = call.text("PolicyArn");
    if !arn.starts_with("arn:aws:iam::") || !arn.contains(":policy/") {
        return Err(Fault::new("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    find(call, arn).ok_or_else(|| Fault::new("NoSuchEntity", format!("Policy {arn} does not exist or is not attachable.")).status(404))
}

/// The policy of the call, to change: AWS's own are not for changing.
fn changeable<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Value, Fault> {
    let known = wanted(call)?;
    let refused = || Fault::new("AccessDenied", format!("The policy {} is managed by AWS and cannot be changed", known.arn)).status(403);
    call.get_mut(POLICIES, &known.arn).ok_or_else(refused)
}

/// Every role, user and group, with its kind.
fn all_entities<'c>(call: &'c Call<'_>) -> impl Iterator<Item = (&'static Entity, &'c Value)> {
    [&ROLE, &USER, &GROUP]
        .into_iter()
        .flat_map(|entity: &'static Entity| call.all(entity.table).into_iter().map(move |(_, row)| (entity, row)))
}

fn users<'c>(call: &'c Call<'_>, arn: &str) -> Vec<(&'static Entity, &'c Value)> {
    all_entities(call).filter(|(_, row)| items(row, "_attached").iter().any(|own| own == arn)).collect()
}

fn bounded<'c>(call: &'c Call<'_>, arn: &str) -> Vec<(&'static Entity, &'c Value)> {
    let by = |row: &Value| row.get("PermissionsBoundary").is_some_and(|set| text(set, "PermissionsBoundaryArn") == arn);
    all_entities(call).filter(|(_, row)| by(row)).collect()
}

/// As GetPolicy and the listings answer it.
pub fn shown(call: &Call<'_>, policy: &Known) -> Value {
    let mut shown = policy.shown.clone();
    set(&mut shown, "AttachmentCount", users(call, &policy.arn).len().into());
    set(&mut shown, "PermissionsBoundaryUsageCount", bounded(call, &policy.arn).len().into());
    shown
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("PolicyName").to_owned();
    let path = if call.text("Path").is_empty() { "/" } else { call.text("Path") }.to_owned();
    let arn = format!("arn:aws:iam::{}:policy{path}{name}", call.account());
    let taken = |row: &Value| text(row, "PolicyName").eq_ignore_ascii_case(&name);
    if call.all(POLICIES).into_iter().any(|(_, row)| taken(row)) {
        return Err(Fault::new("EntityAlreadyExists", format!("A policy called {name} already exists. Duplicate names are not allowed."))
            .status(409));
    }
    let document = checked(call)?;
    let now = call.now().floor();
    let mut row = json!({
        "PolicyName": name, "PolicyId": format!("ANPA{}", call.hex(17).to_uppercase()), "Arn": arn, "_arn": arn, "Path": path, "DefaultVersionId": "v1",
        "IsAttachable": true, "CreateDate": now, "UpdateDate": now, "_next": 2,
        "_versions": [{"VersionId": "v1", "Document": document, "CreateDate": now}],
    });
    if !call.text("Description").is_empty() {
        row["Description"] = call.input["Description"].clone();
    }
    call.put(POLICIES, &arn, row.clone());
    let tags = tags_from(call.input.get("Tags"));
    let mut answer = shown(call, &of_account(&row));
    // The answer to its making leaves the description out, as the listing does.
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("Description");
    }
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
        set(&mut answer, "Tags", tag_list(&call.tags(&arn)));
    }
    Ok(json!({"Policy": answer}))
}

fn checked(call: &Call<'_>) -> Result<String, Fault> {
    let document = call.text("PolicyDocument");
    check(call, document, Use::Identity)?;
    match document.chars().filter(|sign| !sign.is_whitespace()).count() > 6144 {
        true => Err(Fault::new("LimitExceeded", "Cannot exceed quota for PolicySize: 6144").status(409)),
        false => Ok(document.to_owned()),
    }
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let arn = text(changeable(call)?, "Arn").to_owned();
    let conflict = |message: &str| Err(Fault::new("DeleteConflict", message).status(409));
    if !users(call, &arn).is_empty() || !bounded(call, &arn).is_empty() {
        return conflict("Cannot delete a policy attached to entities.");
    }
    if call.get(POLICIES, &arn).is_some_and(|row| items(row, "_versions").len() > 1) {
        return conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
    }
    call.remove(POLICIES, &arn);
    Ok(json!({}))
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let policy = wanted(call)?;
    let mut answer = shown(call, &policy);
    set(&mut answer, "Tags", tag_list(&call.tags(&policy.arn)));
    Ok(json!({"Policy": answer}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let (scope, prefix, usage) = (call.text("Scope"), call.text("PathPrefix"), call.text("PolicyUsageFilter"));
    let only_attached = call.input["OnlyAttached"] == true;
    let mut policies = all(call);
    policies.retain(|policy| {
        (scope != "AWS" || policy.aws)
            && (scope != "Local" || !policy.aws)
            && policy.path.starts_with(prefix)
            && (!(only_attached || usage == "PermissionsPolicy") || !users(call, &policy.arn).is_empty())
            && (usage != "PermissionsBoundary" || !bounded(call, &policy.arn).is_empty())
    });
    let mut policies: Vec<Value> = policies.iter().map(|policy| shown(call, policy)).collect();
    // The listing, alone, leaves descriptions out.
    for policy in policies.iter_mut().filter_map(Value::as_object_mut) {
        policy.remove("Description");
    }
    Ok(json!({"Policies": policies, "IsTruncated": false}))
}

/// The versions of a policy, newest first, without their documents.
fn versions(call: &Call<'_>, policy: &Known) -> Vec<Value> {
    let default = &policy.shown["DefaultVersionId"];
    match call.get(POLICIES, &policy.arn) {
        None => vec![json!({"VersionId": default, "IsDefaultVersion": true, "CreateDate": RELEASED})],
        Some(row) => {
            let shown = |version: &Value| json!({"VersionId": version["VersionId"], "IsDefaultVersion": version["VersionId"] == *default, "CreateDate": version["CreateDate"]});
            items(row, "_versions").iter().rev().map(shown).collect()
        }
    }
}

fn document_of(call: &Call<'_>, policy: &Known, version: &str) -> Option<String> {
    match call.get(POLICIES, &policy.arn) {
        None => (policy.shown["DefaultVersionId"] == version).then(|| policy.document.to_string()),
        Some(row) => items(row, "_versions").iter().find(|own| own["VersionId"] == version).map(|own| text(own, "Document").to_owned()),
    }
}

/// Every version with its document, for the listing of all authorization.
pub fn whole_versions(call: &Call<'_>, policy: &Known) -> Vec<Value> {
    let mut versions = versions(call, policy);
    for version in &mut versions {
        let document = document_of(call, policy, text(version, "VersionId")).unwrap_or_default();
        set(version, "Document", encoded(&document).into());
    }
    versions
}

fn no_version(call: &Call<'_>) -> Fault {
    let message = format!("Policy {} version {} does not exist or is not attachable.", call.text("PolicyArn"), call.text("VersionId"));
    Fault::new("NoSuchEntity", message).status(404)
}

pub fn get_version(call: &mut Call<'_>) -> Answer {
    let policy = wanted(call)?;
    let document = document_of(call, &policy, call.text("VersionId")).ok_or_else(|| no_version(call))?;
    let mut version =
        versions(call, &policy).into_iter().find(|own| own["VersionId"] == call.text("VersionId")).ok_or_else(|| no_version(call))?;
    set(&mut version, "Document", encoded(&document).into());
    Ok(json!({"PolicyVersion": version}))
}

pub fn list_versions(call: &mut Call<'_>) -> Answer {
    let policy = wanted(call)?;
    Ok(json!({"Versions": versions(call, &policy), "IsTruncated": false}))
}

pub fn create_version(call: &mut Call<'_>) -> Answer {
    let (document, now, default) = (checked(call)?, call.now().floor(), call.input["SetAsDefault"] == true);
    let row = changeable(call)?;
    if items(row, "_versions").len() >= 5 {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
        return Err(Fault::new("LimitExceeded", message).status(409));
    }
    let number = row["_next"].as_u64().unwrap_or(2);
    let id = format!("v{number}");
    row["_next"] = json!(number + 1);
    row["UpdateDate"] = json!(now);
    if default {
        row["DefaultVersionId"] = json!(id);
    }
    if let Some(versions) = row["_versions"].as_array_mut() {
        versions.push(json!({"VersionId": id, "Document": document, "CreateDate": now}));
    }
    Ok(json!({"PolicyVersion": {"VersionId": id, "IsDefaultVersion": default, "CreateDate": now}}))
}

pub fn delete_version(call: &mut Call<'_>) -> Answer {
    let (id, absent) = (call.text("VersionId").to_owned(), no_version(call));
    let row = changeable(call)?;
    if row["DefaultVersionId"] == id.as_str() {
        return Err(Fault::new("DeleteConflict", "Cannot delete the default version of a policy.").status(409));
    }
    let before = items(row, "_versions").len();
    if let Some(versions) = row["_versions"].as_array_mut() {
        versions.retain(|version| version["VersionId"] != id.as_str());
    }
    if items(row, "_versions").len() == before { Err(absent) } else { Ok(json!({})) }
}

pub fn set_default(call: &mut Call<'_>) -> Answer {
    let (id, absent) = (call.text("VersionId").to_owned(), no_version(call));
    let row = changeable(call)?;
    if !items(row, "_versions").iter().any(|version| version["VersionId"] == id.as_str()) {
        return Err(absent);
    }
    row["DefaultVersionId"] = json!(id);
    Ok(json!({}))
}

pub fn entities(call: &mut Call<'_>) -> Answer {
    let policy = wanted(call)?;
    let (prefix, filter, usage) = (call.text("PathPrefix"), call.text("EntityFilter"), call.text("PolicyUsageFilter"));
    let rows = if usage == "PermissionsBoundary" { bounded(call, &policy.arn) } else { users(call, &policy.arn) };
    let of = |wanted: &Entity, kind: &str, id: &str| {
        let rows = rows.iter().filter(|(entity, row)| entity.table == wanted.table && text(row, "Path").starts_with(prefix));
        let listed = rows.filter(|_| ["", kind].contains(&filter)).map(|(_, row)| pick(row, &[wanted.member, id]));
        listed.collect::<Vec<_>>()
    };
    let (roles, users, groups) = (of(&ROLE, "Role", "RoleId"), of(&USER, "User", "UserId"), of(&GROUP, "Group", "GroupId"));
    Ok(json!({"PolicyRoles": roles, "PolicyUsers": users, "PolicyGroups": groups, "IsTruncated": false}))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let arn = text(changeable(call)?, "Arn").to_owned();
    let tags = tags_from(call.input.get("Tags"));
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let arn = text(changeable(call)?, "Arn").to_owned();
    let keys = call.texts("TagKeys");
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    let policy = wanted(call)?;
    Ok(json!({"Tags": tag_list(&call.tags(&policy.arn)), "IsTruncated": false}))
}
