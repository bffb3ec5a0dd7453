//! Calls as CloudTrail tells of them.

use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// A call that changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whoever made it: the ARN of a user or of a role's session, or the service that did it for somebody.
    pub arn: String,
    /// The operation: `PutRetentionPolicy`.
    pub event: String,
    /// The service that it was made to: `logs.amazonaws.com`.
    pub source: String,
    pub at: Timestamp,
    /// AWS's id of the request, which its answer had as well.
    request: String,
    /// All that CloudTrail says of it. It is searched, and never shown.
    text: String,
}

impl Call {
    /// Reads an event of the history; none of one that changed nothing, or was refused.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
    pub fn read(text: &str) -> Option<Self> {
        let event = serde_json::from_str::<Value>(text).ok()?;
        let part = |name: &str| event[name].as_str().map(str::to_owned);
        if event["readOnly"] == true || event["errorCode"].is_string() {
            return None;
        }
        let identity = &event["userIdentity"];
        let who = ["arn", "invokedBy", "principalId", "type"].iter().find_map(|name| identity[*name].as_str());
        Some(Call {
            arn: who?.to_owned(),
            event: part("eventName")?,
            source: part("eventSource")?,
            at: part("eventTime")?.parse().ok()?,
            request: part("requestID").unwrap_or_default(),
            text: text.to_owned(),
        })
    }

    /// True where what CloudTrail says of it has one of these names as a whole.
    pub fn mentions(&self, names: &[&str]) -> bool {
        names.iter().filter(|name| !name.is_empty()).any(|name| {
            self.text.match_indices(name).any(|(at, _)| {
                let (before, after) = (self.text[..at].chars().next_back(), self.text[at + name.len()..].chars().next());
                let parts =
                    |letter: Option<char>| letter.is_none_or(|letter| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_');
                parts(before) && parts(after)
            })
        })
    }
}

/// Returns the newest call that is none of these requests.
pub fn newest(calls: impl Iterator<Item = Call>, ours: &BTreeSet<String>) -> Option<Call> {
    calls.filter(|call| !ours.contains(&call.request)).max_by_key(|call| call.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(name: &str, request: &str, at: &str) -> Value {
        json!({
            "eventName": name, "eventSource": "logs.amazonaws.com", "eventTime": at, "requestID": request, "readOnly": false,
            "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Admin/anna"},
            "requestParameters": {"logGroupName": "/shop/web"}, "sourceIPAddress": "198.51.100.7",
        })
    }

    #[test]
    fn the_newest_call_of_others_that_changed_something_is_found() {
        let with = |mut event: Value, key: &str, value: Value| {
            event[key] = value;
            event
        };
        let events = [
            event("DeleteRetentionPolicy", "r1", "2026-11-30T10:00:00Z"),
            event("PutRetentionPolicy", "r2", "2026-11-30T10:05:00Z"),
            event("TagResource", "own", "2026-11-30T10:06:00Z"),
            with(event("DeleteLogGroup", "r3", "2026-11-30T10:07:00Z"), "errorCode", "AccessDenied".into()),
            with(event("DescribeLogGroups", "r4", "2026-11-30T10:08:00Z"), "readOnly", true.into()),
        ];
        let calls = || events.iter().filter_map(|event| Call::read(&event.to_string()));
        let found = newest(calls(), &BTreeSet::from(["own".to_owned()])).unwrap();
        assert_eq!((found.event.as_str(), found.arn.as_str()), ("PutRetentionPolicy", "arn:aws:sts::1:assumed-role/Admin/anna"));
        assert!(found.mentions(&["", "/shop/web"]) && !found.mentions(&["/shop/we", "shop/webs", "anna-b"]));
        let service = with(
            event("UpdateService", "r", "2026-11-30T10:00:00Z"),
            "userIdentity",
            json!({"type": "AWSService", "invokedBy": "ecs.amazonaws.com"}),
        );
        assert_eq!(Call::read(&service.to_string()).unwrap().arn, "ecs.amazonaws.com");
        assert!(newest(std::iter::empty(), &BTreeSet::new()).is_none() && Call::read("no event").is_none());
    }
}
