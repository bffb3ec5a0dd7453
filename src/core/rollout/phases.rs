//! The phases of a rollout with their times, before it has begun.

use super::decide::{Decision, Hold, State};
use super::policy::{Policy, Shift};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One phase of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    #[serde(flatten)]
    pub name: Name,
    /// The minutes that it takes when all is well.
    pub minutes_at_least: u32,
    /// The minutes after which it goes back, or has failed; none where ECS takes the time that it needs.
    pub minutes_at_most: Option<u32>,
}

/// The work of a phase. Its text reads as a label: `10 % of the traffic`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum Name {
    /// The command before the new version runs.
    Expand,
    /// The new tasks come up.
    Start,
    /// The smoke checks are sent.
    Checks,
    /// All of the new tasks have to be healthy before they get traffic.
    Gate,
    /// The new version has a share of the traffic, and is watched.
    Share { percent: f64 },
    /// It has all of the traffic, and the old tasks still run.
    Bake,
    /// The old tasks stop.
    CleanUp,
    /// The command after the old version runs.
    Contract,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Name::Expand => "command before it",
            Name::Start => "new tasks start",
            Name::Checks => "smoke checks",
            Name::Gate => "all of them healthy",
            Name::Share { percent } => return write!(f, "{} % of the traffic", (percent * 10.0).round() / 10.0),
            Name::Bake => "100 % of the traffic",
            Name::CleanUp => "old tasks stop",
            Name::Contract => "command after it",
        })
    }
}

/// Returns the phases of a rollout in their order.
#[must_use]
pub fn phases(policy: &Policy) -> Vec<Phase> {
    let phase = |name, minutes_at_least, minutes_at_most| Phase { name, minutes_at_least, minutes_at_most };
    let at_gate = |name, minutes: u32| phase(name, minutes, Some(policy.gate.max(minutes)));
    let moves = policy.shift != Shift::Rolling;
    let command =
        |name, command: &[String], has_run: bool| (!command.is_empty() && !has_run).then(|| phase(name, 0, Some(policy.command_minutes)));
    let mut all = Vec::from_iter(command(Name::Expand, &policy.expand, policy.expanded));
    all.push(phase(Name::Start, 1, None));
    all.extend((!policy.smoke.is_empty()).then(|| at_gate(Name::Checks, 0)));
    all.extend(policy.is_gated().then(|| at_gate(Name::Gate, 0)));
    let steps = policy.shift.steps();
    let shares = steps.iter().take(steps.len().saturating_sub(1));
    all.extend(shares.map(|percent| at_gate(Name::Share { percent: *percent }, policy.dwell)));
    all.extend(moves.then(|| at_gate(Name::Bake, policy.bake)));
    all.push(phase(Name::CleanUp, 1, None));
    all.extend(command(Name::Contract, &policy.contract, policy.contracted));
    all
}

/// Returns the phase at whose gate ECS waits next, once it has been told to go on at the gate of a state; none where no gate comes after it.
#[must_use]
pub fn next_gate(policy: &Policy, state: &State) -> Option<Name> {
    let steps = policy.shift.steps();
    match state {
        State::Testing => Some(Name::Gate),
        State::Shifting { step, .. } => match steps.get(*step) {
            Some(percent) if step + 1 < steps.len() => Some(Name::Share { percent: *percent }),
            _ => Some(Name::Bake),
        },
        _ => None,
    }
}

