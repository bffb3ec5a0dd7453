//! Sending messages.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use super::{MESSAGES, QUEUES, absent, attribute, digest, invalid, is_fifo, named, wanted};
use crate::services::members::{number, text, uuid};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Sent once more within this time under its deduplication id, a message is taken and not delivered.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>
const DEDUPLICATED: i64 = 5 * 60 * 1000;
/// Messages that were sent to FIFO queues, by `queue/scope/deduplication id`.
const SEEN: &str = "sqs.seen";

/// A message as another service sends it.
pub struct Sent<'a> {
    pub body: &'a str,
    pub attributes: Value,
    /// The group and the deduplication id, where the message comes from a FIFO topic.
    pub group: &'a str,
    pub deduplication: &'a str,
}

pub fn send(call: &mut Call<'_>) -> Result<Value, Fault> {
    let queue = wanted(call)?;
    let input = call.input;
    put(call, &queue, input)
}

/// Sends a message for another service. A queue that is not there loses it, as one that refuses it does.
pub fn deliver(call: &mut Call<'_>, arn: &str, sent: &Sent<'_>) {
    let Some(queue) = named(call, arn).map(String::from) else { return };
    let mut entry = json!({"MessageBody": sent.body, "MessageAttributes": sent.attributes});
    for (member, value) in [("MessageGroupId", sent.group), ("MessageDeduplicationId", sent.deduplication)] {
        if !value.is_empty() && (member == "MessageGroupId" || is_fifo(&queue)) {
            entry[member] = json!(value);
        }
    }
    let _ = put(call, &queue, &entry);
}

/// Puts one message; `entry` has the members of a call or of an entry of a batch.
pub fn put(call: &mut Call<'_>, queue: &str, entry: &Value) -> Result<Value, Fault> {
    let row = call.get(QUEUES, queue).cloned().unwrap_or_default();
    let (body, fifo) = (text(entry, "MessageBody"), is_fifo(queue));
    let attributes = entry["MessageAttributes"].as_object().cloned().unwrap_or_default();
    let system = entry["MessageSystemAttributes"].as_object().cloned().unwrap_or_default();
    check(&row, entry, body, &attributes)?;
    let deduplication = deduplication(&row, entry, body, fifo)?;
    let mut answer = json!({"MD5OfMessageBody": digest::of_body(body)});
    for (member, attributes) in [("MD5OfMessageAttributes", &attributes), ("MD5OfMessageSystemAttributes", &system)] {
        if let Some(digest) = digest::of_attributes(attributes) {
            answer[member] = json!(digest);
        }
    }
    let group = text(entry, "MessageGroupId");
    let scope = if attribute::own(&row, "DeduplicationScope") == "messageGroup" { group } else { "" };
    let seen = format!("{queue}/{scope}/{deduplication}");
    if let Some(first) = call.get(SEEN, &seen).filter(|first| fifo && number(first, "until").is_some_and(|until| until > call.millis)) {
        answer["MessageId"] = first["MessageId"].clone();
        answer["SequenceNumber"] = first["SequenceNumber"].clone();
        return Ok(answer);
    }
    let (id, now) = (uuid(call), call.millis);
    answer["MessageId"] = json!(id);
    let delay = number(entry, "DelaySeconds").unwrap_or_else(|| attribute::seconds(&row, "DelaySeconds"));
    let mut told = json!({"SenderId": call.account(), "SentTimestamp": now.to_string()});
    if !group.is_empty() {
        told["MessageGroupId"] = json!(group);
    }
    if let Some(trace) = system.get("AWSTraceHeader") {
        told["AWSTraceHeader"] = trace["StringValue"].clone();
    }
    call.world.counter += 1;
    let counter = call.world.counter;
    if fifo {
        let sequence = format!("{counter:020}");
        told["SequenceNumber"] = json!(sequence);
        told["MessageDeduplicationId"] = json!(deduplication);
        answer["SequenceNumber"] = json!(sequence);
        let first = json!({"MessageId": id, "SequenceNumber": sequence, "until": now + DEDUPLICATED});
        forget_seen(call);
        call.put(SEEN, &seen, first);
    }
    let message = json!({
        "MessageId": id, "Body": body, "MessageAttributes": attributes, "told": told, "sent": now, "visible": now + delay * 1000, "received": 0,
    });
    call.put(MESSAGES, &format!("{queue}/{counter:020}"), message);
    Ok(answer)
}

