//! Logs, alarms, dashboards, metrics. <https://aws.amazon.com/cloudwatch/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Allowance, Charge, Given};

/// AWS gives 5 GB of lines that arrive, and as much again of what is kept: its own example takes both off, 30 GB that arrive and 6 GB
/// that are kept being $12.50 and $0.03. What queries read stands beside them in the same entry of the page.
pub static LOGS_ARRIVING: Allowance = Allowance { name: "CloudWatch logs that arrive", amount: 5 };
pub static LOGS_KEPT: Allowance = Allowance { name: "CloudWatch logs that are kept", amount: 5 };
pub static LOGS_SEARCHED: Allowance = Allowance { name: "CloudWatch logs that queries read", amount: 5 };
pub static ALARMS: Allowance = Allowance { name: "CloudWatch alarms", amount: 10 };
pub static DASHBOARDS: Allowance = Allowance { name: "CloudWatch dashboards", amount: 3 };
pub static METRICS: Allowance = Allowance { name: "CloudWatch metrics", amount: 10 };

/// Log lines that arrive. `class` is `standard` or `infrequent_access`.
pub fn ingested(class: &str, gb: Given) -> Charge {
    Charge::usage("log lines that arrive", format!("cloudwatch.logs.ingest.{class}"), "GB", gb).free(&LOGS_ARRIVING)
}

/// Logs that AWS services deliver by themselves, such as flow logs of a network.
pub fn delivered(infrequent_access: bool, gb: Given) -> Charge {
    let key = if infrequent_access { "cloudwatch.logs.vended.infrequent_access" } else { "cloudwatch.logs.vended" };
    Charge::usage("logs delivered by AWS", key, "GB", gb).free(&LOGS_ARRIVING)
}

/// Log lines that are kept, compressed.
pub fn kept(gb: Given) -> Charge {
    Charge::usage("log lines that are kept", "cloudwatch.logs.storage", "GB-month", gb).free(&LOGS_KEPT)
}

pub fn searched(gb: Given) -> Charge {
    Charge::usage("log lines that queries read", "cloudwatch.logs.insights_scanned", "GB", gb).free(&LOGS_SEARCHED)
}

/// An alarm over so many metrics. One that watches a band around a metric counts two more, the bounds of the band. Alarms of high
/// resolution are none of those that are given away. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html>
pub fn alarm(metrics: u32, shortest_period: u32, band: bool) -> Charge {
    let metrics = Decimal::from(metrics) + Decimal::from(if band { 2 } else { 0 });
    if shortest_period < 60 {
        Charge::fixed("high-resolution alarm", "cloudwatch.alarm.high_resolution", "alarm-metric-month", metrics)
    } else {
        Charge::fixed("alarm", "cloudwatch.alarm.standard", "alarm-metric-month", metrics).free(&ALARMS)
    }
}

/// An alarm over a Metrics Insights query: each metric that the query reads counts, and each that an expression reads beside it.
/// None is given away: <https://aws.amazon.com/cloudwatch/pricing/>, "10 Alarm metrics (only applicable to Standard resolution alarms
/// that list metrics directly and don't use a Metrics Insights query)".
pub fn query_alarm(metrics: Given) -> Charge {
    Charge::usage("alarm over a query", "cloudwatch.alarm.metrics_insights", "alarm-metric-month", metrics)
}

/// Alarms that AWS makes for target tracking, billed as any other.
pub fn scaling_alarms(number: Given) -> Charge {
    Charge::usage("alarms of autoscaling", "cloudwatch.alarm.standard", "alarm-metric-month", number).free(&ALARMS)
}

pub fn dashboard() -> Charge {
    Charge::fixed("dashboard", "cloudwatch.dashboard.month", "dashboard-month", 1).free(&DASHBOARDS)
}

/// Metrics of Container Insights with enhanced observability, which have a price of their own: usage type `MetricsUsage`, operation
/// `MetricStorage:CI-ECS`. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html>
pub fn container_metrics(number: Given) -> Charge {
    Charge::usage("metrics of containers", "cloudwatch.metrics.container_insights", "metric-month", number)
}

pub fn metrics(number: Given) -> Charge {
    Charge::usage("custom metrics", "cloudwatch.metrics.custom", "metric-month", number).free(&METRICS)
}
