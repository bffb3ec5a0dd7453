//! The policies of a role, a user or a group: inline and attached.

use super::document::{Use, check};
use super::entity::Entity;
use super::policy;
use super::role::encoded;
use crate::services::members::{items, set};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

fn missing(call: &Call<'_>, entity: &Entity) -> Fault {
    Fault::new("NoSuchEntity", format!("The {} policy with name {} cannot be found.", entity.noun, call.text("PolicyName"))).status(404)
}

pub fn put(call: &mut Call<'_>) -> Answer {
    let entity = Entity::of(call);
    let (owner, name, document) =
        (call.text(entity.member).to_owned(), call.text("PolicyName").to_owned(), call.text("PolicyDocument").to_owned());
    entity.wanted(call)?;
    check(call, &document, Use::Identity)?;
    let size = |text: &str| text.chars().filter(|sign| !sign.is_whitespace()).count();
    let row = entity.changeable(call)?;
    let others: usize = inline(row).filter(|(other, _)| **other != name).map(|(_, document)| size(document)).sum();
    if others + size(&document) > entity.inline_size {
        let message = format!("Maximum policy size of {} bytes exceeded for {} {owner}", entity.inline_size, entity.noun);
        return Err(Fault::new("LimitExceeded", message).status(409));
    }
    if row["_inline"].is_null() {
        row["_inline"] = json!({});
    }
    set(&mut row["_inline"], &name, document.into());
    Ok(json!({}))
}

/// The inline policies of a role, a user or a group: name and document.
pub fn inline(row: &Value) -> impl Iterator<Item = (&String, &str)> {
    row.get("_inline").and_then(Value::as_object).into_iter().flatten().filter_map(|(name, document)| Some((name, document.as_str()?)))
}

/// The inline policies as the listing of all authorization has them.
pub fn whole_inline(row: &Value) -> Vec<Value> {
    inline(row).map(|(name, document)| json!({"PolicyName": name, "PolicyDocument": encoded(document)})).collect()
}

/// Refuses to delete what still has policies.
pub fn check_none(row: &Value) -> Result<(), Fault> {
    let conflict = |message: &str| Err(Fault::new("DeleteConflict", message).status(409));
    if inline(row).next().is_some() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    match items(row, "_attached").is_empty() {
        true => Ok(()),
        false => conflict("Cannot delete entity, must detach all policies first."),
    }
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let (entity, name) = (Entity::of(call), call.text("PolicyName"));
    let (_, document) = inline(entity.wanted(call)?).find(|(known, _)| *known == name).ok_or_else(|| missing(call, entity))?;
    Ok(json!({entity.member: call.text(entity.member), "PolicyName": name, "PolicyDocument": encoded(document)}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let (entity, name) = (Entity::of(call), call.text("PolicyName").to_owned());
    let fault = missing(call, entity);
    let removed = entity.changeable(call)?.get_mut("_inline").and_then(Value::as_object_mut).and_then(|policies| policies.remove(&name));
    removed.map(|_| json!({})).ok_or(fault)
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let names: Vec<&String> = inline(Entity::of(call).wanted(call)?).map(|(name, _)| name).collect();
    Ok(json!({"PolicyNames": names, "IsTruncated": false}))
}

pub fn attach(call: &mut Call<'_>) -> Answer {
    let (entity, arn) = (Entity::of(call), call.text("PolicyArn").to_owned());
    entity.wanted(call)?;
    policy::wanted(call)?;
    let row = entity.changeable(call)?;
    if items(row, "_attached").iter().any(|attached| attached == &arn) {
        return Ok(json!({}));
    }
    if items(row, "_attached").len() >= 10 {
        return Err(Fault::new("LimitExceeded", format!("Cannot exceed quota for {}: 10", entity.quota)).status(409));
    }
    if row["_attached"].is_null() {
        row["_attached"] = json!([]);
    }
    if let Some(attached) = row["_attached"].as_array_mut() {
        attached.push(arn.into());
    }
    Ok(json!({}))
}

pub fn detach(call: &mut Call<'_>) -> Answer {
    let (entity, arn) = (Entity::of(call), call.text("PolicyArn").to_owned());
    let row = entity.changeable(call)?;
    let before = items(row, "_attached").len();
    if let Some(attached) = row["_attached"].as_array_mut() {
        attached.retain(|other| other != &arn);
    }
    if items(row, "_attached").len() == before {
        return Err(Fault::new("NoSuchEntity", format!("Policy {arn} was not found.")).status(404));
    }
    Ok(json!({}))
}

pub fn list_attached(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix");
    let attached = policy::attached(call, Entity::of(call).wanted(call)?).into_iter().filter(|policy| policy.path.starts_with(prefix));
    let attached: Vec<Value> = attached.map(|policy| json!({"PolicyName": policy.name, "PolicyArn": policy.arn})).collect();
    Ok(json!({"AttachedPolicies": attached, "IsTruncated": false}))
}
