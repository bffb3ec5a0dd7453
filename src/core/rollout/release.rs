//! The record of one release: who rolled out what, each phase with its times and its evidence, and how it ended.
//!
//! It is a fold over the looks at a rollout. Whoever watches one keeps it, draws it and writes it down; from the looks of a journal, or
//! from a single one at what AWS still knows, it comes out with as much as these say.

use super::decide::{Hold, Order, State, Why};
use super::judge::Finding;
use super::look::Look;
use super::observation::{Awaited, Crash, Gate, Image, Migration, Minute, Observation, Reading, Side, Smoke};
use super::policy::Policy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::mem::discriminant;

/// The service of a stack that is released, and who does it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Of {
    pub stack: String,
    pub env: String,
    /// The service as commands call it: `api` for `[service.api]`.
    pub service: String,
    pub account: String,
    pub region: String,
    /// Whoever watched it: the ARN that AWS knows them by, or the words of a journal. Empty where nobody knows.
    pub caller: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    #[serde(flatten)]
    pub of: Of,
    /// The rules that it is judged by; without the requests of checks and those who are told, which may hold what is for few.
    pub policy: Policy,
    /// The time of the last look.
    pub at: Option<Timestamp>,
    /// The deployment by its ARN, once there is one.
    pub deployment: Option<String>,
    /// The version that was to come, where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
    /// AWS's own words, newest.
    pub stage: String,
    pub reason: String,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// The state that it ended in; none while it is under way.
    pub result: Option<State>,
    /// The reason why it was told to go back.
    pub why: Option<Why>,
    /// Both revisions as they were seen last. The old one is none for a service's first version.
    pub blue: Option<Side>,
    pub green: Option<Side>,
    pub phases: Vec<Phase>,
    /// The traffic minute by minute, from before it began, oldest first; minutes that nobody could read are left out.
    pub minutes: Vec<Minute>,
    /// The metrics of the guard, as they were seen.
    pub metrics: Vec<Series>,
    pub smoke: Option<Smoke>,
    pub expand: Migration,
    pub contract: Migration,
    /// Tasks of the new revision that stopped by themselves.
    pub crashes: Vec<Crash>,
}

/// A stretch of a release in one state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// None for the time before anybody looked.
    pub state: Option<State>,
    pub began: Timestamp,
    pub ended: Option<Timestamp>,
    /// The gate at which ECS waited in it.
    pub gate: Option<Gate>,
    /// The newest findings.
    pub evidence: Vec<Finding>,
    pub moments: Vec<Moment>,
}

/// A time at which something else was decided than at the look before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    pub at: Timestamp,
    pub order: Option<Order>,
    pub holds: Vec<Hold>,
}

/// The values of a metric that has a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub limit: f64,
    /// True where more is worse.
    pub above: bool,
    pub points: Vec<(Timestamp, f64)>,
}

impl Release {
    #[must_use]
    pub fn new(of: Of, policy: Policy) -> Self {
        let series =
            |one: &super::policy::Threshold| Series { name: one.name.clone(), limit: one.value, above: one.above, points: Vec::new() };
        Release {
            of,
            at: None,
            deployment: None,
            awaited: None,
            stage: String::new(),
            reason: String::new(),
            started: None,
            ended: None,
            result: None,
            why: None,
            blue: None,
            green: None,
            phases: Vec::new(),
            minutes: Vec::new(),
            metrics: policy.guard.metrics.iter().map(series).collect(),
            smoke: None,
            expand: Migration::NotRun,
            contract: Migration::NotRun,
            crashes: Vec::new(),
            policy: Policy { smoke: Vec::new(), notify: None, ..policy },
        }
    }

    /// Takes the next look.
    pub fn take(&mut self, look: &Look) {
        self.at = Some(look.at);
        self.deployment = look.deployment.clone().or_else(|| self.deployment.take());
        self.awaited = look.awaited.clone().or_else(|| self.awaited.take()).filter(|_| self.deployment.is_none());
        self.blue = look.blue.clone().or_else(|| self.blue.take());
        self.green = look.green.clone().or_else(|| self.green.take());
        self.stage = look.stage.clone();
        if !look.reason.is_empty() {
            self.reason = look.reason.clone();
        }
        self.smoke = look.smoke.clone().or_else(|| self.smoke.take());
        for (mine, live) in [(&mut self.expand, &look.expand), (&mut self.contract, &look.contract)] {
            if *live != Migration::NotRun {
                *mine = live.clone();
            }
        }
        if let Some(seen) = &look.seen {
            self.see(seen, look.at);
        }
        let finished = look.seen.as_ref().and_then(|seen| seen.deployment.as_ref()?.finished);
        if look.decision.state.is_end() {
            // ECS is done before the old version has been seen to be well, or before the command after it has run.
            let ended = finished.map_or(look.at, |finished| self.phases.last().map_or(finished, |phase| phase.began.max(finished)));
            self.close(ended);
            self.ended = Some(ended);
            self.result = Some(look.decision.state.clone());
            return;
        }
        let phase = self.phase(look);
        phase.state = Some(look.decision.state.clone());
        phase.gate = look.gate.clone().or_else(|| phase.gate.take());
        if !look.decision.evidence.is_empty() {
            phase.evidence = look.decision.evidence.clone();
        }
        let (order, holds) = (&look.decision.order, &look.decision.holds);
        let is_new = match phase.moments.last() {
            None => order.is_some() || !holds.is_empty(),
            Some(last) => {
                !is_same(last.order.as_ref(), order.as_ref()) || !last.holds.iter().map(discriminant).eq(holds.iter().map(discriminant))
            }
        };
        if is_new {
            phase.moments.push(Moment { at: look.at, order: order.clone(), holds: holds.clone() });
        }
        if let Some(Order::Rollback { why, .. }) = order {
            self.why.get_or_insert_with(|| why.clone());
        }
    }

