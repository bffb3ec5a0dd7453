//! SQS as a caller sees it.

use crate::services::testing::fitting;
use crate::world::{Call, World};
use serde_json::{Value, json};

fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
    let mut call = Call::new(world, &input, "sqs", operation, "us-east-1");
    let answer = super::handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
    answer.map(|answer| fitting("sqs", operation, answer))
}

/// A world with a queue, and the queue's URL.
fn world(name: &str, attributes: Value) -> (World, Value) {
    let mut world = World::new("123456789012", 1, 0);
    let url = call(&mut world, "CreateQueue", json!({"QueueName": name, "Attributes": attributes})).unwrap()["QueueUrl"].clone();
    (world, url)
}

fn send(world: &mut World, url: &Value, body: &str, more: Value) -> Result<Value, String> {
    let mut input = json!({"QueueUrl": url, "MessageBody": body});
    crate::world::merge(&mut input, &more);
    call(world, "SendMessage", input)
}

/// The messages that come, up to ten.
fn receive(world: &mut World, url: &Value) -> Vec<Value> {
    let input = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]});
    call(world, "ReceiveMessage", input).unwrap()["Messages"].as_array().cloned().unwrap_or_default()
}

fn bodies(world: &mut World, url: &Value) -> Vec<String> {
    receive(world, url).iter().map(|message| message["Body"].as_str().unwrap().to_owned()).collect()
}

fn attribute(world: &mut World, url: &Value, name: &str) -> Value {
    call(world, "GetQueueAttributes", json!({"QueueUrl": url, "AttributeNames": ["All"]})).unwrap()["Attributes"][name].clone()
}

#[test]
fn a_queue_is_made_once_and_its_name_rests_after_it() {
    let (mut world, url) = world("q", json!({"DelaySeconds": "5"}));
    assert_eq!(url, "https://sqs.us-east-1.amazonaws.com/123456789012/q");
    let create = |world: &mut World, attributes: Value| call(world, "CreateQueue", json!({"QueueName": "q", "Attributes": attributes}));
    assert_eq!(create(&mut world, json!({"DelaySeconds": "5", "VisibilityTimeout": "30"})).unwrap()["QueueUrl"], url);
    assert_eq!(create(&mut world, json!({"DelaySeconds": "6"})), Err("QueueNameExists".into()));
    assert_eq!(create(&mut world, json!({"DelaySeconds": "901"})), Err("InvalidAttributeValue".into()));
    assert_eq!(create(&mut world, json!({"Colour": "red"})), Err("InvalidAttributeName".into()));
    assert_eq!(create(&mut world, json!({"FifoQueue": "true"})), Err("InvalidParameterValue".into()));
    assert_eq!(attribute(&mut world, &url, "MessageRetentionPeriod"), "345600");
    assert_eq!(attribute(&mut world, &json!("q"), "DelaySeconds"), "5");
    let other = json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/999999999999/q"});
    assert_eq!(call(&mut world, "GetQueueAttributes", other), Err("QueueDoesNotExist".into()));
    assert_eq!(attribute(&mut world, &url, "FifoQueue"), Value::Null);
    call(&mut world, "TagQueue", json!({"QueueUrl": url, "Tags": {"a": "b", "c": "d"}})).unwrap();
    call(&mut world, "UntagQueue", json!({"QueueUrl": url, "TagKeys": ["a"]})).unwrap();
    assert_eq!(call(&mut world, "ListQueueTags", json!({"QueueUrl": url})).unwrap()["Tags"], json!({"c": "d"}));
    assert_eq!(call(&mut world, "ListQueues", json!({"QueueNamePrefix": "q"})).unwrap()["QueueUrls"], json!([url]));
    call(&mut world, "DeleteQueue", json!({"QueueUrl": url})).unwrap();
    assert_eq!(call(&mut world, "GetQueueUrl", json!({"QueueName": "q"})), Err("QueueDoesNotExist".into()));
    assert_eq!(create(&mut world, json!({})), Err("QueueDeletedRecently".into()));
    world.advance_to(61_000);
    create(&mut world, json!({})).unwrap();
    assert!(world.tags.is_empty());
}

