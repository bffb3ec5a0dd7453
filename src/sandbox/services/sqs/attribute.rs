//! Attributes of queues.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use super::{MESSAGES, QUEUES, is_fifo, named, wanted};
use crate::services::iam::{Use, check};
use crate::services::members::{number, text};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

type Answer = Result<Value, Fault>;

/// The attributes that are numbers: least, greatest, and default.
const NUMBERS: [(&str, i64, i64, &str); 6] = [
    ("DelaySeconds", 0, 900, "0"),
    ("MaximumMessageSize", 1024, 1_048_576, "1048576"),
    ("MessageRetentionPeriod", 60, 1_209_600, "345600"),
    ("ReceiveMessageWaitTimeSeconds", 0, 20, "0"),
    ("VisibilityTimeout", 0, 43_200, "30"),
    ("KmsDataKeyReusePeriodSeconds", 60, 86_400, "300"),
];
/// The attributes that are one of a few words, and whether only FIFO queues have them.
const WORDS: [(&str, &[&str], bool); 5] = [
    ("SqsManagedSseEnabled", &["true", "false"], false),
    ("FifoQueue", &["true"], true),
    ("ContentBasedDeduplication", &["true", "false"], true),
    ("DeduplicationScope", &["queue", "messageGroup"], true),
    ("FifoThroughputLimit", &["perQueue", "perMessageGroupId"], true),
];