/// Returns the phases that are left of a rollout, from the one that it is in; none where it does not go on. Of a share that is watched, the
/// rest of its time counts.
#[must_use]
pub fn left(policy: &Policy, decision: &Decision, now: Timestamp) -> Vec<Phase> {
    let steps = policy.shift.steps();
    let is_in = |name: Name| match &decision.state {
        State::Expanding => name == Name::Expand,
        State::Ready | State::Scaling => name == Name::Start,
        State::Testing => matches!(name, Name::Checks | Name::Gate),
        State::Shifting { step: 0, .. } => name == Name::Gate,
        State::Shifting { step, .. } => match steps.get(step - 1) {
            Some(percent) if *step < steps.len() => name == Name::Share { percent: *percent },
            _ => name == Name::Bake,
        },
        State::Baking => name == Name::Bake,
        State::Finishing => name == Name::CleanUp,
        State::Contracting => name == Name::Contract,
        _ => false,
    };
    let mut left = phases(policy).into_iter().skip_while(|phase| !is_in(phase.name)).collect::<Vec<_>>();
    if let Some(first) = left.first_mut() {
        let until = decision.holds.iter().find_map(|hold| if let Hold::Watching { until } = hold { Some(*until) } else { None });
        let seconds = until.map_or(0, |until| until.duration_since(now).as_secs().max(0));
        first.minutes_at_least = first.minutes_at_least.min(u32::try_from((seconds + 59) / 60).unwrap_or(u32::MAX));
    }
    left
}

/// The sum of the times of phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Length {
    pub minutes_at_least: u32,
    /// The most that gates and commands take together; the time in which ECS starts and stops tasks comes on top.
    pub minutes_at_most: u32,
}

impl Length {
    #[must_use]
    pub fn of<'a>(phases: impl IntoIterator<Item = &'a Phase>) -> Self {
        phases.into_iter().fold(Length::default(), |sum, phase| Length {
            minutes_at_least: sum.minutes_at_least.saturating_add(phase.minutes_at_least),
            minutes_at_most: sum.minutes_at_most.saturating_add(phase.minutes_at_most.unwrap_or_default()),
        })
    }
}

/// Minutes of thirty days: ECS ends a deployment that takes longer.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
pub const DEPLOYMENT: u32 = 30 * 1440;

/// Says why a deployment of these phases would not be over when ECS ends it, and what to do.
#[must_use]
pub fn too_long(phases: &[Phase]) -> Option<(String, &'static str)> {
    // The deployment begins after the one command, and is over before the other.
    let Length { minutes_at_least, minutes_at_most } = doubled(phases);
    if minutes_at_least > DEPLOYMENT {
        let says = format!("it takes {}, and ECS ends a deployment after 30 days", spoken(minutes_at_least));
        return Some((says, "take fewer steps, or shorter ones"));
    }
    let says = || format!("its gates may stay open for {} together, and ECS ends a deployment after 30 days", spoken(minutes_at_most));
    (minutes_at_most > DEPLOYMENT).then(|| (says(), "make `gate_minutes` shorter, or take fewer steps"))
}

/// Returns the minutes for which both versions run beside each other, out of its phases.
#[must_use]
pub fn doubled(phases: &[Phase]) -> Length {
    Length::of(phases.iter().filter(|phase| !matches!(phase.name, Name::Expand | Name::Contract)))
}

