//! The guard of a rollout names an alarm and a database of the stack itself, and either of them takes a version back.

use crate::stand::{Applied, Stand, fast, graph, stack};
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;
use trueup::core::event::{Event, Outcome};
use trueup::core::rollout::decide::{Order, Why};
use trueup::core::rollout::judge::{Measure, Verdict};
use trueup::core::rollout::observation::AlarmState;
use trueup::core::rollout::preflight::Answer;
use trueup::core::stack::Stack;
use trueup::ops::preflight::preflight;
use trueup::ops::rollout::find;
use trueup::ops::stack::Loaded;
use trueup::ops::{monitor, rollout};
use trueup::sandbox::rollouts::{RolloutFault, Rollouts};
use trueup::sandbox::{Sandbox, Speed};

/// AWS forgets tasks an hour after they have stopped: that is six seconds here.
const PACE: f64 = 600.0;

const GUARD: &str =
    "alarms = [\"${monitoring.service.web.errors.name}\"]\ndatabase = { main = { connections = 400, read_latency_ms = 20 } }\n";

fn shop(version: &str, guard: &str) -> Stack {
    let text = format!(
        "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[monitoring]\nalarms = [\"errors\"]\n[database.main]\n[service.web]\nimage = \"nginx:{version}\"\nport = 8080\n[service.web.rollout]\nstrategy = \"canary\"\ngate_minutes = 600\n[service.web.rollout.guard]\n{guard}"
    );
    stack(&text, None, &[])
}

async fn up() -> (Stand, Sandbox) {
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(PACE));
    let old = shop("1.0", GUARD);
    let stand = Stand::at(sandbox.clone(), &old, PACE).await;
    stand.bring(&graph(&old)).await;
    sandbox.advance(Duration::from_secs(40 * 60)).unwrap();
    (stand, sandbox)
}

/// What RDS reports by itself: `connections` of each minute, and reads that take 5 ms, from an hour ago for a day.
fn report(sandbox: &Sandbox, connections: impl Fn(i64) -> f64) {
    let now = sandbox.now().div_euclid(60_000) * 60;
    let change = |world: &mut trueup::sandbox::world::World| {
        let name = world.tables["eu-central-1/rds.instance"].keys().next().unwrap().clone();
        let rows = world.tables.entry("eu-central-1/cloudwatch.datum".into()).or_default();
        for minute in -60..1440 {
            for (number, (metric, value)) in [("DatabaseConnections", connections(minute)), ("ReadLatency", 0.005)].into_iter().enumerate()
            {
                let at = now + minute * 60;
                let row = json!({
                    "Namespace": "AWS/RDS", "MetricName": metric, "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
                    "_at": at, "_came": at, "_values": [[value, 1.0]], "Unit": "None",
                });
                rows.insert(format!("{:015}:{number:012}", at * 1000), row);
            }
        }
    };
    sandbox.change(change).unwrap();
}

async fn release(stand: &Stand) -> Applied {
    let plan = stand.plan_allowing(&graph(&shop("2.0", GUARD))).await;
    stand.apply(&plan).await
}

/// The measures that took it back.
fn why(applied: &Applied) -> Vec<&Measure> {
    let order = applied.events.iter().find_map(|event| match event {
        Event::RollingOut { look, .. } => match &look.decision.order {
            Some(Order::Rollback { why: Why::Worse { findings }, .. }) => Some(findings),
            _ => None,
        },
        _ => None,
    });
    order.into_iter().flatten().filter(|finding| finding.verdict == Verdict::Fail).map(|finding| &finding.measure).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_within_its_limits_lets_a_version_through_and_one_beyond_them_takes_it_back() {
    let (stand, sandbox) = up().await;
    // What is not reported is not known, and no reason to begin.
    let made = |second: f64| {
        let change = |world: &mut trueup::sandbox::world::World| {
            let rows = world.tables.get_mut("eu-central-1/rds.instance").unwrap().values_mut();
            rows.for_each(|row| row["InstanceCreateTime"] = second.into());
        };
        sandbox.change(change).unwrap();
    };
    made(4e9);
    let plan = stand.plan_allowing(&graph(&shop("2.0", GUARD))).await;
    let found = preflight(&stand.aws, &stand.caller, &plan.sealed, &plan.snapshot).await;
    let watched = &found[0].checked[9];
    assert!(watched.result == Answer::Fail && watched.says.contains("`database.main.connections` has had no value"), "{watched:?}");
    let key = "`connections` out of `rollout.guard.database.main`";
    assert!(watched.remedy.as_ref().is_some_and(|remedy| remedy.contains(key)), "{watched:?}");
    made(0.0);

    report(&sandbox, |_| 12.0);
    let applied = release(&stand).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());

    report(&sandbox, |minute| if minute < 12 { 12.0 } else { 480.0 });
    let plan = stand.plan_allowing(&graph(&shop("3.0", GUARD))).await;
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    let why = why(&applied);
    let [Measure::Metric { name, value, limit, above: true, .. }] = why.as_slice() else { panic!("{why:?}") };
    assert_eq!((name.as_str(), *value, *limit), ("database.main.connections", Some(480.0), 400.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_of_the_stack_that_goes_off_takes_a_version_back() {
    let (stand, sandbox) = up().await;
    report(&sandbox, |_| 12.0);
    let name = sandbox.look(|world| {
        let mut names = world.tables["eu-central-1/cloudwatch.alarm"].keys();
        names.find(|name| name.contains("monitoring.service.web.errors")).unwrap().clone()
    });
    let faults = vec![format!("alarm:{name}@PRODUCTION_TRAFFIC_SHIFT").parse::<RolloutFault>().unwrap()];
    sandbox.set_rollouts(Rollouts { faults, ..Rollouts::default() }).unwrap();
    let applied = release(&stand).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    let why = why(&applied);
    assert!(
        why.iter().any(|one| matches!(one, Measure::Alarm { name: own, state: Some(AlarmState::Alarm), .. } if *own == name)),
        "{why:?}"
    );
}

/// Whoever looks from another machine, or only watches, finds the same things in AWS.
#[tokio::test(flavor = "multi_thread")]
async fn commands_without_a_plan_know_the_same_names() {
    let (stand, sandbox) = up().await;
    report(&sandbox, |_| 12.0);
    let new = shop("1.0", GUARD);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let node = find(&loaded, None).unwrap();
    let live = rollout::live(&stand, node).await.unwrap();
    let database = sandbox.look(|world| world.tables["eu-central-1/rds.instance"].keys().next().unwrap().clone());
    let guard = &live.subject.policy.guard;
    assert!(guard.alarms[0].starts_with("/trueup/shop/default/monitoring.service.web.errors-"), "{guard:?}");
    assert!(guard.metrics.iter().all(|metric| metric.dimensions["DBInstanceIdentifier"] == database), "{guard:?}");
    let span = monitor::span("10m".parse().unwrap(), "5m".parse().unwrap(), false).unwrap();
    let seen = monitor::watch(&stand, node, span, watch::channel(false).1, |_, _| {}).await.unwrap();
    assert_eq!(seen.verdict(), Verdict::Pass, "{:#?}", seen.samples.last());
}
