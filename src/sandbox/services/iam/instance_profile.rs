//! Instance profiles: a role for instances.

use super::role;
use crate::services::members::{set, text};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By name. `_role` is the name of its role.
const PROFILES: &str = "iam.instance_profile";

fn missing(name: &str) -> Fault {
    Fault::new("NoSuchEntity", format!("Instance Profile {name} cannot be found.")).status(404)
}

fn wanted<'c>(call: &'c Call<'_>) -> Result<&'c Value, Fault> {
    let name = call.text("InstanceProfileName");
    call.get(PROFILES, name).ok_or_else(|| missing(name))
}

fn shown(call: &Call<'_>, row: &Value) -> Value {
    let mut shown = row.clone();
    let roles: Vec<Value> = call.get("iam.role", text(row, "_role")).into_iter().map(role::shown).collect();
    set(&mut shown, "Roles", roles.into());
    let tags = call.tags(text(row, "Arn"));
    if !tags.is_empty() {
        set(&mut shown, "Tags", tag_list(&tags));
    }
    shown
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("InstanceProfileName").to_owned();
    if call.get(PROFILES, &name).is_some() {
        return Err(Fault::new("EntityAlreadyExists", format!("Instance Profile {name} already exists.")).status(409));
    }
    let path = if call.text("Path").is_empty() { "/" } else { call.text("Path") }.to_owned();
    let arn = format!("arn:aws:iam::{}:instance-profile{path}{name}", call.account());
    let id = format!("AIPA{}", call.hex(17).to_uppercase());
    let row = json!({"Path": path, "InstanceProfileName": name, "InstanceProfileId": id, "Arn": arn, "_arn": arn, "CreateDate": call.now().floor(), "Roles": []});
    call.put(PROFILES, &name, row.clone());
    let tags = tags_from(call.input.get("Tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"InstanceProfile": shown(call, &row)}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    if wanted(call)?["_role"].is_string() {
        return Err(Fault::new("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.").status(409));
    }
    let name = call.text("InstanceProfileName").to_owned();
    call.remove(PROFILES, &name);
    Ok(json!({}))
}

pub fn get(call: &mut Call<'_>) -> Answer {
    Ok(json!({"InstanceProfile": shown(call, wanted(call)?)}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix");
    let profiles: Vec<Value> =
        call.all(PROFILES).into_iter().filter(|(_, row)| text(row, "Path").starts_with(prefix)).map(|(_, row)| shown(call, row)).collect();
    Ok(json!({"InstanceProfiles": profiles, "IsTruncated": false}))
}

pub fn list_for_role(call: &mut Call<'_>) -> Answer {
    role::wanted(call)?;
    Ok(json!({"InstanceProfiles": of_role(call, call.text("RoleName")), "IsTruncated": false}))
}

/// The profiles that a role is in.
pub fn of_role(call: &Call<'_>, name: &str) -> Vec<Value> {
    call.all(PROFILES).into_iter().filter(|(_, row)| row["_role"] == name).map(|(_, row)| shown(call, row)).collect()
}

pub fn add_role(call: &mut Call<'_>) -> Answer {
    role::wanted(call)?;
    if wanted(call)?["_role"].is_string() {
        return Err(Fault::new("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1").status(409));
    }
    let (name, role) = (call.text("InstanceProfileName").to_owned(), call.text("RoleName").to_owned());
    if let Some(row) = call.get_mut(PROFILES, &name) {
        row["_role"] = json!(role);
    }
    Ok(json!({}))
}

pub fn remove_role(call: &mut Call<'_>) -> Answer {
    let (name, role) = (call.text("InstanceProfileName").to_owned(), call.text("RoleName").to_owned());
    if wanted(call)?["_role"] != role.as_str() {
        return Err(Fault::new("NoSuchEntity", format!("The role with name {role} cannot be found.")).status(404));
    }
    if let Some(row) = call.get_mut(PROFILES, &name).and_then(Value::as_object_mut) {
        row.remove("_role");
    }
    Ok(json!({}))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (text(wanted(call)?, "Arn").to_owned(), tags_from(call.input.get("Tags")));
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (text(wanted(call)?, "Arn").to_owned(), call.texts("TagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}
