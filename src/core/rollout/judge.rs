//! The verdict on a new revision: compared with the old one over the same minutes, and held against fixed limits.

use super::observation::{Alarm, AlarmState, Minute, Observation, Reading, Traffic};
use super::policy::{Errors, Guard, Latency, Policy, Quantile};
use super::statistics::{Share, hits_by_chance, worse_by_chance};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    /// There is too little to go by, or something could not be read. It never promotes.
    Inconclusive,
    Fail,
}

/// One thing that was looked at, the figures, and what they say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    #[serde(flatten)]
    pub measure: Measure,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "measure")]
pub enum Measure {
    /// Answers with a status of 500 and above. `chance` is the probability that it is one where both revisions fail alike.
    Errors { blue: Counted, green: Counted, least: u64, chance: f64 },
    /// Seconds: the medians over the minutes. Green was too slow in `slower` of `minutes`.
    Latency { quantile: Quantile, blue: Option<f64>, green: Option<f64>, slower: u64, minutes: u64, chance: f64 },
    Alarm {
        name: String,
        state: Option<AlarmState>,
        /// The reason why it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    Metric {
        name: String,
        value: Option<f64>,
        limit: f64,
        above: bool,
        /// The reason why there is no value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    /// A minute, or a state, that could not be read.
    Unread { reason: String },
}

/// Requests of one side, and how many of them failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counted {
    pub requests: u64,
    pub errors: u64,
}

impl Counted {
    pub(super) fn share(self) -> Share {
        Share { failed: self.errors.min(self.requests), of: self.requests }
    }
}

/// A chance below which a difference is no longer taken for nothing, and not yet for something: it is looked at for longer.
pub(super) const DOUBT: f64 = 0.05;

/// The minutes that a latency has to be known in before anything is said of it.
pub(super) const FEW_MINUTES: u64 = 3;

/// Judges what has been seen since `since`. The worst verdict counts; of nothing to look at it is a pass.
#[must_use]
pub fn judge(policy: &Policy, seen: &Observation, since: Timestamp) -> Vec<Finding> {
    let guard = &policy.guard;
    let mut found = Vec::new();
    // The first version of a service has nothing to be compared with, and nothing to go back to.
    let compares = seen.deployment.as_ref().is_some_and(|deployment| deployment.blue.is_some());
    if compares && (guard.errors.is_some() || !guard.latency.is_empty()) {
        let (before, minutes) = split(&seen.minutes, since);
        found.extend(unread(minutes));
        found.extend(guard.errors.map(|errors| judge_errors(guard, errors, policy.significance(), before, minutes)));
        found.extend(guard.latency.iter().map(|latency| judge_latency(*latency, policy.significance(), before, minutes)));
    }
    found.extend(limits(guard, seen));
    found
}

/// Judges what the new revision must keep whatever the old one does, and whatever traffic it has.
#[must_use]
pub fn limits(guard: &Guard, seen: &Observation) -> Vec<Finding> {
    let mut found = alarms(guard, seen);
    found.extend(of_metrics(guard, &seen.metrics));
    found
}

/// Returns the worst of some verdicts.
#[must_use]
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Pass)
}

/// Judges the alarms that the guard names.
#[must_use]
pub fn alarms(guard: &Guard, seen: &Observation) -> Vec<Finding> {
    of_alarms(guard, &seen.alarms)
}

pub(super) fn of_alarms(guard: &Guard, read: &Reading<Vec<Alarm>>) -> Vec<Finding> {
    guard
        .alarms
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let state = read.known().and_then(|alarms| alarms.get(at)).map(|alarm| alarm.state);
            let verdict = match state {
                Some(AlarmState::Ok) => Verdict::Pass,
                Some(AlarmState::Alarm) => Verdict::Fail,
                Some(AlarmState::InsufficientData | AlarmState::Missing) | None => Verdict::Inconclusive,
            };
            let unread = read.unknown().map(str::to_owned);
            Finding { verdict, measure: Measure::Alarm { name: name.clone(), state, unread } }
        })
        .collect()
}

pub(super) fn of_metrics(guard: &Guard, read: &[Reading<f64>]) -> Vec<Finding> {
    let judged = guard.metrics.iter().enumerate().map(|(at, limit)| {
        let value = read.get(at).and_then(Reading::known).copied().filter(|value| value.is_finite());
        let passed = |value: f64| if limit.above { value > limit.value } else { value < limit.value };
        let verdict = match value {
            None => Verdict::Inconclusive,
            Some(value) if passed(value) => Verdict::Fail,
            Some(_) => Verdict::Pass,
        };
        let unread = read.get(at).and_then(Reading::unknown).map(str::to_owned);
        Finding { verdict, measure: Measure::Metric { name: limit.name.clone(), value, limit: limit.value, above: limit.above, unread } }
    });
    judged.collect()
}

