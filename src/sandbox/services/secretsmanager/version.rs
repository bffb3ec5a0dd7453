//! Versions of a secret's value, and the stages that point at them.

use super::{SECRETS, identity, resolve, usable};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let row = call.get(SECRETS, &name).unwrap_or(&Value::Null);
    let (id, stage) = (call.text("VersionId"), call.text("VersionStage"));
    let wanted_stage = if id.is_empty() && stage.is_empty() { "AWSCURRENT" } else { stage };
    let found = versions(row).find(|(version, body)| {
        (id.is_empty() || *version == id) && (wanted_stage.is_empty() || has_stage(body, wanted_stage)) && body["value"] != json!({})
    });
    let Some((version, body)) = found else {
        let what = if id.is_empty() { format!("staging label: {wanted_stage}") } else { format!("VersionId: {id}") };
        return Err(Fault::new("ResourceNotFoundException", format!("Secrets Manager can't find the specified secret value for {what}")));
    };
    let mut answer = identity(call, &name);
    answer["VersionId"] = json!(version);
    answer["VersionStages"] = body["stages"].clone();
    answer["CreatedDate"] = body["created"].clone();
    for member in ["SecretString", "SecretBinary"] {
        if let Some(value) = body["value"].get(member) {
            answer[member] = value.clone();
        }
    }
    let today = (call.now() / 86_400.0).floor() * 86_400.0;
    if let Some(row) = call.get_mut(SECRETS, &name) {
        row["LastAccessedDate"] = json!(today);
    }
    Ok(answer)
}

pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let Some(value) = value_of(call)? else {
        return Err(Fault::new("InvalidRequestException", "You must provide either SecretString or SecretBinary."));
    };
    let (version, now) = (fresh_id(call), call.now());
    let mut stages = call.texts("VersionStages");
    if stages.is_empty() {
        stages.push("AWSCURRENT".into());
    }
    if let Some(row) = call.get_mut(SECRETS, &name) {
        refuse_other(row, &version, &value)?;
        add(row, version.clone(), value, &stages.iter().map(String::as_str).collect::<Vec<_>>(), now);
        row["LastChangedDate"] = json!(now);
    }
    let mut answer = identity(call, &name);
    answer["VersionId"] = json!(version);
    answer["VersionStages"] = json!(stages);
    Ok(answer)
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = resolve(call)?;
    let (row, deprecated) = (call.get(SECRETS, &name).unwrap_or(&Value::Null), call.input["IncludeDeprecated"] == true);
    let entries: Vec<Value> = versions(row)
        .filter(|(_, body)| deprecated || body["stages"].as_array().is_some_and(|stages| !stages.is_empty()))
        .map(|(id, body)| json!({"VersionId": id, "VersionStages": body["stages"], "CreatedDate": body["created"]}))
        .collect();
    let mut answer = identity(call, &name);
    answer["Versions"] = json!(entries);
    Ok(answer)
}

/// The value in the input, as `{SecretString}` or `{SecretBinary}`.
pub fn value_of(call: &Call<'_>) -> Result<Option<Value>, Fault> {
    match (call.input.get("SecretString"), call.input.get("SecretBinary")) {
        (Some(_), Some(_)) => {
            let message = "You can't specify both a binary secret value and a string secret value in the same secret.";
            Err(Fault::new("InvalidParameterException", message))
        }
        (Some(text), None) => Ok(Some(json!({"SecretString": text}))),
        (None, Some(bytes)) => Ok(Some(json!({"SecretBinary": bytes}))),
        (None, None) => Ok(None),
    }
}

/// The client's token, which names the version it makes, or a new one.
pub fn fresh_id(call: &mut Call<'_>) -> String {
    match call.text("ClientRequestToken").to_owned() {
        token if token.is_empty() => {
            let digits = call.hex(32);
            format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
        }
        token => token,
    }
}

