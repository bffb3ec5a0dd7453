//! Secrets: create, describe, change, delete, restore, tag.

use super::version::{self, fresh_id, value_of};
use super::{SECRETS, identity, invalid, resolve, usable};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

const DAY: f64 = 86_400.0;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("Name").to_owned();
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c)) {
        let message = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
        return Err(Fault::new("ValidationException", message));
    }
    let value = value_of(call)?;
    let tags = tags_from(call.input.get("Tags"));
    check_tags(&tags)?;
    let version = fresh_id(call);
    if let Some(row) = call.get(SECRETS, &name) {
        if !row["DeletedDate"].is_null() {
            return Err(invalid("You can't create this secret because a secret with this name is already scheduled for deletion."));
        }
        let same = value.as_ref().is_some_and(|value| version::holds(row, &version, value));
        if !same {
            if let Some(value) = &value {
                version::refuse_other(row, &version, value)?;
            }
            return Err(Fault::new("ResourceExistsException", format!("The operation failed because the secret {name} already exists.")));
        }
        return Ok(with_version(identity(call, &name), Some(&version)));
    }
    let (suffix, now) = (call.hex(6), call.now());
    let arn = call.arn("secretsmanager", &format!("secret:{name}-{suffix}"));
    let mut row = json!({"ARN": arn, "Name": name, "_arn": arn, "CreatedDate": now, "LastChangedDate": now, "_versions": {}});
    for member in ["Description", "KmsKeyId", "Type"] {
        if let Some(given) = call.input.get(member) {
            row[member] = given.clone();
        }
    }
    let made = value.map(|value| version::add(&mut row, version, value, &["AWSCURRENT"], now));
    call.put(SECRETS, &name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(with_version(identity(call, &name), made.as_deref()))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = resolve(call)?;
    Ok(view(call, &name, "VersionIdsToStages"))
}

pub fn update(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let (value, version, now, input) = (value_of(call)?, fresh_id(call), call.now(), call.input);
    let mut made = None;
    if let Some(row) = call.get_mut(SECRETS, &name) {
        if let Some(value) = value {
            version::refuse_other(row, &version, &value)?;
            made = Some(version::add(row, version, value, &["AWSCURRENT"], now));
        }
        for member in ["Description", "KmsKeyId", "Type"] {
            if let Some(given) = input.get(member) {
                // An empty key is AWS's own.
                row[member] = if given == "" && member == "KmsKeyId" { Value::Null } else { given.clone() };
            }
        }
        row["LastChangedDate"] = json!(now);
    }
    Ok(with_version(identity(call, &name), made.as_deref()))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let force = call.input["ForceDeleteWithoutRecovery"] == true;
    let window = call.input["RecoveryWindowInDays"].as_i64();
    if force && window.is_some() {
        let message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        return Err(Fault::new("InvalidParameterException", message));
    }
    let days = window.unwrap_or(30);
    if !(7..=30).contains(&days) {
        let message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        return Err(Fault::new("InvalidParameterException", message));
    }
    let now = call.now();
    let name = match resolve(call) {
        Ok(name) => name,
        // A forced delete answers as if it had worked, so that a retry of one is quiet.
        Err(_) if force && !call.text("SecretId").starts_with("arn:") => {
            let (id, suffix) = (call.text("SecretId").to_owned(), call.hex(6));
            return Ok(json!({"ARN": call.arn("secretsmanager", &format!("secret:{id}-{suffix}")), "Name": id, "DeletionDate": now}));
        }
        Err(fault) => return Err(fault),
    };
    let row = call.get(SECRETS, &name).unwrap_or(&Value::Null);
    if row["OwningService"].is_string() {
        return Err(invalid("You can't delete this secret because it is managed by another service. Delete it there."));
    }
    let mut answer = identity(call, &name);
    if force {
        answer["DeletionDate"] = json!(now);
        call.remove(SECRETS, &name);
        return Ok(answer);
    }
    if !row["DeletedDate"].is_null() {
        return Err(invalid("You can't perform this operation on the secret because it was already scheduled for deletion."));
    }
    answer["DeletionDate"] = json!(now + days as f64 * DAY);
    if let Some(row) = call.get_mut(SECRETS, &name) {
        row["DeletedDate"] = json!(now);
    }
    call.remove_later(SECRETS, &name, days as f64 * DAY);
    Ok(answer)
}

pub fn restore(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = resolve(call)?;
    let table = format!("{}/{SECRETS}", call.region);
    call.world.due.retain(|due| due.table != table || due.id != name);
    if let Some(row) = call.get_mut(SECRETS, &name).and_then(Value::as_object_mut) {
        row.remove("DeletedDate");
    }
    Ok(identity(call, &name))
}

pub fn rotate(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let input = call.input;
    let row = call.get(SECRETS, &name).unwrap_or(&Value::Null);
    let managed = row["OwningService"].is_string();
    if !managed && row["RotationLambdaARN"].is_null() && input.get("RotationLambdaARN").is_none() {
        return Err(invalid("No Lambda rotation function ARN is associated with this secret."));
    }
    let immediately = input["RotateImmediately"] != false;
    let (version, now) = (fresh_id(call), call.now());
    let password = super::password::generate(call, 32);
    if let Some(row) = call.get_mut(SECRETS, &name) {
        row["RotationEnabled"] = json!(true);
        for member in ["RotationLambdaARN", "RotationRules"] {
            if let Some(given) = input.get(member) {
                row[member] = given.clone();
            }
        }
        match (immediately, managed) {
            (true, true) => {
                let value = super::managed::with_password(row, &password);
                version::add(row, version.clone(), value, &["AWSCURRENT"], now);
                row["LastRotatedDate"] = json!(now);
            }
            // The rotation function does not run here, so the new version stays pending.
            (true, false) => {
                version::add(row, version.clone(), json!({}), &["AWSPENDING"], now);
            }
            (false, _) => {}
        }
        let days = row["RotationRules"]["AutomaticallyAfterDays"].as_f64();
        if let Some(days) = days {
            row["NextRotationDate"] = json!(now + days * DAY);
        }
    }
    Ok(with_version(identity(call, &name), immediately.then_some(version.as_str())))
}

pub fn tag(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let tags = tags_from(call.input.get("Tags"));
    check_tags(&tags)?;
    let arn = arn(call, &name);
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let arn = arn(call, &name);
    call.unset_tags(&arn, &call.texts("TagKeys"));
    Ok(json!({}))
}

/// Makes the answer of DescribeSecret and ListSecrets; the two call the version map by different names.
pub fn view(call: &Call<'_>, name: &str, versions: &str) -> Value {
    let mut row = call.get(SECRETS, name).cloned().unwrap_or_default();
    let stages = version::stages(&row);
    if !stages.is_empty() {
        row[versions] = json!(stages);
    }
    let tags = call.tags(&arn(call, name));
    if !tags.is_empty() {
        row["Tags"] = tag_list(&tags);
    }
    row
}

fn arn(call: &Call<'_>, name: &str) -> String {
    call.get(SECRETS, name).and_then(|row| row["ARN"].as_str()).unwrap_or_default().to_owned()
}

fn with_version(mut answer: Value, version: Option<&str>) -> Value {
    if let Some(version) = version {
        answer["VersionId"] = json!(version);
    }
    answer
}

fn check_tags(tags: &[(String, String)]) -> Result<(), Fault> {
    match tags.iter().any(|(key, _)| key.to_lowercase().starts_with("aws:")) {
        true => Err(Fault::new("InvalidParameterException", "Tag keys may not begin with aws: because this prefix is reserved.")),
        false => Ok(()),
    }
}
