//! Log groups, their retention and tags.

use crate::services::kms;
use crate::services::members::{flag, joined, matches, pick, present, set, text};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn missing() -> Fault {
    Fault::new("ResourceNotFoundException", "The specified log group does not exist.")
}

/// The name behind a name or an ARN.
pub fn name_of(identifier: &str) -> &str {
    identifier.split_once(":log-group:").map_or(identifier, |(_, name)| name.strip_suffix(":*").unwrap_or(name))
}

/// The group that the call names, by `logGroupName` or `logGroupIdentifier`.
pub fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let name = if call.text("logGroupName").is_empty() { name_of(call.text("logGroupIdentifier")) } else { call.text("logGroupName") };
    call.get("logs.group", name).map(|_| name.to_owned()).ok_or_else(missing)
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("logGroupName").to_owned();
    if call.get("logs.group", &name).is_some() {
        return Err(Fault::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    // <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
    if name.starts_with("aws/") {
        return Err(Fault::new("InvalidParameterException", "Log groups starting with aws/ are reserved for AWS."));
    }
    check_key(call)?;
    let arn = call.arn("logs", &format!("log-group:{name}"));
    let class = if call.text("logGroupClass").is_empty() { "STANDARD" } else { call.text("logGroupClass") };
    let row = json!({
        "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "_arn": arn, "creationTime": call.millis, "metricFilterCount": 0, "storedBytes": 0,
        "logGroupClass": class, "deletionProtectionEnabled": flag(call.input, "deletionProtectionEnabled"),
        // Kept for as long as AWS says: two days in this class, and no other.
        "retentionInDays": (class == "DELIVERY").then_some(2),
    });
    let row = joined(present(row), pick(call.input, &["kmsKeyId"]));
    call.put("logs.group", &name, row);
    let tags = tags_from(call.input.get("tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    if call.get("logs.group", &name).is_some_and(|group| flag(group, "deletionProtectionEnabled")) {
        return Err(Fault::new("ValidationException", "The log group is protected from deletion."));
    }
    for table in ["logs.stream", "logs.event", "logs.metric_filter"] {
        let prefix = format!("{name}:");
        let ids: Vec<String> = call.all(table).into_iter().filter(|(id, _)| id.starts_with(&prefix)).map(|(id, _)| id.clone()).collect();
        for id in ids {
            call.remove(table, &id);
        }
    }
    call.remove("logs.group", &name);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let (prefix, pattern, class) = (call.text("logGroupNamePrefix"), call.text("logGroupNamePattern"), call.text("logGroupClass"));
    if !prefix.is_empty() && !pattern.is_empty() {
        return Err(Fault::new(
            "InvalidParameterException",
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let wanted: Vec<String> = call.texts("logGroupIdentifiers").iter().map(|identifier| name_of(identifier).to_owned()).collect();
    let groups = call.all("logs.group").into_iter().filter(|(name, group)| {
        name.starts_with(prefix)
            && (pattern.is_empty() || matches(&format!("*{}*", pattern.to_lowercase()), &name.to_lowercase()))
            && (class.is_empty() || text(group, "logGroupClass") == class)
            && (wanted.is_empty() || wanted.contains(*name))
    });
    Ok(json!({"logGroups": groups.map(|(_, group)| group.clone()).collect::<Vec<_>>()}))
}

/// Events from now on are encrypted with this key; those that are there stay as they are.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html>
pub fn associate_key(call: &mut Call<'_>) -> Answer {
    let name = wanted_by_either(call)?;
    check_key(call)?;
    let key = call.input["kmsKeyId"].clone();
    if let Some(group) = call.get_mut("logs.group", &name) {
        set(group, "kmsKeyId", key);
    }
    Ok(json!({}))
}

pub fn disassociate_key(call: &mut Call<'_>) -> Answer {
    let name = wanted_by_either(call)?;
    if let Some(group) = call.get_mut("logs.group", &name).and_then(Value::as_object_mut) {
        group.remove("kmsKeyId");
    }
    Ok(json!({}))
}

/// The group that one of `logGroupName` and `resourceIdentifier` names.
fn wanted_by_either(call: &Call<'_>) -> Result<String, Fault> {
    let name = match (call.text("logGroupName"), call.text("resourceIdentifier")) {
        (name, "") if !name.is_empty() => name,
        ("", arn) if arn.contains(":log-group:") => name_of(arn),
        ("", arn) if !arn.is_empty() => {
            return Err(Fault::new("InvalidParameterException", "The key of query results is not in the sandbox."));
        }
        _ => return Err(Fault::new("InvalidParameterException", "Specify one of logGroupName and resourceIdentifier.")),
    };
    call.get("logs.group", name).map(|_| name.to_owned()).ok_or_else(missing)
}

/// A key is named by its ARN, is there and enabled.
fn check_key(call: &mut Call<'_>) -> Result<(), Fault> {
    let key = call.text("kmsKeyId").to_owned();
    if key.is_empty() || (key.starts_with("arn:aws:kms:") && key.contains(":key/") && kms::key_arn(call, &key).is_some()) {
        return Ok(());
    }
    let message = "The specified KMS Key Id could not be found, is not enabled, or is not named by its ARN.";
    Err(Fault::new("InvalidParameterException", message))
}

const RETENTIONS: [i64; 22] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

pub fn put_retention(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let days = call.input.get("retentionInDays").and_then(Value::as_i64).unwrap_or(0);
    if !RETENTIONS.contains(&days) {
        let valid: Vec<String> = RETENTIONS.iter().map(i64::to_string).collect();
        let message = format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
            valid.join(", ")
        );
        return Err(Fault::new("InvalidParameterException", message));
    }
    if let Some(group) = call.get_mut("logs.group", &name) {
        set(group, "retentionInDays", days.into());
    }
    Ok(json!({}))
}

pub fn delete_retention(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    if let Some(group) = call.get_mut("logs.group", &name).and_then(Value::as_object_mut) {
        group.remove("retentionInDays");
    }
    Ok(json!({}))
}

/// The tag store's name for the resource of a tag call: the ARN without `:*`.
fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("resourceArn");
    let known = call.get("logs.group", name_of(arn)).is_some() && arn.contains(":log-group:");
    known
        .then(|| arn.strip_suffix(":*").unwrap_or(arn).to_owned())
        .ok_or_else(|| Fault::new("ResourceNotFoundException", "The specified resource does not exist."))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let arn = tagged(call)?;
    let tags = tags_from(call.input.get("tags"));
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("TooManyTagsException", "The resource cannot have more than 50 tags."));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("tagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"tags": call.tags(&tagged(call)?)}))
}
