//! Subscriptions: who hears of a topic, and whether they agreed to.

use super::topic::{invalid, wanted};
use crate::services::members::{flag, pick, set, text, uuid};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Answer = Result<Value, Fault>;

const ATTRIBUTES: [&str; 8] = [
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
    "ReplayStatus",
];

fn check_attribute(name: &str, value: &str) -> Result<(), Fault> {
    if !ATTRIBUTES.contains(&name) {
        return Err(invalid("AttributeName"));
    }
    let document = ["DeliveryPolicy", "FilterPolicy", "RedrivePolicy", "ReplayPolicy"].contains(&name);
    if document && !value.is_empty() && serde_json::from_str::<Value>(value).is_err() {
        return Err(invalid(format!("{name}: failed to parse JSON.")));
    }
    if name == "FilterPolicy" {
        check_filter(value)?;
    }
    if name == "RawMessageDelivery" && !["true", "false"].contains(&value.to_lowercase().as_str()) {
        return Err(invalid("Attributes Reason: RawMessageDelivery: Invalid value. Must be true or false."));
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>
fn check_filter(policy: &str) -> Result<(), Fault> {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(policy) else { return Ok(()) };
    let (mut keys, mut combinations) = (0_usize, 1_usize);
    let mut open: Vec<(usize, &Value)> = fields.values().map(|value| (1, value)).collect();
    while let Some((depth, value)) = open.pop() {
        match value {
            // A key that lies deeper counts for more.
            Value::Array(values) => {
                keys += 1;
                combinations = combinations.saturating_mul(values.len().max(1)).saturating_mul(depth);
            }
            Value::Object(inner) => open.extend(inner.values().map(|value| (depth + 1, value))),
            _ => return Err(invalid("FilterPolicy: Match value must be String, number, true, false, or null")),
        }
    }
    match (keys > 5, combinations > 150) {
        (true, _) => Err(invalid("FilterPolicy: Filter policy can not have more than 5 keys")),
        (_, true) => Err(invalid("FilterPolicy: Filter policy is too complex")),
        _ => Ok(()),
    }
}

fn check_endpoint(protocol: &str, endpoint: &str, fifo: bool) -> Result<(), Fault> {
    let arn = |service: &str| endpoint.starts_with(&format!("arn:aws:{service}:"));
    let fits = match protocol {
        "http" | "https" => endpoint.starts_with(&format!("{protocol}://")),
        "email" | "email-json" => is_address(endpoint),
        "sms" => endpoint.trim_start_matches('+').chars().all(|digit| digit.is_ascii_digit()) && !endpoint.is_empty(),
        "sqs" | "lambda" | "firehose" => arn(protocol),
        "application" => arn("sns"),
        _ => return Err(invalid(format!("Does not support this protocol string: {protocol}"))),
    };
    if fifo && protocol != "sqs" {
        return Err(invalid("Invalid protocol type: FIFO topics deliver to Amazon SQS queues only"));
    }
    match (fits, protocol) {
        (true, "sqs") if !fifo && endpoint.ends_with(".fifo") => {
            Err(invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"))
        }
        (true, _) => Ok(()),
        (false, "email" | "email-json") => Err(invalid("Email address")),
        (false, "sqs") => Err(invalid("SQS endpoint ARN")),
        (false, "lambda") => Err(invalid("Lambda endpoint ARN")),
        (false, _) => Err(invalid("Endpoint must match the specified protocol")),
    }
}

/// True for `user@host.domain`. <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>
fn is_address(text: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.chars().all(|sign| sign.is_alphanumeric() || "-_".contains(sign));
    let host = |host: &str| host.contains('.') && host.split('.').all(label);
    text.split_once('@').is_some_and(|(user, domain)| !user.is_empty() && !user.contains(char::is_whitespace) && host(domain))
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    let (topic, protocol, endpoint) =
        (call.text("TopicArn").to_owned(), call.text("Protocol").to_owned(), call.text("Endpoint").to_owned());
    let fifo = call.get("sns.topic", &name).is_some_and(|topic| flag(topic, "_fifo"));
    check_endpoint(&protocol, &endpoint, fifo)?;
    let given: BTreeMap<String, String> = tags_from(call.input.get("Attributes")).into_iter().collect();
    for (attribute, value) in &given {
        check_attribute(attribute, value)?;
    }
    let same = |row: &&Value| text(row, "TopicArn") == topic && text(row, "Protocol") == protocol && text(row, "Endpoint") == endpoint;
    let known = call.all("sns.subscription").into_iter().map(|(_, row)| row).find(same).cloned();
    let row = match known {
        Some(row) if given.iter().any(|(name, value)| row["_attributes"].get(name).and_then(Value::as_str) != Some(value)) => {
            return Err(invalid("Attributes Reason: Subscription already exists with different attributes"));
        }
        Some(row) => row,
        None => {
            let arn = format!("{topic}:{}", uuid(call));
            let pending = ["email", "email-json", "http", "https"].contains(&protocol.as_str());
            let token = call.hex(64);
            let row = json!({
                "SubscriptionArn": arn, "TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint, "Owner": call.account(), "_attributes": given, "_pending": pending, "_token": token,
            });
            call.put("sns.subscription", &arn, row.clone());
            // A web endpoint that was written for SNS visits the link by itself; a person is never simulated.
            if protocol.starts_with("http") {
                call.later("sns.subscription", &arn, 5.0, json!({"_pending": false}));
            }
            row
        }
    };
    let shown = call.input.get("ReturnSubscriptionArn").and_then(Value::as_bool) == Some(true);
    let arn = if flag(&row, "_pending") && !shown { "pending confirmation" } else { text(&row, "SubscriptionArn") };
    Ok(json!({"SubscriptionArn": arn}))
}

/// The members that listings and attributes have in common. SNS shows no password of an HTTP endpoint.
/// <https://github.com/hashicorp/terraform-provider-aws/pull/861>
fn shown(row: &Value) -> Value {
    let mut shown = pick(row, &["SubscriptionArn", "TopicArn", "Protocol", "Endpoint", "Owner"]);
    if text(row, "Protocol").starts_with("http") {
        set(&mut shown, "Endpoint", masked(text(row, "Endpoint")).into());
    }
    shown
}

/// `https://user:password@host/path` with its password as `****`.
fn masked(endpoint: &str) -> String {
    let Some((scheme, rest)) = endpoint.split_once("://") else { return endpoint.to_owned() };
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}://{user}:****@{host}{path}"),
        None => endpoint.to_owned(),
    }
}

/// The ARN of the call, in the form of one, and whether it is known.
fn subscription<'c>(call: &'c Call<'_>) -> Result<Option<&'c Value>, Fault> {
    let arn = call.text("SubscriptionArn");
    let parts = arn.split(':').count();
    if parts < 6 {
        return Err(invalid(format!("SubscriptionArn Reason: An ARN must have at least 6 elements, not {parts}")));
    }
    Ok(call.get("sns.subscription", arn))
}

fn missing() -> Fault {
    Fault::new("NotFound", "Subscription does not exist").status(404)
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    if subscription(call)?.is_some_and(|row| flag(row, "_pending")) {
        return Err(invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation"));
    }
    let arn = call.text("SubscriptionArn").to_owned();
    call.remove("sns.subscription", &arn);
    Ok(json!({}))
}

pub fn confirm(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let (topic, token) = (call.text("TopicArn").to_owned(), call.text("Token").to_owned());
    let found = call
        .all("sns.subscription")
        .into_iter()
        .find(|(_, row)| text(row, "TopicArn") == topic && text(row, "_token") == token)
        .map(|(id, _)| id.clone());
    let arn = found.ok_or_else(|| invalid("Token"))?;
    if let Some(row) = call.get_mut("sns.subscription", &arn) {
        set(row, "_pending", false.into());
    }
    Ok(json!({"SubscriptionArn": arn}))
}

pub fn list_by_topic(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let topic = call.text("TopicArn");
    let rows = call.all("sns.subscription").into_iter().filter(|(_, row)| text(row, "TopicArn") == topic).map(|(_, row)| {
        let mut shown = shown(row);
        if flag(row, "_pending") {
            set(&mut shown, "SubscriptionArn", "PendingConfirmation".into());
        }
        shown
    });
    Ok(json!({"Subscriptions": rows.collect::<Vec<_>>()}))
}

pub fn get_attributes(call: &mut Call<'_>) -> Answer {
    let row = subscription(call)?.ok_or_else(missing)?;
    let mut attributes = shown(row);
    let pending = flag(row, "_pending");
    let by_owner = !["email", "email-json", "http", "https"].contains(&text(row, "Protocol"));
    set(&mut attributes, "PendingConfirmation", pending.to_string().into());
    set(&mut attributes, "ConfirmationWasAuthenticated", by_owner.to_string().into());
    set(&mut attributes, "RawMessageDelivery", "false".into());
    set(&mut attributes, "SubscriptionPrincipal", format!("arn:aws:iam::{}:root", call.account()).into());
    for (name, value) in row["_attributes"].as_object().into_iter().flatten().filter(|(_, value)| *value != "") {
        set(&mut attributes, name, value.clone());
        if name == "FilterPolicy" && row["_attributes"].get("FilterPolicyScope").is_none() {
            set(&mut attributes, "FilterPolicyScope", "MessageAttributes".into());
        }
    }
    Ok(json!({"Attributes": attributes}))
}

pub fn set_attributes(call: &mut Call<'_>) -> Answer {
    subscription(call)?.ok_or_else(missing)?;
    let (arn, name, value) =
        (call.text("SubscriptionArn").to_owned(), call.text("AttributeName").to_owned(), call.text("AttributeValue").to_owned());
    check_attribute(&name, &value)?;
    if let Some(row) = call.get_mut("sns.subscription", &arn) {
        set(&mut row["_attributes"], &name, value.into());
    }
    Ok(json!({}))
}

#[cfg(test)]
mod tests {
    use super::{is_address, masked};

    #[test]
    fn an_address_has_a_user_and_a_host() {
        assert!(is_address("on-call+web@alerts.example.com"));
        for wrong in ["operations", "@example.com", "a b@example.com", "a@example", "a@b@example.com", "a@example..com"] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for (endpoint, want) in [
            ("https://hook:s3cret@alerts.example.com/in", "https://hook:****@alerts.example.com/in"),
            ("http://u:p@ss@host:8080", "http://u:****@host:8080"),
            ("https://token@host/a:b@c", "https://token@host/a:b@c"),
            ("https://host/path?mail=a:b@c", "https://host/path?mail=a:b@c"),
        ] {
            assert_eq!(masked(endpoint), want);
        }
    }
}
