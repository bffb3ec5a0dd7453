//! SNS: topics and subscriptions.

mod delivery;
mod subscription;
mod topic;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateTopic" => topic::create,
        "DeleteTopic" => topic::delete,
        "GetTopicAttributes" => topic::get_attributes,
        "SetTopicAttributes" => topic::set_attributes,
        "ListTopics" => topic::list,
        "Publish" => topic::publish,
        "TagResource" => topic::tag,
        "UntagResource" => topic::untag,
        "ListTagsForResource" => topic::list_tags,
        "Subscribe" => subscription::create,
        "Unsubscribe" => subscription::delete,
        "ConfirmSubscription" => subscription::confirm,
        "ListSubscriptionsByTopic" => subscription::list_by_topic,
        "GetSubscriptionAttributes" => subscription::get_attributes,
        "SetSubscriptionAttributes" => subscription::set_attributes,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "sns", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("sns", operation, answer))
    }

    fn world() -> (World, Value) {
        let mut world = World::new("123456789012", 1, 0);
        let tags = json!([{"Key": "proj", "Value": "demo"}]);
        let arn =
            call(&mut world, "CreateTopic", json!({"Name": "t1", "Tags": tags, "Attributes": {"DisplayName": "x"}})).unwrap()["TopicArn"]
                .clone();
        (world, arn)
    }

    #[test]
    fn a_topic_is_made_once_and_differs_not() {
        let (mut world, arn) = world();
        assert_eq!(arn, "arn:aws:sns:us-east-1:123456789012:t1");
        let again = json!({"Name": "t1", "Tags": [{"Key": "proj", "Value": "demo"}]});
        assert_eq!(call(&mut world, "CreateTopic", again).unwrap()["TopicArn"], arn);
        let code = |answer: Result<Value, Fault>| answer.unwrap_err().code;
        assert_eq!(code(call(&mut world, "CreateTopic", json!({"Name": "t1", "Attributes": {"DisplayName": "y"}}))), "InvalidParameter");
        assert_eq!(code(call(&mut world, "CreateTopic", json!({"Name": "t1", "Tags": [{"Key": "a", "Value": "b"}]}))), "InvalidParameter");
        assert_eq!(code(call(&mut world, "CreateTopic", json!({"Name": "t.fifo"}))), "InvalidParameter");
        let strange = json!({"Name": "t2", "Tags": [{"Key": "at", "Value": "Monday, 14-Oct-19"}]});
        assert_eq!(code(call(&mut world, "CreateTopic", strange)), "InvalidParameter");
        let lines = json!({"Name": "t2", "Attributes": {"DisplayName": "one\ntwo"}});
        assert_eq!(code(call(&mut world, "CreateTopic", lines)), "InvalidParameter");
        let attributes = call(&mut world, "GetTopicAttributes", json!({"TopicArn": arn})).unwrap()["Attributes"].clone();
        assert_eq!(attributes["DisplayName"], "x");
        call(&mut world, "DeleteTopic", json!({"TopicArn": arn})).unwrap();
        call(&mut world, "DeleteTopic", json!({"TopicArn": arn})).unwrap();
        assert_eq!(code(call(&mut world, "GetTopicAttributes", json!({"TopicArn": arn}))), "NotFound");
    }

    #[test]
    fn mail_waits_for_its_reader_and_queues_do_not() {
        let (mut world, arn) = world();
        let mail = json!({"TopicArn": arn, "Protocol": "email", "Endpoint": "a@b.c", "ReturnSubscriptionArn": true});
        let subscription = call(&mut world, "Subscribe", mail).unwrap()["SubscriptionArn"].clone();
        assert!(subscription.as_str().unwrap().starts_with("arn:aws:sns:us-east-1:123456789012:t1:"));
        let queue = json!({"TopicArn": arn, "Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:q"});
        call(&mut world, "Subscribe", queue).unwrap();
        let listed = call(&mut world, "ListSubscriptionsByTopic", json!({"TopicArn": arn})).unwrap()["Subscriptions"].clone();
        assert_eq!(listed.as_array().unwrap().iter().filter(|one| one["SubscriptionArn"] == "PendingConfirmation").count(), 1);
        assert_eq!(call(&mut world, "Unsubscribe", json!({"SubscriptionArn": subscription})).unwrap_err().code, "InvalidParameter");
        let counts = call(&mut world, "GetTopicAttributes", json!({"TopicArn": arn})).unwrap()["Attributes"].clone();
        assert_eq!((&counts["SubscriptionsPending"], &counts["SubscriptionsConfirmed"]), (&json!("1"), &json!("1")));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let (mut world, arn) = world();
        for (member, value) in
            [("Message", "x".repeat(262_145)), ("Subject", "x".repeat(101)), ("Subject", "a\nb".into()), ("Message", String::new())]
        {
            let mut input = json!({"TopicArn": arn, "Message": "m"});
            input[member] = json!(value);
            assert_eq!(call(&mut world, "Publish", input).unwrap_err().code, "InvalidParameter", "{member}");
        }
        let queue = "arn:aws:sqs:us-east-1:123456789012:q";
        let subscription =
            call(&mut world, "Subscribe", json!({"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue})).unwrap()["SubscriptionArn"]
                .clone();
        let mut filter = |policy: Value| {
            let policy = policy.to_string();
            let input = json!({"SubscriptionArn": subscription, "AttributeName": "FilterPolicy", "AttributeValue": policy});
            call(&mut world, "SetSubscriptionAttributes", input).map(drop).map_err(|fault| fault.message)
        };
        let many: Vec<i64> = (0..151).collect();
        assert!(filter(json!({"a": [1], "b": [1], "c": [1], "d": [1], "e": [1]})).is_ok());
        assert!(filter(json!({"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]})).unwrap_err().contains("5 keys"));
        assert!(filter(json!({"a": many})).unwrap_err().contains("complex"));
        assert!(filter(json!({"a": 1})).unwrap_err().contains("Match value"));
    }
}
