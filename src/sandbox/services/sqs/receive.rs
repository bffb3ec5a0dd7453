//! Receiving messages, and what becomes of those that were received.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>

use super::{MESSAGES, QUEUES, attribute, digest, invalid, is_fifo, named, wanted};
use crate::services::members::{number, text};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

type Answer = Result<Value, Fault>;

const LONGEST: i64 = 43_200;

pub fn receive(call: &mut Call<'_>) -> Answer {
    let queue = wanted(call)?;
    let row = call.get(QUEUES, &queue).cloned().unwrap_or_default();
    let most = within(call, "MaxNumberOfMessages", 1, 10, "Must be between 1 and 10, if provided.")?.unwrap_or(1);
    let wait = within(call, "WaitTimeSeconds", 0, 20, "Must be >= 0 and <= 20, if provided.")?;
    let hidden = within(call, "VisibilityTimeout", 0, LONGEST, "Must be between 0 and 43200, if provided.")?;
    let hidden = hidden.unwrap_or_else(|| attribute::seconds(&row, "VisibilityTimeout"));
    expire(call, &queue, &row);
    let mut messages: Vec<Value> = Vec::new();
    for (id, spent) in next(call, &queue, &row, usize::try_from(most).unwrap_or(1)) {
        match spent {
            Some(target) => bury(call, &row, &id, &target),
            None => messages.push(handed_out(call, &id, hidden)),
        }
    }
    if messages.is_empty() {
        let wait = wait.unwrap_or_else(|| attribute::seconds(&row, "ReceiveMessageWaitTimeSeconds"));
        return Ok(json!({"_wait": wait}));
    }
    Ok(json!({"Messages": messages}))
}

/// The next messages that can be seen, up to `most`, and before them those that were received too often, with the queue of dead letters that
/// they go to.
fn next(call: &Call<'_>, queue: &str, row: &Value, most: usize) -> Vec<(String, Option<String>)> {
    let policy: Value = serde_json::from_str(&attribute::own(row, "RedrivePolicy")).unwrap_or_default();
    let often = attribute::receive_count(&policy).unwrap_or(i64::MAX);
    let target = named(call, text(&policy, "deadLetterTargetArn"));
    let (mut found, mut whole) = (Vec::new(), 0);
    let mut busy = BTreeSet::new();
    for (id, message) in of(call, queue) {
        let group = text(&message["told"], "MessageGroupId");
        // In a FIFO queue, nothing of a group overtakes what is in flight.
        if whole == most || (is_fifo(queue) && busy.contains(group)) {
            continue;
        }
        if number(message, "visible").is_some_and(|at| at > call.millis) {
            busy.insert(group);
            continue;
        }
        let spent = target.filter(|_| number(message, "received").unwrap_or(0) >= often);
        whole += usize::from(spent.is_none());
        found.push((id.clone(), spent.map(String::from)));
    }
    found
}

fn within(call: &Call<'_>, member: &str, least: i64, most: i64, reason: &str) -> Result<Option<i64>, Fault> {
    match number(call.input, member) {
        Some(value) if !(least..=most).contains(&value) => Err(invalid(value, member, reason)),
        value => Ok(value),
    }
}

/// The messages of a queue, in the order in which they came.
fn of<'c>(call: &'c Call<'_>, queue: &str) -> impl Iterator<Item = (&'c String, &'c Value)> {
    let prefix = format!("{queue}/");
    call.all(MESSAGES).into_iter().filter(move |(id, _)| id.starts_with(&prefix))
}

/// Forgets messages that were kept for long enough.
fn expire(call: &mut Call<'_>, queue: &str, row: &Value) {
    let oldest = call.millis - attribute::seconds(row, "MessageRetentionPeriod") * 1000;
    let old = of(call, queue).filter(|(_, message)| number(message, "sent").is_some_and(|at| at < oldest));
    for id in old.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
        call.remove(MESSAGES, &id);
    }
}