/// Forgets the deduplication ids that hold no longer.
fn forget_seen(call: &mut Call<'_>) {
    let past = |row: &Value| number(row, "until").is_none_or(|until| until <= call.millis);
    let gone: Vec<String> = call.all(SEEN).into_iter().filter(|(_, row)| past(row)).map(|(id, _)| id.clone()).collect();
    for id in gone {
        call.remove(SEEN, &id);
    }
}

fn check(row: &Value, entry: &Value, body: &str, attributes: &Map<String, Value>) -> Result<(), Fault> {
    if body.is_empty() {
        return Err(absent("MessageBody"));
    }
    let allowed = |sign: char| matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if !body.chars().all(allowed) {
        return Err(Fault::new(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ));
    }
    let fifo = is_fifo(text(row, "QueueName"));
    match number(entry, "DelaySeconds") {
        Some(delay) if !(0..=900).contains(&delay) => return Err(invalid(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")),
        Some(delay) if fifo && delay > 0 => {
            return Err(invalid(delay, "DelaySeconds", "The request include parameter that is not valid for this queue type."));
        }
        _ => {}
    }
    for (name, value) in attributes {
        check_attribute(name, value)?;
    }
    if attributes.len() > 10 {
        return Err(Fault::new(
            "InvalidParameterValue",
            format!("Number of message attributes [{}] exceeds the allowed maximum [10].", attributes.len()),
        ));
    }
    let most = attribute::seconds(row, "MaximumMessageSize");
    match i64::try_from(size(entry)).is_ok_and(|size| size <= most) {
        true => Ok(()),
        false => {
            let text = format!("One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.");
            Err(Fault::new("InvalidParameterValue", text))
        }
    }
}

/// The bytes of the body and of the attributes, with their names and types.
pub fn size(entry: &Value) -> usize {
    let attributes = entry["MessageAttributes"].as_object().into_iter().flatten();
    let each = attributes.map(|(name, value)| {
        name.len() + text(value, "DataType").len() + text(value, "StringValue").len() + text(value, "BinaryValue").len() * 3 / 4
    });
    text(entry, "MessageBody").len() + each.sum::<usize>()
}

fn check_attribute(name: &str, value: &Value) -> Result<(), Fault> {
    let plain = !name.is_empty() && name.len() <= 256 && name.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-.".contains(sign));
    let reserved = ["aws.", "amazon."].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
    if !plain || reserved || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(Fault::new("InvalidParameterValue", format!("The message attribute name '{name}' is invalid.")));
    }
    let kind = text(value, "DataType").split('.').next().unwrap_or_default();
    let filled = match kind {
        "String" => !text(value, "StringValue").is_empty(),
        "Number" => text(value, "StringValue").parse::<f64>().is_ok(),
        "Binary" => !text(value, "BinaryValue").is_empty(),
        _ => {
            let text = format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
            );
            return Err(Fault::new("InvalidParameterValue", text));
        }
    };
    let lists =
        ["StringListValues", "BinaryListValues"].iter().any(|member| value[*member].as_array().is_some_and(|list| !list.is_empty()));
    match filled && !lists {
        true => Ok(()),
        false => Err(Fault::new(
            "InvalidParameterValue",
            format!("The message attribute '{name}' must contain a non-empty value of type {kind}."),
        )),
    }
}

/// The id that a message of a FIFO queue is told apart by: given, or made of its content.
fn deduplication(row: &Value, entry: &Value, body: &str, fifo: bool) -> Result<String, Fault> {
    let (group, given) = (text(entry, "MessageGroupId"), text(entry, "MessageDeduplicationId"));
    let fits = |id: &str| id.len() <= 128 && id.bytes().all(|sign| sign.is_ascii_graphic());
    for (member, id) in [("MessageGroupId", group), ("MessageDeduplicationId", given)] {
        if !fits(id) {
            return Err(invalid(id, member, "1 to 128 alphanumeric and punctuation characters."));
        }
    }
    match (fifo, given) {
        (false, "") => Ok(String::new()),
        (false, given) => {
            Err(invalid(given, "MessageDeduplicationId", "The request includes a parameter that is not valid for this queue type."))
        }
        (true, _) if group.is_empty() => Err(absent("MessageGroupId")),
        (true, "") if attribute::own(row, "ContentBasedDeduplication") == "true" => {
            Ok(Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect())
        }
        (true, "") => {
            let text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
            Err(Fault::new("InvalidParameterValue", text))
        }
        (true, given) => Ok(given.to_owned()),
    }
}
