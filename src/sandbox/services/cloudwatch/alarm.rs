//! Alarms: metric and composite, their states and history.

use super::check::{self, invalid};
use super::metric;
use super::rule::Rule;
use crate::services::members::{flag, items, joined, pick, set, text, texts};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const METRIC: [&str; 21] = [
    "AlarmName",
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
    "EvaluationInterval",
];
const COMPOSITE: [&str; 9] = [
    "AlarmName",
    "AlarmDescription",
    "AlarmRule",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "ActionsSuppressor",
    "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
];

pub fn put_metric(call: &mut Call<'_>) -> Answer {
    let input = call.input.clone();
    check::metric_alarm(call.region, &input)?;
    put(call, pick(&input, &METRIC), "MetricAlarm")
}

pub fn put_composite(call: &mut Call<'_>) -> Answer {
    let rule = call.text("AlarmRule").to_owned();
    let named = rule_alarms(&rule).ok_or_else(|| invalid("AlarmRule must not contain syntax errors"))?;
    if let Some(unknown) = named.iter().find(|name| call.get("cloudwatch.alarm", name).is_none()) {
        return Err(invalid(format!("Could not save the composite alarm as alarms [{unknown}] in the alarm rule do not exist")));
    }
    check::actions(call.region, call.input)?;
    let row = pick(call.input, &COMPOSITE);
    put(call, row, "CompositeAlarm")
}

/// The alarms that a rule names; `None` if it is no rule.
fn rule_alarms(rule: &str) -> Option<Vec<String>> {
    Rule::parse(rule).map(|rule| rule.names())
}

fn put(call: &mut Call<'_>, given: Value, kind: &str) -> Answer {
    let name = call.text("AlarmName").to_owned();
    let tags = tags_from(call.input.get("Tags"));
    let enabled = call.input.get("ActionsEnabled").cloned().unwrap_or(json!(true));
    let given = joined(given, json!({"ActionsEnabled": enabled}));
    write(call, &name, given, kind, tags)
}

/// Creates or replaces; the state stays, and tags are taken at the first time only.
fn write(call: &mut Call<'_>, name: &str, given: Value, kind: &str, tags: Vec<(String, String)>) -> Answer {
    let arn = call.arn("cloudwatch", &format!("alarm:{name}"));
    let old = call.get("cloudwatch.alarm", name).cloned();
    if old.as_ref().is_some_and(|old| text(old, "_kind") != kind) {
        return Err(invalid(format!("An alarm named {name} of another type exists")));
    }
    let now = call.now();
    let state = match &old {
        Some(old) => pick(
            old,
            &["StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp", "_history", "_seen"],
        ),
        None => {
            json!({"StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation", "StateUpdatedTimestamp": now, "StateTransitionedTimestamp": now})
        }
    };
    let lists = json!({"OKActions": [], "AlarmActions": [], "InsufficientDataActions": []});
    let own = json!({"AlarmArn": arn, "_arn": arn, "_kind": kind, "AlarmConfigurationUpdatedTimestamp": now});
    let mut row = joined(joined(lists, given), joined(state, own));
    if kind == "MetricAlarm" && row.get("Dimensions").is_none() && row.get("Metrics").is_none() {
        set(&mut row, "Dimensions", json!([]));
    }
    note(
        &mut row,
        now,
        "ConfigurationUpdate",
        if old.is_some() { format!("Alarm \"{name}\" updated") } else { format!("Alarm \"{name}\" created") },
    );
    call.put("cloudwatch.alarm", name, row);
    if old.is_none() && !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({}))
}

/// An alarm that a service makes for itself, such as those of a target-tracking policy.
pub fn put_owned(call: &mut Call<'_>, name: &str, definition: Value) -> String {
    let definition = joined(json!({"ActionsEnabled": true}), definition);
    // The definition is the service's own: only another alarm's name could refuse it, and these names are its own.
    let _ = write(call, name, definition, "MetricAlarm", Vec::new());
    call.arn("cloudwatch", &format!("alarm:{name}"))
}

pub fn remove_owned(call: &mut Call<'_>, name: &str) {
    call.remove("cloudwatch.alarm", name);
}

