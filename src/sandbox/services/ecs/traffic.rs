//! The traffic of services behind load balancers, and the metrics that come of it.
//!
//! Nothing is sent anywhere. A service's history says since when its traffic is split how, and between how many healthy targets; the
//! metrics of a minute are worked out from that when somebody asks, the same ones each time for the same seed.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>

use super::deployment;
use crate::rollouts::{Traffic, Trouble};
use crate::services::elbv2::{kind, load_balancer, target};
use crate::services::members::{items, text};
use crate::world::Call;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

pub const NAMESPACE: &str = "AWS/ApplicationELB";
const TABLE: &str = "ecs.traffic";
const SERVICE: &str = "ecs.service";
/// CloudWatch keeps values by the minute for 15 days.
const KEPT: f64 = 15.0 * 86_400.0;
/// The most changes of a service's traffic that are remembered.
const MOST: usize = 5_000;
const MINUTE: i64 = 60;
/// The answers of a minute are told by so many of them, each standing for as many as there are.
const SAMPLES: u32 = 200;

/// A service's part of a load balancer's traffic, since some time.
#[derive(Debug, Clone, PartialEq)]
struct Flow {
    group: String,
    balancer: String,
    requests_per_second: f64,
    /// The share of requests that fail.
    errors: f64,
    seconds: f64,
    healthy: i64,
    unhealthy: i64,
}

/// Remembers how a service's traffic is split now, if that has changed.
pub fn note(call: &mut Call<'_>, key: &str) {
    let flows = flows(call, key);
    let known = call.get(TABLE, key);
    let last = known.and_then(|row| items(row, "_rows").last().cloned());
    let shown: Vec<Value> = flows.iter().map(Flow::kept).collect();
    if last.as_ref().map_or(shown.is_empty(), |last| last["flows"] == json!(shown)) {
        return;
    }
    let now = call.now();
    let mut rows = known.map(|row| items(row, "_rows").to_vec()).unwrap_or_default();
    // The last one counts of several changes at one moment.
    rows.retain(|row| row["at"].as_f64() != Some(now));
    rows.push(json!({"at": now, "flows": shown}));
    // The last one before what is kept still says how it began.
    let old = rows.iter().filter(|row| row["at"].as_f64().unwrap_or(0.0) < now - KEPT).count().saturating_sub(1);
    rows.drain(..old.max(rows.len().saturating_sub(MOST)));
    call.put(TABLE, key, json!({"_rows": rows}));
}

/// Remembers it for every service, as rules or targets have changed.
pub fn note_all(call: &mut Call<'_>) {
    let keys: Vec<String> = call.all(SERVICE).into_iter().map(|(key, _)| key.clone()).collect();
    for key in keys {
        note(call, &key);
    }
}

fn flows(call: &Call<'_>, key: &str) -> Vec<Flow> {
    let Some(row) = call.get(SERVICE, key).filter(|row| text(row, "status") == "ACTIVE") else { return Vec::new() };
    let name = key.rsplit('/').next().unwrap_or(key);
    let traffic = call.world.rollouts.traffic.get(name).copied().unwrap_or_default();
    let mut flows = Vec::new();
    for (at, balancer) in items(row, "loadBalancers").iter().enumerate() {
        let advanced = |name: &str| balancer.pointer(&format!("/advancedConfiguration/{name}")).and_then(Value::as_str);
        let rule = advanced("productionListenerRule");
        for group in [Some(text(balancer, "targetGroupArn")), advanced("alternateTargetGroupArn")].into_iter().flatten() {
            let share = rule.map_or(1.0, |rule| deployment::forward_share(call, rule, group));
            flows.extend(flow(call, key, at, group, share, traffic));
        }
    }
    flows
}

