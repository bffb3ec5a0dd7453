//! Queues themselves: made, found, emptied, tagged.

use super::{DELETED, MESSAGES, QUEUES, attribute, invalid, is_fifo, missing, wanted};
use crate::services::members::{text, texts};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// Seconds for which the name of a deleted queue stays taken, and between two purges.
const MINUTE: f64 = 60.0;

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("QueueName").to_owned();
    let given = call.input["Attributes"].as_object().cloned().unwrap_or_default();
    let fifo = given.get("FifoQueue").and_then(Value::as_str) == Some("true");
    check_name(&name, fifo)?;
    attribute::check_all(call, &name, &given)?;
    if let Some(row) = call.get(QUEUES, &name) {
        let differs = given
            .iter()
            .find(|(member, value)| *member != "FifoQueue" && attribute::own(row, member) != value.as_str().unwrap_or_default());
        return match differs {
            None => Ok(json!({"QueueUrl": row["QueueUrl"]})),
            Some((member, _)) => {
                let text = format!("A queue already exists with the same name and a different value for attribute {member}");
                Err(Fault::new("QueueNameExists", text))
            }
        };
    }
    if call.get(DELETED, &name).is_some() {
        let text = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
        return Err(Fault::new("QueueDeletedRecently", text));
    }
    let (arn, now) = (call.arn("sqs", &name), call.now().floor());
    let url = format!("https://sqs.{}.amazonaws.com/{}/{name}", call.region, call.account());
    let row = json!({"QueueName": name, "QueueUrl": url, "_arn": arn, "_attributes": given, "_created": now, "_changed": now});
    call.put(QUEUES, &name, row);
    let tags = tags_from(call.input.get("tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"QueueUrl": url}))
}

fn check_name(name: &str, fifo: bool) -> Result<(), Fault> {
    if fifo != is_fifo(name) {
        let reason = if fifo {
            "The queue name must end with the .fifo suffix for a FIFO queue."
        } else {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        };
        return Err(invalid(name, "QueueName", reason));
    }
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    match !stem.is_empty() && name.len() <= 80 && stem.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        true => Ok(()),
        false => Err(invalid(name, "QueueName", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")),
    }
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    empty(call, &name);
    call.remove(QUEUES, &name);
    call.put(DELETED, &name, json!({}));
    call.remove_later(DELETED, &name, MINUTE);
    Ok(json!({}))
}

pub fn url(call: &mut Call<'_>) -> Answer {
    let owner = call.text("QueueOwnerAWSAccountId");
    let row = call.get(QUEUES, call.text("QueueName")).filter(|_| owner.is_empty() || owner == call.world.account);
    row.map(|row| json!({"QueueUrl": row["QueueUrl"]})).ok_or_else(missing)
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("QueueNamePrefix");
    let rows = call.all(QUEUES).into_iter().filter(|(name, _)| name.starts_with(prefix));
    let urls: Vec<&Value> = rows.map(|(_, row)| &row["QueueUrl"]).collect();
    // Without a queue the answer has no list at all.
    Ok(if urls.is_empty() { json!({}) } else { json!({"QueueUrls": urls}) })
}

/// The queues whose dead letters come into this one.
pub fn list_sources(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let arn = call.arn("sqs", &name);
    let target = |row: &Value| -> Option<String> {
        let policy: Value = serde_json::from_str(&attribute::own(row, "RedrivePolicy")).ok()?;
        Some(text(&policy, "deadLetterTargetArn").to_owned())
    };
    let rows = call.all(QUEUES).into_iter().filter(|(_, row)| target(row).as_deref() == Some(&arn));
    Ok(json!({"queueUrls": rows.map(|(_, row)| &row["QueueUrl"]).collect::<Vec<_>>()}))
}

pub fn purge(call: &mut Call<'_>) -> Answer {
    let (name, now) = (wanted(call)?, call.now());
    let last = call.get(QUEUES, &name).and_then(|row| row["_purged"].as_f64());
    if last.is_some_and(|last| now - last < MINUTE) {
        let text = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
        return Err(Fault::new("PurgeQueueInProgress", text));
    }
    empty(call, &name);
    if let Some(row) = call.get_mut(QUEUES, &name) {
        row["_purged"] = json!(now);
    }
    Ok(json!({}))
}

fn empty(call: &mut Call<'_>, name: &str) {
    let prefix = format!("{name}/");
    let ids: Vec<String> = call.all(MESSAGES).into_iter().map(|(id, _)| id).filter(|id| id.starts_with(&prefix)).cloned().collect();
    for id in ids {
        call.remove(MESSAGES, &id);
    }
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (name, tags) = (wanted(call)?, tags_from(call.input.get("Tags")));
    let arn = call.arn("sqs", &name);
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("InvalidParameterValue", format!("Too many tags added for queue {name}.")));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (name, keys) = (wanted(call)?, texts(call.input, "TagKeys"));
    let arn = call.arn("sqs", &name);
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let tags = call.tags(&call.arn("sqs", &name));
    Ok(if tags.is_empty() { json!({}) } else { json!({"Tags": tags}) })
}
