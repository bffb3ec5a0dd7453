//! The rules of a rollout, as the file gives them.

use super::notify::Notify;
use super::smoke::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules of a rollout. Times are minutes of the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    pub shift: Shift,
    /// The least time that each step but the last is watched.
    pub dwell: u32,
    /// The least time that all traffic is on the new revision while the old one still runs.
    pub bake: u32,
    /// The time after which ECS goes back at a gate where nobody has said that it may go on; 0 where it waits for nobody, and whoever
    /// watches can only take it back.
    #[serde(default = "day")]
    pub gate: u32,
    /// A rollout whose new tasks become no more for so long goes back.
    pub patience: u32,
    /// A rollout goes back when so many of its tasks have stopped by themselves.
    pub crashes: u32,
    /// Checks of the new revision that have to pass before it gets traffic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<Check>,
    /// The name by which the checks call the service; none for its load balancer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Those who are told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    pub guard: Guard,
    /// The command that only tries what `expand` will do, and runs before it; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<String>,
    /// The command that runs before the new revision starts; empty for none.
    pub expand: Vec<String>,
    /// The command that runs after the old revision is gone; empty for none.
    pub contract: Vec<String>,
    /// The commands that take back what these did; empty for none. Somebody has to ask for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand_back: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contract_back: Vec<String>,
    /// The longest time that a command may take.
    pub command_minutes: u32,
    /// The number of the run of a command that failed, and that somebody has asked for once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<u32>,
    /// True where the command before the version has run, and does not run again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expanded: bool,
    /// True where the one after it has, when it took over before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contracted: bool,
}

/// The time that ECS waits at a hook which says none.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html>
fn day() -> u32 {
    1440
}

/// The way in which traffic moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "strategy")]
pub enum Shift {
    /// All at once.
    AllAtOnce,
    /// A first share, then all.
    Canary { percent: f64 },
    /// Equal shares.
    Linear { percent: f64 },
    /// Task by task: no traffic is moved, each new task takes its part of it as it comes up.
    Rolling,
}

impl Shift {
    /// Returns the shares of the traffic on the new revision, in per cent, one after the other; the last is 100.
    #[must_use]
    pub fn steps(self) -> Vec<f64> {
        match self {
            Shift::AllAtOnce | Shift::Rolling => vec![100.0],
            Shift::Canary { percent } => vec![percent, 100.0],
            Shift::Linear { percent } => {
                let share = percent.max(0.1);
                let mut steps = Vec::new();
                let mut sum = share;
                while sum < 100.0 - 1e-9 {
                    steps.push(sum);
                    sum += share;
                }
                steps.push(100.0);
                steps
            }
        }
    }
}

/// The measures by which the new revision is compared with the old one, and the limits that it must keep whatever the old one does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// The confidence with which a whole rollout that is no worse is not taken for one that is: 0.99.
    pub confidence: f64,
    /// The requests that each side must have had before anything is said of it.
    pub least_requests: u64,
    pub errors: Option<Errors>,
    pub latency: Vec<Latency>,
    /// Names of CloudWatch alarms that must not be in ALARM.
    pub alarms: Vec<String>,
    pub metrics: Vec<Threshold>,
}

/// The share of answers with a status of 500 and above.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// A share that is worse by less is of no matter: 0.005 is half a per cent.
    pub tolerance: f64,
    /// The share that is too much whatever the old revision does.
    pub most: f64,
}

/// A quantile of the time that targets take to answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub quantile: Quantile,
    /// Part of the old revision's that it may be slower by: 0.2 is a fifth.
    pub tolerance: f64,
    /// Seconds that are of no matter.
    pub floor: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quantile {
    P50,
    P95,
    P99,
}

impl Quantile {
    /// CloudWatch's own word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Quantile::P50 => "p50",
            Quantile::P95 => "p95",
            Quantile::P99 => "p99",
        }
    }
}

