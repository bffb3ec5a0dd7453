//! The traffic of both revisions, minute by minute, from CloudWatch.

use crate::aws::{Aws, During, Error, Result};
use crate::core::rollout::observation::{Minute, Reading, Traffic};
use crate::core::rollout::policy::Threshold;
use crate::core::rollout::preflight::facts::Age;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StatusCode};
use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The target groups of both revisions and their load balancer, as far as there are any.
#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    /// The load balancer's name in metrics: `app/web/50dc6c495c0c9188`.
    pub balancer: Option<String>,
    pub green: Option<String>,
    pub blue: Option<String>,
}

/// The minutes before a rollout that stand for the old revision where it has no traffic any more.
const BEFORE: i64 = 30;
/// The longest time that is looked back, in hours.
const LONGEST: i64 = 24;
/// The days for which CloudWatch keeps values of a minute.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>
const KEPT: i64 = 15;
/// Minutes until CloudWatch has all of a minute.
const SETTLES: i64 = 1;

/// Statistics of each side: requests, errors, and quantiles of the time to answer.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>
const ASKED: [(&str, &str); 5] = [
    ("RequestCount", "Sum"),
    ("HTTPCode_Target_5XX_Count", "Sum"),
    ("TargetResponseTime", "p50"),
    ("TargetResponseTime", "p95"),
    ("TargetResponseTime", "p99"),
];

/// Reads both sides. What cannot be read is one minute that nobody knows.
pub(super) async fn minutes(aws: &Aws, pair: &Pair, started: Timestamp, now: Timestamp) -> Vec<Minute> {
    let Some(balancer) = &pair.balancer else { return Vec::new() };
    let whole = |at: Timestamp| at.as_second().div_euclid(60) * 60;
    let earliest = now.saturating_sub(SignedDuration::from_hours(LONGEST)).unwrap_or(started);
    let kept = whole(aws.calls.now()) - KEPT * 24 * 3600 + 60;
    let start = whole(started.saturating_sub(SignedDuration::from_mins(BEFORE)).unwrap_or(started).max(earliest)).max(kept);
    let end = whole(now) - SETTLES * 60;
    let unknown = |reason: String| Minute { at: now, blue: Reading::Unknown(reason.clone()), green: Reading::Unknown(reason) };
    if end <= kept {
        return vec![unknown(format!("CloudWatch keeps each minute for {KEPT} days"))];
    }
    if end <= start {
        return Vec::new();
    }
    let sides = [pair.blue.as_deref(), pair.green.as_deref()];
    let queries = sides.iter().enumerate().filter_map(|(side, group)| Some((side, suffix((*group)?)?))).flat_map(|(side, group)| {
        let of = [("TargetGroup", group), ("LoadBalancer", balancer.as_str())];
        ASKED.iter().enumerate().map(move |(number, (metric, statistic))| {
            let dimensions = of.map(|(name, value)| Dimension::builder().name(name).value(value).build());
            let metric = Metric::builder().namespace("AWS/ApplicationELB").metric_name(*metric).set_dimensions(Some(dimensions.into()));
            let stat = MetricStat::builder().metric(metric.build()).period(60).stat(*statistic).build();
            MetricDataQuery::builder().id(format!("q{side}{number}")).metric_stat(stat).return_data(true).build()
        })
    });
    match fetch(aws, queries.collect(), start, end).await {
        Err(error) => vec![unknown(error.unread())],
        Ok(found) => (start..end)
            .step_by(60)
            .filter_map(|second| {
                let value =
                    |side: usize, number: usize| found.get(&format!("q{side}{number}")).and_then(|values| values.get(&second)).copied();
                let of = |side: usize| {
                    // No data point is no request.
                    let whole = |number: usize| value(side, number).filter(|value| *value > 0.0).map_or(0, |value| value.round() as u64);
                    let [p50, p95, p99] = [2, 3, 4].map(|number| value(side, number));
                    Reading::Known(Traffic { requests: whole(0), errors: whole(1), p50, p95, p99 })
                };
                Some(Minute { at: Timestamp::from_second(second).ok()?, blue: of(0), green: of(1) })
            })
            .collect(),
    }
}

