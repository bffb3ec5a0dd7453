//! Topics.

use super::delivery;
use crate::services::iam::{Use, check};
use crate::services::members::{are_plain_tags, flag, set, text, uuid};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

type Answer = Result<Value, Fault>;

pub fn invalid(message: impl AsRef<str>) -> Fault {
    Fault::new("InvalidParameter", format!("Invalid parameter: {}", message.as_ref()))
}

/// The name of a topic that exists, by its ARN.
pub fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("TopicArn");
    let name = topic_name(arn)
        .ok_or_else(|| invalid(format!("TopicArn Reason: An ARN must have at least 6 elements, not {}", arn.split(':').count())))?;
    let known = call.get("sns.topic", name).is_some_and(|topic| text(topic, "TopicArn") == arn);
    known.then(|| name.to_owned()).ok_or_else(|| Fault::new("NotFound", "Topic does not exist").status(404))
}

pub fn topic_name(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)
}

const SETTABLE: [&str; 24] = [
    "DeliveryPolicy",
    "DisplayName",
    "Policy",
    "TracingConfig",
    "KmsMasterKeyId",
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
    "SignatureVersion",
    "HTTPSuccessFeedbackRoleArn",
    "HTTPSuccessFeedbackSampleRate",
    "HTTPFailureFeedbackRoleArn",
    "FirehoseSuccessFeedbackRoleArn",
    "FirehoseSuccessFeedbackSampleRate",
    "FirehoseFailureFeedbackRoleArn",
    "LambdaSuccessFeedbackRoleArn",
    "LambdaSuccessFeedbackSampleRate",
    "LambdaFailureFeedbackRoleArn",
    "SQSSuccessFeedbackRoleArn",
    "SQSSuccessFeedbackSampleRate",
    "SQSFailureFeedbackRoleArn",
    "ApplicationSuccessFeedbackRoleArn",
    "ApplicationFailureFeedbackRoleArn",
    "ApplicationSuccessFeedbackSampleRate",
];

fn check_attribute(call: &Call<'_>, name: &str, value: &str, fifo: bool) -> Result<(), Fault> {
    if !SETTABLE.contains(&name) {
        return Err(invalid("AttributeName"));
    }
    match name {
        "ContentBasedDeduplication" | "FifoThroughputScope" | "ArchivePolicy" if !fifo => {
            Err(invalid(format!("Attributes Reason: Unknown attribute {name}")))
        }
        "ContentBasedDeduplication" if !["true", "false"].contains(&value) => {
            Err(invalid(format!("Attributes Reason: {name}: must be one of true or false")))
        }
        // <https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html>
        "DisplayName" if value.chars().any(char::is_control) => Err(invalid("DisplayName Reason: must not contain control characters")),
        "DisplayName" if value.chars().count() > 100 => Err(invalid("DisplayName Reason: must be at most 100 characters long")),
        "Policy" if !value.is_empty() => {
            check(call, value, Use::Resource).map_err(|fault| invalid(format!("Policy Error: {}", fault.message)))
        }
        "DeliveryPolicy" | "ArchivePolicy" if !value.is_empty() && serde_json::from_str::<Value>(value).is_err() => {
            Err(invalid(format!("{name}: failed to parse JSON")))
        }
        "SignatureVersion" if !["1", "2"].contains(&value) => Err(invalid("SignatureVersion")),
        "TracingConfig" if !["Active", "PassThrough"].contains(&value) => Err(invalid("TracingConfig")),
        _ => Ok(()),
    }
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("Name").to_owned();
    let mut given: BTreeMap<String, String> = tags_from(call.input.get("Attributes")).into_iter().collect();
    let fifo = given.remove("FifoTopic").as_deref() == Some("true");
    let stem = if fifo { name.strip_suffix(".fifo").unwrap_or("") } else { &name };
    if stem.is_empty() || name.len() > 256 || !stem.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        let reason = if fifo {
            "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long."
        } else {
            "Topic Name"
        };
        return Err(invalid(reason));
    }
    for (attribute, value) in &given {
        check_attribute(call, attribute, value, fifo)?;
    }
    let arn = call.arn("sns", &name);
    let tags = given_tags(call)?;
    if let Some(topic) = call.get("sns.topic", &name) {
        let same = given.iter().all(|(attribute, value)| topic["_attributes"].get(attribute).and_then(Value::as_str) == Some(value));
        if !same || flag(topic, "_fifo") != fifo {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        if call.input.get("Tags").is_some() && call.tags(&arn) != tags.into_iter().collect() {
            return Err(invalid("Tags Reason: Topic already exists with different tags"));
        }
        return Ok(json!({"TopicArn": arn}));
    }
    call.put("sns.topic", &name, json!({"TopicArn": arn, "_arn": arn, "_fifo": fifo, "_attributes": given}));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"TopicArn": arn}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.text("TopicArn").to_owned();
    let Some(name) = topic_name(&arn) else { return Err(invalid("TopicArn")) };
    call.remove("sns.topic", name);
    let gone: Vec<String> =
        call.all("sns.subscription").into_iter().filter(|(_, row)| text(row, "TopicArn") == arn).map(|(id, _)| id.clone()).collect();
    for id in gone {
        call.remove("sns.subscription", &id);
    }
    Ok(json!({}))
}

