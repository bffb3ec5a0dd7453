//! Log streams and the events in them.

use super::group::{missing, wanted};
use super::metric_filter;
use super::pattern::Pattern;
use crate::services::members::{items, number, pick, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn create_stream(call: &mut Call<'_>) -> Answer {
    let (group, stream) = (wanted(call)?, call.text("logStreamName").to_owned());
    let id = format!("{group}:{stream}");
    if stream.contains([':', '*']) {
        return Err(Fault::new(
            "InvalidParameterException",
            "1 validation error detected: Value at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
        ));
    }
    if call.get("logs.stream", &id).is_some() {
        return Err(Fault::new("ResourceAlreadyExistsException", "The specified log stream already exists"));
    }
    let arn = call.arn("logs", &format!("log-group:{group}:log-stream:{stream}"));
    let row = json!({"logStreamName": stream, "arn": arn, "creationTime": call.millis, "storedBytes": 0});
    call.put("logs.stream", &id, row);
    Ok(json!({}))
}

/// The streams of a group with their ids, by name.
fn streams<'c>(call: &'c Call<'_>, group: &str) -> Vec<(&'c String, &'c Value)> {
    let prefix = format!("{group}:");
    call.all("logs.stream").into_iter().filter(|(id, row)| id.starts_with(&prefix) && is_there(call, row)).collect()
}