/// Reads the newest value of each metric; one without a value in the last minutes is not known.
pub(super) async fn metrics(aws: &Aws, watched: &[Threshold], now: Timestamp) -> Vec<Reading<f64>> {
    let end = now.as_second().div_euclid(60) * 60;
    newest(aws, watched, end - 5 * 60, end, |found| match found {
        Some((_, value)) => Reading::Known(value),
        None => Reading::Unknown("none came in the last five minutes".into()),
    })
    .await
}

/// The hours in which a metric that is there has a value.
const HOURS: u32 = 3;

/// Reads the age of the newest value of each metric.
pub(super) async fn ages(aws: &Aws, watched: &[Threshold], now: Timestamp) -> Vec<Reading<Age>> {
    let end = now.as_second().div_euclid(60) * 60;
    newest(aws, watched, end - i64::from(HOURS) * 3600, end, |found| {
        let minutes = |second: i64| u32::try_from((end - second).div_euclid(60) - 1).unwrap_or_default();
        Reading::Known(found.map_or(Age::NoneFor { hours: HOURS }, |(second, _)| Age::Minutes(minutes(second))))
    })
    .await
}

/// Answers for each metric by its newest value and the second of it.
async fn newest<T>(
    aws: &Aws,
    watched: &[Threshold],
    start: i64,
    end: i64,
    answer: impl Fn(Option<(i64, f64)>) -> Reading<T>,
) -> Vec<Reading<T>> {
    if watched.is_empty() {
        return Vec::new();
    }
    let queries = watched.iter().enumerate().map(|(number, one)| {
        let dimensions = one.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
        let metric = Metric::builder().namespace(&one.namespace).metric_name(&one.metric).set_dimensions(Some(dimensions.collect()));
        let stat = MetricStat::builder().metric(metric.build()).period(60).stat(&one.statistic).build();
        MetricDataQuery::builder().id(format!("q{number}")).metric_stat(stat).return_data(true).build()
    });
    let found = fetch(aws, queries.collect(), start, end).await;
    let of = |number: usize| match &found {
        Err(error) => Reading::Unknown(error.unread()),
        Ok(found) => {
            let newest = found.get(&format!("q{number}")).and_then(|values| values.last_key_value());
            answer(newest.map(|(second, value)| (*second, *value * watched[number].times)))
        }
    };
    (0..watched.len()).map(of).collect()
}

/// The values of each query by the second at which their minute begins.
pub(super) type Values = BTreeMap<String, BTreeMap<i64, f64>>;

pub(super) async fn fetch(aws: &Aws, queries: Vec<MetricDataQuery>, start: i64, end: i64) -> Result<Values> {
    const OPERATION: &str = "cloudwatch.GetMetricData";
    let call = aws.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries));
    let mut pages = call.start_time(DateTime::from_secs(start)).end_time(DateTime::from_secs(end)).into_paginator().send();
    let mut found = Values::new();
    while let Some(page) = pages.next().await {
        for result in page.during(OPERATION)?.metric_data_results() {
            if let Some(StatusCode::InternalError | StatusCode::Forbidden) = result.status_code() {
                return Err(Error::new(OPERATION, "IncompleteAnswer", "a metric has no answer"));
            }
            let values = found.entry(result.id().unwrap_or_default().to_owned()).or_default();
            values.extend(result.timestamps().iter().map(DateTime::secs).zip(result.values().iter().copied()));
        }
    }
    Ok(found)
}

/// The name of a target group in metrics: `targetgroup/web/73e2d6bc24d8a067`.
fn suffix(arn: &str) -> Option<&str> {
    arn.rsplit(':').next().filter(|name| name.starts_with("targetgroup/"))
}
