//! Groups of users, and who is in them.

use super::entity::{GROUP, USER};
use super::{entity_policy, user};
use crate::services::members::{pick, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By name. `_members` holds the names of its users.
pub const GROUPS: &str = "iam.group";

/// Returns a group as every answer shows it.
pub fn shown(row: &Value) -> Value {
    pick(row, &["Path", "GroupName", "GroupId", "Arn", "CreateDate"])
}

fn check_free(call: &Call<'_>, name: &str, but: &str) -> Result<(), Fault> {
    match call.all(GROUPS).into_iter().any(|(own, _)| own != but && own.eq_ignore_ascii_case(name)) {
        true => Err(Fault::new("EntityAlreadyExists", format!("Group with name {name} already exists.")).status(409)),
        false => Ok(()),
    }
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("GroupName").to_owned();
    check_free(call, &name, "")?;
    let path = if call.text("Path").is_empty() { "/" } else { call.text("Path") }.to_owned();
    let arn = format!("arn:aws:iam::{}:group{path}{name}", call.account());
    let id = format!("AGPA{}", call.hex(17).to_uppercase());
    let row = json!({"Path": path, "GroupName": name, "GroupId": id, "Arn": arn, "CreateDate": call.now().floor(), "_members": []});
    call.put(GROUPS, &name, row.clone());
    Ok(json!({"Group": shown(&row)}))
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let row = GROUP.wanted(call)?;
    let users: Vec<Value> = texts(row, "_members").iter().filter_map(|name| call.get(USER.table, name)).map(user::listed).collect();
    Ok(json!({"Group": shown(row), "Users": users, "IsTruncated": false}))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let mut row = GROUP.wanted(call)?.clone();
    let (name, new) = (call.text("GroupName").to_owned(), call.text("NewGroupName").to_owned());
    if !new.is_empty() {
        check_free(call, &new, &name)?;
        row["GroupName"] = json!(new);
    }
    if !call.text("NewPath").is_empty() {
        row["Path"] = call.input["NewPath"].clone();
    }
    let (path, name_now) = (text(&row, "Path").to_owned(), text(&row, "GroupName").to_owned());
    row["Arn"] = json!(format!("arn:aws:iam::{}:group{path}{name_now}", call.account()));
    call.remove(GROUPS, &name);
    call.put(GROUPS, &name_now, row);
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let row = GROUP.wanted(call)?;
    if !texts(row, "_members").is_empty() {
        return Err(Fault::new("DeleteConflict", "Cannot delete entity, must remove users from group first.").status(409));
    }
    entity_policy::check_none(row)?;
    let name = call.text("GroupName").to_owned();
    call.remove(GROUPS, &name);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix");
    let groups = call.all(GROUPS).into_iter().map(|(_, row)| row).filter(|row| text(row, "Path").starts_with(prefix));
    Ok(json!({"Groups": groups.map(shown).collect::<Vec<_>>(), "IsTruncated": false}))
}

/// Adding somebody again changes nothing.
pub fn add_user(call: &mut Call<'_>) -> Answer {
    USER.wanted(call)?;
    let user = call.input["UserName"].clone();
    let members = &mut GROUP.changeable(call)?["_members"];
    if let Some(members) = members.as_array_mut().filter(|members| !members.contains(&user)) {
        members.push(user);
    }
    Ok(json!({}))
}

pub fn remove_user(call: &mut Call<'_>) -> Answer {
    USER.wanted(call)?;
    let user = call.input["UserName"].clone();
    if let Some(members) = GROUP.changeable(call)?["_members"].as_array_mut() {
        members.retain(|member| *member != user);
    }
    Ok(json!({}))
}

/// The groups that a user is in.
pub fn of_user<'c>(call: &'c Call<'_>, user: &str) -> Vec<&'c Value> {
    let groups = call.all(GROUPS).into_iter().map(|(_, row)| row);
    groups.filter(|row| texts(row, "_members").iter().any(|member| member == user)).collect()
}

/// Gives a user another name in all of its groups.
pub fn rename_user(call: &mut Call<'_>, old: &str, new: &str) {
    let names: Vec<String> = of_user(call, old).into_iter().map(|row| text(row, "GroupName").to_owned()).collect();
    for name in names {
        if let Some(members) = call.get_mut(GROUPS, &name).and_then(|row| row["_members"].as_array_mut()) {
            members.iter_mut().filter(|member| **member == old).for_each(|member| *member = json!(new));
        }
    }
}

pub fn list_of_user(call: &mut Call<'_>) -> Answer {
    let user = user::wanted_name(call)?;
    let groups: Vec<Value> = of_user(call, &user).into_iter().map(shown).collect();
    Ok(json!({"Groups": groups, "IsTruncated": false}))
}