/// Adds a version and moves the stages to it; what was current becomes previous.
pub fn add(row: &mut Value, id: String, value: Value, stages: &[&str], now: f64) -> String {
    let current = versions(row).find(|(_, body)| has_stage(body, "AWSCURRENT")).map(|(id, _)| id.clone());
    let displaced = current.filter(|current| stages.contains(&"AWSCURRENT") && *current != id);
    if let Some(all) = row["_versions"].as_object_mut() {
        let moved: Vec<&str> = stages.iter().copied().chain(displaced.as_ref().map(|_| "AWSPREVIOUS")).collect();
        for body in all.values_mut() {
            if let Some(own) = body["stages"].as_array_mut() {
                own.retain(|stage| !moved.iter().any(|moved| stage == moved));
            }
        }
        if let Some(previous) = displaced.and_then(|id| all.get_mut(&id)).and_then(|body| body["stages"].as_array_mut()) {
            previous.push(json!("AWSPREVIOUS"));
        }
        all.insert(id.clone(), json!({"value": value, "stages": stages, "created": now}));
    }
    id
}

/// True when this version exists with this very value.
pub fn holds(row: &Value, id: &str, value: &Value) -> bool {
    row["_versions"].get(id).is_some_and(|body| body["value"] == *value)
}

/// A version's value never changes.
pub fn refuse_other(row: &Value, id: &str, value: &Value) -> Result<(), Fault> {
    match row["_versions"].get(id).is_some() && !holds(row, id, value) {
        true => {
            let arn = row["ARN"].as_str().unwrap_or_default();
            let text = format!("You can't use ClientRequestToken {id} because that value is already in use for a version of secret {arn}.");
            Err(Fault::new("ResourceExistsException", text))
        }
        false => Ok(()),
    }
}

/// UpdateSecretVersionStage: a stage moves from the version that has it to another, or is taken away.
pub fn move_stage(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let (stage, to, from) =
        (call.text("VersionStage").to_owned(), call.text("MoveToVersionId").to_owned(), call.text("RemoveFromVersionId").to_owned());
    let row = call.get(SECRETS, &name).cloned().unwrap_or_default();
    let holder = versions(&row).find(|(_, body)| has_stage(body, &stage)).map(|(id, _)| id.clone()).unwrap_or_default();
    let invalid = |text: String| Err(Fault::new("InvalidParameterException", text));
    if stage == "AWSCURRENT" && to.is_empty() {
        return invalid("You can't remove staging label AWSCURRENT; move it to another version instead.".into());
    }
    if holder != from && !holder.is_empty() {
        return invalid(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version {holder}, so you must \
             explicitly reference that version in RemoveFromVersionId."
        ));
    }
    if !to.is_empty() && row["_versions"].get(&to).is_none() {
        let text = format!("Secrets Manager can't find the specified secret version: {to}");
        return Err(Fault::new("ResourceNotFoundException", text));
    }
    if let Some(all) = call.get_mut(SECRETS, &name).and_then(|row| row["_versions"].as_object_mut()) {
        for (id, body) in all {
            let Some(stages) = body["stages"].as_array_mut() else { continue };
            stages.retain(|own| own != stage.as_str() && (stage != "AWSCURRENT" || own != "AWSPREVIOUS"));
            if *id == to {
                stages.push(json!(stage));
            } else if *id == holder && stage == "AWSCURRENT" {
                stages.push(json!("AWSPREVIOUS"));
            }
        }
    }
    Ok(identity(call, &name))
}

/// Stages by version, of the versions that have any.
pub fn stages(row: &Value) -> Map<String, Value> {
    versions(row).filter(|(_, body)| body["stages"] != json!([])).map(|(id, body)| (id.clone(), body["stages"].clone())).collect()
}

fn versions(row: &Value) -> impl Iterator<Item = (&String, &Value)> {
    row["_versions"].as_object().into_iter().flatten()
}

fn has_stage(body: &Value, stage: &str) -> bool {
    body["stages"].as_array().is_some_and(|stages| stages.iter().any(|own| own == stage))
}