pub fn get_attributes(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let (arn, account) = (call.text("TopicArn"), call.account());
    let topic = call.get("sns.topic", &name).cloned().unwrap_or_default();
    let count = |state: bool| {
        call.all("sns.subscription")
            .iter()
            .filter(|(_, row)| text(row, "TopicArn") == arn && flag(row, "_pending") == state)
            .count()
            .to_string()
    };
    let policy = json!({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
        "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": arn, "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission", "SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish"],
    }]});
    let delivery = json!({"http": {
        "defaultHealthyRetryPolicy": {"minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0, "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear"},
        "disableSubscriptionOverrides": false, "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
    }});
    let mut attributes = json!({
        "TopicArn": arn, "Owner": account, "DisplayName": "", "Policy": policy.to_string(), "EffectiveDeliveryPolicy": delivery.to_string(),
        "SubscriptionsPending": count(true), "SubscriptionsConfirmed": count(false), "SubscriptionsDeleted": "0",
    });
    if flag(&topic, "_fifo") {
        set(&mut attributes, "FifoTopic", "true".into());
        set(&mut attributes, "ContentBasedDeduplication", "false".into());
    }
    for (attribute, value) in topic["_attributes"].as_object().into_iter().flatten() {
        if attribute == "DisplayName" || value != "" {
            set(&mut attributes, attribute, value.clone());
        }
    }
    if let Some(policy) = topic["_attributes"].get("DeliveryPolicy").filter(|policy| *policy != "") {
        set(&mut attributes, "EffectiveDeliveryPolicy", policy.clone());
    }
    Ok(json!({"Attributes": attributes}))
}

pub fn set_attributes(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let (attribute, value) = (call.text("AttributeName").to_owned(), call.text("AttributeValue").to_owned());
    let fifo = call.get("sns.topic", &name).is_some_and(|topic| flag(topic, "_fifo"));
    check_attribute(call, &attribute, &value, fifo)?;
    if let Some(topic) = call.get_mut("sns.topic", &name) {
        set(&mut topic["_attributes"], &attribute, value.into());
    }
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let topics: Vec<Value> = call.all("sns.topic").into_iter().map(|(_, topic)| json!({"TopicArn": text(topic, "TopicArn")})).collect();
    Ok(json!({"Topics": topics}))
}

/// The most bytes of a message with its attributes. <https://docs.aws.amazon.com/general/latest/gr/sns.html>
const LARGEST: usize = 262_144;

fn check_message(call: &Call<'_>) -> Result<(), Fault> {
    if call.text("Message").is_empty() {
        return Err(invalid("Empty message"));
    }
    let size = |(name, value): (&String, &Value)| {
        name.len() + ["DataType", "StringValue", "BinaryValue"].map(|member| text(value, member).len()).iter().sum::<usize>()
    };
    let attributes: usize = call.input["MessageAttributes"].as_object().into_iter().flatten().map(size).sum();
    if call.text("Message").len() + attributes > LARGEST {
        return Err(invalid("Message too long"));
    }
    let subject = call.text("Subject");
    let plain = subject.len() <= 100 && subject.bytes().all(|sign| (b' '..=b'~').contains(&sign)) && !subject.starts_with(' ');
    plain.then_some(()).ok_or_else(|| invalid("Subject"))
}

pub fn publish(call: &mut Call<'_>) -> Answer {
    let target = if call.text("TopicArn").is_empty() { call.text("TargetArn") } else { call.text("TopicArn") };
    let topic = match topic_name(target).and_then(|name| call.get("sns.topic", name)) {
        Some(topic) => topic.clone(),
        None if target.is_empty() && !call.text("PhoneNumber").is_empty() => json!({}),
        None => return Err(Fault::new("NotFound", "Topic does not exist").status(404)),
    };
    let fifo = flag(&topic, "_fifo");
    check_message(call)?;
    if call.text("MessageStructure") == "json" {
        let messages = serde_json::from_str::<Value>(call.text("Message")).ok();
        let messages = messages.ok_or_else(|| invalid("Message Structure - No JSON message body"))?;
        if !messages.get("default").is_some_and(Value::is_string) {
            return Err(invalid("Message Structure - No default entry in JSON message body"));
        }
    }
    if fifo && call.text("MessageGroupId").is_empty() {
        return Err(invalid("The MessageGroupId parameter is required for FIFO topics"));
    }
    let based = || topic["_attributes"].get("ContentBasedDeduplication").and_then(Value::as_str) == Some("true");
    if fifo && call.text("MessageDeduplicationId").is_empty() && !based() {
        let text = "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
        return Err(invalid(text));
    }
    let id = uuid(call);
    delivery::deliver(call, &topic, &id);
    let mut answer = Map::from_iter([("MessageId".to_owned(), json!(id))]);
    if fifo {
        answer.insert("SequenceNumber".into(), json!(format!("{:020}", call.world.counter)));
    }
    Ok(Value::Object(answer))
}

/// The ARN of a tag call, if there is such a topic.
fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("ResourceArn");
    let known = topic_name(arn).and_then(|name| call.get("sns.topic", name)).is_some();
    known.then(|| arn.to_owned()).ok_or_else(|| Fault::new("ResourceNotFound", "Resource does not exist").status(404))
}

/// The words: <https://github.com/aws/aws-sdk-go/issues/2891>
fn given_tags(call: &Call<'_>) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(call.input.get("Tags"));
    if are_plain_tags(&tags) { Ok(tags) } else { Err(invalid("Tags Reason: The given tag(s) contain invalid characters")) }
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, given_tags(call)?);
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("TagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": tag_list(&call.tags(&tagged(call)?))}))
}
