//! The laws of a rollout's decisions, and how often its verdicts are wrong.

use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use trueup::core::rollout::decide::{Hold, Order, State, Why, decide};
use trueup::core::rollout::judge::{Verdict, judge, worst};
use trueup::core::rollout::observation::{
    Alarm, AlarmState, Crash, Deployment, Gate, Migration, Minute, Observation, Reading, Side, Smoke, Status, Traffic, Weights,
};
use trueup::core::rollout::policy::{Errors, Guard, Latency, Policy, Quantile, Shift, Threshold};

fn policy() -> Policy {
    Policy {
        shift: Shift::Canary { percent: 10.0 },
        dwell: 5,
        bake: 10,
        gate: 60,
        patience: 10,
        crashes: 3,
        smoke: vec![serde_json::from_value(serde_json::json!({ "path": "/" })).unwrap()],
        host: None,
        notify: None,
        guard: Guard {
            confidence: 0.99,
            least_requests: 50,
            errors: Some(Errors { tolerance: 0.005, most: 0.05 }),
            latency: vec![Latency { quantile: Quantile::P95, tolerance: 0.2, floor: 0.05 }],
            alarms: vec!["errors".into()],
            metrics: vec![Threshold {
                name: "queue".into(),
                namespace: "AWS/SQS".into(),
                metric: "ApproximateNumberOfMessagesVisible".into(),
                dimensions: BTreeMap::from([("QueueName".into(), "jobs".into())]),
                statistic: "Maximum".into(),
                times: 1.0,
                value: 100.0,
                above: true,
            }],
        },
        dry_run: Vec::new(),
        expand: Vec::new(),
        contract: Vec::new(),
        expand_back: Vec::new(),
        contract_back: Vec::new(),
        command_minutes: 15,
        again: None,
        expanded: false,
        contracted: false,
    }
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
}

fn side(weight: f64) -> Side {
    Side {
        revision: format!("revision of {weight}"),
        task_definition: "web:2".into(),
        images: Vec::new(),
        requested: 2,
        running: 2,
        pending: 0,
        shared: false,
        weight,
        group: None,
        healthy: Reading::Known(2),
        unhealthy: Reading::Known(0),
    }
}

/// A rollout at a gate of this stage, which opened at minute 100, with ten good minutes before and since.
fn gate(stage: &str, weight: f64) -> Observation {
    let traffic = Reading::Known(Traffic { requests: 200, errors: 0, p50: Some(0.05), p95: Some(0.1), p99: Some(0.2) });
    Observation {
        awaited: None,
        deployment: Some(Deployment {
            arn: "deployment".into(),
            task_definition: "web:2".into(),
            status: Status::InProgress,
            stage: stage.into(),
            started: at(90),
            finished: None,
            turned: None,
            again: false,
            reason: String::new(),
            blue: Some(side(100.0 - weight)),
            green: side(weight),
            moves_traffic: true,
            stalled: at(95),
            gates: vec![Gate { id: "gate".into(), stage: stage.into(), opened: at(100), expires: at(160) }],
            rule: None,
        }),
        superseded_by: None,
        occupied_by: None,
        paused: false,
        crashed: Vec::new(),
        weights: Reading::Known(Weights { blue: 100.0 - weight, green: weight }),
        minutes: (90..111).map(|minute| Minute { at: at(minute), blue: traffic.clone(), green: traffic.clone() }).collect(),
        alarms: Reading::Known(vec![Alarm { name: "errors".into(), state: AlarmState::Ok }]),
        metrics: vec![Reading::Known(3.0)],
        smoke: Some(Smoke::Passed { checks: 2 }),
        expand: Migration::NotRun,
        contract: Migration::NotRun,
        owed: true,
    }
}

const TEST: &str = "POST_TEST_TRAFFIC_SHIFT";
const SHIFT: &str = "PRE_PRODUCTION_TRAFFIC_SHIFT";
const BAKE: &str = "POST_PRODUCTION_TRAFFIC_SHIFT";

fn order(seen: &Observation, minute: i64) -> Option<Order> {
    decide(&policy(), seen, at(minute)).order
}

