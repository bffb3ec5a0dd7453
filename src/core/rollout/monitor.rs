//! A service that is watched without a rollout: the same guards, held against limits and against the time before.
//!
//! Each sample is judged by what came since the one before it, so that a bad quarter of an hour is not lost in two good hours, and by
//! all that came since the beginning, so that few requests add up.

use super::judge::{self, Counted, Verdict};
use super::observation::{Alarm, AlarmState, Crash, Minute, Reading, Traffic};
use super::policy::{Errors, Guard, Quantile};
use super::statistics::{hits_by_chance, worse_by_chance};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A watch, and what was seen so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    /// The name that commands call the service by: `web` for `[service.web]`.
    pub service: String,
    pub begun: Timestamp,
    /// The time at which it is to end.
    pub until: Timestamp,
    pub every_seconds: u32,
    /// True when it was left before its end.
    pub interrupted: bool,
    /// False where no application load balancer counts the service's requests: then there are no errors and latencies to judge.
    pub has_traffic: bool,
    pub samples: Vec<Sample>,
}

/// One look, and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Timestamp,
    pub verdict: Verdict,
    /// True when something could not be read.
    pub gap: bool,
    /// The end of the last minute that is counted: CloudWatch has one a while after it is over, so the next sample goes on from there.
    pub counted_to: Timestamp,
    /// The requests that have been counted since the sample before; quantiles are medians over their minutes.
    pub traffic: Option<Traffic>,
    pub health: Reading<Health>,
    /// Tasks that stopped by themselves since the watch began.
    pub crashed: Vec<Crash>,
    pub findings: Vec<Finding>,
}

/// The tasks of a service and its targets; where it has no load balancer, a task that runs is healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub desired: u32,
    pub running: u32,
    pub healthy: u32,
    pub unhealthy: u32,
}

impl Health {
    /// The tasks that there are to be well: while a version comes, those of both.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.desired.max(self.running)
    }
}

/// All that was read for a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub at: Timestamp,
    pub health: Reading<Health>,
    pub crashed: Reading<Vec<Crash>>,
    /// Minute by minute from half an hour before the watch on; none where nothing counts the requests.
    pub minutes: Option<Vec<(Timestamp, Reading<Traffic>)>>,
    pub alarms: Reading<Vec<Alarm>>,
    pub metrics: Vec<Reading<f64>>,
}

/// The rules of a watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    pub guard: Guard,
    /// So many tasks that stop by themselves are too many.
    pub crashes: u32,
    pub begun: Timestamp,
    pub length: SignedDuration,
    pub every: SignedDuration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    #[serde(flatten)]
    pub measure: Measure,
}

/// A measure that failed, in one sample or in several without a break.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breach<'a> {
    /// The first of these samples.
    pub at: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    pub samples: usize,
    /// The finding of the first of them.
    pub finding: &'a Finding,
}

/// The time that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    SinceLast,
    Whole,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "measure")]