/// The flow through one target group, answered by the revisions whose tasks are in it.
fn flow(call: &Call<'_>, key: &str, at: usize, group: &str, share: f64, traffic: Traffic) -> Option<Flow> {
    let service = call.get(SERVICE, key)?;
    let balancer = load_balancer::that_use(call, group).into_iter().next()?;
    if !balancer.contains(":loadbalancer/app/") {
        return None;
    }
    let states = call.all(target::TABLE).into_iter().filter(|(_, row)| text(row, "TargetGroupArn") == group);
    let states: Vec<&str> = states.map(|(_, row)| text(&row["TargetHealth"], "State")).collect();
    let count = |state: &str| i64::try_from(states.iter().filter(|one| **one == state).count()).unwrap_or(i64::MAX);
    let healthy = count("healthy");
    let here = |one: &&Value| items(one, "_balancers").get(at).is_some_and(|balancer| text(balancer, "targetGroupArn") == group);
    // Each revision answers as many as it has tasks here.
    let (mut errors, mut slower, mut tasks) = (0.0, 0.0, 0.0);
    for one in items(service, "deployments").iter().filter(here) {
        let running = deployment::counts(call, key, Some(text(one, "id"))).running as f64;
        let (own_errors, own_slower) = answers(&deployment::troubles(call, text(one, "_revision")), traffic.errors);
        (errors, slower, tasks) = (errors + running * own_errors, slower + running * own_slower, tasks + running);
    }
    let (errors, slower) = if tasks > 0.0 { (errors / tasks, slower / tasks) } else { (traffic.errors, 1.0) };
    // Without a healthy target the load balancer answers 503 itself, and no target group is asked.
    let requests_per_second = if healthy > 0 { traffic.requests_per_second * share } else { 0.0 };
    let (group, balancer) = (dimension(group), dimension(&balancer));
    Some(Flow { group, balancer, requests_per_second, errors, seconds: traffic.seconds * slower, healthy, unhealthy: count("unhealthy") })
}

/// The share of a revision's answers that fail, and the factor by which they take longer.
fn answers(troubles: &[Trouble], errors: f64) -> (f64, f64) {
    let failed = |trouble: &Trouble| if let Trouble::Errors(share) = trouble { Some(*share) } else { None };
    let slower = |trouble: &Trouble| if let Trouble::Latency(factor) = trouble { Some(*factor) } else { None };
    (troubles.iter().filter_map(failed).fold(errors, f64::max), troubles.iter().filter_map(slower).fold(1.0, f64::max))
}

/// An ARN as metrics name it: `targetgroup/web/0123456789abcdef`, `app/web/0123456789abcdef`.
fn dimension(arn: &str) -> String {
    let last = arn.rsplit(':').next().unwrap_or(arn);
    if last.starts_with("loadbalancer/") { kind::path(arn).to_owned() } else { last.to_owned() }
}

impl Flow {
    fn kept(&self) -> Value {
        let Flow { group, balancer, requests_per_second, errors, seconds, healthy, unhealthy } = self;
        json!([group, balancer, requests_per_second, errors, seconds, healthy, unhealthy])
    }

    fn read(value: &Value) -> Option<Flow> {
        let text = |at: usize| value.get(at).and_then(Value::as_str).map(String::from);
        let number = |at: usize| value.get(at).and_then(Value::as_f64);
        let whole = |at: usize| value.get(at).and_then(Value::as_i64);
        Some(Flow {
            group: text(0)?,
            balancer: text(1)?,
            requests_per_second: number(2)?,
            errors: number(3)?,
            seconds: number(4)?,
            healthy: whole(5)?,
            unhealthy: whole(6)?,
        })
    }
}

/// A metric that load balancers have.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Metric {
    Requests,
    Errors,
    Answers,
    ResponseTime,
    Healthy,
    Unhealthy,
}

const METRICS: [(&str, Metric); 6] = [
    ("RequestCount", Metric::Requests),
    ("HTTPCode_Target_5XX_Count", Metric::Errors),
    ("HTTPCode_Target_2XX_Count", Metric::Answers),
    ("TargetResponseTime", Metric::ResponseTime),
    ("HealthyHostCount", Metric::Healthy),
    ("UnHealthyHostCount", Metric::Unhealthy),
];

type Values = Vec<(f64, f64)>;

