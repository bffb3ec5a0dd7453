//! Delivery of what is published, to queues: the other endpoints are outside of the sandbox.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html>

use crate::services::event_pattern::means;
use crate::services::members::{flag, text};
use crate::services::sqs::{self, Sent};
use crate::world::Call;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Gives a message to every queue that subscribes to the topic and whose filter lets it through.
pub fn deliver(call: &mut Call<'_>, topic: &Value, message_id: &str) {
    let arn = text(topic, "TopicArn");
    let to_queue = |row: &&Value| text(row, "TopicArn") == arn && text(row, "Protocol") == "sqs" && !flag(row, "_pending");
    let rows: Vec<Value> = call.all("sns.subscription").into_iter().map(|(_, row)| row).filter(to_queue).cloned().collect();
    let message = content(call);
    let (group, deduplication) = match flag(topic, "_fifo") {
        true => (call.text("MessageGroupId").to_owned(), deduplication(call, &message)),
        false => (call.text("MessageGroupId").to_owned(), String::new()),
    };
    for row in rows {
        let attributes = &row["_attributes"];
        if !lets_through(call, attributes, &message) {
            continue;
        }
        let raw = text(attributes, "RawMessageDelivery").eq_ignore_ascii_case("true");
        let body = if raw { message.clone() } else { envelope(call, &row, &message, message_id).to_string() };
        let attributes = if raw { call.input["MessageAttributes"].clone() } else { Value::Null };
        sqs::deliver(call, text(&row, "Endpoint"), &Sent { body: &body, attributes, group: &group, deduplication: &deduplication });
    }
}

/// The text for queues, where there is one for each protocol.
fn content(call: &Call<'_>) -> String {
    let message = call.text("Message");
    if call.text("MessageStructure") != "json" {
        return message.to_owned();
    }
    let each: Value = serde_json::from_str(message).unwrap_or_default();
    each["sqs"].as_str().or(each["default"].as_str()).unwrap_or_default().to_owned()
}

fn deduplication(call: &Call<'_>, message: &str) -> String {
    match call.text("MessageDeduplicationId") {
        "" => Sha256::digest(message).iter().map(|byte| format!("{byte:02x}")).collect(),
        given => given.to_owned(),
    }
}

/// True when the subscription has no filter, or one that means this message by its attributes or its body.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html>
fn lets_through(call: &Call<'_>, attributes: &Value, message: &str) -> bool {
    let Ok(Value::Object(policy)) = serde_json::from_str(text(attributes, "FilterPolicy")) else { return true };
    if text(attributes, "FilterPolicyScope") == "MessageBody" {
        return serde_json::from_str::<Value>(message).is_ok_and(|body| means(&policy, &body));
    }
    let given = call.input["MessageAttributes"].as_object().into_iter().flatten();
    let own: Map<String, Value> = given.map(|(name, value)| (name.clone(), plain(value))).collect();
    means(&policy, &Value::Object(own))
}

/// An attribute's value as filters see it: numbers and lists are what they stand for.
fn plain(attribute: &Value) -> Value {
    let value = text(attribute, "StringValue");
    match text(attribute, "DataType") {
        "Number" | "String.Array" => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
        _ => json!(value),
    }
}

