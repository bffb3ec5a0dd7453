//! Watches a service without a rollout: reads what the guards ask for, at its times, until the end or an interrupt.

use super::Subject;
use super::observe::{alarms, describe, health};
use super::traffic::{self, Pair};
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::monitor::{Health, Monitor, Rules, Sample, Seen, judge};
use crate::core::rollout::observation::{Crash, Minute, Reading, Traffic};
use crate::kinds::ecs::driver::stopped_tasks;
use aws_sdk_ecs::types::Service;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// The time that a service is watched for, and the pauses between two looks.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub length: SignedDuration,
    pub every: SignedDuration,
    /// True to end with the first sample that fails.
    pub until_breach: bool,
}

/// Watches it. What cannot be read leaves a gap; the error is what stands in the way of the first look, since it would of each.
pub async fn monitor(
    aws: &Aws,
    subject: &Subject,
    span: Span,
    mut cancel: watch::Receiver<bool>,
    hear: impl Fn(&Monitor, &Sample),
) -> Result<Monitor> {
    let service = describe(aws, subject).await?;
    let pair = pair(aws, &service).await?;
    let begun = aws.calls.now();
    let until = begun.saturating_add(span.length).unwrap_or(begun);
    let Span { length, every, until_breach } = span;
    let rules = Rules { guard: subject.policy.guard.clone(), crashes: subject.policy.crashes, begun, length, every };
    let mut monitor = Monitor {
        service: subject.name.clone(),
        begun,
        until,
        every_seconds: u32::try_from(every.as_secs()).unwrap_or(u32::MAX),
        interrupted: false,
        has_traffic: pair.as_ref().is_some_and(|pair| pair.balancer.is_some()),
        samples: Vec::new(),
    };
    let mut crashed = BTreeMap::new();
    for number in 0_i32.. {
        let due = every.checked_mul(number).and_then(|after| begun.checked_add(after).ok()).unwrap_or(until).min(until);
        if !wait(aws, due, &mut cancel).await {
            monitor.interrupted = true;
            break;
        }
        let seen = match look(aws, subject, pair.as_ref(), &mut crashed, begun).await {
            Err(error) if monitor.samples.is_empty() && !passes(&error) => return Err(error),
            Err(error) => unread(aws, subject, pair.as_ref(), &error),
            Ok(seen) => seen,
        };
        let counted = monitor.samples.last().map_or(begun, |sample| sample.counted_to);
        let sample = judge(&rules, &seen, counted);
        let failed = sample.verdict == Verdict::Fail;
        monitor.samples.push(sample.clone());
        hear(&monitor, &sample);
        if due >= until || failed && until_breach {
            break;
        }
    }
    Ok(monitor)
}

/// True for an error after which the same may be tried again.
fn passes(error: &Error) -> bool {
    matches!(error.class, Class::Throttled | Class::Unknown)
}

/// Waits for a moment of AWS's time; false if it is interrupted.
async fn wait(aws: &Aws, due: Timestamp, cancel: &mut watch::Receiver<bool>) -> bool {
    let left = Duration::try_from(due.duration_since(aws.calls.now())).unwrap_or_default();
    // A sender that is gone never interrupts.
    let interrupted = async {
        if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        () = interrupted => false,
        () = aws.clock.sleep(left) => true,
    }
}

/// Returns both target groups of a service and the load balancer that counts their requests; none without a load balancer.
async fn pair(aws: &Aws, service: &Service) -> Result<Option<Pair>> {
    const OPERATION: &str = "elasticloadbalancing.DescribeTargetGroups";
    let Some(first) = service.load_balancers().first() else { return Ok(None) };
    let Some(group) = first.target_group_arn.clone() else { return Ok(None) };
    let other = first.advanced_configuration.as_ref().and_then(|pair| pair.alternate_target_group_arn.clone());
    let groups = [Some(group.clone()), other.clone()].into_iter().flatten().collect();
    let call = aws.elbv2.describe_target_groups().set_target_group_arns(Some(groups));
    let groups = call.send().await.during(OPERATION)?.target_groups.unwrap_or_default();
    let balancers = groups.iter().flat_map(|group| group.load_balancer_arns());
    // A Network Load Balancer counts no requests.
    let names = balancers.filter_map(|arn| arn.split_once(":loadbalancer/")).map(|(_, name)| name);
    let balancer = names.into_iter().find(|name| name.starts_with("app/")).map(str::to_owned);
    Ok(Some(Pair { balancer, green: Some(group), blue: other }))
}