pub fn describe_streams(call: &mut Call<'_>) -> Answer {
    let (group, prefix) = (wanted(call)?, call.text("logStreamNamePrefix"));
    let by_time = call.text("orderBy") == "LastEventTime";
    if by_time && !prefix.is_empty() {
        return Err(Fault::new("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let mut found: Vec<Value> = streams(call, &group)
        .into_iter()
        .map(|(_, row)| row.clone())
        .filter(|row| text(row, "logStreamName").starts_with(prefix))
        .collect();
    if by_time {
        found.sort_by_key(|row| number(row, "lastEventTimestamp"));
    }
    if call.input.get("descending").and_then(Value::as_bool) == Some(true) {
        found.reverse();
    }
    Ok(json!({"logStreams": found}))
}

pub fn put(call: &mut Call<'_>) -> Answer {
    let (group, stream) = (wanted(call)?, call.text("logStreamName").to_owned());
    let id = format!("{group}:{stream}");
    if call.get("logs.stream", &id).is_none() {
        return Err(Fault::new("ResourceNotFoundException", "The specified log stream does not exist."));
    }
    let events: Vec<Value> = items(call.input, "logEvents").to_vec();
    let times: Vec<i64> = events.iter().filter_map(|event| number(event, "timestamp")).collect();
    if times.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(Fault::new("InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order."));
    }
    check_batch(&events, &times)?;
    let now = call.millis;
    let (rejected, events) = accepted(call, &group, &events);
    for event in events {
        let (at, message) = (number(event, "timestamp").unwrap_or(now), text(event, "message").to_owned());
        let key = call.hex(32);
        let row = json!({"timestamp": at, "message": message, "ingestionTime": now, "eventId": key, "logStreamName": stream});
        call.put("logs.event", &format!("{id}:{at:015}:{:012}", call.world.counter), row);
        metric_filter::feed(call, &group, at, &message);
    }
    let times: Vec<i64> = events.iter().filter_map(|event| number(event, "timestamp")).collect();
    if let (Some(first), Some(last), Some(row)) = (times.first(), times.last(), call.get_mut("logs.stream", &id)) {
        let first = number(row, "firstEventTimestamp").map_or(*first, |known| known.min(*first));
        set(row, "firstEventTimestamp", first.into());
        set(row, "lastEventTimestamp", (*last).into());
        set(row, "lastIngestionTime", now.into());
    }
    let mut answer = json!({"nextSequenceToken": call.hex(56)});
    if rejected != json!({}) {
        set(&mut answer, "rejectedLogEventsInfo", rejected);
    }
    Ok(answer)
}

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
/// The most bytes of a batch, in which each event counts for some more than its message.
const LARGEST: usize = 1_048_576;
const EACH: usize = 26;

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
fn check_batch(events: &[Value], times: &[i64]) -> Result<(), Fault> {
    let size: usize = events.iter().map(|event| text(event, "message").len() + EACH).sum();
    if size > LARGEST {
        return Err(Fault::new("InvalidParameterException", format!("Upload too large: {size} bytes exceeds limit of {LARGEST}")));
    }
    match times.first().zip(times.last()).is_some_and(|(first, last)| last - first > DAY) {
        true => {
            let text = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
            Err(Fault::new("InvalidParameterException", text))
        }
        false => Ok(()),
    }
}

/// Where the events are that are not taken, and those that are: none that is older than two weeks or than the group keeps, and none from
/// more than two hours ahead.
fn accepted<'e>(call: &Call<'_>, group: &str, events: &'e [Value]) -> (Value, &'e [Value]) {
    let at = |event: &Value| number(event, "timestamp").unwrap_or(call.millis);
    let before = |oldest: i64| events.iter().take_while(|event| at(event) < oldest).count();
    let old = before(call.millis - 14 * DAY);
    let days = call.get("logs.group", group).and_then(|row| number(row, "retentionInDays"));
    let expired = days.map_or(0, |days| before(call.millis - days * DAY));
    let new = events.iter().take_while(|event| at(event) <= call.millis + 2 * HOUR).count();
    let mut rejected = json!({});
    for (member, place, rejects) in [
        ("tooOldLogEventEndIndex", old, old > 0),
        ("expiredLogEventEndIndex", expired, expired > 0),
        ("tooNewLogEventStartIndex", new, new < events.len()),
    ] {
        if rejects {
            set(&mut rejected, member, json!(place));
        }
    }
    (rejected, events.get(old.max(expired)..new).unwrap_or_default())
}

/// False for an event or a stream that a container has not written yet, or nobody can read yet.
fn is_there(call: &Call<'_>, row: &Value) -> bool {
    number(row, "_from").is_none_or(|from| from <= call.millis)
}

/// The events of a group within the call's time span, oldest first.
fn events<'c>(call: &'c Call<'_>, group: &str) -> Vec<&'c Value> {
    between(call, group, number(call.input, "startTime").unwrap_or(0), number(call.input, "endTime").unwrap_or(i64::MAX))
}

/// The events of a group from one time to before another, oldest first.
pub fn between<'c>(call: &'c Call<'_>, group: &str, from: i64, to: i64) -> Vec<&'c Value> {
    let prefix = format!("{group}:");
    let mut found: Vec<(&String, &Value)> = call.all("logs.event").into_iter().filter(|(id, _)| id.starts_with(&prefix)).collect();
    found.retain(|(_, event)| is_there(call, event));
    found.retain(|(_, event)| number(event, "timestamp").is_some_and(|at| at >= from && at < to));
    found.sort_by_key(|(id, event)| (number(event, "timestamp"), id.rsplit(':').next()));
    found.into_iter().map(|(_, event)| event).collect()
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let (group, stream) = (wanted(call)?, call.text("logStreamName"));
    if call.get("logs.stream", &format!("{group}:{stream}")).filter(|row| is_there(call, row)).is_none() {
        return Err(Fault::new("ResourceNotFoundException", "The specified log stream does not exist."));
    }
    let found: Vec<&Value> = events(call, &group).into_iter().filter(|event| text(event, "logStreamName") == stream).collect();
    let limit = number(call.input, "limit").map_or(10_000, |limit| limit.max(1) as usize);
    let head = call.input.get("startFromHead").and_then(Value::as_bool) == Some(true);
    let place = |token: &str| token.parse::<usize>().ok().map(|place| place.min(found.len()));
    let bad = || Fault::new("InvalidParameterException", "The specified nextToken is invalid.");
    let (from, to) = match call.text("nextToken").split_once('/') {
        Some(("f", token)) => place(token).map(|from| (from, (from + limit).min(found.len()))).ok_or_else(bad)?,
        Some(("b", token)) => place(token).map(|to| (to.saturating_sub(limit), to)).ok_or_else(bad)?,
        Some(_) => return Err(bad()),
        None if head => (0, limit.min(found.len())),
        None => (found.len().saturating_sub(limit), found.len()),
    };
    let page: Vec<Value> = found[from..to].iter().map(|event| pick(event, &["timestamp", "message", "ingestionTime"])).collect();
    Ok(json!({"events": page, "nextForwardToken": format!("f/{to:056}"), "nextBackwardToken": format!("b/{from:056}")}))
}

pub fn filter(call: &mut Call<'_>) -> Answer {
    let group = wanted(call).map_err(|_| missing())?;
    let (names, prefix) = (call.texts("logStreamNames"), call.text("logStreamNamePrefix"));
    if !names.is_empty() && !prefix.is_empty() {
        return Err(Fault::new("InvalidParameterException", "logStreamNames and logStreamNamePrefix are mutually exclusive parameters."));
    }
    let pattern = Pattern::parse(call.text("filterPattern"))?;
    let searched = |stream: &str| (names.is_empty() || names.iter().any(|name| name == stream)) && stream.starts_with(prefix);
    let found =
        events(call, &group).into_iter().filter(|event| searched(text(event, "logStreamName")) && pattern.matches(text(event, "message")));
    let found: Vec<Value> = found.cloned().collect();
    Ok(json!({"events": found, "searchedLogStreams": []}))
}