fn split(minutes: &[Minute], since: Timestamp) -> (&[Minute], &[Minute]) {
    minutes.split_at(minutes.partition_point(|minute| minute.at < since))
}

fn unread(minutes: &[Minute]) -> Option<Finding> {
    let reason = minutes.iter().flat_map(|minute| [&minute.blue, &minute.green]).find_map(|reading| match reading {
        Reading::Known(_) => None,
        Reading::Unknown(reason) => Some(reason.clone()),
    })?;
    Some(Finding { verdict: Verdict::Inconclusive, measure: Measure::Unread { reason } })
}

pub(super) fn count<'a>(side: impl Iterator<Item = &'a Reading<Traffic>>) -> Counted {
    side.filter_map(Reading::known).fold(Counted::default(), |sum, traffic| Counted {
        requests: sum.requests.saturating_add(traffic.requests),
        errors: sum.errors.saturating_add(traffic.errors),
    })
}

/// Green against blue over the same minutes; where blue has no traffic any more, against blue before.
fn judge_errors(guard: &Guard, errors: Errors, significance: f64, before: &[Minute], minutes: &[Minute]) -> Finding {
    let least = guard.least_requests;
    let green = count(minutes.iter().map(|minute| &minute.green));
    let beside = count(minutes.iter().map(|minute| &minute.blue));
    let blue = if beside.requests >= least { beside } else { count(before.iter().map(|minute| &minute.blue)) };
    let (share, other) = (green.share(), blue.share());
    let chance = worse_by_chance(other, share);
    let differs = share.value() - other.value() > errors.tolerance;
    let too_many = share.value() > errors.most;
    let proved = hits_by_chance(share.failed, share.of, errors.most) < significance;
    let verdict = if green.requests < least {
        Verdict::Inconclusive
    } else if too_many && proved || blue.requests >= least && differs && chance < significance {
        Verdict::Fail
    } else if too_many || blue.requests < least || differs && chance < DOUBT {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    };
    Finding { verdict, measure: Measure::Errors { blue, green, least, chance } }
}

impl Quantile {
    fn of(self, traffic: &Traffic) -> Option<f64> {
        let seconds = match self {
            Quantile::P50 => traffic.p50,
            Quantile::P95 => traffic.p95,
            Quantile::P99 => traffic.p99,
        };
        seconds.filter(|seconds| seconds.is_finite())
    }
}

/// Minute by minute, since quantiles cannot be added up: if green is as fast as blue, it is the slower one in half of the minutes.
pub(super) fn judge_latency(latency: Latency, significance: f64, before: &[Minute], minutes: &[Minute]) -> Finding {
    let of = |reading: &Reading<Traffic>| reading.known().and_then(|traffic| latency.quantile.of(traffic));
    let usual = median(before.iter().filter_map(|minute| of(&minute.blue)).collect());
    let pairs = minutes.iter().filter_map(|minute| Some((of(&minute.blue).or(usual)?, of(&minute.green)?))).collect::<Vec<_>>();
    let too_slow = |(blue, green): &&(f64, f64)| *green > blue * (1.0 + latency.tolerance) && green - blue > latency.floor;
    let (all, slower) = (pairs.len() as u64, pairs.iter().filter(too_slow).count() as u64);
    let chance = hits_by_chance(slower, all, 0.5);
    let verdict = if all < FEW_MINUTES {
        Verdict::Inconclusive
    } else if chance < significance {
        Verdict::Fail
    } else if slower * 2 > all {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    };
    let (blue, green) = pairs.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
    let measure = Measure::Latency { quantile: latency.quantile, blue: median(blue), green: median(green), slower, minutes: all, chance };
    Finding { verdict, measure }
}

/// The traffic of some minutes together; quantiles are medians, since they cannot be added up.
pub(super) fn together<'a>(minutes: impl Iterator<Item = &'a Traffic>) -> Traffic {
    let known = minutes.collect::<Vec<_>>();
    let median = |of: fn(&Traffic) -> Option<f64>| median(known.iter().filter_map(|traffic| of(traffic)).collect());
    Traffic {
        requests: known.iter().map(|traffic| traffic.requests).sum(),
        errors: known.iter().map(|traffic| traffic.errors).sum(),
        p50: median(|traffic| traffic.p50),
        p95: median(|traffic| traffic.p95),
        p99: median(|traffic| traffic.p99),
    }
}

pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        even if even % 2 == 0 => Some(f64::midpoint(values[middle - 1], values[middle])),
        _ => Some(values[middle]),
    }
}