    /// Returns the state that it is in, or ended in.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.result.as_ref().or_else(|| self.phases.last()?.state.as_ref())
    }

    /// Returns the images of the new version.
    #[must_use]
    pub fn images(&self) -> &[Image] {
        let awaited = self.awaited.as_ref().map(|awaited| awaited.images.as_slice());
        self.green.as_ref().map(|green| green.images.as_slice()).or(awaited).unwrap_or_default()
    }

    /// Returns the task definitions of the old and the new version, by their ARNs.
    #[must_use]
    pub fn versions(&self) -> [Option<&str>; 2] {
        let [blue, green] = [&self.blue, &self.green].map(|side| side.as_ref().map(|side| side.task_definition.as_str()));
        let awaited = self.awaited.as_ref();
        let runs = awaited.and_then(|awaited| awaited.runs.as_deref());
        [blue.or(runs), green.or_else(|| awaited.map(|awaited| awaited.task_definition.as_str()))]
    }

    fn close(&mut self, at: Timestamp) {
        if let Some(last) = self.phases.last_mut().filter(|last| last.ended.is_none()) {
            last.ended = Some(at);
        }
    }

    /// Returns the phase that a look is in, which may begin with it.
    fn phase(&mut self, look: &Look) -> &mut Phase {
        let (at, state) = (look.at, &look.decision.state);
        let goes_on = self.phases.last().and_then(|last| last.state.as_ref()).is_some_and(|last| last.is_same(state));
        if !goes_on {
            let opened = look.gate.as_ref().map_or(at, |gate| gate.opened.min(at));
            let mut began = self.phases.last().map_or(opened, |last| last.began.max(opened));
            if self.phases.is_empty()
                && let Some(started) = self.started.filter(|started| *started < began)
            {
                if *state == State::Scaling {
                    began = started;
                } else {
                    self.phases.push(Phase { ended: Some(began), ..Phase::at(started) });
                }
            }
            self.close(began);
            self.phases.push(Phase::at(began));
        }
        // There is one: it has been there, or was put there.
        let last = self.phases.len() - 1;
        &mut self.phases[last]
    }

    fn see(&mut self, seen: &Observation, at: Timestamp) {
        if let Some(deployment) = &seen.deployment {
            self.started = Some(deployment.started);
        }
        let known = |minute: &&Minute| minute.blue.known().is_some() && minute.green.known().is_some();
        let mut minutes = std::mem::take(&mut self.minutes).into_iter().map(|minute| (minute.at, minute)).collect::<BTreeMap<_, _>>();
        minutes.extend(seen.minutes.iter().filter(known).map(|minute| (minute.at, minute.clone())));
        self.minutes = minutes.into_values().collect();
        for (series, value) in self.metrics.iter_mut().zip(&seen.metrics) {
            let is_later = series.points.last().is_none_or(|(last, _)| at.as_second() - last.as_second() >= 60);
            if let (Reading::Known(value), true) = (value, is_later) {
                series.points.push((at, *value));
            }
        }
        // AWS forgets stopped tasks after an hour.
        for crash in &seen.crashed {
            match self.crashes.iter_mut().find(|known| known.task == crash.task) {
                Some(known) => *known = crash.clone(),
                None => self.crashes.push(crash.clone()),
            }
        }
    }
}

impl Phase {
    fn at(began: Timestamp) -> Self {
        Phase { state: None, began, ended: None, gate: None, evidence: Vec::new(), moments: Vec::new() }
    }
}

/// True for orders of one sort at one gate: what they rest on gets another figure with every look.
fn is_same(one: Option<&Order>, other: Option<&Order>) -> bool {
    match (one, other) {
        (Some(Order::Continue { gate: one }), Some(Order::Continue { gate: other })) => one == other,
        (Some(Order::Rollback { gate: one, .. }), Some(Order::Rollback { gate: other, .. })) => one == other,
        _ => one.map(discriminant) == other.map(discriminant),
    }
}
