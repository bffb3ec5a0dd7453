//! The policies of a role: inline and attached.

use super::document::{Use, check};
use super::policy;
use super::role::{changeable, encoded, wanted};
use crate::services::members::{items, set};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

fn missing(call: &Call<'_>) -> Fault {
    Fault::new("NoSuchEntity", format!("The role policy with name {} cannot be found.", call.text("PolicyName"))).status(404)
}

pub fn put(call: &mut Call<'_>) -> Answer {
    let (role, name, document) =
        (call.text("RoleName").to_owned(), call.text("PolicyName").to_owned(), call.text("PolicyDocument").to_owned());
    wanted(call)?;
    check(call, &document, Use::Identity)?;
    let size = |text: &str| text.chars().filter(|sign| !sign.is_whitespace()).count();
    let row = changeable(call)?;
    let others: usize = inline(row).filter(|(other, _)| **other != name).map(|(_, document)| size(document)).sum();
    if others + size(&document) > 10_240 {
        return Err(Fault::new("LimitExceeded", format!("Maximum policy size of 10240 bytes exceeded for role {role}")).status(409));
    }
    set(&mut row["_inline"], &name, document.into());
    Ok(json!({}))
}

/// The inline policies of a role: name and document.
pub fn inline(role: &Value) -> impl Iterator<Item = (&String, &str)> {
    role.get("_inline").and_then(Value::as_object).into_iter().flatten().filter_map(|(name, document)| Some((name, document.as_str()?)))
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let name = call.text("PolicyName");
    let (_, document) = inline(wanted(call)?).find(|(known, _)| *known == name).ok_or_else(|| missing(call))?;
    Ok(json!({"RoleName": call.text("RoleName"), "PolicyName": name, "PolicyDocument": encoded(document)}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = call.text("PolicyName").to_owned();
    let fault = missing(call);
    let removed = changeable(call)?.get_mut("_inline").and_then(Value::as_object_mut).and_then(|policies| policies.remove(&name));
    removed.map(|_| json!({})).ok_or(fault)
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let names: Vec<&String> = inline(wanted(call)?).map(|(name, _)| name).collect();
    Ok(json!({"PolicyNames": names, "IsTruncated": false}))
}

pub fn attach(call: &mut Call<'_>) -> Answer {
    let arn = call.text("PolicyArn").to_owned();
    wanted(call)?;
    policy::wanted(call)?;
    let role = changeable(call)?;
    if items(role, "_attached").iter().any(|attached| attached == &arn) {
        return Ok(json!({}));
    }
    if items(role, "_attached").len() >= 10 {
        return Err(Fault::new("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10").status(409));
    }
    if let Some(attached) = role["_attached"].as_array_mut() {
        attached.push(arn.into());
    }
    Ok(json!({}))
}

pub fn detach(call: &mut Call<'_>) -> Answer {
    let arn = call.text("PolicyArn").to_owned();
    let role = changeable(call)?;
    let before = items(role, "_attached").len();
    if let Some(attached) = role["_attached"].as_array_mut() {
        attached.retain(|other| other != &arn);
    }
    if items(role, "_attached").len() == before {
        return Err(Fault::new("NoSuchEntity", format!("Policy {arn} was not found.")).status(404));
    }
    Ok(json!({}))
}

pub fn list_attached(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("PathPrefix");
    let attached = policy::attached(call, wanted(call)?).into_iter().filter(|policy| policy.path.starts_with(prefix));
    let attached: Vec<Value> = attached.map(|policy| json!({"PolicyName": policy.name, "PolicyArn": policy.arn})).collect();
    Ok(json!({"AttachedPolicies": attached, "IsTruncated": false}))
}
