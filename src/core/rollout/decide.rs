//! The next move of a rollout, from what is live: `decide(policy, seen, now)` reads no clock and does nothing.

use super::judge::{self, Finding, Verdict};
use super::observation::{Crash, Deployment, Gate, Migration, Minute, Observation, Reading, Smoke, Status};
use super::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a rollout is, what is to be done now, why, and when to look again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    pub state: State,
    pub order: Option<Order>,
    /// The reasons why it is not told to go on, if it is to wait.
    pub holds: Vec<Hold>,
    pub evidence: Vec<Finding>,
    /// Seconds until something new can be seen; none at the end.
    pub look: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// A command runs before the new revision starts.
    Expanding,
    /// The new revision can be started.
    Ready,
    /// Its tasks come up.
    Scaling,
    /// It is checked before it gets traffic.
    Testing,
    /// It has so much of the traffic, as step `step` of `steps`; 0 of it before the first.
    Shifting {
        step: usize,
        steps: usize,
        weight: f64,
    },
    /// It has all of the traffic, and the old one still runs.
    Baking,
    /// ECS takes the old one down.
    Finishing,
    /// A command runs after the old one is gone.
    Contracting,
    Promoted,
    RollingBack,
    RolledBack,
    /// The old revision has the traffic again, and is not well: somebody has to look.
    RollbackFailed,
    /// It has ended, and nobody knows where the traffic is.
    Stopped,
    /// A command failed, or its end is not known, with no traffic moved for it.
    MigrationFailed,
    /// The command after it failed: the new revision has the traffic.
    ContractFailed,
    /// Somebody has begun another deployment: this one is not decided on any more.
    Superseded,
    /// Another deployment is under way, so this one is not begun.
    Occupied,
}

impl State {
    /// True when nothing will come after it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        use State::{ContractFailed, MigrationFailed, Occupied, Promoted, RollbackFailed, RolledBack, Stopped, Superseded};
        let failed = matches!(self, RollbackFailed | Stopped | MigrationFailed | ContractFailed | Superseded | Occupied);
        failed || matches!(self, Promoted | RolledBack)
    }

    /// True where two states are of one phase: at most their figures differ.
    #[must_use]
    pub fn is_same(&self, other: &State) -> bool {
        match (self, other) {
            (State::Shifting { step: one, .. }, State::Shifting { step: other, .. }) => one == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// One effect on AWS, or one thing to find out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum Order {
    /// The command before the new revision starts is run.
    Expand,
    /// The service is told its new task definition.
    Start,
    /// The new revision is checked.
    Smoke { gate: String },
    /// ECS goes on.
    Continue { gate: String },
    /// ECS goes back: by the gate at which it waits, or else by stopping the deployment.
    Rollback { gate: Option<String>, why: Why },
    /// The command after the old revision is gone is run.
    Contract,
}

/// The reason why a rollout goes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Why {
    /// So many of the new tasks have stopped by themselves.
    Crashes { tasks: Vec<Crash> },
    /// For so many minutes no further task has come up.
    NoProgress { minutes: u32, running: u32, requested: u32 },
    /// It has traffic, and no healthy target.
    NoHealthyTarget { weight: f64 },
    /// A check of the new revision failed.
    Smoke { check: String, reason: String },
    /// It is worse than the old one, or than a limit.
    Worse { findings: Vec<Finding> },
}