pub enum Measure {
    /// Answers with a status of 500 and above. `chance` is the probability that it is one where nothing has become worse.
    Errors { span: Span, now: Counted, before: Counted, least: u64, most: f64, chance: f64 },
    /// Seconds: the medians over the minutes. It was too slow in `slower` of `minutes`.
    Latency { span: Span, quantile: Quantile, now: Option<f64>, before: Option<f64>, slower: u64, minutes: u64, chance: f64 },
    /// Targets, or tasks where there are none.
    Health {
        health: Option<Health>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    Crashes {
        tasks: Option<usize>,
        most: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    Alarm {
        name: String,
        state: Option<AlarmState>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    Metric {
        name: String,
        value: Option<f64>,
        limit: f64,
        above: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    /// Something could not be read.
    Unread { reason: String },
}

impl Rules {
    /// Returns the number of samples of a whole watch: one at its beginning, and one each time.
    #[must_use]
    pub fn samples(&self) -> u32 {
        let every = self.every.as_secs().max(1);
        let pauses = self.length.as_secs().saturating_add(every - 1) / every;
        u32::try_from(pauses).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Returns the probability below which one test says that something is worse: what the confidence leaves, in equal parts for each
    /// test of each sample, over both spans.
    fn significance(&self) -> f64 {
        let tests = u32::from(self.guard.errors.is_some()) + u32::try_from(self.guard.latency.len()).unwrap_or(u32::MAX);
        (1.0 - self.guard.confidence) / f64::from(tests.max(1)) / f64::from(self.samples()) / 2.0
    }
}

/// Judges what was seen. The sample before has counted the minutes up to `counted`.
#[must_use]
pub fn judge(rules: &Rules, seen: &Seen, counted: Timestamp) -> Sample {
    let guard = &rules.guard;
    let mut findings = vec![health(&seen.health), crashes(&seen.crashed, rules.crashes)];
    let minutes = seen.minutes.as_deref().unwrap_or_default();
    if seen.minutes.is_some() && (guard.errors.is_some() || !guard.latency.is_empty()) {
        let unread = minutes.iter().find_map(|(_, reading)| match reading {
            Reading::Known(_) => None,
            Reading::Unknown(reason) => Some(reason.clone()),
        });
        findings.extend(unread.map(|reason| Finding { verdict: Verdict::Inconclusive, measure: Measure::Unread { reason } }));
        let (before, now) = sides(minutes, rules.begun);
        findings.extend(compare(rules, Span::Whole, &before, &now));
        // A short time with few requests says nothing by itself, and nothing against what the whole says.
        let recent = now.iter().filter(|minute| minute.at >= counted).cloned().collect::<Vec<_>>();
        findings.extend(compare(rules, Span::SinceLast, &before, &recent).into_iter().filter(|one| one.verdict == Verdict::Fail));
    }
    findings.extend(judge::of_alarms(guard, &seen.alarms).into_iter().chain(judge::of_metrics(guard, &seen.metrics)).map(plain));
    let gap = matches!(seen.health, Reading::Unknown(_))
        || matches!(seen.crashed, Reading::Unknown(_))
        || findings.iter().any(|finding| match &finding.measure {
            Measure::Unread { .. } => true,
            Measure::Alarm { state, .. } => state.is_none(),
            Measure::Metric { value, .. } => value.is_none(),
            _ => false,
        });
    Sample {
        at: seen.at,
        verdict: findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Pass),
        gap,
        counted_to: ends(minutes).map_or(counted, |end| end.max(counted)),
        traffic: seen.minutes.as_ref().map(|_| sum(minutes, counted)),
        health: seen.health.clone(),
        crashed: seen.crashed.known().cloned().unwrap_or_default(),
        findings,
    }
}

/// The end of the last minute that is known.
fn ends(minutes: &[(Timestamp, Reading<Traffic>)]) -> Option<Timestamp> {
    let (last, _) = minutes.iter().rfind(|(_, reading)| reading.known().is_some())?;
    last.checked_add(SignedDuration::from_mins(1)).ok()
}

/// The minutes before the watch and those of it, as the two sides that are compared.
fn sides(minutes: &[(Timestamp, Reading<Traffic>)], begun: Timestamp) -> (Vec<Minute>, Vec<Minute>) {
    let nothing = || Reading::Known(Traffic::default());
    let (before, now) = minutes.split_at(minutes.partition_point(|(at, _)| *at < begun));
    let blue = |(at, reading): &(Timestamp, Reading<Traffic>)| Minute { at: *at, blue: reading.clone(), green: nothing() };
    let green = |(at, reading): &(Timestamp, Reading<Traffic>)| Minute { at: *at, blue: nothing(), green: reading.clone() };
    (before.iter().map(blue).collect(), now.iter().map(green).collect())
}

fn compare(rules: &Rules, span: Span, before: &[Minute], now: &[Minute]) -> Vec<Finding> {
    let (guard, significance) = (&rules.guard, rules.significance());
    let errors = guard.errors.map(|errors| judge_errors(guard, errors, significance, span, before, now));
    let latencies = guard.latency.iter().map(|latency| {
        let judge::Finding { verdict, measure } = judge::judge_latency(*latency, significance, before, now);
        match measure {
            judge::Measure::Latency { quantile, blue, green, slower, minutes, chance } => {
                Finding { verdict, measure: Measure::Latency { span, quantile, now: green, before: blue, slower, minutes, chance } }
            }
            other => plain(judge::Finding { verdict, measure: other }),
        }
    });
    errors.into_iter().chain(latencies).collect()
}

/// The limit holds whatever was before; the comparison only where there were enough requests before.
fn judge_errors(guard: &Guard, errors: Errors, significance: f64, span: Span, before: &[Minute], now: &[Minute]) -> Finding {
    let least = guard.least_requests;
    let before = judge::count(before.iter().map(|minute| &minute.blue));
    let now = judge::count(now.iter().map(|minute| &minute.green));
    let (share, other) = (now.share(), before.share());
    let chance = worse_by_chance(other, share);
    let differs = before.requests >= least && share.value() - other.value() > errors.tolerance;
    let too_many = share.value() > errors.most;
    let verdict = if now.requests < least {
        Verdict::Inconclusive
    } else if too_many && hits_by_chance(share.failed, share.of, errors.most) < significance || differs && chance < significance {
        Verdict::Fail
    } else if too_many || differs && chance < judge::DOUBT {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    };
    Finding { verdict, measure: Measure::Errors { span, now, before, least, most: errors.most, chance } }
}

/// No healthy target is a failure at once. Too few are, in a rollout, a reason to wait.
fn health(health: &Reading<Health>) -> Finding {
    let verdict = match health.known() {
        None => Verdict::Inconclusive,
        Some(Health { desired: 0, .. }) => Verdict::Pass,
        Some(Health { healthy: 0, .. }) => Verdict::Fail,
        Some(health) if health.healthy < health.desired || health.unhealthy > 0 => Verdict::Inconclusive,
        Some(_) => Verdict::Pass,
    };
    Finding { verdict, measure: Measure::Health { health: health.known().copied(), unread: health.unknown().map(str::to_owned) } }
}

fn crashes(crashed: &Reading<Vec<Crash>>, most: u32) -> Finding {
    let tasks = crashed.known().map(Vec::len);
    let verdict = match tasks {
        None => Verdict::Inconclusive,
        Some(tasks) if tasks >= most.max(1) as usize => Verdict::Fail,
        Some(_) => Verdict::Pass,
    };
    Finding { verdict, measure: Measure::Crashes { tasks, most, unread: crashed.unknown().map(str::to_owned) } }
}

fn plain(found: judge::Finding) -> Finding {
    let judge::Finding { verdict, measure } = found;
    let measure = match measure {
        judge::Measure::Alarm { name, state, unread } => Measure::Alarm { name, state, unread },
        judge::Measure::Metric { name, value, limit, above, unread } => Measure::Metric { name, value, limit, above, unread },
        other => Measure::Unread { reason: judge::Finding { verdict, measure: other }.to_string() },
    };
    Finding { verdict, measure }
}

/// The known traffic since a time, together.
fn sum(minutes: &[(Timestamp, Reading<Traffic>)], since: Timestamp) -> Traffic {
    judge::together(minutes.iter().filter(|(at, _)| *at >= since).filter_map(|(_, reading)| reading.known()))
}

/// A part of the samples, one of so many, in which something may be unread without everything being in doubt.
const GAPS: usize = 10;

impl Monitor {
    /// Says how a rollout would have gone that was looked at so: back if any sample fails; on only if the last one passes, and hardly
    /// one of them has gaps.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let Some(last) = self.samples.last() else { return Verdict::Inconclusive };
        if self.samples.iter().any(|sample| sample.verdict == Verdict::Fail) {
            Verdict::Fail
        } else if last.verdict == Verdict::Inconclusive || self.gaps() * GAPS > self.samples.len() {
            Verdict::Inconclusive
        } else {
            Verdict::Pass
        }
    }

    /// Returns the number of samples in which something could not be read.
    #[must_use]
    pub fn gaps(&self) -> usize {
        self.samples.iter().filter(|sample| sample.gap).count()
    }

    /// Returns the number of samples that failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.samples.iter().filter(|sample| sample.verdict == Verdict::Fail).count()
    }

    /// Returns each measure that failed, oldest first. One that fails in several samples without a break is one breach, whatever its
    /// figures, and so is one that fails over both spans of a sample: the shorter one says more of it.
    #[must_use]
    pub fn breaches(&self) -> Vec<Breach<'_>> {
        let mut found: Vec<Breach<'_>> = Vec::new();
        // The places of those of the sample before.
        let mut before: Vec<usize> = Vec::new();
        for sample in &self.samples {
            let mut now = Vec::new();
            for finding in sample.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
                let is_it = |place: &&usize| same(&found[**place].finding.measure, &finding.measure);
                if let Some(place) = now.iter().find(is_it).copied() {
                    if found[place].samples == 1 {
                        found[place].finding = finding;
                    }
                } else if let Some(place) = before.iter().find(is_it).copied() {
                    (found[place].last, found[place].samples) = (sample.at, found[place].samples + 1);
                    now.push(place);
                } else {
                    now.push(found.len());
                    found.push(Breach { at: sample.at, last: sample.at, samples: 1, finding });
                }
            }
            before = now;
        }
        found
    }

