//! The words for why a rollout goes back or waits, and for what was found.

use super::decide::{Hold, Why};
use super::judge::{Counted, FEW_MINUTES, Finding, Measure};
use super::look::Stays;
use super::observation::{AlarmState, Crash};
use std::fmt;

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Crashes { tasks } => f.write_str(&stopped_by_themselves(tasks)),
            Why::NoProgress { minutes, running, requested } => {
                write!(f, "no further task has come up for {minutes} minutes: {running} of {requested} run")
            }
            Why::NoHealthyTarget { weight } => write!(f, "it has {weight} % of the traffic, and no healthy target"),
            Why::Smoke { check, reason } => write!(f, "the check `{check}` failed: {reason}"),
            Why::Worse { findings } => {
                for (number, finding) in findings.iter().enumerate() {
                    write!(f, "{}{finding}", if number > 0 { "; " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hold::Paused => f.write_str("somebody has paused it"),
            Hold::Watching { until } => write!(f, "it is watched until {}", until.strftime("%H:%M")),
            Hold::Inconclusive { findings } => {
                f.write_str("there is too little to go by")?;
                let mut before = Vec::new();
                for open in findings.iter().map(open) {
                    if !before.contains(&open) {
                        write!(f, "{} {open}", if before.is_empty() { ":" } else { ";" })?;
                        before.push(open);
                    }
                }
                Ok(())
            }
            Hold::Unanswered { check, reason } => write!(f, "the check `{check}` was not answered: {reason}"),
            Hold::Unhealthy { healthy: Some(healthy), requested, .. } => write!(f, "{healthy} of {requested} targets are healthy"),
            Hold::Unhealthy { healthy: None, unread, .. } => {
                write!(f, "the health of its targets could not be read{}", because(unread))
            }
            Hold::WeightsDiffer { wanted, live: Some(live), .. } => {
                write!(f, "the rules give it {live:.0} % of the traffic, and ECS {wanted:.0} %: somebody has changed them")
            }
            Hold::WeightsDiffer { live: None, unread, .. } => write!(f, "the rules could not be read{}", because(unread)),
            Hold::BlueShrinks { running, requested } => write!(f, "the old version runs {running} of {requested} tasks"),
        }
    }
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did = if self.whole { "did" } else { "may have done" };
        match self.undo {
            true => write!(f, "what `expand` {did} stays: `trueup rollout undo expand` takes it back"),
            false => write!(f, "what `expand` {did} stays, and the file has no `expand_back` that takes it back"),
        }
    }
}

/// Says how many tasks stopped by themselves, and why: each reason once, as far as a line has room for them.
#[must_use]
pub fn stopped_by_themselves(tasks: &[Crash]) -> String {
    let mut reasons = Vec::<String>::new();
    for task in tasks {
        // AWS writes the task's own number into some of them.
        let reason = task.reason.replace(&format!(" (task {})", task.task), "");
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let more = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    let more = if more > 0 { format!("; and {more} other reasons") } else { String::new() };
    format!("{} of its tasks stopped by themselves: {}{more}", tasks.len(), reasons.join("; "))
}

/// The most reasons of tasks that are told in a line.
const REASONS: usize = 3;

/// A reason behind what it explains.
pub(super) fn because(reason: &Option<String>) -> String {
    reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"))
}

/// The reason why a finding is open, without figures: those change from minute to minute.
fn open(finding: &Finding) -> String {
    match &finding.measure {
        Measure::Errors { blue, green, least, .. } if green.requests.min(blue.requests) < *least => {
            format!("fewer than {least} requests")
        }
        Measure::Errors { .. } => "a difference in errors that is likely and not proved".into(),
        Measure::Latency { quantile, minutes, .. } if *minutes < FEW_MINUTES => {
            format!("fewer than {FEW_MINUTES} minutes with a {}", quantile.word())
        }
        Measure::Latency { quantile, .. } => format!("a slower {} that is likely and not proved", quantile.word()),
        Measure::Alarm { .. } | Measure::Metric { .. } | Measure::Unread { .. } => finding.to_string(),
    }
}

/// A share in per cent: `0.4 %`.
pub(super) fn share(counted: Counted) -> String {
    if counted.requests == 0 { "none".into() } else { format!("{:.1} %", counted.errors as f64 * 100.0 / counted.requests as f64) }
}

pub(super) fn milliseconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "unknown".into(), |seconds| format!("{:.0} ms", seconds * 1000.0))
}

pub(super) fn alarm(state: Option<AlarmState>) -> &'static str {
    match state {
        Some(AlarmState::Ok) => "OK",
        Some(AlarmState::Alarm) => "in ALARM",
        Some(AlarmState::InsufficientData) => "without data",
        Some(AlarmState::Missing) => "not there",
        None => "not known",
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.measure {
            Measure::Errors { blue, green, .. } => write!(
                f,
                "{} of {} requests failed, {} of {} on the old version",
                share(*green),
                green.requests,
                share(*blue),
                blue.requests
            ),
            Measure::Latency { quantile, blue, green, slower, minutes, .. } => write!(
                f,
                "{} {}, {} on the old version, too slow in {slower} of {minutes} minutes",
                quantile.word(),
                milliseconds(*green),
                milliseconds(*blue)
            ),
            Measure::Alarm { name, state, unread } => write!(f, "the alarm `{name}` is {}{}", alarm(*state), because(unread)),
            Measure::Metric { name, value: Some(value), limit, above, .. } => {
                write!(f, "`{name}` is {value}, {} {limit}", if *above { "at most" } else { "at least" })
            }
            Measure::Metric { name, value: None, unread, .. } => write!(f, "`{name}` has no value{}", because(unread)),
            Measure::Unread { reason } => write!(f, "a minute could not be read: {reason}"),
        }
    }
}