fn goes_on() -> Option<Order> {
    Some(Order::Continue { gate: "gate".into() })
}

#[test]
fn a_good_revision_goes_from_gate_to_gate() {
    assert_eq!(order(&gate(TEST, 0.0), 101), goes_on());
    assert_eq!(order(&gate(SHIFT, 0.0), 101), goes_on(), "the first step waits for nothing but health");
    assert_eq!(order(&gate(SHIFT, 10.0), 104), None, "it is watched for five minutes");
    assert_eq!(order(&gate(SHIFT, 10.0), 105), goes_on());
    assert_eq!(order(&gate(BAKE, 100.0), 109), None);
    assert_eq!(order(&gate(BAKE, 100.0), 110), goes_on());
    let decision = decide(&policy(), &gate(SHIFT, 10.0), at(104));
    assert_eq!(decision.state, State::Shifting { step: 1, steps: 2, weight: 10.0 });
    assert_eq!(decision.holds, [Hold::Watching { until: at(105) }]);
}

/// ECS waits ten minutes in each shift, and nothing is stuck meanwhile: neither forwards, nor on the way back.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/nlb-resources-for-blue-green.html>
#[test]
fn the_ten_minutes_of_a_network_load_balancer_are_no_standstill() {
    for (stage, weight) in [("TEST_TRAFFIC_SHIFT", 0.0), ("PRODUCTION_TRAFFIC_SHIFT", 10.0), ("PRODUCTION_TRAFFIC_SHIFT", 100.0)] {
        let mut seen = gate(stage, weight);
        seen.deployment.as_mut().unwrap().gates.clear();
        // The last task came up in minute 95, and the patience is ten minutes.
        for minute in [106, 125, 300] {
            assert_eq!(order(&seen, minute), None, "{stage} {minute}");
        }
        let deployment = seen.deployment.as_mut().unwrap();
        deployment.status = Status::RollbackInProgress;
        let decision = decide(&policy(), &seen, at(300));
        assert_eq!((decision.state, decision.order), (State::RollingBack, None));
    }
    // Tasks that are gone meanwhile are another matter.
    let mut seen = gate("PRODUCTION_TRAFFIC_SHIFT", 10.0);
    let deployment = seen.deployment.as_mut().unwrap();
    deployment.gates.clear();
    deployment.green.running = 1;
    assert!(matches!(order(&seen, 106), Some(Order::Rollback { why: Why::NoProgress { .. }, .. })));
}

#[test]
fn nothing_that_is_missing_promotes() {
    type Missing = fn(&mut Observation);
    let holds: [(&str, Missing); 9] = [
        ("paused", |seen| seen.paused = true),
        ("throttled metrics", |seen| seen.minutes[15].green = Reading::Unknown("Throttling".into())),
        ("no minutes", |seen| seen.minutes.clear()),
        ("an alarm that nobody knows", |seen| seen.alarms = Reading::Unknown("Throttling".into())),
        ("an alarm without data", |seen| {
            seen.alarms = Reading::Known(vec![Alarm { name: "errors".into(), state: AlarmState::InsufficientData }]);
        }),
        ("a metric without a value", |seen| seen.metrics = vec![Reading::Unknown("no data".into())]),
        ("rules that somebody else has changed", |seen| seen.weights = Reading::Known(Weights { blue: 100.0, green: 0.0 })),
        ("rules that could not be read", |seen| seen.weights = Reading::Unknown("Throttling".into())),
        ("an unhealthy target", |seen| seen.deployment.as_mut().unwrap().green.healthy = Reading::Known(1)),
    ];
    for (name, change) in holds {
        let mut seen = gate(SHIFT, 10.0);
        change(&mut seen);
        let decision = decide(&policy(), &seen, at(120));
        assert_eq!(decision.order, None, "{name}");
        assert!(!decision.holds.is_empty(), "{name}");
    }
    let mut seen = gate(TEST, 0.0);
    seen.smoke = Some(Smoke::Unanswered { check: "health".into(), reason: "no answer".into() });
    assert_eq!(order(&seen, 101), None);
    seen.smoke = None;
    assert_eq!(order(&seen, 101), Some(Order::Smoke { gate: "gate".into() }));
}