/// Any metric of CloudWatch with the value that it must not pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The name that the file gives it.
    pub name: String,
    pub namespace: String,
    pub metric: String,
    pub dimensions: BTreeMap<String, String>,
    /// As CloudWatch calls it: `Average`, `p95`.
    pub statistic: String,
    /// The number by which CloudWatch's value is multiplied before it is judged: 1000 for its seconds, where the file has milliseconds.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: f64,
    pub value: f64,
    /// True where more is worse.
    pub above: bool,
}

fn once() -> f64 {
    1.0
}

fn is_once(times: &f64) -> bool {
    (times - 1.0).abs() < f64::EPSILON
}

impl Policy {
    /// Returns each name in it that may be a reference, with its key in the table.
    pub fn names(&self) -> impl Iterator<Item = (String, &str)> {
        let Guard { alarms, metrics, .. } = &self.guard;
        let alarms = alarms.iter().enumerate().map(|(at, name)| (format!("guard.alarms.{at}"), name.as_str()));
        let dimensions = metrics.iter().flat_map(|metric| {
            let key = |dimension: &str| format!("guard.metrics.{}.dimensions.{dimension}", metric.name);
            metric.dimensions.iter().map(move |(dimension, value)| (key(dimension), value.as_str()))
        });
        let topic = self.notify.iter().filter_map(|notify| Some(("notify.sns".to_owned(), notify.sns.as_deref()?)));
        alarms.chain(dimensions).chain(topic)
    }

    /// The same with other names in place of these.
    #[must_use]
    pub fn renamed(mut self, name: impl Fn(&str) -> String) -> Self {
        let Guard { alarms, metrics, .. } = &mut self.guard;
        let dimensions = metrics.iter_mut().flat_map(|metric| metric.dimensions.values_mut());
        let topic = self.notify.iter_mut().filter_map(|notify| notify.sns.as_mut());
        alarms.iter_mut().chain(dimensions).chain(topic).for_each(|text| *text = name(text));
        self
    }

    /// True where ECS waits at gates for somebody who decides.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        self.gate > 0
    }

    /// True where a command runs before or after a version.
    #[must_use]
    pub fn has_commands(&self) -> bool {
        !self.expand.is_empty() || !self.contract.is_empty()
    }

    /// The same for a version whose commands have run, or which is not a new one.
    #[must_use]
    pub fn without_commands(&self) -> Self {
        Policy { dry_run: Vec::new(), expand: Vec::new(), contract: Vec::new(), ..self.clone() }
    }

    /// Returns the minutes that are watched at least, from the first traffic to the end.
    #[must_use]
    pub fn watched(&self) -> u32 {
        let dwells = u32::try_from(self.shift.steps().len() - 1).unwrap_or(u32::MAX);
        self.dwell.saturating_mul(dwells).saturating_add(self.bake)
    }

    /// Returns the probability below which one test at one look says that the new revision is worse: what the confidence leaves,
    /// in equal parts for each test at each minute. The parts add up to no more than all of it, however they hang together.
    #[must_use]
    pub fn significance(&self) -> f64 {
        let tests = u32::from(self.guard.errors.is_some()) + u32::try_from(self.guard.latency.len()).unwrap_or(u32::MAX);
        (1.0 - self.guard.confidence) / f64::from(tests.max(1)) / f64::from(self.watched().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_with_all_the_traffic() {
        for (shift, steps) in [
            (Shift::AllAtOnce, vec![100.0]),
            (Shift::Canary { percent: 5.0 }, vec![5.0, 100.0]),
            (Shift::Linear { percent: 25.0 }, vec![25.0, 50.0, 75.0, 100.0]),
            (Shift::Linear { percent: 30.0 }, vec![30.0, 60.0, 90.0, 100.0]),
            (Shift::Linear { percent: 100.0 }, vec![100.0]),
        ] {
            assert_eq!(shift.steps(), steps);
        }
        assert_eq!(Shift::Linear { percent: 33.4 }.steps().len(), 3);
    }
}
