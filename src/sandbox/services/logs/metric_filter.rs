//! Metric filters: log events that become metric data.

use super::group::{missing, wanted};
use super::pattern::Pattern;
use crate::services::cloudwatch;
use crate::services::members::{items, joined, pick, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn put(call: &mut Call<'_>) -> Answer {
    let group = wanted(call)?;
    if call.get("logs.group", &group).is_some_and(|row| text(row, "logGroupClass") != "STANDARD") {
        return Err(Fault::new("InvalidOperationException", "The operation is not supported for log groups of this class."));
    }
    Pattern::parse(call.text("filterPattern"))?;
    let given = [
        "filterName",
        "filterPattern",
        "logGroupName",
        "metricTransformations",
        "applyOnTransformedLogs",
        "fieldSelectionCriteria",
        "emitSystemFieldDimensions",
    ];
    let row = joined(json!({"creationTime": call.millis}), pick(call.input, &given));
    call.put("logs.metric_filter", &format!("{group}:{}", call.text("filterName")), row);
    count(call, &group);
    Ok(json!({}))
}

fn count(call: &mut Call<'_>, group: &str) {
    let filters = of_group(call, group).len();
    if let Some(row) = call.get_mut("logs.group", group) {
        set(row, "metricFilterCount", filters.into());
    }
}

fn of_group(call: &Call<'_>, group: &str) -> Vec<Value> {
    call.all("logs.metric_filter").into_iter().filter(|(_, row)| text(row, "logGroupName") == group).map(|(_, row)| row.clone()).collect()
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let group = wanted(call)?;
    let id = format!("{group}:{}", call.text("filterName"));
    if call.remove("logs.metric_filter", &id).is_none() {
        return Err(Fault::new("ResourceNotFoundException", "The specified metric filter does not exist."));
    }
    count(call, &group);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let (group, prefix) = (call.text("logGroupName"), call.text("filterNamePrefix"));
    if !group.is_empty() && call.get("logs.group", group).is_none() {
        return Err(missing());
    }
    let (namespace, metric) = (call.text("metricNamespace"), call.text("metricName"));
    let filters = call.all("logs.metric_filter").into_iter().map(|(_, row)| row).filter(|row| {
        (group.is_empty() || text(row, "logGroupName") == group)
            && text(row, "filterName").starts_with(prefix)
            && (metric.is_empty()
                || items(row, "metricTransformations")
                    .iter()
                    .any(|to| text(to, "metricName") == metric && text(to, "metricNamespace") == namespace))
    });
    Ok(json!({"metricFilters": filters.cloned().collect::<Vec<_>>()}))
}

pub fn test(call: &mut Call<'_>) -> Answer {
    let pattern = Pattern::parse(call.text("filterPattern"))?;
    let messages = call.texts("logEventMessages");
    let hits = messages.iter().enumerate().filter(|(_, message)| pattern.matches(message));
    let matches: Vec<Value> =
        hits.map(|(at, message)| json!({"eventNumber": at + 1, "eventMessage": message, "extractedValues": {}})).collect();
    Ok(json!({"matches": matches}))
}

/// Counts an event that arrives in the metrics of the group's filters.
pub fn feed(call: &mut Call<'_>, group: &str, at: i64, message: &str) {
    for filter in of_group(call, group) {
        let Ok(pattern) = Pattern::parse(text(&filter, "filterPattern")) else { continue };
        let hit = pattern.matches(message);
        for to in items(&filter, "metricTransformations") {
            let value = match text(to, "metricValue").strip_prefix("$.") {
                Some(path) => value_at(message, path),
                None => text(to, "metricValue").parse().ok(),
            };
            let value = if hit { value } else { to.get("defaultValue").and_then(Value::as_f64) };
            if let Some(value) = value {
                cloudwatch::record(
                    call,
                    text(to, "metricNamespace"),
                    text(to, "metricName"),
                    &[],
                    at as f64 / 1000.0,
                    value,
                    text(to, "unit"),
                );
            }
        }
    }
}

fn value_at(message: &str, path: &str) -> Option<f64> {
    let message: Value = serde_json::from_str(message).ok()?;
    path.split('.').try_fold(&message, |value, name| value.get(name))?.as_f64()
}