/// Returns a time as people say it: `45 min`, `2 h 5 min`, `3 d`.
#[must_use]
pub fn spoken(minutes: u32) -> String {
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>();
    if parts.is_empty() { "0 min".into() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::super::policy::Guard;
    use super::*;
    use expect_test::{Expect, expect};

    fn policy(shift: Shift, command: &[&str]) -> Policy {
        let guard =
            Guard { confidence: 0.99, least_requests: 50, errors: None, latency: Vec::new(), alarms: Vec::new(), metrics: Vec::new() };
        let command = command.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        Policy {
            shift,
            dwell: 5,
            bake: 10,
            gate: 60,
            patience: 10,
            crashes: 3,
            smoke: Vec::new(),
            host: None,
            notify: None,
            guard,
            dry_run: Vec::new(),
            expand: command.clone(),
            contract: command,
            expand_back: Vec::new(),
            contract_back: Vec::new(),
            command_minutes: 15,
            again: None,
            expanded: false,
            contracted: false,
        }
    }

    fn check(policy: &Policy, expected: Expect) {
        let line = |phase: &Phase| {
            let most = phase.minutes_at_most.map_or_else(|| "?".into(), |most| most.to_string());
            format!("{}: {} to {most}\n", phase.name, phase.minutes_at_least)
        };
        expected.assert_eq(&phases(policy).iter().map(line).collect::<String>());
    }

    #[test]
    fn each_step_is_a_phase() {
        check(
            &policy(Shift::AllAtOnce, &[]),
            expect![[r#"
                new tasks start: 1 to ?
                all of them healthy: 0 to 60
                100 % of the traffic: 10 to 60
                old tasks stop: 1 to ?
            "#]],
        );
        check(
            &policy(Shift::Linear { percent: 33.3 }, &["migrate"]),
            expect![[r#"
                command before it: 0 to 15
                new tasks start: 1 to ?
                all of them healthy: 0 to 60
                33.3 % of the traffic: 5 to 60
                66.6 % of the traffic: 5 to 60
                99.9 % of the traffic: 5 to 60
                100 % of the traffic: 10 to 60
                old tasks stop: 1 to ?
                command after it: 0 to 15
            "#]],
        );
    }

    #[test]
    fn each_gate_says_which_one_comes_next() {
        let linear = policy(Shift::Linear { percent: 40.0 }, &[]);
        let at = |step| State::Shifting { step, steps: 3, weight: 0.0 };
        let next = |state: &State| next_gate(&linear, state).map(|name| name.to_string());
        let told = [State::Testing, at(0), at(1), at(2), State::Baking].map(|state| next(&state));
        let wanted = ["all of them healthy", "40 % of the traffic", "80 % of the traffic", "100 % of the traffic"];
        assert_eq!(told.iter().flatten().map(String::as_str).collect::<Vec<_>>(), wanted);
        assert_eq!((told[4].as_ref(), next_gate(&policy(Shift::AllAtOnce, &[]), &at(0))), (None, Some(Name::Bake)));
    }

    #[test]
    fn the_rest_of_a_rollout_begins_where_it_is() {
        let now = Timestamp::UNIX_EPOCH;
        let rest = |state: State, watched: Option<i64>| {
            let holds = watched.map(|seconds| Hold::Watching { until: Timestamp::from_second(seconds).unwrap() }).into_iter().collect();
            let decision = Decision { state, order: None, holds, evidence: Vec::new(), look: None };
            let left = left(&policy(Shift::Canary { percent: 10.0 }, &["migrate"]), &decision, now);
            left.iter().map(|phase| format!("{}: {}", phase.name, phase.minutes_at_least)).collect::<Vec<_>>().join(", ")
        };
        let at = |step, weight| State::Shifting { step, steps: 2, weight };
        for (state, watched, wanted) in [
            (
                State::Testing,
                None,
                "all of them healthy: 0, 10 % of the traffic: 5, 100 % of the traffic: 10, old tasks stop: 1, command after it: 0",
            ),
            (
                at(0, 0.0),
                None,
                "all of them healthy: 0, 10 % of the traffic: 5, 100 % of the traffic: 10, old tasks stop: 1, command after it: 0",
            ),
            (at(1, 10.0), Some(130), "10 % of the traffic: 3, 100 % of the traffic: 10, old tasks stop: 1, command after it: 0"),
            (at(1, 10.0), None, "10 % of the traffic: 0, 100 % of the traffic: 10, old tasks stop: 1, command after it: 0"),
            (State::Baking, Some(600), "100 % of the traffic: 10, old tasks stop: 1, command after it: 0"),
            (State::Contracting, None, "command after it: 0"),
            (State::RollingBack, None, ""),
        ] {
            assert_eq!(rest(state, watched), wanted);
        }
    }

    #[test]
    fn the_time_of_a_rollout_is_that_of_its_phases() {
        let phases = phases(&policy(Shift::Canary { percent: 10.0 }, &["migrate"]));
        assert_eq!(Length::of(&phases), Length { minutes_at_least: 17, minutes_at_most: 210 });
        assert_eq!(doubled(&phases), Length { minutes_at_least: 17, minutes_at_most: 180 });
        for (minutes, text) in [(0, "0 min"), (45, "45 min"), (60, "1 h"), (125, "2 h 5 min"), (4320, "3 d")] {
            assert_eq!(spoken(minutes), text);
        }
    }
}