/// The flows that a query asks about: those through a load balancer, or through one of its groups.
struct Asked<'q> {
    metric: Metric,
    balancer: &'q str,
    group: Option<&'q str>,
}

impl<'q> Asked<'q> {
    fn of(metric: &str, dimensions: &'q BTreeSet<(String, String)>) -> Option<Self> {
        let (_, metric) = METRICS.into_iter().find(|(name, _)| *name == metric)?;
        let known: BTreeMap<&str, &str> = dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (group, balancer) = (known.get("TargetGroup").copied(), known.get("LoadBalancer").copied()?);
        // A load balancer has counts of requests; of hosts its groups have.
        let hosts = matches!(metric, Metric::Healthy | Metric::Unhealthy);
        (known.len() == 1 + usize::from(group.is_some()) && !(hosts && group.is_none())).then_some(Asked { metric, balancer, group })
    }

    fn fits(&self, flow: &Flow) -> bool {
        self.balancer == flow.balancer && self.group.is_none_or(|group| group == flow.group)
    }
}

/// True when a metric is one of a service's traffic.
pub fn has(call: &Call<'_>, metric: &str, dimensions: &BTreeSet<(String, String)>) -> bool {
    let Some(asked) = Asked::of(metric, dimensions) else { return false };
    let last = |row: &Value| {
        items(row, "_rows").last().is_some_and(|row| items(row, "flows").iter().filter_map(Flow::read).any(|flow| asked.fits(&flow)))
    };
    call.all(TABLE).into_iter().any(|(_, row)| last(row))
}

/// The values of a metric from one time to before another, by the start of its minute; each with how often it was seen.
/// Minutes that are not over are not told yet.
pub fn values(call: &Call<'_>, metric: &str, dimensions: &BTreeSet<(String, String)>, from: f64, to: f64) -> Vec<(i64, Values)> {
    let Some(asked) = Asked::of(metric, dimensions) else { return Vec::new() };
    let last = (call.now() as i64).div_euclid(MINUTE) * MINUTE;
    let first = (from as i64).div_euclid(MINUTE) * MINUTE;
    let mut found: BTreeMap<i64, Values> = BTreeMap::new();
    for (_, row) in call.all(TABLE) {
        let rows = items(row, "_rows");
        for (at, one) in rows.iter().enumerate() {
            let begins = one["at"].as_f64().unwrap_or(0.0);
            let ends = rows.get(at + 1).and_then(|next| next["at"].as_f64()).unwrap_or(f64::MAX);
            let mut minute = first.max((begins as i64).div_euclid(MINUTE) * MINUTE);
            while minute + MINUTE <= last && (minute as f64) < to.min(ends) {
                let seconds = ends.min((minute + MINUTE) as f64) - begins.max(minute as f64);
                for flow in items(one, "flows").iter().filter_map(Flow::read).filter(|flow| seconds > 0.0 && asked.fits(flow)) {
                    let draw = Draw::new(call.world.seed, &format!("{} {minute} {begins}", flow.group));
                    let more = told(asked.metric, &flow, seconds, &draw);
                    if !more.is_empty() {
                        found.entry(minute).or_default().extend(more);
                    }
                }
                minute += MINUTE;
            }
        }
    }
    found.into_iter().collect()
}

/// The values that a flow gives a metric in so many seconds of a minute.
fn told(metric: Metric, flow: &Flow, seconds: f64, draw: &Draw) -> Values {
    let requests = draw.poisson(REQUESTS, flow.requests_per_second * seconds);
    let failed = draw.poisson(ERRORS, requests * flow.errors).min(requests);
    let some = |count: f64| if count > 0.0 { vec![(1.0, count)] } else { Vec::new() };
    match metric {
        Metric::Requests => some(requests),
        Metric::Errors => some(failed),
        Metric::Answers => some(requests - failed),
        Metric::Healthy => vec![(flow.healthy as f64, 1.0)],
        Metric::Unhealthy => vec![(flow.unhealthy as f64, 1.0)],
        Metric::ResponseTime if requests <= 0.0 => Vec::new(),
        Metric::ResponseTime => {
            let samples = requests.min(f64::from(SAMPLES));
            let count = samples as u32;
            let drawn = |at: u32| flow.seconds * spread(draw.evenly(TIMES + at));
            (0..count).map(|at| (drawn(at), requests / samples)).collect()
        }
    }
}