#[test]
fn a_message_hides_while_it_is_worked_on() {
    let (mut world, url) = world("q", json!({"VisibilityTimeout": "10"}));
    let attributes = json!({"MessageAttributes": {"n": {"DataType": "Number", "StringValue": "1"}}});
    let sent = send(&mut world, &url, "hello", attributes).unwrap();
    send(&mut world, &url, "late", json!({"DelaySeconds": 60})).unwrap();
    assert_eq!(attribute(&mut world, &url, "ApproximateNumberOfMessagesDelayed"), "1");
    let first = receive(&mut world, &url);
    assert_eq!(first.len(), 1);
    assert_eq!((&first[0]["Body"], &first[0]["MessageId"]), (&json!("hello"), &sent["MessageId"]));
    assert_eq!(first[0]["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(first[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(attribute(&mut world, &url, "ApproximateNumberOfMessagesNotVisible"), "1");
    assert!(receive(&mut world, &url).is_empty());
    world.advance_to(11_000);
    let again = receive(&mut world, &url);
    assert_eq!(again[0]["Attributes"]["ApproximateReceiveCount"], "2");
    let handle = again[0]["ReceiptHandle"].clone();
    let hide = |world: &mut World, seconds: i64| {
        call(world, "ChangeMessageVisibility", json!({"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": seconds}))
    };
    hide(&mut world, 0).unwrap();
    assert_eq!(hide(&mut world, 5), Err("MessageNotInflight".into()));
    for _ in 0..2 {
        call(&mut world, "DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": first[0]["ReceiptHandle"]})).unwrap();
    }
    assert!(receive(&mut world, &url).is_empty());
    let bad = json!({"QueueUrl": url, "ReceiptHandle": "bad"});
    assert_eq!(call(&mut world, "DeleteMessage", bad), Err("ReceiptHandleIsInvalid".into()));
    world.advance_to(61_000);
    assert_eq!(bodies(&mut world, &url), ["late"]);
    world.advance_to(61_000 + 345_700_000);
    assert!(receive(&mut world, &url).is_empty());
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let (mut world, url) = world("q", json!({"MaximumMessageSize": "1024"}));
    for (body, more, code) in [
        ("", json!({}), "MissingParameter"),
        ("\u{b}", json!({}), "InvalidMessageContents"),
        (&"x".repeat(1025), json!({}), "InvalidParameterValue"),
        ("x", json!({"DelaySeconds": 901}), "InvalidParameterValue"),
        ("x", json!({"MessageDeduplicationId": "d"}), "InvalidParameterValue"),
        ("x", json!({"MessageAttributes": {"aws.x": {"DataType": "String", "StringValue": "v"}}}), "InvalidParameterValue"),
        ("x", json!({"MessageAttributes": {"a": {"DataType": "Number", "StringValue": "v"}}}), "InvalidParameterValue"),
    ] {
        assert_eq!(send(&mut world, &url, body, more), Err(code.into()), "{body}");
    }
    let receive = json!({"QueueUrl": url, "MaxNumberOfMessages": 11});
    assert_eq!(call(&mut world, "ReceiveMessage", receive), Err("InvalidParameterValue".into()));
}

#[test]
fn a_fifo_queue_keeps_order_in_groups_and_takes_nothing_twice() {
    let (mut world, url) = world("q.fifo", json!({"FifoQueue": "true"}));
    let part = |group: &str, id: &str| json!({"MessageGroupId": group, "MessageDeduplicationId": id});
    assert_eq!(send(&mut world, &url, "x", json!({})), Err("MissingParameter".into()));
    assert_eq!(send(&mut world, &url, "x", json!({"MessageGroupId": "a"})), Err("InvalidParameterValue".into()));
    let first = send(&mut world, &url, "a1", part("a", "1")).unwrap();
    assert_eq!(send(&mut world, &url, "a1", part("a", "1")).unwrap()["MessageId"], first["MessageId"]);
    send(&mut world, &url, "a2", part("a", "2")).unwrap();
    send(&mut world, &url, "b1", part("b", "3")).unwrap();
    let one = json!({"QueueUrl": url, "MaxNumberOfMessages": 1});
    let message = call(&mut world, "ReceiveMessage", one).unwrap()["Messages"][0].clone();
    assert_eq!(message["Body"], "a1");
    assert_eq!(bodies(&mut world, &url), ["b1"]);
    call(&mut world, "DeleteMessage", json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]})).unwrap();
    assert_eq!(bodies(&mut world, &url), ["a2"]);
    world.advance_to(301_000);
    assert_ne!(send(&mut world, &url, "a1", part("a", "1")).unwrap()["MessageId"], first["MessageId"]);
    assert_eq!(world.tables["us-east-1/sqs.seen"].len(), 1);
}

