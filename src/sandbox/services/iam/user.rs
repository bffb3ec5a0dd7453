//! Users, as far as tools make and read them: nobody signs in as one.

use super::entity::USER;
use super::{access_key, entity, entity_policy, group, signing_certificate};
use crate::services::members::{pick, set, text};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By name, without the one that everybody is here.
pub const USERS: &str = "iam.user";
const EVERYBODY: &str = "sandbox";

fn everybody(call: &Call<'_>) -> Value {
    let arn = format!("arn:aws:iam::{}:user/{EVERYBODY}", call.world.account);
    json!({"Path": "/", "UserName": EVERYBODY, "UserId": "AIDASANDBOXSANDBOX000", "Arn": arn, "CreateDate": 1_600_000_000.0})
}

/// The user of the call; nobody named is whoever calls.
fn wanted(call: &Call<'_>) -> Result<Value, Fault> {
    match call.text("UserName") {
        "" | EVERYBODY => Ok(everybody(call)),
        name => call.get(USERS, name).cloned().ok_or_else(|| USER.missing(name)),
    }
}

/// The name of the call's user.
pub fn wanted_name(call: &Call<'_>) -> Result<String, Fault> {
    wanted(call).map(|user| text(&user, "UserName").to_owned())
}

fn check_free(call: &Call<'_>, name: &str, but: &str) -> Result<(), Fault> {
    match name == EVERYBODY || call.all(USERS).into_iter().any(|(own, _)| own != but && own.eq_ignore_ascii_case(name)) {
        true => Err(Fault::new("EntityAlreadyExists", format!("User with name {name} already exists.")).status(409)),
        false => Ok(()),
    }
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("UserName").to_owned();
    check_free(call, &name, "")?;
    let path = if call.text("Path").is_empty() { "/" } else { call.text("Path") }.to_owned();
    let arn = format!("arn:aws:iam::{}:user{path}{name}", call.account());
    let mut row = json!({
        "Path": path, "UserName": name, "UserId": format!("AIDA{}", call.hex(17).to_uppercase()), "Arn": arn, "_arn": arn, "CreateDate": call.now().floor(),
    });
    if !call.text("PermissionsBoundary").is_empty() {
        row["PermissionsBoundary"] = entity::boundary(call)?;
    }
    call.put(USERS, &name, row.clone());
    let tags = tags_from(call.input.get("Tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"User": whole(call, &row)}))
}

/// A user without tags and boundary, as the listings show it.
pub fn listed(user: &Value) -> Value {
    pick(user, &["Path", "UserName", "UserId", "Arn", "CreateDate"])
}

/// A user as GetUser answers it.
pub fn whole(call: &Call<'_>, row: &Value) -> Value {
    let mut user = listed(row);
    if let Some(boundary) = row.get("PermissionsBoundary") {
        set(&mut user, "PermissionsBoundary", boundary.clone());
    }
    let tags = call.tags(text(&user, "Arn"));
    if !tags.is_empty() {
        set(&mut user, "Tags", tag_list(&tags));
    }
    user
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let user = wanted(call)?;
    Ok(json!({"User": whole(call, &user)}))
}

/// Another name or path; what belongs to the user goes along.
pub fn update(call: &mut Call<'_>) -> Answer {
    let mut row = USER.wanted(call)?.clone();
    let (old, old_arn, new) = (call.text("UserName").to_owned(), text(&row, "Arn").to_owned(), call.text("NewUserName").to_owned());
    if !new.is_empty() && new != old {
        check_free(call, &new, &old)?;
        group::rename_user(call, &old, &new);
        access_key::rename_user(call, &old, &new);
        signing_certificate::rename_user(call, &old, &new);
        set(&mut row, "UserName", new.into());
    }
    if !call.text("NewPath").is_empty() {
        set(&mut row, "Path", call.input["NewPath"].clone());
    }
    let name = text(&row, "UserName").to_owned();
    let arn = format!("arn:aws:iam::{}:user{}{name}", call.account(), text(&row, "Path"));
    set(&mut row, "Arn", arn.clone().into());
    set(&mut row, "_arn", arn.clone().into());
    let tags = call.tags(&old_arn);
    call.remove(USERS, &old);
    call.put(USERS, &name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({}))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
pub fn delete(call: &mut Call<'_>) -> Answer {
    let (name, row) = (call.text("UserName").to_owned(), USER.wanted(call)?);
    let conflict = |message: &str| Err(Fault::new("DeleteConflict", message).status(409));
    if !signing_certificate::of(call, &name).is_empty() {
        return conflict("Cannot delete entity, must delete signing certificates first.");
    }
    if !access_key::of(call, &name).is_empty() {
        return conflict("Cannot delete entity, must delete access keys first.");
    }
    if !group::of_user(call, &name).is_empty() {
        return conflict("Cannot delete entity, must remove users from group first.");
    }
    entity_policy::check_none(row)?;
    call.remove(USERS, &name);
    Ok(json!({}))
}

/// The listing leaves tags and boundaries out.
pub fn list(call: &mut Call<'_>) -> Answer {
    let mut users: Vec<Value> = call.all(USERS).into_iter().map(|(_, row)| listed(row)).chain([everybody(call)]).collect();
    users.retain(|user| text(user, "Path").starts_with(call.text("PathPrefix")));
    users.sort_by(|a, b| text(a, "UserName").cmp(text(b, "UserName")));
    Ok(json!({"Users": users, "IsTruncated": false}))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (user, tags) = (wanted(call)?, tags_from(call.input.get("Tags")));
    call.set_tags(text(&user, "Arn"), tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (user, keys) = (wanted(call)?, call.texts("TagKeys"));
    call.unset_tags(text(&user, "Arn"), &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    let user = wanted(call)?;
    Ok(json!({"Tags": tag_list(&call.tags(text(&user, "Arn"))), "IsTruncated": false}))
}

/// The account has no alias.
pub fn list_account_aliases(_: &mut Call<'_>) -> Answer {
    Ok(json!({"AccountAliases": [], "IsTruncated": false}))
}
