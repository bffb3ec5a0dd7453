//! Users, as far as tools make and read them: they have no keys and no policies.

use super::{policy, signing_certificate};
use crate::services::members::{set, text};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By name, without the one that everybody is here.
const USERS: &str = "iam.user";
const EVERYBODY: &str = "sandbox";

fn missing(name: &str) -> Fault {
    Fault::new("NoSuchEntity", format!("The user with name {name} cannot be found.")).status(404)
}

fn everybody(call: &Call<'_>) -> Value {
    let arn = format!("arn:aws:iam::{}:user/{EVERYBODY}", call.world.account);
    json!({"Path": "/", "UserName": EVERYBODY, "UserId": "AIDASANDBOXSANDBOX000", "Arn": arn, "CreateDate": 1_600_000_000.0})
}

/// The user of the call; nobody named is whoever calls.
fn wanted(call: &Call<'_>) -> Result<Value, Fault> {
    match call.text("UserName") {
        "" | EVERYBODY => Ok(everybody(call)),
        name => call.get(USERS, name).cloned().ok_or_else(|| missing(name)),
    }
}

/// The name of the call's user.
pub fn wanted_name(call: &Call<'_>) -> Result<String, Fault> {
    wanted(call).map(|user| text(&user, "UserName").to_owned())
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("UserName").to_owned();
    if name == EVERYBODY || call.all(USERS).into_iter().any(|(own, _)| own.eq_ignore_ascii_case(&name)) {
        return Err(Fault::new("EntityAlreadyExists", format!("User with name {name} already exists.")).status(409));
    }
    let path = if call.text("Path").is_empty() { "/" } else { call.text("Path") }.to_owned();
    let arn = format!("arn:aws:iam::{}:user{path}{name}", call.account());
    let mut row = json!({
        "Path": path, "UserName": name, "UserId": format!("AIDA{}", call.hex(17).to_uppercase()), "Arn": arn, "_arn": arn, "CreateDate": call.now().floor(),
    });
    match call.text("PermissionsBoundary") {
        "" => {}
        boundary if policy::find(call, boundary).is_some() => {
            row["PermissionsBoundary"] =
                json!({"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": boundary});
        }
        boundary => {
            return Err(Fault::new("NoSuchEntity", format!("Scope ARN: {boundary} does not exist or is not attachable.")).status(404));
        }
    }
    call.put(USERS, &name, row.clone());
    let tags = tags_from(call.input.get("Tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"User": whole(call, row)}))
}

fn whole(call: &Call<'_>, mut user: Value) -> Value {
    let tags = call.tags(text(&user, "Arn"));
    if !tags.is_empty() {
        set(&mut user, "Tags", tag_list(&tags));
    }
    user
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let user = wanted(call)?;
    Ok(json!({"User": whole(call, user)}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = call.text("UserName").to_owned();
    if !signing_certificate::of(call, &name).is_empty() {
        return Err(Fault::new("DeleteConflict", "Cannot delete entity, must delete signing certificates first.").status(409));
    }
    call.remove(USERS, &name).map(|_| json!({})).ok_or_else(|| missing(&name))
}

/// The listing leaves tags and boundaries out.
pub fn list(call: &mut Call<'_>) -> Answer {
    let mut users: Vec<Value> = call.all(USERS).into_iter().map(|(_, row)| row.clone()).chain([everybody(call)]).collect();
    users.retain(|user| text(user, "Path").starts_with(call.text("PathPrefix")));
    users.sort_by(|a, b| text(a, "UserName").cmp(text(b, "UserName")));
    for user in users.iter_mut().filter_map(Value::as_object_mut) {
        user.remove("PermissionsBoundary");
    }
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