    /// Says what to do.
    #[must_use]
    pub fn recommendation(&self) -> String {
        let open = || {
            let last = self.samples.last().map(|sample| sample.findings.as_slice()).unwrap_or_default();
            let open = last.iter().filter(|finding| finding.verdict == Verdict::Inconclusive).map(ToString::to_string);
            open.collect::<Vec<_>>().join("; ")
        };
        match self.verdict() {
            Verdict::Pass => "nothing speaks against this version".into(),
            Verdict::Fail => "a rollout would have gone back: go back to the version before, or find out what happened then".into(),
            Verdict::Inconclusive if self.samples.is_empty() => "nothing was seen: watch again".into(),
            Verdict::Inconclusive if open().is_empty() => {
                format!("{} of {} samples have gaps: watch again when AWS answers", self.gaps(), self.samples.len())
            }
            Verdict::Inconclusive => format!("nothing can be said yet: {}; watch for longer", open()),
        }
    }
}

/// True when two findings are about the same, whatever the figures.
fn same(one: &Measure, other: &Measure) -> bool {
    match (one, other) {
        (Measure::Latency { quantile, .. }, Measure::Latency { quantile: other, .. }) => quantile == other,
        (Measure::Alarm { name, .. }, Measure::Alarm { name: other, .. }) => name == other,
        (Measure::Metric { name, above, .. }, Measure::Metric { name: other, above: way, .. }) => name == other && above == way,
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rollout::policy::{Latency, Threshold};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn rules() -> Rules {
        let guard = Guard {
            confidence: 0.99,
            least_requests: 50,
            errors: Some(Errors { tolerance: 0.005, most: 0.05 }),
            latency: vec![Latency { quantile: Quantile::P95, tolerance: 0.2, floor: 0.05 }],
            alarms: vec!["high".into()],
            metrics: vec![Threshold {
                name: "queue".into(),
                namespace: "AWS/SQS".into(),
                metric: "m".into(),
                dimensions: Default::default(),
                statistic: "Maximum".into(),
                times: 1.0,
                value: 100.0,
                above: true,
            }],
        };
        Rules { guard, crashes: 3, begun: at(30), length: SignedDuration::from_hours(2), every: SignedDuration::from_mins(5) }
    }

    /// All is well at this minute, with so much traffic a minute.
    fn seen(now: i64, requests: u64, errors: impl Fn(i64) -> u64, p95: impl Fn(i64) -> f64) -> Seen {
        let minute = |minute: i64| {
            let p95 = Some(p95(minute)).filter(|_| requests > 0);
            (at(minute), Reading::Known(Traffic { requests, errors: errors(minute), p50: None, p95, p99: None }))
        };
        Seen {
            at: at(now),
            health: Reading::Known(Health { desired: 2, running: 2, healthy: 2, unhealthy: 0 }),
            crashed: Reading::Known(Vec::new()),
            minutes: Some((0..now).map(minute).collect()),
            alarms: Reading::Known(vec![Alarm { name: "high".into(), state: AlarmState::Ok }]),
            metrics: vec![Reading::Known(7.0)],
        }
    }

    fn good(now: i64) -> Seen {
        seen(now, 100, |_| 0, |_| 0.2)
    }

    fn verdict(seen: &Seen, now: i64) -> Verdict {
        judge(&rules(), seen, at(now - 5)).verdict
    }

    #[test]
    fn what_is_as_before_passes_and_each_measure_can_fail() {
        assert_eq!(rules().samples(), 25);
        assert_eq!(verdict(&good(60), 60), Verdict::Pass, "{:?}", judge(&rules(), &good(60), at(55)));
        let crash = |id: &str| Crash { task: id.into(), reason: "exit 1".into(), log: Vec::new() };
        let bad = [
            seen(60, 100, |minute| if minute < 30 { 0 } else { 8 }, |_| 0.2),
            // Worse than before, far below the limit.
            seen(60, 100, |minute| if minute < 30 { 0 } else { 2 }, |_| 0.2),
            seen(60, 100, |_| 0, |minute| if minute < 30 { 0.2 } else { 0.4 }),
            Seen { health: Reading::Known(Health { desired: 2, running: 2, healthy: 0, unhealthy: 2 }), ..good(60) },
            Seen { crashed: Reading::Known(["a", "b", "c"].map(crash).into()), ..good(60) },
            Seen { alarms: Reading::Known(vec![Alarm { name: "high".into(), state: AlarmState::Alarm }]), ..good(60) },
            Seen { metrics: vec![Reading::Known(101.0)], ..good(60) },
        ];
        for seen in bad {
            let sample = judge(&rules(), &seen, at(55));
            assert_eq!((sample.verdict, sample.gap), (Verdict::Fail, false), "{:?}", sample.findings);
        }
        let well = Seen { crashed: Reading::Known(["a", "b"].map(crash).into()), ..good(60) };
        assert_eq!(verdict(&well, 60), Verdict::Pass);
    }

    #[test]
    fn what_is_not_known_is_never_good() {
        let unknown = || "throttled".to_owned();
        let unread = [
            Seen { health: Reading::Unknown(unknown()), ..good(60) },
            Seen { crashed: Reading::Unknown(unknown()), ..good(60) },
            Seen { minutes: Some(vec![(at(60), Reading::Unknown(unknown()))]), ..good(60) },
            Seen { alarms: Reading::Unknown(unknown()), ..good(60) },
            Seen { metrics: vec![Reading::Unknown(unknown())], ..good(60) },
            Seen { metrics: Vec::new(), ..good(60) },
        ];
        for seen in unread {
            let sample = judge(&rules(), &seen, at(55));
            assert_eq!((sample.verdict, sample.gap), (Verdict::Inconclusive, true), "{:?}", sample.findings);
        }
        // Known, and too little.
        let little = [
            seen(60, 1, |_| 0, |_| 0.2),
            seen(60, 0, |_| 0, |_| 0.2),
            Seen { health: Reading::Known(Health { desired: 2, running: 1, healthy: 1, unhealthy: 0 }), ..good(60) },
        ];
        for seen in little {
            let sample = judge(&rules(), &seen, at(55));
            assert_eq!((sample.verdict, sample.gap), (Verdict::Inconclusive, false), "{:?}", sample.findings);
        }
    }

    #[test]
    fn five_bad_minutes_are_not_lost_in_two_good_hours() {
        let burst = seen(150, 100, |minute| if minute >= 145 { 30 } else { 0 }, |_| 0.2);
        let sample = judge(&rules(), &burst, at(145));
        let failed = sample.findings.iter().filter(|one| one.verdict == Verdict::Fail).collect::<Vec<_>>();
        assert!(failed.iter().any(|one| matches!(one.measure, Measure::Errors { span: Span::SinceLast, .. })), "{failed:?}");
        assert_eq!(sample.traffic.map(|traffic| (traffic.requests, traffic.errors)), Some((500, 150)));
        assert_eq!(sample.counted_to, at(150));
        // The sample after it counts what could not be read.
        let unread = Seen { minutes: Some(vec![(at(155), Reading::Unknown("throttled".into()))]), ..good(155) };
        assert_eq!(judge(&rules(), &unread, sample.counted_to).counted_to, at(150));
    }

    #[test]
    fn the_last_sample_decides_and_gaps_are_few() {
        let of = |seens: &[Seen]| {
            let samples = seens.iter().map(|seen| judge(&rules(), seen, at(0))).collect();
            let (begun, until) = (at(30), at(150));
            Monitor { service: "web".into(), begun, until, every_seconds: 300, interrupted: false, has_traffic: true, samples }
        };
        let gap = || Seen { alarms: Reading::Unknown("throttled".into()), ..good(60) };
        let bad = || Seen { metrics: vec![Reading::Known(101.0)], ..good(60) };
        assert_eq!(of(&[]).verdict(), Verdict::Inconclusive);
        assert_eq!(of(&[seen(31, 1, |_| 0, |_| 0.2), good(60)]).verdict(), Verdict::Pass);
        assert_eq!(of(&[good(60), gap()]).verdict(), Verdict::Inconclusive);
        assert_eq!(of(&[gap(), good(60)]).verdict(), Verdict::Inconclusive, "half of it is not known");
        assert!(of(&[gap(), good(60)]).recommendation().contains("1 of 2 samples"));
        let mostly = std::iter::once(gap()).chain(std::iter::repeat_with(|| good(60)).take(9)).collect::<Vec<_>>();
        assert_eq!(of(&mostly).verdict(), Verdict::Pass);
        let failed = of(&[good(60), bad(), bad(), good(60), bad(), gap()]);
        assert_eq!((failed.verdict(), failed.breaches().len(), failed.failed()), (Verdict::Fail, 2, 3));
    }

    #[test]
    fn a_measure_that_fails_without_a_break_is_one_breach() {
        let bad = |now: i64| seen(now, 100, |minute| if minute < 30 { 0 } else { 30 }, |_| 0.2);
        let seens = [good(35), bad(40), bad(45), Seen { metrics: vec![Reading::Known(101.0)], ..bad(50) }, good(55), bad(60)];
        let samples = seens.iter().map(|seen| judge(&rules(), seen, at(35))).collect::<Vec<_>>();
        let two = samples[1].findings.iter().filter(|one| one.verdict == Verdict::Fail).count();
        assert_eq!(two, 2, "since the beginning, and since the sample before");
        let (begun, until) = (at(30), at(150));
        let seen = Monitor { service: "web".into(), begun, until, every_seconds: 300, interrupted: false, has_traffic: true, samples };
        let told = seen.breaches().iter().map(|one| (one.at, one.last, one.samples)).collect::<Vec<_>>();
        assert_eq!(told, [(at(40), at(50), 3), (at(50), at(50), 1), (at(60), at(60), 1)]);
        assert!(matches!(seen.breaches()[1].finding.measure, Measure::Metric { .. }));
        assert_eq!(seen.failed(), 4);
    }
}