fn bad_value(name: &str) -> Fault {
    Fault::new("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

fn bad_name(name: &str) -> Fault {
    Fault::new("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

/// Checks what is to be set on a queue of this name.
pub fn check_all(call: &Call<'_>, queue: &str, given: &Map<String, Value>) -> Result<(), Fault> {
    let fifo = is_fifo(queue);
    for (name, value) in given {
        let value = value.as_str().unwrap_or_default();
        if let Some((_, least, most, _)) = NUMBERS.iter().find(|(own, ..)| own == name) {
            value.parse().ok().filter(|number: &i64| (*least..=*most).contains(number)).ok_or_else(|| bad_value(name))?;
        } else if let Some((_, words, fifo_alone)) = WORDS.iter().find(|(own, ..)| own == name) {
            if *fifo_alone && !fifo {
                return Err(bad_name(name));
            }
            words.contains(&value).then_some(()).ok_or_else(|| bad_value(name))?;
        } else {
            check_document(call, name, value)?;
        }
    }
    let own = |name: &str| given.get(name).and_then(Value::as_str);
    if own("FifoThroughputLimit") == Some("perMessageGroupId") && own("DeduplicationScope").is_some_and(|scope| scope != "messageGroup") {
        return Err(Fault::new(
            "InvalidAttributeValue",
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.",
        ));
    }
    Ok(())
}

fn check_document(call: &Call<'_>, name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "KmsMasterKeyId" => Ok(()),
        "Policy" | "RedrivePolicy" | "RedriveAllowPolicy" if value.is_empty() => Ok(()),
        "Policy" => check(call, value, Use::Resource).map_err(|_| bad_value(name)),
        "RedrivePolicy" => {
            let policy: Value = serde_json::from_str(value).map_err(|_| bad_value(name))?;
            let (target, count) = (text(&policy, "deadLetterTargetArn"), receive_count(&policy));
            if target.is_empty() || !count.is_some_and(|count| (1..=1000).contains(&count)) {
                let reason =
                    "Redrive policy does not contain mandatory attribute: maxReceiveCount, from 1 to 1000, or deadLetterTargetArn.";
                return Err(super::invalid(value, name, reason));
            }
            named(call, target).map(|_| ()).ok_or_else(|| super::invalid(value, name, "Dead letter target does not exist."))
        }
        "RedriveAllowPolicy" => {
            let policy: Value = serde_json::from_str(value).map_err(|_| bad_value(name))?;
            let known = ["allowAll", "denyAll", "byQueue"].contains(&text(&policy, "redrivePermission"));
            known.then_some(()).ok_or_else(|| bad_value(name))
        }
        _ => Err(bad_name(name)),
    }
}

/// The number of times that a message may be received before it goes to the dead letters; a number, or one as a text.
pub fn receive_count(policy: &Value) -> Option<i64> {
    let count = policy.get("maxReceiveCount")?;
    count.as_i64().or_else(|| count.as_str()?.parse().ok())
}

/// The value that an attribute was set to, or else its default.
pub fn own(row: &Value, name: &str) -> String {
    let set = row["_attributes"].get(name).and_then(Value::as_str).map(String::from);
    set.unwrap_or_else(|| default(name, is_fifo(text(row, "QueueName"))).unwrap_or_default().to_owned())
}

/// The number that an attribute says.
pub fn seconds(row: &Value, name: &str) -> i64 {
    own(row, name).parse().unwrap_or(0)
}

fn default(name: &str, fifo: bool) -> Option<&'static str> {
    match name {
        "KmsDataKeyReusePeriodSeconds" => None,
        "SqsManagedSseEnabled" => Some("true"),
        "ContentBasedDeduplication" if fifo => Some("false"),
        "DeduplicationScope" if fifo => Some("queue"),
        "FifoThroughputLimit" if fifo => Some("perQueue"),
        _ => NUMBERS.iter().find(|(own, ..)| *own == name).map(|(.., default)| *default),
    }
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let row = call.get(QUEUES, &name).cloned().unwrap_or_default();
    let mut all = Map::new();
    for name in NUMBERS.iter().map(|(name, ..)| name).chain(WORDS.iter().map(|(name, ..)| name)) {
        all.extend(default(name, is_fifo(text(&row, "QueueName"))).map(|value| ((*name).to_owned(), json!(value))));
    }
    let set = row["_attributes"].as_object().into_iter().flatten().filter(|(_, value)| *value != "");
    all.extend(set.map(|(name, value)| (name.clone(), value.clone())));
    if all.get("KmsMasterKeyId").is_some() {
        // One of the two ways to encrypt rules the other out.
        all.insert("SqsManagedSseEnabled".into(), json!("false"));
        all.entry("KmsDataKeyReusePeriodSeconds").or_insert(json!("300"));
    }
    all.insert("QueueArn".into(), row["_arn"].clone());
    for (name, member) in [("CreatedTimestamp", "_created"), ("LastModifiedTimestamp", "_changed")] {
        all.insert(name.into(), json!(number(&row, member).unwrap_or(0).to_string()));
    }
    let (mut visible, mut hidden, mut delayed) = (0, 0, 0);
    let prefix = format!("{name}/");
    for (_, message) in call.all(MESSAGES).into_iter().filter(|(id, _)| id.starts_with(&prefix)) {
        let received = number(message, "received").unwrap_or(0) > 0;
        match number(message, "visible").is_some_and(|at| at > call.millis) {
            true if received => hidden += 1,
            true => delayed += 1,
            false => visible += 1,
        }
    }
    for (name, count) in [
        ("ApproximateNumberOfMessages", visible),
        ("ApproximateNumberOfMessagesNotVisible", hidden),
        ("ApproximateNumberOfMessagesDelayed", delayed),
    ] {
        all.insert(name.into(), json!(count.to_string()));
    }
    let asked = call.texts("AttributeNames");
    all.retain(|name, _| asked.iter().any(|asked| asked == "All" || asked == name));
    Ok(if all.is_empty() { json!({}) } else { json!({"Attributes": all}) })
}

pub fn set(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let given = call.input["Attributes"].as_object().cloned().unwrap_or_default();
    if given.contains_key("FifoQueue") {
        return Err(bad_name("FifoQueue"));
    }
    check_all(call, &name, &given)?;
    let now = call.now().floor();
    if let Some(row) = call.get_mut(QUEUES, &name) {
        if let Some(own) = row["_attributes"].as_object_mut() {
            own.extend(given);
            own.retain(|_, value| value != "");
        }
        row["_changed"] = json!(now);
    }
    Ok(json!({}))
}