/// The answer times of a service as multiples of its median, by their rank from 0 to 1: 2.2 at 95 %, 3.4 at 99 %.
fn spread(rank: f64) -> f64 {
    0.6 + 0.8 * rank + rank.powi(20) * 2.4
}

/// Numbers that are the same for the same seed and place.
struct Draw(u64);

impl Draw {
    fn new(seed: u64, place: &str) -> Self {
        let digest = Sha256::digest(format!("traffic {seed} {place}"));
        Draw(digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
    }

    /// The number of this place in the row, evenly from 0 to 1 (SplitMix64).
    fn evenly(&self, place: u32) -> f64 {
        let mut bits = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(place) + 1));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let upper = u32::try_from(bits >> 32).unwrap_or(u32::MAX);
        f64::from(upper) / (f64::from(u32::MAX) + 1.0)
    }

    /// A count of things that happen independently of one another, so many on the average. Uses twelve numbers of the row.
    fn poisson(&self, place: u32, mean: f64) -> f64 {
        if mean <= 0.0 {
            return 0.0;
        }
        if mean > 50.0 {
            // Twelve even numbers are as good as a normal one.
            let normal: f64 = (0..12).map(|at| self.evenly(place + at)).sum::<f64>() - 6.0;
            return (mean + normal * mean.sqrt()).round().max(0.0);
        }
        let (mut left, mut chance, mut count) = (self.evenly(place), (-mean).exp(), 0.0);
        while left > chance && count < 200.0 {
            left -= chance;
            count += 1.0;
            chance *= mean / count;
        }
        count
    }
}

/// The places in the row at which requests, errors and answer times are drawn.
const REQUESTS: u32 = 0;
const ERRORS: u32 = 12;
const TIMES: u32 = 24;

/// The metrics that services have here, for ListMetrics.
pub fn listed(call: &Call<'_>) -> Vec<(&'static str, BTreeSet<(String, String)>)> {
    let mut found = Vec::new();
    for (_, row) in call.all(TABLE) {
        let flows: BTreeSet<(String, String)> = items(row, "_rows")
            .iter()
            .flat_map(|row| items(row, "flows").iter().filter_map(Flow::read).collect::<Vec<_>>())
            .map(|flow| (flow.group, flow.balancer))
            .collect();
        for (group, balancer) in flows {
            let dimensions = BTreeSet::from([("LoadBalancer".to_owned(), balancer), ("TargetGroup".to_owned(), group)]);
            found.extend(METRICS.iter().map(|(name, _)| (*name, dimensions.clone())));
        }
    }
    found
}

/// A service that is gone has no traffic, and its history goes with it.
pub fn forget(call: &mut Call<'_>, key: &str) {
    call.remove(TABLE, key);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_drawn_around_their_mean() {
        for mean in [0.5, 9.0, 180.0] {
            let counts: Vec<f64> = (0..500).map(|at| Draw::new(1, &at.to_string()).poisson(REQUESTS, mean)).collect();
            let average = counts.iter().sum::<f64>() / 500.0;
            let variance = counts.iter().map(|count| (count - average).powi(2)).sum::<f64>() / 500.0;
            assert!((average - mean).abs() < mean.sqrt() * 0.15, "{mean} {average}");
            assert!((variance / mean - 1.0).abs() < 0.3, "{mean} {variance}");
        }
    }

    #[test]
    fn answers_are_spread_as_they_are_said_to_be() {
        for (rank, want) in [(0.5, 1.0), (0.95, 2.2), (0.99, 3.4)] {
            assert!((spread(rank) - want).abs() < 0.06, "{rank} {}", spread(rank));
        }
    }
}
