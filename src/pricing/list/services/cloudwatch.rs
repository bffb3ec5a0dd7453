//! Logs, alarms, metrics. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html>

use super::{Product, Row, Wanted, one, row};

const TABLE: &[Row] = &[
    ("CW:AlarmMonitorUsage", "cloudwatch.alarm.standard", "alarm-metric-month"),
    ("CW:HighResAlarmMonitorUsage", "cloudwatch.alarm.high_resolution", "alarm-metric-month"),
    ("CW:MetricInsightAlarmUsage", "cloudwatch.alarm.metrics_insights", "alarm-metric-month"),
    ("CW:CompositeAlarmMonitorUsage", "cloudwatch.alarm.composite", "alarm-month"),
    ("CW:GMD-Metrics", "cloudwatch.api.get_metric_data", "1k metrics"),
    ("CW:Requests", "cloudwatch.api.requests", "1k requests"),
    ("CW:ContributorInsightRules", "cloudwatch.contributor_insights.rule", "rule-month"),
    ("CW:MetricStreamUsage", "cloudwatch.metric_streams.update", "1k updates"),
    ("CW:MetricMonitorUsage", "cloudwatch.metrics.custom", "metric-month"),
    ("CW:Canary-runs", "cloudwatch.synthetics.canary_run", "run"),
    ("DashboardsUsageHour", "cloudwatch.dashboard.month", "dashboard-month"),
    ("DataProcessing-Bytes", "cloudwatch.logs.ingest.standard", "GB"),
    ("DataProcessingIA-Bytes", "cloudwatch.logs.ingest.infrequent_access", "GB"),
    ("DataScanned-Bytes", "cloudwatch.logs.insights_scanned", "GB"),
    ("TimedStorage-ByteHrs", "cloudwatch.logs.storage", "GB-month"),
    ("VendedLog-Bytes", "cloudwatch.logs.vended", "GB"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    match product.usage(region) {
        // Metrics of containers, with enhanced observability.
        "CW:MetricsUsage" if product.operation == "MetricStorage:CI-ECS" => one("cloudwatch.metrics.container_insights", "metric-month"),
        usage => row(TABLE, usage),
    }
}