#[test]
fn dead_letters_come_where_the_policy_says() {
    let (mut world, dead) = world("dead", json!({}));
    let policy =
        |count: i64| json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead", "maxReceiveCount": count}).to_string();
    let create = |world: &mut World, count: i64| {
        let attributes = json!({"RedrivePolicy": policy(count), "VisibilityTimeout": "0"});
        call(world, "CreateQueue", json!({"QueueName": "q", "Attributes": attributes}))
    };
    assert_eq!(create(&mut world, 0), Err("InvalidParameterValue".into()));
    let url = create(&mut world, 2).unwrap()["QueueUrl"].clone();
    assert_eq!(call(&mut world, "ListDeadLetterSourceQueues", json!({"QueueUrl": dead})).unwrap()["queueUrls"], json!([url]));
    send(&mut world, &url, "bad", json!({})).unwrap();
    assert_eq!((bodies(&mut world, &url).len(), bodies(&mut world, &url).len(), bodies(&mut world, &url).len()), (1, 1, 0));
    let letter = receive(&mut world, &dead)[0].clone();
    assert_eq!(letter["Attributes"]["DeadLetterQueueSourceArn"], "arn:aws:sqs:us-east-1:123456789012:q");
}

#[test]
fn entries_of_a_batch_fail_alone() {
    let (mut world, url) = world("q", json!({}));
    let batch = |entries: Value| json!({"QueueUrl": url, "Entries": entries});
    let sent =
        call(&mut world, "SendMessageBatch", batch(json!([{"Id": "1", "MessageBody": "x"}, {"Id": "2", "MessageBody": ""}]))).unwrap();
    assert_eq!((&sent["Successful"][0]["Id"], &sent["Failed"][0]["Id"]), (&json!("1"), &json!("2")));
    let many: Vec<Value> = (0..11).map(|id| json!({"Id": id.to_string(), "MessageBody": "x"})).collect();
    let large = "x".repeat(600_000);
    for (entries, code) in [
        (json!([]), "EmptyBatchRequest"),
        (json!(many), "TooManyEntriesInBatchRequest"),
        (json!([{"Id": "a b", "MessageBody": "x"}]), "InvalidBatchEntryId"),
        (json!([{"Id": "a", "MessageBody": "x"}, {"Id": "a", "MessageBody": "x"}]), "BatchEntryIdsNotDistinct"),
        (json!([{"Id": "a", "MessageBody": large}, {"Id": "b", "MessageBody": large}]), "BatchRequestTooLong"),
    ] {
        assert_eq!(call(&mut world, "SendMessageBatch", batch(entries)), Err(code.into()));
    }
    let handle = receive(&mut world, &url)[0]["ReceiptHandle"].clone();
    let hide = json!([{"Id": "1", "ReceiptHandle": handle, "VisibilityTimeout": 60}, {"Id": "2", "ReceiptHandle": "bad"}]);
    let hidden = call(&mut world, "ChangeMessageVisibilityBatch", batch(hide)).unwrap();
    assert_eq!((hidden["Successful"].as_array().unwrap().len(), &hidden["Failed"][0]["Code"]), (1, &json!("ReceiptHandleIsInvalid")));
    call(&mut world, "DeleteMessageBatch", batch(json!([{"Id": "1", "ReceiptHandle": handle}]))).unwrap();
    send(&mut world, &url, "y", json!({})).unwrap();
    call(&mut world, "PurgeQueue", json!({"QueueUrl": url})).unwrap();
    assert_eq!(call(&mut world, "PurgeQueue", json!({"QueueUrl": url})), Err("PurgeQueueInProgress".into()));
    assert!(world.tables["us-east-1/sqs.message"].is_empty());
}