#[test]
fn hard_signals_go_back_at_once() {
    let crash = |task: &str| Crash { task: task.into(), reason: "exit code 1".into(), log: Vec::new() };
    let mut seen = gate(SHIFT, 10.0);
    seen.crashed = vec![crash("1"), crash("2"), crash("3")];
    assert!(matches!(order(&seen, 101), Some(Order::Rollback { gate: Some(_), why: Why::Crashes { tasks } }) if tasks.len() == 3));
    let mut seen = gate(SHIFT, 10.0);
    seen.deployment.as_mut().unwrap().green.healthy = Reading::Known(0);
    assert!(matches!(order(&seen, 101), Some(Order::Rollback { why: Why::NoHealthyTarget { .. }, .. })));
    let mut seen = gate(SHIFT, 10.0);
    seen.alarms = Reading::Known(vec![Alarm { name: "errors".into(), state: AlarmState::Alarm }]);
    assert!(matches!(order(&seen, 101), Some(Order::Rollback { why: Why::Worse { .. }, .. })));
    let mut seen = gate("SCALE_UP", 0.0);
    let deployment = seen.deployment.as_mut().unwrap();
    deployment.gates.clear();
    deployment.green.running = 1;
    assert_eq!(order(&seen, 105), None);
    assert!(matches!(order(&seen, 106), Some(Order::Rollback { gate: None, why: Why::NoProgress { running: 1, requested: 2, .. } })));
    let mut seen = gate(TEST, 0.0);
    seen.smoke = Some(Smoke::Failed { check: "home".into(), reason: "status 500".into() });
    assert!(matches!(order(&seen, 101), Some(Order::Rollback { why: Why::Smoke { .. }, .. })));
}

#[test]
fn where_ecs_waits_for_nobody_only_what_is_proved_takes_it_back() {
    let policy = Policy { gate: 0, ..policy() };
    let order = |seen: &Observation| decide(&policy, seen, at(111)).order;
    let open = |stage: &str, change: &dyn Fn(&mut Observation)| {
        let mut seen = gate(stage, 100.0);
        seen.deployment.as_mut().unwrap().gates.clear();
        change(&mut seen);
        seen
    };
    let since = |minute: i64, errors: u64| {
        move |seen: &mut Observation| {
            for one in &mut seen.minutes {
                let served = one.at >= at(minute);
                let traffic =
                    |requests, errors| Reading::Known(Traffic { requests, errors, p50: Some(0.05), p95: Some(0.1), p99: Some(0.2) });
                one.green = if served { traffic(200, errors) } else { Reading::Known(Traffic::default()) };
                one.blue = if served { Reading::Known(Traffic::default()) } else { traffic(200, 0) };
            }
        }
    };
    assert_eq!(order(&open("BAKE_TIME", &since(100, 0))), None);
    assert!(matches!(order(&open("BAKE_TIME", &since(100, 40))), Some(Order::Rollback { gate: None, why: Why::Worse { .. } })));
    assert_eq!(order(&open("CLEAN_UP", &since(100, 40))), None, "the old version is gone");
    let unread: &dyn Fn(&mut Observation) =
        &|seen| seen.minutes.iter_mut().for_each(|one| one.green = Reading::Unknown("Throttling".into()));
    assert_eq!(order(&open("BAKE_TIME", unread)), None, "what nobody knows takes nothing back");
    let full: &dyn Fn(&mut Observation) = &|seen| seen.metrics = vec![Reading::Known(1000.0)];
    assert_eq!(order(&open("SCALE_UP", full)), None, "it has no traffic yet");
    let rolling: &dyn Fn(&mut Observation) = &|seen| {
        full(seen);
        seen.deployment.as_mut().unwrap().moves_traffic = false;
    };
    assert!(matches!(order(&open("SCALE_UP", rolling)), Some(Order::Rollback { gate: None, why: Why::Worse { .. } })));
}

