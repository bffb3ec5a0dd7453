//! Logs, alarms, dashboards, metrics. <https://aws.amazon.com/cloudwatch/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Allowance, Charge, Given};

pub static LOGS: Allowance = Allowance { name: "CloudWatch logs", amount: 5 };
pub static ALARMS: Allowance = Allowance { name: "CloudWatch alarms", amount: 10 };
pub static DASHBOARDS: Allowance = Allowance { name: "CloudWatch dashboards", amount: 3 };
pub static METRICS: Allowance = Allowance { name: "CloudWatch metrics", amount: 10 };

/// Log lines that arrive. `class` is `standard` or `infrequent_access`.
pub fn ingested(class: &str, gb: Given) -> Charge {
    Charge::usage("log lines that arrive", format!("cloudwatch.logs.ingest.{class}"), "GB", gb).free(&LOGS)
}

/// Logs that AWS services deliver by themselves.
pub fn delivered(gb: Given) -> Charge {
    Charge::usage("logs delivered by AWS", "cloudwatch.logs.vended", "GB", gb).free(&LOGS)
}

/// Log lines that are kept, compressed.
pub fn kept(gb: Given) -> Charge {
    Charge::usage("log lines that are kept", "cloudwatch.logs.storage", "GB-month", gb).free(&LOGS)
}

pub fn searched(gb: Given) -> Charge {
    Charge::usage("log lines that queries read", "cloudwatch.logs.insights_scanned", "GB", gb).free(&LOGS)
}

/// An alarm over so many metrics. One that watches a band around a metric counts three for each: the metric and its two bounds.
pub fn alarm(metrics: u32, shortest_period: u32, band: bool) -> Charge {
    let metrics = Decimal::from(if band { metrics * 3 } else { metrics });
    if shortest_period < 60 {
        Charge::fixed("high-resolution alarm", "cloudwatch.alarm.high_resolution", "alarm-metric-month", metrics)
    } else {
        Charge::fixed("alarm", "cloudwatch.alarm.standard", "alarm-metric-month", metrics).free(&ALARMS)
    }
}

/// Alarms that AWS makes for target tracking, billed as any other.
pub fn scaling_alarms(number: Given) -> Charge {
    Charge::usage("alarms of autoscaling", "cloudwatch.alarm.standard", "alarm-metric-month", number).free(&ALARMS)
}

pub fn dashboard() -> Charge {
    Charge::fixed("dashboard", "cloudwatch.dashboard.month", "dashboard-month", 1).free(&DASHBOARDS)
}

pub fn metrics(number: Given) -> Charge {
    Charge::usage("custom metrics", "cloudwatch.metrics.custom", "metric-month", number).free(&METRICS)
}