async fn look(aws: &Aws, subject: &Subject, pair: Option<&Pair>, crashed: &mut BTreeMap<String, Crash>, begun: Timestamp) -> Result<Seen> {
    let service = describe(aws, subject).await?;
    let now = aws.calls.now();
    let guard = &subject.policy.guard;
    let no_groups = Pair::default();
    let counted = pair.filter(|pair| pair.balancer.is_some());
    let (health, minutes, alarms, metrics, ended) = tokio::join!(
        all_health(aws, &service, pair),
        traffic::minutes(aws, counted.unwrap_or(&no_groups), begun, now),
        alarms(aws, &guard.alarms),
        traffic::metrics(aws, &guard.metrics, now),
        stopped_tasks::ended(aws, &subject.cluster, &subject.service, begun),
    );
    // AWS forgets a task about an hour after it has stopped, so what was seen once counts until the end.
    let crashed = match ended {
        Ok(tasks) => {
            for crash in tasks {
                crashed.entry(crash.task.clone()).or_insert(crash);
            }
            Reading::Known(crashed.values().cloned().collect())
        }
        Err(error) => Reading::Unknown(error.unread()),
    };
    let minutes = counted.map(|_| minutes.iter().map(|minute| (minute.at, together(minute))).collect());
    Ok(Seen { at: now, health, crashed, minutes, alarms, metrics })
}

/// A sample of which nothing could be read.
fn unread(aws: &Aws, subject: &Subject, pair: Option<&Pair>, error: &Error) -> Seen {
    let (now, reason) = (aws.calls.now(), error.to_string());
    Seen {
        at: now,
        health: Reading::Unknown(reason.clone()),
        crashed: Reading::Unknown(reason.clone()),
        minutes: pair.filter(|pair| pair.balancer.is_some()).map(|_| vec![(now, Reading::Unknown(reason.clone()))]),
        alarms: Reading::Unknown(reason.clone()),
        metrics: subject.policy.guard.metrics.iter().map(|_| Reading::Unknown(reason.clone())).collect(),
    }
}

async fn all_health(aws: &Aws, service: &Service, pair: Option<&Pair>) -> Reading<Health> {
    let count = |number: i32| u32::try_from(number).unwrap_or_default();
    let (mut healthy, mut unhealthy) = (0, 0);
    let groups =
        pair.map_or_else(|| vec![None], |pair| [&pair.green, &pair.blue].into_iter().flatten().map(|arn| Some(arn.as_str())).collect());
    for group in groups {
        match health(aws, group, service.running_count).await {
            (Reading::Known(well), Reading::Known(unwell)) => (healthy, unhealthy) = (healthy + well, unhealthy + unwell),
            (Reading::Unknown(reason), _) | (_, Reading::Unknown(reason)) => return Reading::Unknown(reason),
        }
    }
    Reading::Known(Health { desired: count(service.desired_count), running: count(service.running_count), healthy, unhealthy })
}

/// The traffic of both groups together. Quantiles cannot be added up: they are those of the group that was asked more often.
fn together(minute: &Minute) -> Reading<Traffic> {
    match (&minute.blue, &minute.green) {
        (Reading::Unknown(reason), _) | (_, Reading::Unknown(reason)) => Reading::Unknown(reason.clone()),
        (Reading::Known(one), Reading::Known(other)) => {
            let busier = if one.requests > other.requests { one } else { other };
            Reading::Known(Traffic { requests: one.requests + other.requests, errors: one.errors + other.errors, ..*busier })
        }
    }
}
