//! Logs, alarms, dashboards.

use super::Resource;
use crate::pricing::Charge;
use crate::pricing::tariffs;
use serde_json::Value;

pub(super) fn log_group(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let rare = attributes.text("log_group_class") == Some("INFREQUENT_ACCESS");
    let class = if rare { "infrequent_access" } else { "standard" };
    vec![
        tariffs::cloudwatch::ingested(class, usage.given("monthly_data_ingested_gb")),
        tariffs::cloudwatch::kept(usage.given("storage_gb")),
        tariffs::cloudwatch::searched(usage.given("monthly_data_scanned_gb")),
    ]
}

pub(super) fn alarm(resource: &Resource<'_>) -> Vec<Charge> {
    let attributes = resource.attributes;
    let queries = attributes.get("metric_query").and_then(Value::as_array).into_iter().flatten();
    let metrics = queries.filter_map(|query| {
        let metric = query.get("metric")?;
        metric.get(0).or(Some(metric))
    });
    let periods = metrics.filter_map(|metric| metric.get("period").and_then(Value::as_u64)).collect::<Vec<_>>();
    let count = attributes.whole("metrics").unwrap_or(periods.len() as u32).max(1);
    let shortest = periods.iter().min().and_then(|period| u32::try_from(*period).ok()).or(attributes.whole("period")).unwrap_or(60);
    let band = attributes.text("comparison_operator").is_some_and(|how| {
        ["LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"].contains(&how)
    });
    vec![tariffs::cloudwatch::alarm(count, shortest, band)]
}

pub(super) fn composite_alarm(_resource: &Resource<'_>) -> Vec<Charge> {
    vec![Charge::fixed("composite alarm", "cloudwatch.alarm.composite", "alarm-month", 1)]
}

pub(super) fn dashboard(_resource: &Resource<'_>) -> Vec<Charge> {
    vec![tariffs::cloudwatch::dashboard()]
}
