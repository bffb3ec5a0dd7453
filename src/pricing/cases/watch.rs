//! Logs, alarms, dashboards.

use super::Resource;
use crate::pricing::Charge;
use crate::pricing::tariffs;

pub(super) fn log_group(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let rare = attributes.choice("log_group_class", &["STANDARD", "INFREQUENT_ACCESS"]) == Some("INFREQUENT_ACCESS");
    let class = if rare { "infrequent_access" } else { "standard" };
    vec![
        tariffs::cloudwatch::ingested(class, usage.given("monthly_data_ingested_gb")),
        tariffs::cloudwatch::kept(usage.given("storage_gb")),
        tariffs::cloudwatch::searched(usage.given("monthly_data_scanned_gb")),
    ]
}

pub(super) fn alarm(resource: &Resource<'_>) -> Vec<Charge> {
    let attributes = resource.attributes;
    let queries = attributes.blocks("metric_query");
    let periods = queries.iter().filter_map(|query| {
        query.idle(&["id", "expression", "label", "return_data"]);
        let metric = query.block("metric");
        metric.idle(&["metric_name", "namespace", "stat", "unit", "dimensions"]);
        metric.whole("period")
    });
    let periods = periods.collect::<Vec<_>>();
    let metrics = attributes.whole("metrics").or_else(|| u32::try_from(periods.len()).ok());
    let count = metrics.unwrap_or_default().max(1);
    let own = attributes.whole("period");
    let shortest = periods.iter().min().copied().or(own).unwrap_or(60);
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
