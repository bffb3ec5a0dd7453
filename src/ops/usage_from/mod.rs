//! The `[usage]` of a stack as CloudWatch knows it: what its live resources served, day by day.

mod metrics;
#[cfg(test)]
mod tests;

use super::Error;
use crate::aws::{self, Aws, During};
use crate::core::identity::partition;
use crate::core::snapshot::{Snapshot, State};
use crate::core::usage::label;
use crate::kinds;
use crate::pricing::measured::{Amount, Days, Measured, Table, added, filled, month};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{Dimension, Metric as CloudWatchMetric, MetricDataQuery, MetricStat, StatusCode};
use aws_smithy_types::DateTime;
use futures::future::try_join_all;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use metrics::{Metric, metrics};
use std::collections::BTreeMap;

const OPERATION: &str = "cloudwatch.GetMetricData";

/// The most queries of one call. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
const QUERIES: usize = 500;

const DAY: i64 = 86_400;

/// A metric of one resource, and the module that it counts for.
struct Asked {
    module: String,
    address: String,
    metric: Metric,
}

/// Reads what CloudWatch knows of so many days before one, of everything live that is the stack's.
pub async fn usage_from(aws: &Aws, snapshot: &Snapshot, days: u32, until: Date) -> Result<Measured, Error> {
    let from = until.saturating_sub(i64::from(days).days());
    let mut tables = BTreeMap::<String, Table>::new();
    let mut asked = Vec::new();
    for (kind, list) in &snapshot.resources {
        let Some(row) = kinds::priced(kind) else { continue };
        for live in list.iter().filter(|live| live.state != State::Deleting) {
            let Some(claim) = &live.claim else { continue };
            let (module, known) = (label(&claim.address).to_owned(), metrics(kind, live, snapshot));
            // A measure without a default counts as nothing unless somebody says it, so nobody misses it.
            let assumed = row.usage.iter().filter(|measure| measure.default.is_some()).map(|measure| measure.name);
            let unknown = assumed.filter(|name| known.iter().all(|metric| metric.measure != *name)).collect::<Vec<_>>();
            if !unknown.is_empty() {
                tables.entry(module.clone()).or_default().unknown.extend(unknown);
            }
            let address = claim.address.to_string();
            asked.extend(known.into_iter().map(|metric| Asked { module: module.clone(), address: address.clone(), metric }));
        }
    }
    let mut sums = BTreeMap::<(String, &'static str), (Days, Metric)>::new();
    for (asked, values) in asked.iter().zip(values(aws, &asked, from, until).await?) {
        let Asked { module, address, metric } = asked;
        if values.iter().all(Option::is_none) {
            if !metric.optional {
                let silent = &mut tables.entry(module.clone()).or_default().silent;
                silent.entry(metric.measure).or_default().insert(address.clone());
            }
            continue;
        }
        let sum = sums.remove(&(module.clone(), metric.measure)).map_or_else(|| values.clone(), |(sum, _)| added(sum, &values));
        sums.insert((module.clone(), metric.measure), (sum, metric.clone()));
    }
    for ((module, measure), (values, metric)) in sums {
        if let Some(month) = month(&values, metric.shape) {
            tables.entry(module).or_default().amounts.insert(measure, Amount { month, note: metric.note });
        }
    }
    Ok(Measured { from, to: until, tables })
}

/// Returns the values of each metric by day, in units of its measure.
async fn values(aws: &Aws, asked: &[Asked], from: Date, until: Date) -> Result<Vec<Days>, Error> {
    let here = aws.cloudwatch.clone();
    // CloudFront counts in us-east-1, for all of the world.
    let region = if partition(&aws.scope.region) == "aws" { "us-east-1" } else { aws.scope.region.as_str() };
    let global = Client::from_conf(here.config().to_builder().region(aws_config::Region::new(region.to_owned())).build());
    let parts = asked.iter().enumerate().flat_map(|(at, asked)| asked.metric.names.iter().map(move |name| (at, *name, &asked.metric)));
    let (far, near) = parts.partition::<Vec<_>, _>(|(_, _, metric)| metric.global);
    let span = (start_of(from)?, start_of(until)?);
    let calls = near.chunks(QUERIES).map(|part| (&here, part)).chain(far.chunks(QUERIES).map(|part| (&global, part)));
    let answers = try_join_all(calls.map(async |(client, part)| {
        let queries = part.iter().enumerate().map(|(id, (_, name, metric))| query(id, name, metric)).collect();
        let answers = fetch(client, queries, part.len(), span).await?;
        Ok::<_, Error>(part.iter().map(|(at, ..)| *at).zip(answers).collect::<Vec<_>>())
    }))
    .await?;
    let mut all = asked.iter().map(|_| None).collect::<Vec<Option<Days>>>();
    for (at, values) in answers.into_iter().flatten() {
        let Some(slot) = all.get_mut(at) else { continue };
        *slot = Some(slot.take().map_or_else(|| values.clone(), |sum| added(sum, &values)));
    }
    let scaled = |(asked, values): (&Asked, Option<Days>)| {
        let values = values.unwrap_or_default().into_iter().map(|value| value.map(|value| value / asked.metric.unit)).collect();
        if asked.metric.sparse { filled(values) } else { values }
    };
    Ok(asked.iter().zip(all).map(scaled).collect())
}

fn query(id: usize, name: &str, metric: &Metric) -> MetricDataQuery {
    let dimension = |(name, value): &(&str, String)| Dimension::builder().name(*name).value(value).build();
    let dimensions = metric.dimensions.iter().map(dimension).collect();
    let named = CloudWatchMetric::builder().namespace(metric.namespace).metric_name(name).set_dimensions(Some(dimensions)).build();
    // A day in seconds fits.
    let stat = MetricStat::builder().metric(named).period(86_400).stat(metric.statistic).build();
    MetricDataQuery::builder().id(format!("q{id}")).metric_stat(stat).return_data(true).build()
}

/// Asks for the values of so many queries, page by page.
async fn fetch(client: &Client, queries: Vec<MetricDataQuery>, count: usize, (start, end): (i64, i64)) -> Result<Vec<Days>, Error> {
    let days = usize::try_from((end - start) / DAY).unwrap_or_default();
    let mut found = vec![vec![None; days]; count];
    let call = client.get_metric_data().set_metric_data_queries(Some(queries));
    let call = call.start_time(DateTime::from_secs(start)).end_time(DateTime::from_secs(end));
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        for result in page.during(OPERATION)?.metric_data_results() {
            if let Some(StatusCode::InternalError | StatusCode::Forbidden) = result.status_code() {
                let message = format!("a metric has no answer ({})", result.status_code().map(StatusCode::as_str).unwrap_or_default());
                return Err(aws::Error::new(OPERATION, "IncompleteAnswer", message).into());
            }
            let at = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
            let Some(values) = at.and_then(|at| found.get_mut(at)) else { continue };
            for (time, value) in result.timestamps().iter().zip(result.values()) {
                let day = usize::try_from((time.secs() - start).div_euclid(DAY)).ok();
                if let Some(slot) = day.and_then(|day| values.get_mut(day)) {
                    *slot = Some(*value);
                }
            }
        }
    }
    Ok(found)
}

/// Returns the second at which a day begins, as AWS counts days: in UTC.
fn start_of(day: Date) -> Result<i64, Error> {
    let start = day.to_zoned(TimeZone::UTC).map_err(|error| aws::Error::new(OPERATION, "InvalidRequest", error.to_string()))?;
    Ok(start.timestamp().as_second())
}
