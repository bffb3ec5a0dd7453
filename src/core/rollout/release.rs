//! The record of one release: who rolled out what, each phase with its times and its evidence, and how it ended.
//!
//! It is a fold over the looks at a rollout. Whoever watches one keeps it, draws it and writes it down; from the looks of a journal, or
//! from a single one at what AWS still knows, it comes out with as much as these say.

use super::decide::{Hold, Order, State, Why};
use super::judge::{Finding, together};
use super::look::Look;
use super::observation::{Awaited, Crash, Gate, Image, Migration, Minute, Observation, Reading, Side, Smoke, Traffic};
use super::policy::Policy;
use jiff::{SignedDuration, Timestamp};
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
    /// Whoever registered the new task definition, where nobody knows who released it: the ARN that AWS knows them by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_by: Option<String>,
    /// True where an earlier deployment brought the same version, so that its commands may have run then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
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
    /// The reason why the newest minutes are not known, where they could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
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
    /// The way in which it ended; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// The reason why its command failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The gate at which ECS waited in it.
    pub gate: Option<Gate>,
    /// The newest findings.
    pub evidence: Vec<Finding>,
    pub moments: Vec<Moment>,
}

/// The way in which a phase ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It was through, and the release went on.
    Through,
    /// The release went back from it.
    Back,
    /// It failed, and the release with it: a command did, or there is no version to go back to.
    Failed,
    /// Somebody else came in between.
    Interrupted,
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
            registered_by: None,
            again: false,
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
            unread: None,
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
        if look.decision.state.is_end() {
            self.finish(look);
            return;
        }
        // A command that failed may run again after the end.
        (self.result, self.ended) = (None, None);
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

    /// Returns the traffic of both versions, old and new, since it began; none where none was measured.
    #[must_use]
    pub fn traffic(&self) -> Option<[Traffic; 2]> {
        let began = self.began()?;
        let minutes = || self.minutes.iter().filter(|minute| minute.at.as_second() + 60 > began.as_second());
        let of = |side: fn(&Minute) -> &Reading<Traffic>| together(minutes().filter_map(|minute| side(minute).known()));
        let both = [of(|minute| &minute.blue), of(|minute| &minute.green)];
        both.iter().any(|traffic| traffic.requests > 0).then_some(both)
    }

    /// Returns the time when its deployment began, or when somebody began to look.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.started.or_else(|| self.phases.first().map(|phase| phase.began))
    }

    /// True of a service's first version, or of one after versions that never came up: there is none to go back to.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.blue.is_none() && self.green.is_some()
    }

    /// Takes a look at its end.
    fn finish(&mut self, look: &Look) {
        let state = &look.decision.state;
        let deployment = look.seen.as_ref().and_then(|seen| seen.deployment.as_ref());
        let finished = deployment.and_then(|deployment| deployment.finished);
        if self.result.as_ref() == Some(state)
            && let Some(last) = self.phases.last_mut().filter(|last| last.ended.is_some())
        {
            // A journal has the time of a look, and AWS that of the end; of a command it has none.
            if finished.is_none() || last.state == Some(State::Contracting) {
                return;
            }
            last.ended = None;
        }
        let is_back = |phase: &Phase| phase.state == Some(State::RollingBack);
        if let Some(turned) = deployment.and_then(|deployment| deployment.turned) {
            self.turn(turned.min(look.at));
        } else if let (true, Some(started)) = (self.phases.is_empty(), self.started) {
            self.phases.push(Phase::at(started));
        }
        let ended = match (self.phases.last(), finished) {
            // No command takes longer, however late somebody looks at its end.
            (Some(Phase { state: Some(State::Contracting), began, .. }), _) => {
                let most = SignedDuration::from_mins(i64::from(self.policy.command_minutes));
                began.saturating_add(most).unwrap_or(look.at).min(look.at)
            }
            // ECS is done before the old version has been seen to be well.
            (Some(last), Some(finished)) => last.began.max(finished),
            (None, Some(finished)) => finished,
            (_, None) => look.at,
        };
        let end = match state {
            State::Promoted => End::Through,
            State::RolledBack if self.phases.last().is_some_and(is_back) => End::Through,
            State::RolledBack => End::Back,
            State::Stopped if !self.is_first() && self.why.is_none() => End::Interrupted,
            State::Superseded | State::Occupied => End::Interrupted,
            // Nobody looked at the command: the version before it had taken over.
            State::ContractFailed if self.phases.last().is_some_and(|last| last.state != Some(State::Contracting)) => End::Through,
            _ => End::Failed,
        };
        self.close(ended, end);
        let command = match state {
            State::MigrationFailed => Some(&look.expand),
            State::ContractFailed => Some(&look.contract),
            _ => None,
        };
        let reason = match command {
            Some(Migration::Failed { reason } | Migration::DryRunFailed { reason }) => Some(reason.clone()),
            Some(Migration::Lost { task }) => Some(format!("nobody knows how it ended: task {task}")),
            _ => None,
        };
        if let Some(last) = self.phases.last_mut().filter(|last| last.end == Some(End::Failed)) {
            last.reason = reason;
        }
        (self.ended, self.result) = (Some(ended), Some(state.clone()));
    }

    /// Takes the time when ECS began to go back, as AWS knows it: somebody may have looked later, or not at all.
    fn turn(&mut self, turned: Timestamp) {
        let Some(place) = self.phases.iter().position(|phase| phase.state == Some(State::RollingBack)) else {
            return self.begin(State::RollingBack, turned);
        };
        let (before, rest) = self.phases.split_at_mut(place);
        let began = before.last().map_or(turned, |before| before.began.max(turned));
        if let (Some(before), Some(back)) = (before.last_mut(), rest.first_mut()) {
            (before.ended, back.began) = (Some(began), began);
        }
    }

    fn close(&mut self, at: Timestamp, end: End) {
        if let Some(last) = self.phases.last_mut().filter(|last| last.ended.is_none()) {
            (last.ended, last.end) = (Some(at), Some(end));
        }
    }

    /// Begins a phase at a time, or as soon as the one before it lets it. Where nobody has looked before, the time since the deployment
    /// began is one of which nobody knows what happened.
    fn begin(&mut self, state: State, at: Timestamp) {
        let mut began = self.phases.last().map_or(at, |last| last.ended.unwrap_or(last.began).max(at));
        if self.phases.is_empty()
            && let Some(started) = self.started.filter(|started| *started < began)
        {
            if state == State::Scaling {
                began = started;
            } else {
                self.phases.push(Phase::at(started));
            }
        }
        let end = match state {
            State::RollingBack if self.is_first() => End::Failed,
            State::RollingBack => End::Back,
            _ => End::Through,
        };
        self.close(began, end);
        self.phases.push(Phase { state: Some(state), ..Phase::at(began) });
    }

    /// Returns the phase that a look is in, which may begin with it.
    fn phase(&mut self, look: &Look) -> &mut Phase {
        let (at, state) = (look.at, &look.decision.state);
        let goes_on =
            self.phases.last().is_some_and(|last| last.ended.is_none() && last.state.as_ref().is_some_and(|one| one.is_same(state)));
        if !goes_on {
            let turned = look.seen.as_ref().and_then(|seen| seen.deployment.as_ref()?.turned).filter(|_| *state == State::RollingBack);
            let opened = turned.or_else(|| look.gate.as_ref().map(|gate| gate.opened));
            self.begin(state.clone(), opened.map_or(at, |opened| opened.min(at)));
        }
        // There is one: it has been there, or was put there.
        let last = self.phases.len() - 1;
        &mut self.phases[last]
    }

    fn see(&mut self, seen: &Observation, at: Timestamp) {
        if let Some(deployment) = &seen.deployment {
            self.started = Some(deployment.started);
            self.again |= deployment.again;
        }
        let reasons = seen.minutes.iter().rev().flat_map(|minute| [&minute.blue, &minute.green]);
        self.unread = reasons.filter_map(Reading::unknown).next().map(str::to_owned);
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
        Phase { state: None, began, ended: None, end: None, reason: None, gate: None, evidence: Vec::new(), moments: Vec::new() }
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