#[test]
fn a_rollback_is_one_when_the_old_revision_is_well() {
    let mut seen = gate(BAKE, 0.0);
    let deployment = seen.deployment.as_mut().unwrap();
    (deployment.status, deployment.finished) = (Status::RollbackSuccessful, Some(at(120)));
    assert_eq!(decide(&policy(), &seen, at(121)).state, State::RolledBack);
    seen.deployment.as_mut().unwrap().blue.as_mut().unwrap().healthy = Reading::Known(0);
    assert_eq!(decide(&policy(), &seen, at(121)).state, State::RollingBack);
    assert_eq!(decide(&policy(), &seen, at(141)).state, State::RollbackFailed);
    seen.deployment.as_mut().unwrap().blue = None;
    assert_eq!(decide(&policy(), &seen, at(121)).state, State::RollbackFailed, "there was nothing to go back to");
    let mut seen = gate(BAKE, 0.0);
    let deployment = seen.deployment.as_mut().unwrap();
    (deployment.status, deployment.finished) = (Status::RollbackSuccessful, Some(at(120)));
    seen.weights = Reading::Known(Weights { blue: 0.0, green: 0.0 });
    assert_eq!(decide(&policy(), &seen, at(121)).state, State::RollingBack, "the traffic is not back yet");
    seen.deployment.as_mut().unwrap().moves_traffic = false;
    assert_eq!(decide(&policy(), &seen, at(121)).state, State::RolledBack, "tasks were replaced one by one");
}

#[test]
fn commands_run_before_and_after_and_never_twice() {
    let policy = Policy { expand: vec!["up".into()], contract: vec!["clean".into()], ..policy() };
    let mut seen = Observation { deployment: None, ..gate(TEST, 0.0) };
    let state = |seen: &Observation| {
        let decision = decide(&policy, seen, at(100));
        (decision.state, decision.order)
    };
    assert_eq!(state(&seen), (State::Expanding, Some(Order::Expand)));
    seen.expand = Migration::Running { task: "task".into(), back: false };
    assert_eq!(state(&seen), (State::Expanding, None));
    seen.expand = Migration::Lost { task: "task".into() };
    assert_eq!(state(&seen), (State::MigrationFailed, None));
    seen.expand = Migration::DryRunFailed { reason: "exit code 1".into() };
    assert_eq!(state(&seen), (State::MigrationFailed, None));
    seen.expand = Migration::TakenBack;
    assert_eq!(state(&seen), (State::Expanding, Some(Order::Expand)), "what was taken back is to come again");
    seen.expand = Migration::Succeeded;
    assert_eq!(state(&seen), (State::Ready, Some(Order::Start)));
    let mut seen = gate("CLEAN_UP", 100.0);
    seen.deployment.as_mut().unwrap().status = Status::Successful;
    assert_eq!(state(&seen), (State::Contracting, Some(Order::Contract)));
    seen.owed = false;
    assert_eq!(state(&seen), (State::Promoted, None), "this version came without a command");
    seen.owed = true;
    seen.contract = Migration::Failed { reason: "exit code 1".into() };
    assert_eq!(state(&seen), (State::ContractFailed, None));
    seen.contract = Migration::TakenBack;
    assert_eq!(state(&seen), (State::Promoted, None), "somebody wanted it so");
    seen.contract = Migration::Succeeded;
    assert_eq!(state(&seen), (State::Promoted, None));
}

fn reading<T: Clone + std::fmt::Debug + 'static>(value: impl Strategy<Value = T> + 'static) -> impl Strategy<Value = Reading<T>> {
    prop_oneof![9 => value.prop_map(Reading::Known), 1 => Just(Reading::Unknown("Throttling".to_owned()))]
}

fn traffic() -> impl Strategy<Value = Traffic> {
    (0..500u64, 0..20u64, proptest::option::weighted(0.9, 0.01..1.0f64)).prop_map(|(requests, errors, seconds)| Traffic {
        requests,
        errors: errors.min(requests),
        p50: seconds,
        p95: seconds,
        p99: seconds,
    })
}