fn note(row: &mut Value, now: f64, kind: &str, summary: String) {
    let item = json!({
        "AlarmName": row["AlarmName"], "AlarmType": row["_kind"], "Timestamp": now, "HistoryItemType": kind, "HistorySummary": summary,
        "HistoryData": json!({"version": "1.0", "stateValue": row["StateValue"]}).to_string(),
    });
    let mut history = items(row, "_history").to_vec();
    history.push(item);
    let keep = history.len().saturating_sub(100);
    set(row, "_history", history.split_off(keep).into());
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let names = call.texts("AlarmNames");
    let composites =
        call.all("cloudwatch.alarm").into_iter().filter(|(name, row)| text(row, "_kind") == "CompositeAlarm" && !names.contains(*name));
    for (composite, row) in composites {
        let named = rule_alarms(text(row, "AlarmRule")).unwrap_or_default();
        if let Some(used) = names.iter().find(|name| named.contains(name)) {
            return Err(invalid(format!("Cannot delete {used} as there are composite alarm(s) depending on it: {composite}")));
        }
    }
    for name in names {
        call.remove("cloudwatch.alarm", &name);
    }
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    evaluate(call);
    let (names, types) = (call.texts("AlarmNames"), call.texts("AlarmTypes"));
    let (prefix, state, action) = (call.text("AlarmNamePrefix"), call.text("StateValue"), call.text("ActionPrefix"));
    if !names.is_empty() && !prefix.is_empty() {
        return Err(invalid("AlarmNamePrefix and AlarmNames cannot be used together"));
    }
    let children =
        call.get("cloudwatch.alarm", call.text("ChildrenOfAlarmName")).map(|row| rule_alarms(text(row, "AlarmRule")).unwrap_or_default());
    let parent = call.text("ParentsOfAlarmName");
    let fits = |name: &String, row: &Value| {
        (names.is_empty() || names.contains(name))
            && name.starts_with(prefix)
            && (state.is_empty() || text(row, "StateValue") == state)
            && (action.is_empty()
                || ["OKActions", "AlarmActions", "InsufficientDataActions"]
                    .iter()
                    .any(|list| texts(row, list).iter().any(|arn| arn.starts_with(action))))
            && children.as_ref().is_none_or(|children| children.contains(name))
            && (parent.is_empty() || rule_alarms(text(row, "AlarmRule")).unwrap_or_default().iter().any(|child| child == parent))
    };
    let of = |kind: &str, default: bool| -> Vec<Value> {
        let shown = if types.is_empty() { default } else { types.iter().any(|wanted| wanted == kind) };
        call.all("cloudwatch.alarm")
            .into_iter()
            .filter(|(name, row)| shown && text(row, "_kind") == kind && fits(name, row))
            .map(|(_, row)| row.clone())
            .collect()
    };
    // Without AlarmTypes only metric alarms are answered, unless the question is about composites.
    Ok(json!({"MetricAlarms": of("MetricAlarm", true), "CompositeAlarms": of("CompositeAlarm", !parent.is_empty())}))
}

/// Brings the states of alarms up to date: those of metrics with their data, then composites with those they name.
pub fn evaluate(call: &mut Call<'_>) {
    let now = call.now();
    let held = |row: &Value| row["_held_until"].as_f64().is_some_and(|until| until > now);
    let alarms: Vec<(String, Value)> = call
        .all("cloudwatch.alarm")
        .into_iter()
        .filter(|(_, row)| text(row, "_kind") == "MetricAlarm" && !held(row))
        .map(|(name, row)| (name.clone(), row.clone()))
        .collect();
    for (name, row) in alarms {
        if let Some((state, reason)) = metric::verdict(call, &row).filter(|(state, _)| *state != text(&row, "StateValue")) {
            change_state(call, &name, state, &reason, None);
        }
    }
    evaluate_composites(call);
}

/// Seconds for which an alarm that goes off without its data stays so.
const HELD: f64 = 600.0;

/// The alarm of this name, or the one in whose tags it stands: whoever made it may know it by another one.
pub fn named(call: &Call<'_>, name: &str) -> String {
    let tagged = |row: &Value| call.tags(text(row, "AlarmArn")).values().any(|value| value == name);
    let mut rows = call.all("cloudwatch.alarm").into_iter();
    let found = rows.find(|(own, row)| own.as_str() == name || tagged(row));
    found.map_or_else(|| name.to_owned(), |(own, _)| own.clone())
}

/// Lets an alarm go off, whatever its data say.
pub fn ring(call: &mut Call<'_>, name: &str) {
    let until = call.now() + HELD;
    change_state(call, name, "ALARM", "Threshold Crossed: it was told to go off.", None);
    if let Some(row) = call.get_mut("cloudwatch.alarm", name) {
        set(row, "_held_until", until.into());
    }
}