/// Moves a message to the dead letters.
fn bury(call: &mut Call<'_>, row: &Value, id: &str, target: &str) {
    let Some(mut letter) = call.remove(MESSAGES, id) else { return };
    letter["told"]["DeadLetterQueueSourceArn"] = row["_arn"].clone();
    letter["received"] = json!(0);
    call.world.counter += 1;
    let place = format!("{target}/{:020}", call.world.counter);
    call.put(MESSAGES, &place, letter);
}

/// Hides a message for a while, and answers it with a handle.
fn handed_out(call: &mut Call<'_>, id: &str, hidden: i64) -> Value {
    let (now, nonce) = (call.millis, call.hex(16));
    let Some(row) = call.get_mut(MESSAGES, id) else { return Value::Null };
    let received = number(row, "received").unwrap_or(0) + 1;
    row["received"] = json!(received);
    row["visible"] = json!(now + hidden * 1000);
    if row["told"]["ApproximateFirstReceiveTimestamp"].is_null() {
        row["told"]["ApproximateFirstReceiveTimestamp"] = json!(now.to_string());
    }
    row["told"]["ApproximateReceiveCount"] = json!(received.to_string());
    let row = row.clone();
    shown(call, id, &row, &nonce)
}

fn shown(call: &Call<'_>, id: &str, row: &Value, nonce: &str) -> Value {
    let body = text(row, "Body");
    let mut message = json!({
        "MessageId": row["MessageId"], "ReceiptHandle": STANDARD.encode(format!("{nonce} {id} {}", text(row, "MessageId"))), "Body": body,
        "MD5OfBody": digest::of_body(body),
    });
    let asked = [call.texts("AttributeNames"), call.texts("MessageSystemAttributeNames")].concat();
    let wants = |name: &String| asked.iter().any(|asked| asked == "All" || asked == name);
    let told: Map<String, Value> = row["told"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| wants(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !told.is_empty() {
        message["Attributes"] = json!(told);
    }
    let asked = call.texts("MessageAttributeNames");
    let wants = |name: &String| {
        asked.iter().any(|asked| match asked.strip_suffix(".*") {
            Some(prefix) => name.starts_with(prefix),
            None => asked == "All" || asked == name,
        })
    };
    let attributes: Map<String, Value> = row["MessageAttributes"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| wants(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(digest) = digest::of_attributes(&attributes) {
        message["MD5OfMessageAttributes"] = json!(digest);
        message["MessageAttributes"] = json!(attributes);
    }
    message
}

/// The place of the message that a handle is of.
fn place(handle: &str, queue: &str) -> Result<String, Fault> {
    let text = STANDARD.decode(handle).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let id = text.split(' ').nth(1).filter(|id| id.split('/').next() == Some(queue));
    id.map(String::from).ok_or_else(|| {
        Fault::new("ReceiptHandleIsInvalid", format!("The input receipt handle \"{handle}\" is not a valid receipt handle."))
    })
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let queue = wanted(call)?;
    let input = call.input;
    remove(call, &queue, input)
}

/// Deletes one message. It may be gone already, and any of its handles will do.
pub fn remove(call: &mut Call<'_>, queue: &str, entry: &Value) -> Answer {
    let id = place(text(entry, "ReceiptHandle"), queue)?;
    call.remove(MESSAGES, &id);
    Ok(json!({}))
}

pub fn change_visibility(call: &mut Call<'_>) -> Answer {
    let queue = wanted(call)?;
    let input = call.input;
    hide(call, &queue, input)
}

pub fn hide(call: &mut Call<'_>, queue: &str, entry: &Value) -> Answer {
    let (handle, seconds) = (text(entry, "ReceiptHandle"), number(entry, "VisibilityTimeout").unwrap_or(0));
    if !(0..=LONGEST).contains(&seconds) {
        return Err(invalid(seconds, "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200"));
    }
    let (id, now) = (place(handle, queue)?, call.millis);
    let Some(row) = call.get_mut(MESSAGES, &id) else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        return Err(invalid(handle, "ReceiptHandle", reason));
    };
    if number(row, "visible").is_none_or(|at| at <= now) {
        let text = "The specified message isn't in flight.";
        return Err(Fault::new("MessageNotInflight", text));
    }
    row["visible"] = json!(now + seconds * 1000);
    Ok(json!({}))
}