prop_compose! {
    fn any_observation()(
        stage in prop_oneof![Just(TEST), Just(SHIFT), Just(BAKE), Just("SCALE_UP"), Just("BAKE_TIME"), Just("CLEAN_UP"), Just("")],
        weight in prop_oneof![Just(0.0), Just(10.0), Just(100.0)],
        live in reading(prop_oneof![4 => Just(None), 1 => (0.0..100.0f64).prop_map(Some)]),
        healthy in reading(0..4u32),
        running in 0..3u32,
        blue_running in 0..3u32,
        minutes in proptest::collection::vec((reading(traffic()), reading(traffic())), 0..30),
        alarm in reading(prop_oneof![6 => Just(AlarmState::Ok), 1 => Just(AlarmState::Alarm), 1 => Just(AlarmState::InsufficientData)]),
        metric in reading(0.0..120.0f64),
        smoke in prop_oneof![3 => Just(Some(Smoke::Passed { checks: 1 })), 1 => Just(None),
            1 => Just(Some(Smoke::Failed { check: "a".into(), reason: "b".into() })),
            1 => Just(Some(Smoke::Unanswered { check: "a".into(), reason: "b".into() }))],
        crashes in 0..5usize,
        paused in proptest::bool::weighted(0.1),
        open in proptest::bool::weighted(0.9),
        status in prop_oneof![8 => Just(Status::InProgress), 1 => Just(Status::Pending), 1 => Just(Status::RollbackInProgress),
            1 => Just(Status::RollbackSuccessful), 1 => Just(Status::Successful), 1 => Just(Status::Stopped), 1 => Just(Status::Unknown)],
    ) -> Observation {
        let mut seen = gate(stage, weight);
        let deployment = seen.deployment.as_mut().unwrap();
        deployment.status = status;
        (deployment.green.healthy, deployment.green.running) = (healthy, running);
        deployment.blue.as_mut().unwrap().running = blue_running;
        if !open || ![TEST, SHIFT, BAKE].contains(&stage) {
            deployment.gates.clear();
        }
        seen.weights = match live {
            Reading::Known(live) => {
                let green = live.unwrap_or(weight);
                Reading::Known(Weights { blue: 100.0 - green, green })
            }
            Reading::Unknown(reason) => Reading::Unknown(reason),
        };
        let first = 111 - i64::try_from(minutes.len()).unwrap();
        seen.minutes = minutes.into_iter().zip(first..).map(|((blue, green), minute)| Minute { at: at(minute), blue, green }).collect();
        seen.alarms = match alarm {
            Reading::Known(state) => Reading::Known(vec![Alarm { name: "errors".into(), state }]),
            Reading::Unknown(reason) => Reading::Unknown(reason),
        };
        seen.metrics = vec![metric];
        seen.crashed = (0..crashes).map(|task| Crash { task: task.to_string(), reason: String::new(), log: Vec::new() }).collect();
        (seen.smoke, seen.paused) = (smoke, paused);
        seen
    }
}

proptest! {
    /// Whatever is live: ECS goes on only if all that was asked for is known and good, and goes back only while it is under way.
    #[test]
    fn only_good_evidence_promotes(seen in any_observation(), minute in 100..170i64) {
        let decision = decide(&policy(), &seen, at(minute));
        let deployment = seen.deployment.as_ref().unwrap();
        let open = matches!(deployment.status, Status::Pending | Status::InProgress);
        match &decision.order {
            Some(Order::Continue { gate }) => {
                prop_assert!(open && deployment.gates.iter().any(|one| one.id == *gate));
                prop_assert!(!seen.paused && seen.crashed.len() < 3 && decision.holds.is_empty());
                prop_assert!(deployment.green.healthy.known().is_some_and(|healthy| *healthy >= deployment.green.requested));
                prop_assert!(seen.weights.known().is_some_and(|weights| (weights.green - deployment.green.weight).abs() <= 1.0));
                prop_assert!(worst(&decision.evidence) == Verdict::Pass);
                if deployment.stage == TEST {
                    prop_assert_eq!(&seen.smoke, &Some(Smoke::Passed { checks: 1 }));
                }
                if deployment.green.weight > 0.0 && deployment.stage != TEST {
                    let at_least = if deployment.stage == BAKE { 10 } else { 5 };
                    prop_assert!(minute >= 100 + at_least && !decision.evidence.is_empty());
                }
            }
            Some(Order::Rollback { gate, .. }) => {
                prop_assert!(open && deployment.stage != "CLEAN_UP");
                prop_assert_eq!(gate.is_some(), !deployment.gates.is_empty());
            }
            Some(Order::Smoke { .. }) => prop_assert!(seen.smoke.is_none() && deployment.stage == TEST),
            Some(Order::Expand | Order::Start | Order::Contract) => prop_assert!(false, "nothing of this was asked for"),
            None => {}
        }
        prop_assert_eq!(decision.look.is_none(), decision.state.is_end());
        let text = serde_json::to_string(&decision).unwrap();
        prop_assert_eq!(serde_json::from_str::<trueup::core::rollout::decide::Decision>(&text).unwrap(), decision);
    }
}

/// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Plays a rollout through all of its minutes. Returns whether it is promoted, goes back, or is still looked at when the gate of an
/// hour is closed.
fn play(policy: &Policy, random: &mut Random, a_minute: f64, shares: [f64; 2]) -> Verdict {
    let mut minutes = Vec::new();
    let mut now = 0;
    let minute = |now: i64, weight: f64, random: &mut Random| {
        let mut side = |weight: f64, share: f64| {
            let expected = a_minute * weight;
            let requests = expected.floor() + f64::from(u8::from(random.next() < expected.fract()));
            let errors = (0..requests as u64).filter(|_| random.next() < share).count() as u64;
            let seconds = (requests > 0.0).then(|| 0.1 * (0.9 + 0.2 * random.next()));
            Reading::Known(Traffic { requests: requests as u64, errors, p50: seconds, p95: seconds, p99: seconds })
        };
        let (blue, green) = (side(1.0 - weight, shares[0]), side(weight, shares[1]));
        Minute { at: at(now), blue, green }
    };
    for _ in 0..30 {
        minutes.push(minute(now, 0.0, random));
        now += 1;
    }
    for (weight, least) in [(0.1, policy.dwell), (1.0, policy.bake)] {
        let opened = now;
        loop {
            minutes.push(minute(now, weight, random));
            now += 1;
            let seen = Observation { minutes: minutes.clone(), ..gate(SHIFT, weight * 100.0) };
            match worst(&judge(policy, &seen, at(opened))) {
                Verdict::Fail => return Verdict::Fail,
                Verdict::Pass if now - opened >= i64::from(least) => break,
                Verdict::Pass | Verdict::Inconclusive if now - opened >= 60 => return Verdict::Inconclusive,
                Verdict::Pass | Verdict::Inconclusive => {}
            }
        }
    }
    Verdict::Pass
}

/// The table of docs/rollout.md: how often the verdicts of the defaults are wrong, by requests a minute.
#[test]
fn verdicts_are_seldom_wrong() {
    let policy = policy();
    let mut table = "| requests a minute | of the new version | promoted | held | back |\n|---|---|---|---|---|\n".to_owned();
    let mut random = Random(1);
    const RUNS: usize = 300;
    for a_minute in [10.0, 100.0, 1000.0] {
        for (name, shares) in
            [("0.2 % fail", [0.002, 0.002]), ("1 % fail", [0.002, 0.01]), ("5 % fail", [0.002, 0.05]), ("all fail", [0.002, 1.0])]
        {
            let ends = (0..RUNS).map(|_| play(&policy, &mut random, a_minute, shares)).collect::<Vec<_>>();
            let [promoted, held, back] = [Verdict::Pass, Verdict::Inconclusive, Verdict::Fail]
                .map(|verdict| ends.iter().filter(|end| **end == verdict).count() as f64 * 100.0 / RUNS as f64);
            writeln!(table, "| {a_minute} | {name} | {promoted:.1} % | {held:.1} % | {back:.1} % |").unwrap();
            if shares[0] == shares[1] {
                assert!(back <= 1.0, "{table}");
            }
            if shares[1] == 1.0 {
                assert_eq!(promoted, 0.0, "{table}");
            }
        }
    }
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rollout.md");
    assert!(std::fs::read_to_string(document).unwrap().contains(&table), "docs/rollout.md says otherwise:\n{table}");
}