/// A reason to wait where ECS would go on if it was told to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "hold")]
pub enum Hold {
    Paused,
    /// It is to be watched until then.
    Watching {
        until: Timestamp,
    },
    /// There is too little to go by: these are open.
    Inconclusive {
        #[serde(default)]
        findings: Vec<Finding>,
    },
    /// The check of the new revision was not answered.
    Unanswered {
        check: String,
        reason: String,
    },
    /// So many of its targets are healthy.
    Unhealthy {
        healthy: Option<u32>,
        requested: u32,
        /// The reason why their health is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    /// The rules say another share than ECS: somebody has changed them.
    WeightsDiffer {
        wanted: f64,
        live: Option<f64>,
        /// The reason why the rules are not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    /// The old revision has fewer tasks than it is to have.
    BlueShrinks {
        running: u32,
        requested: u32,
    },
}

/// Seconds between looks while nothing can be decided but that something has failed.
const LOOK: u32 = 10;
/// Seconds between looks at a gate: metrics come once a minute.
const LOOK_AT_GATE: u32 = 20;
/// The minutes that a service may take to be well again after it went back.
const RECOVERY: i64 = 20;
/// Per cent by which weights may differ: ECS rounds them.
const ROUNDED: f64 = 1.0;

/// Decides. The same arguments give the same decision.
#[must_use]
pub fn decide(policy: &Policy, seen: &Observation, now: Timestamp) -> Decision {
    let Some(deployment) = &seen.deployment else { return before(policy, seen) };
    if seen.superseded_by.is_some() {
        return end(State::Superseded);
    }
    match deployment.status {
        Status::Pending | Status::InProgress => under_way(policy, seen, deployment, now),
        Status::Successful => after(policy, seen),
        Status::StopRequested | Status::RollbackRequested | Status::RollbackInProgress => wait(State::RollingBack, LOOK),
        Status::RollbackSuccessful => went_back(seen, deployment, now),
        Status::RollbackFailed => end(State::RollbackFailed),
        Status::Stopped => end(State::Stopped),
        Status::Unknown => wait(State::Scaling, LOOK),
    }
}

fn end(state: State) -> Decision {
    Decision { state, order: None, holds: Vec::new(), evidence: Vec::new(), look: None }
}

fn wait(state: State, look: u32) -> Decision {
    Decision { look: Some(look), ..end(state) }
}

fn give(state: State, order: Order) -> Decision {
    Decision { order: Some(order), look: Some(1), ..end(state) }
}

fn before(policy: &Policy, seen: &Observation) -> Decision {
    if seen.occupied_by.is_some() {
        return end(State::Occupied);
    }
    match &seen.expand {
        _ if policy.expand.is_empty() => give(State::Ready, Order::Start),
        Migration::NotRun | Migration::TakenBack => give(State::Expanding, Order::Expand),
        Migration::Running { .. } => wait(State::Expanding, LOOK),
        Migration::Succeeded => give(State::Ready, Order::Start),
        Migration::Failed { .. } | Migration::Lost { .. } | Migration::DryRunFailed { .. } => end(State::MigrationFailed),
    }
}

fn after(policy: &Policy, seen: &Observation) -> Decision {
    match &seen.contract {
        _ if policy.contract.is_empty() => end(State::Promoted),
        Migration::NotRun if !seen.owed => end(State::Promoted),
        Migration::NotRun => give(State::Contracting, Order::Contract),
        Migration::Running { .. } => wait(State::Contracting, LOOK),
        Migration::Succeeded | Migration::TakenBack => end(State::Promoted),
        Migration::Failed { .. } | Migration::Lost { .. } | Migration::DryRunFailed { .. } => end(State::ContractFailed),
    }
}

/// A rollback is one when the old revision is well again: AWS's own word for it does not say so.
fn went_back(seen: &Observation, deployment: &Deployment, now: Timestamp) -> Decision {
    let Some(blue) = &deployment.blue else { return end(State::RollbackFailed) };
    let serves = seen.weights.known().is_some_and(|weights| weights.blue >= 100.0 - ROUNDED);
    let healthy = blue.healthy.known().is_some_and(|healthy| *healthy > 0);
    // Where tasks are replaced one by one, no traffic has moved that could have to come back.
    let serves = serves || !deployment.moves_traffic;
    if serves && healthy && blue.running >= blue.requested.min(1) {
        return end(State::RolledBack);
    }
    let since = deployment.finished.unwrap_or(deployment.started);
    if now.duration_since(since) > SignedDuration::from_mins(RECOVERY) {
        end(State::RollbackFailed)
    } else {
        wait(State::RollingBack, LOOK)
    }
}

fn under_way(policy: &Policy, seen: &Observation, deployment: &Deployment, now: Timestamp) -> Decision {
    let gate = deployment.gates.first();
    let state = state_of(policy, deployment, gate);
    if let Some(why) = broken(policy, seen, deployment, now) {
        let order = Order::Rollback { gate: gate.map(|gate| gate.id.clone()), why };
        return give(state, order);
    }
    match gate {
        None if !policy.is_gated() => without_gate(policy, seen, deployment, state),
        None => wait(state, LOOK),
        Some(gate) => at_gate(policy, seen, deployment, gate, state, now),
    }
}

/// AWS has stages that the SDK does not know, so they are told by their names.
fn state_of(policy: &Policy, deployment: &Deployment, gate: Option<&Gate>) -> State {
    let stage = gate.map_or(deployment.stage.as_str(), |gate| gate.stage.as_str());
    match stage {
        "TEST_TRAFFIC_SHIFT" | "POST_TEST_TRAFFIC_SHIFT" => State::Testing,
        "PRE_PRODUCTION_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT" => {
            let (steps, weight) = (policy.shift.steps(), deployment.green.weight);
            let step = steps.iter().filter(|step| **step <= weight + ROUNDED / 2.0).count();
            State::Shifting { step, steps: steps.len(), weight }
        }
        "POST_PRODUCTION_TRAFFIC_SHIFT" | "BAKE_TIME" => State::Baking,
        "CLEAN_UP" => State::Finishing,
        _ => State::Scaling,
    }
}

/// Returns the reason to go back at once, whatever else there is.
fn broken(policy: &Policy, seen: &Observation, deployment: &Deployment, now: Timestamp) -> Option<Why> {
    // Once ECS takes the old revision down there is nothing to go back to.
    if deployment.stage == "CLEAN_UP" {
        return None;
    }
    let green = &deployment.green;
    if seen.crashed.len() >= policy.crashes.max(1) as usize {
        return Some(Why::Crashes { tasks: seen.crashed.clone() });
    }
    if green.weight > 0.0 && green.healthy == Reading::Known(0) {
        return Some(Why::NoHealthyTarget { weight: green.weight });
    }
    let findings = judge::alarms(&policy.guard, seen).into_iter().filter(|one| one.verdict == Verdict::Fail).collect::<Vec<_>>();
    if !findings.is_empty() {
        return Some(Why::Worse { findings });
    }
    let stalled = now.duration_since(deployment.stalled) > SignedDuration::from_mins(i64::from(policy.patience));
    let (running, requested) = (green.running, green.requested);
    (running < requested && stalled).then_some(Why::NoProgress { minutes: policy.patience, running, requested })
}

/// ECS goes on by itself, so what is not proved to be worse changes nothing.
fn without_gate(policy: &Policy, seen: &Observation, deployment: &Deployment, state: State) -> Decision {
    let evidence = match state {
        State::Baking => {
            let served = |minute: &&Minute| minute.green.known().is_some_and(|traffic| traffic.requests > 0);
            seen.minutes.iter().find(served).map_or_else(Vec::new, |first| judge::judge(policy, seen, first.at))
        }
        State::Scaling if !deployment.moves_traffic && deployment.green.running > 0 => judge::limits(&policy.guard, seen),
        _ => Vec::new(),
    };
    let findings = evidence.iter().filter(|one| one.verdict == Verdict::Fail).cloned().collect::<Vec<_>>();
    if findings.is_empty() {
        return Decision { evidence, ..wait(state, LOOK) };
    }
    let order = Order::Rollback { gate: None, why: Why::Worse { findings } };
    Decision { evidence, ..give(state, order) }
}

fn at_gate(policy: &Policy, seen: &Observation, deployment: &Deployment, gate: &Gate, state: State, now: Timestamp) -> Decision {
    let mut holds = Vec::from_iter(seen.paused.then_some(Hold::Paused));
    let mut evidence = Vec::new();
    let green = &deployment.green;
    let healthy = green.healthy.known().copied();
    if green.running < green.requested || healthy.is_none_or(|healthy| healthy < green.requested) {
        holds.push(Hold::Unhealthy { healthy, requested: green.requested, unread: green.healthy.unknown().map(str::to_owned) });
    }
    let live = seen.weights.known().map(|weights| weights.green);
    // The rule leads to a service's first version from the start.
    if deployment.blue.is_some() && live.is_none_or(|live| (live - green.weight).abs() > ROUNDED) {
        holds.push(Hold::WeightsDiffer { wanted: green.weight, live, unread: seen.weights.unknown().map(str::to_owned) });
    }
    if let Some(blue) = deployment.blue.as_ref().filter(|blue| blue.running < blue.requested) {
        holds.push(Hold::BlueShrinks { running: blue.running, requested: blue.requested });
    }
    let minutes = match &state {
        State::Testing if !policy.smoke.is_empty() => match &seen.smoke {
            None => return Decision { holds, ..give(state, Order::Smoke { gate: gate.id.clone() }) },
            Some(Smoke::Passed { .. }) => None,
            Some(Smoke::Failed { check, reason }) => {
                let why = Why::Smoke { check: check.clone(), reason: reason.clone() };
                return give(state, Order::Rollback { gate: Some(gate.id.clone()), why });
            }
            Some(Smoke::Unanswered { check, reason }) => {
                holds.push(Hold::Unanswered { check: check.clone(), reason: reason.clone() });
                None
            }
        },
        State::Shifting { step, .. } if *step > 0 => Some(policy.dwell),
        State::Baking => Some(policy.bake),
        _ => None,
    };
    if let Some(minutes) = minutes {
        evidence = judge::judge(policy, seen, gate.opened);
        match judge::worst(&evidence) {
            Verdict::Fail => {
                let findings = evidence.iter().filter(|one| one.verdict == Verdict::Fail).cloned().collect();
                let order = Order::Rollback { gate: Some(gate.id.clone()), why: Why::Worse { findings } };
                return Decision { evidence, ..give(state, order) };
            }
            Verdict::Inconclusive => {
                let findings = evidence.iter().filter(|one| one.verdict == Verdict::Inconclusive).cloned().collect();
                holds.push(Hold::Inconclusive { findings });
            }
            Verdict::Pass => {}
        }
        let until = gate.opened.saturating_add(SignedDuration::from_mins(i64::from(minutes)));
        if let Ok(until) = until
            && now < until
        {
            holds.push(Hold::Watching { until });
        }
    }
    if holds.is_empty() {
        return Decision { evidence, ..give(state, Order::Continue { gate: gate.id.clone() }) };
    }
    Decision { holds, evidence, ..wait(state, LOOK_AT_GATE) }
}
