//! CloudTrail: the event history, which is every call that changed something, for ninety days.

use super::Handler;
use super::members::{items, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const TABLE: &str = "cloudtrail.event";
const KEPT: f64 = 90.0 * 86_400.0;
/// A sandbox that is used for months must not grow for ever.
const MOST: usize = 2_000;

pub fn handler(operation: &str) -> Option<Handler> {
    match operation {
        "LookupEvents" => Some(lookup),
        _ => None,
    }
}

/// Notes that the call was made, and with which access key; `error` is the code it got. It notes names, never values.
///
/// The event is kept as one text, so that nothing in it counts as a reference to a resource.
pub fn record(call: &mut Call<'_>, source: &str, key: &str, request_id: &str, error: Option<&str>) {
    let (now, operation, region) = (call.now(), call.operation, call.region);
    let telling = |name: &str| {
        let one = ["Name", "Arn", "ARN", "Id", "ID", "Identifier", "name", "cluster", "service", "family", "Bucket"];
        let many = ["Names", "Arns", "Ids", "Resources", "ResourceARNList"];
        !name.ends_with("Token") && one.iter().chain(&many).any(|end| name.ends_with(end))
    };
    let telling = call.input.as_object().into_iter().flatten().filter(|(name, _)| telling(name));
    let resources: Vec<String> = telling
        .flat_map(|(name, value)| match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(_) => texts(call.input, name),
            _ => Vec::new(),
        })
        .collect();
    let event = json!({
        "id": request_id, "name": operation, "source": format!("{source}.amazonaws.com"), "at": now, "region": region, "error": error, "resources": resources, "key": key,
    });
    call.put(TABLE, &format!("{:015}:{request_id}", call.millis), json!({"_event": event.to_string()}));
    let (count, oldest) = (call.all(TABLE).len(), call.all(TABLE).first().map(|(id, _)| (*id).clone()));
    if let Some(oldest) = oldest.filter(|_| count > MOST) {
        call.remove(TABLE, &oldest);
    }
}

fn lookup(call: &mut Call<'_>) -> Result<Value, Fault> {
    let span = |member: &str| call.input.get(member).and_then(Value::as_f64);
    let (from, to) = (span("StartTime").unwrap_or(f64::MIN).max(call.now() - KEPT), span("EndTime").unwrap_or(f64::MAX));
    if from > to {
        return Err(Fault::new("InvalidTimeRangeException", "The start time must be before the end time."));
    }
    let attributes = items(call.input, "LookupAttributes");
    if attributes.len() > 1 {
        return Err(Fault::new("InvalidLookupAttributesException", "Only one lookup attribute can be specified."));
    }
    let events = call.all(TABLE).into_iter().rev().filter_map(|(_, row)| serde_json::from_str::<Value>(text(row, "_event")).ok());
    let fits = |event: &Value| {
        event["at"].as_f64().is_some_and(|at| at >= from && at <= to) && attributes.iter().all(|attribute| has(event, attribute))
    };
    let found: Vec<Value> = events.filter(fits).map(|event| shown(call, &event)).collect();
    Ok(json!({"Events": found}))
}

fn has(event: &Value, attribute: &Value) -> bool {
    let value = text(attribute, "AttributeValue");
    match text(attribute, "AttributeKey") {
        "EventId" => text(event, "id") == value,
        "EventName" => text(event, "name") == value,
        "EventSource" => text(event, "source") == value,
        "ReadOnly" => value == "false",
        "Username" => value == "sandbox",
        "AccessKeyId" => text(event, "key") == value,
        "ResourceName" => texts(event, "resources").iter().any(|name| name == value),
        // No event says of what type its resources are.
        _ => false,
    }
}

fn shown(call: &Call<'_>, event: &Value) -> Value {
    let at = event["at"].as_f64().unwrap_or(0.0);
    let time = jiff::Timestamp::from_second(at as i64).map(|time| time.to_string()).unwrap_or_default();
    let account = &call.world.account;
    let whole = json!({
        "eventVersion": "1.11", "userIdentity": {"type": "IAMUser", "arn": format!("arn:aws:iam::{account}:user/sandbox"), "accountId": account, "accessKeyId": event["key"], "userName": "sandbox"},
        "eventTime": time, "eventSource": event["source"], "eventName": event["name"], "awsRegion": event["region"], "errorCode": event["error"], "requestParameters": {"names": event["resources"]}, "requestID": event["id"],
        "eventID": event["id"], "readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": account, "eventCategory": "Management",
    });
    json!({
        "EventId": event["id"], "EventName": event["name"], "EventSource": event["source"], "EventTime": at, "ReadOnly": "false", "Username": "sandbox", "AccessKeyId": event["key"],
        "Resources": texts(event, "resources").iter().map(|name| json!({"ResourceName": name})).collect::<Vec<_>>(), "CloudTrailEvent": whole.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn calls_are_found_by_what_they_named_and_keep_no_values() {
        let mut world = World::new("123456789012", 1, 1_700_000_000_000);
        let input = json!({"Name": "app/db", "SecretString": "hush", "ClientRequestToken": "t"});
        record(&mut Call::new(&mut world, &input, "secretsmanager", "CreateSecret", "us-east-1"), "secretsmanager", "AKIA1", "r", None);
        let ask = json!({"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "app/db"}]});
        let found = lookup(&mut Call::new(&mut world, &ask, "cloudtrail", "LookupEvents", "us-east-1")).unwrap();
        assert_eq!(found["Events"][0]["EventName"], "CreateSecret");
        assert!(!found.to_string().contains("hush"));
        for (key, value, count) in [
            ("AccessKeyId", "AKIA1", 1),
            ("AccessKeyId", "AKIA2", 0),
            ("ResourceType", "AWS::EC2::VPC", 0),
            ("EventSource", "secretsmanager.amazonaws.com", 1),
        ] {
            let ask = json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]});
            let found = lookup(&mut Call::new(&mut world, &ask, "cloudtrail", "LookupEvents", "us-east-1")).unwrap();
            assert_eq!(items(&found, "Events").len(), count, "{key} {value}");
        }
    }
}