fn envelope(call: &Call<'_>, row: &Value, message: &str, message_id: &str) -> Value {
    let at = jiff::Timestamp::from_millisecond(call.millis).unwrap_or_default();
    let host = format!("https://sns.{}.amazonaws.com/", call.region);
    let mut envelope = json!({
        "Type": "Notification", "MessageId": message_id, "TopicArn": row["TopicArn"], "Message": message,
        "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(), "SignatureVersion": "1", "Signature": "EXAMPLE",
        "SigningCertURL": format!("{host}SimpleNotificationService-0000000000000000000000000000000000000000.pem"),
        "UnsubscribeURL": format!("{host}?Action=Unsubscribe&SubscriptionArn={}", text(row, "SubscriptionArn")),
    });
    if !call.text("Subject").is_empty() {
        envelope["Subject"] = json!(call.text("Subject"));
    }
    let attributes: Map<String, Value> = call.input["MessageAttributes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let content = if value["BinaryValue"].is_null() { &value["StringValue"] } else { &value["BinaryValue"] };
            (name.clone(), json!({"Type": value["DataType"], "Value": content}))
        })
        .collect();
    if !attributes.is_empty() {
        envelope["MessageAttributes"] = Value::Object(attributes);
    }
    envelope
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn call(world: &mut World, service: &str, operation: &str, input: Value) -> Value {
        let handler = crate::services::handler(service, operation).unwrap();
        let answer = handler(&mut Call::new(world, &input, service, operation, "us-east-1")).unwrap();
        crate::services::testing::fitting(service, operation, answer)
    }

    /// The bodies in a queue.
    fn bodies(world: &mut World, queue: &str) -> Vec<String> {
        let url = format!("https://sqs.us-east-1.amazonaws.com/123456789012/{queue}");
        let answer = call(world, "sqs", "ReceiveMessage", json!({"QueueUrl": url, "MaxNumberOfMessages": 10}));
        answer["Messages"].as_array().into_iter().flatten().map(|message| text(message, "Body").to_owned()).collect()
    }

    #[test]
    fn what_is_published_comes_into_the_queues_that_want_it() {
        let mut world = World::new("123456789012", 1, 1_700_000_000_000);
        let topic = call(&mut world, "sns", "CreateTopic", json!({"Name": "t"}))["TopicArn"].clone();
        for (queue, attributes) in [
            ("whole", json!({})),
            ("raw", json!({"RawMessageDelivery": "true", "FilterPolicy": r#"{"price":[{"numeric":[">",10]}]}"#})),
            ("body", json!({"RawMessageDelivery": "true", "FilterPolicy": r#"{"kind":["order"]}"#, "FilterPolicyScope": "MessageBody"})),
        ] {
            call(&mut world, "sqs", "CreateQueue", json!({"QueueName": queue}));
            let endpoint = format!("arn:aws:sqs:us-east-1:123456789012:{queue}");
            call(
                &mut world,
                "sns",
                "Subscribe",
                json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint, "Attributes": attributes}),
            );
        }
        let price = json!({"price": {"DataType": "Number", "StringValue": "12"}});
        let publish = json!({"TopicArn": topic, "Message": "hello", "Subject": "s", "MessageAttributes": price});
        let id = call(&mut world, "sns", "Publish", publish)["MessageId"].clone();
        call(&mut world, "sns", "Publish", json!({"TopicArn": topic, "Message": r#"{"kind":"order"}"#}));
        let whole: Vec<Value> = bodies(&mut world, "whole").iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        assert_eq!((&whole[0]["Message"], &whole[0]["MessageId"], &whole[0]["Subject"]), (&json!("hello"), &id, &json!("s")));
        assert_eq!(whole[0]["MessageAttributes"]["price"], json!({"Type": "Number", "Value": "12"}));
        assert_eq!(whole[0]["Timestamp"], "2023-11-14T22:13:20.000Z");
        assert_eq!(bodies(&mut world, "raw"), ["hello"]);
        assert_eq!(bodies(&mut world, "body"), [r#"{"kind":"order"}"#]);
    }

    #[test]
    fn a_fifo_topic_tells_a_fifo_queue_once() {
        let mut world = World::new("123456789012", 1, 0);
        let fifo = json!({"FifoTopic": "true", "ContentBasedDeduplication": "true"});
        let topic = call(&mut world, "sns", "CreateTopic", json!({"Name": "t.fifo", "Attributes": fifo}))["TopicArn"].clone();
        call(&mut world, "sqs", "CreateQueue", json!({"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}}));
        let raw = json!({"RawMessageDelivery": "true"});
        let endpoint = "arn:aws:sqs:us-east-1:123456789012:q.fifo";
        call(&mut world, "sns", "Subscribe", json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint, "Attributes": raw}));
        for _ in 0..2 {
            call(&mut world, "sns", "Publish", json!({"TopicArn": topic, "Message": "m", "MessageGroupId": "g"}));
        }
        assert_eq!(bodies(&mut world, "q.fifo"), ["m"]);
    }
}