/// A composite is looked at again when an alarm that it names, or its rule, has changed; others may name it in turn.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html>
fn evaluate_composites(call: &mut Call<'_>) {
    let composites: Vec<String> = call
        .all("cloudwatch.alarm")
        .into_iter()
        .filter(|(_, row)| text(row, "_kind") == "CompositeAlarm")
        .map(|(name, _)| name.clone())
        .collect();
    for _ in 0..composites.len() {
        let mut settled = true;
        for name in &composites {
            settled &= !evaluate_composite(call, name);
        }
        if settled {
            return;
        }
    }
}

/// True when the composite was looked at again.
fn evaluate_composite(call: &mut Call<'_>, name: &str) -> bool {
    let row = call.get("cloudwatch.alarm", name).cloned().unwrap_or_default();
    let Some(rule) = Rule::parse(text(&row, "AlarmRule")) else { return false };
    let state = |name: &str| call.get("cloudwatch.alarm", name).map(|row| text(row, "StateValue").to_owned()).unwrap_or_default();
    let seen: Vec<String> = rule.names().iter().map(|name| state(name)).collect();
    let seen = json!([row["AlarmRule"], seen]);
    if row["_seen"] == seen {
        return false;
    }
    let (value, rule) = (if rule.holds(&state) { "ALARM" } else { "OK" }, text(&row, "AlarmRule").to_owned());
    if let Some(row) = call.get_mut("cloudwatch.alarm", name) {
        set(row, "_seen", seen);
    }
    if text(&row, "StateValue") != value {
        change_state(call, name, value, &format!("The alarm rule {rule} is {}.", value == "ALARM"), None);
    }
    true
}

fn change_state(call: &mut Call<'_>, name: &str, state: &str, reason: &str, data: Option<&Value>) {
    let now = call.now();
    let Some(row) = call.get_mut("cloudwatch.alarm", name) else { return };
    let before = text(row, "StateValue").to_owned();
    set(row, "StateValue", state.into());
    set(row, "StateReason", reason.into());
    set(row, "StateUpdatedTimestamp", now.into());
    if let Some(data) = data {
        set(row, "StateReasonData", data.clone());
    }
    if before != state {
        set(row, "StateTransitionedTimestamp", now.into());
        note(row, now, "StateUpdate", format!("Alarm updated from {before} to {state}"));
    }
}

pub fn set_state(call: &mut Call<'_>) -> Answer {
    let (name, state, reason) =
        (call.text("AlarmName").to_owned(), call.text("StateValue").to_owned(), call.text("StateReason").to_owned());
    if call.get("cloudwatch.alarm", &name).is_none() {
        return Err(Fault::new("ResourceNotFound", "Alarm does not exist").status(404));
    }
    let data = call.input.get("StateReasonData");
    if data.and_then(Value::as_str).is_some_and(|data| serde_json::from_str::<Value>(data).is_err()) {
        return Err(Fault::new("InvalidFormatFault", "StateReasonData must be valid JSON"));
    }
    change_state(call, &name, &state, &reason, data);
    if let Some(row) = call.get_mut("cloudwatch.alarm", &name).filter(|row| row.get("_held_until").is_some()) {
        set(row, "_held_until", Value::Null);
    }
    Ok(json!({}))
}

fn switch_actions(call: &mut Call<'_>, on: bool) -> Answer {
    for name in call.texts("AlarmNames") {
        if let Some(row) = call.get_mut("cloudwatch.alarm", &name).filter(|row| flag(row, "ActionsEnabled") != on) {
            set(row, "ActionsEnabled", on.into());
        }
    }
    Ok(json!({}))
}

pub fn enable_actions(call: &mut Call<'_>) -> Answer {
    switch_actions(call, true)
}

pub fn disable_actions(call: &mut Call<'_>) -> Answer {
    switch_actions(call, false)
}

pub fn history(call: &mut Call<'_>) -> Answer {
    evaluate(call);
    let (name, kind) = (call.text("AlarmName"), call.text("HistoryItemType"));
    let span = |member: &str, default: f64| call.input.get(member).and_then(Value::as_f64).unwrap_or(default);
    let (from, to) = (span("StartDate", f64::MIN), span("EndDate", f64::MAX));
    let rows = call.all("cloudwatch.alarm").into_iter().filter(|(known, _)| name.is_empty() || *known == name);
    let mut found: Vec<Value> = rows.flat_map(|(_, row)| items(row, "_history").to_vec()).collect();
    let at = |item: &Value| item["Timestamp"].as_f64().unwrap_or(0.0);
    found.retain(|item| (kind.is_empty() || text(item, "HistoryItemType") == kind) && at(item) >= from && at(item) <= to);
    found.sort_by(|a, b| at(a).total_cmp(&at(b)));
    if call.text("ScanBy") != "TimestampAscending" {
        found.reverse();
    }
    Ok(json!({"AlarmHistoryItems": found}))
}
