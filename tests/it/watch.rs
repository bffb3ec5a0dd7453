//! Services that are watched without a rollout, over the wire: two hours on the embedded AWS's clock.

use crate::stand::{SPEED, Stand, fast, graph, stack};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use trueup::core::rollout::judge::Verdict;
use trueup::core::rollout::monitor::{Measure, Monitor};
use trueup::core::stack::Stack;
use trueup::ops::monitor;
use trueup::ops::rollout::find;
use trueup::ops::stack::Loaded;
use trueup::sandbox::rollouts::{Rollouts, Traffic};
use trueup::sandbox::{Sandbox, Speed};

fn shop(guard: &str) -> Stack {
    let text = format!(
        "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.worker]\nimage = \"nginx:1.0\"\n[service.web]\nimage = \"nginx:1.0\"\nport = 8080\n[service.web.rollout]\nstrategy = \"canary\"\ngate_minutes = 600\n[service.web.rollout.guard]\n{guard}\n"
    );
    stack(&text, None, &[])
}

async fn up(guard: &str) -> (Stand, Sandbox) {
    let sandbox = fast();
    let stand = Stand::over(sandbox.clone(), &shop(guard)).await;
    stand.bring(&graph(&shop(guard))).await;
    sandbox.advance(Duration::from_secs(40 * 60)).unwrap();
    (stand, sandbox)
}

async fn watched(stand: &Stand, guard: &str, service: &str, hours: &str, until_breach: bool, hear: impl Fn(&Monitor)) -> Monitor {
    let (_interrupt, cancel) = watch::channel(false);
    left(stand, guard, service, hours, until_breach, cancel, hear).await
}

async fn left(
    stand: &Stand,
    guard: &str,
    service: &str,
    hours: &str,
    until_breach: bool,
    cancel: watch::Receiver<bool>,
    hear: impl Fn(&Monitor),
) -> Monitor {
    let stack = shop(guard);
    let loaded = Loaded { graph: graph(&stack), stack };
    let span = monitor::span(hours.parse().unwrap(), "5m".parse().unwrap(), until_breach).unwrap();
    monitor::watch(stand, find(&loaded, Some(service)).unwrap(), span, cancel, |monitor, _| hear(monitor)).await.unwrap()
}

/// Lets this share of all requests fail from now on, whatever answers them.
fn fail(sandbox: &Sandbox, errors: f64) {
    let name = sandbox.look(|world| {
        let keys = world.tables["eu-central-1/ecs.service"].iter().filter(|(_, row)| !row["loadBalancers"].as_array().unwrap().is_empty());
        keys.map(|(key, _)| key.rsplit('/').next().unwrap().to_owned()).next().unwrap()
    });
    let traffic = BTreeMap::from([(name, Traffic { errors, ..Traffic::default() })]);
    sandbox.set_rollouts(Rollouts { traffic, ..Rollouts::default() }).unwrap();
}

fn measures(monitor: &Monitor) -> Vec<&Measure> {
    monitor.breaches().into_iter().map(|breach| &breach.finding.measure).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_good_hours_pass_with_and_without_a_load_balancer() {
    let (stand, sandbox) = up("").await;
    sandbox.forget_calls();
    let seen = watched(&stand, "", "web", "2h", false, |_| {}).await;
    assert_eq!(seen.verdict(), Verdict::Pass, "{:#?}", seen.samples.last());
    assert_eq!((seen.samples.len(), seen.has_traffic, seen.gaps(), seen.interrupted), (25, true, 0, false));
    let requests = seen.samples.iter().filter_map(|sample| sample.traffic).map(|traffic| traffic.requests).sum::<u64>();
    // Three a second; a busy machine may take longer than the two hours.
    let seconds = seen.samples.last().unwrap().counted_to.duration_since(seen.begun).as_secs_f64();
    let share = requests as f64 / (seconds * 3.0);
    assert!(seconds > 7000.0 && (0.97..1.03).contains(&share), "each minute is counted once: {requests} in {seconds} s");
    assert_eq!(sandbox.calls().iter().filter(|call| call.mutating).count(), 0);

    let worker = watched(&stand, "", "worker", "30m", false, |_| {}).await;
    assert_eq!((worker.verdict(), worker.has_traffic, worker.samples.len()), (Verdict::Pass, false, 7), "{:#?}", worker.samples.last());
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_begin_in_the_middle_are_found_and_the_rest_is_still_watched() {
    let (stand, sandbox) = up("").await;
    let begin = |monitor: &Monitor| match monitor.samples.len() {
        8 => fail(&sandbox, 0.2),
        11 => fail(&sandbox, 0.0),
        _ => {}
    };
    let seen = watched(&stand, "", "web", "2h", false, begin).await;
    assert_eq!((seen.verdict(), seen.samples.len()), (Verdict::Fail, 25));
    assert!(measures(&seen).iter().any(|measure| matches!(measure, Measure::Errors { .. })), "{:#?}", seen.breaches());
    assert!(seen.samples[..8].iter().all(|sample| sample.verdict != Verdict::Fail));

    let begin = |monitor: &Monitor| {
        if monitor.samples.len() == 2 {
            fail(&sandbox, 0.2)
        }
    };
    let seen = watched(&stand, "", "web", "2h", true, begin).await;
    assert!(seen.verdict() == Verdict::Fail && seen.samples.len() < 10, "{}", seen.samples.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_crash_are_counted_for_longer_than_aws_knows_them() {
    let (stand, sandbox) = up("").await;
    let deploy = stand.aws.ecs.clone();
    let (send, mut receive) = watch::channel(None);
    let name = |sandbox: &Sandbox| {
        sandbox.look(|world| {
            let mut keys = world.tables["eu-central-1/ecs.service"].keys();
            keys.find(|key| key.contains("worker")).and_then(|key| key.split_once('/')).map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap()
        })
    };
    let deployer = tokio::spawn(async move {
        let (cluster, service): (String, String) = receive.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        deploy.update_service().cluster(cluster).service(service).force_new_deployment(true).send().await.unwrap();
    });
    let begin = |monitor: &Monitor| {
        if monitor.samples.len() == 1 {
            let faults = vec!["crash_loop:3".parse().unwrap()];
            sandbox.set_rollouts(Rollouts { faults, ..Rollouts::default() }).unwrap();
            send.send_replace(Some(name(&sandbox)));
        }
    };
    let seen = watched(&stand, "", "worker", "2h", false, begin).await;
    deployer.await.unwrap();
    assert_eq!(seen.verdict(), Verdict::Fail, "{:#?}", seen.samples.last());
    let counts = seen.samples.iter().map(|sample| sample.crashed.len()).collect::<Vec<_>>();
    assert!(counts.is_sorted() && counts.last() >= Some(&3), "{counts:?}");
    let last = seen.samples.last().unwrap();
    assert!(last.crashed[0].reason.contains("exited with 3"), "{:?}", last.crashed[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_inconclusive_and_never_good() {
    let guard = "alarms = [\"high\"]";
    let (stand, sandbox) = up(guard).await;
    // There is no such alarm.
    let missing = watched(&stand, guard, "web", "10m", false, |_| {}).await;
    assert_eq!((missing.verdict(), missing.gaps()), (Verdict::Inconclusive, 0));
    assert!(missing.recommendation().contains("the alarm `high` is not there"), "{}", missing.recommendation());

    for fault in ["throttle:cloudwatch.GetMetricData:always", "throttle:ecs.ListTasks:always", "deny:elbv2.DescribeTargetHealth"] {
        let begin = |monitor: &Monitor| {
            if monitor.samples.len() == 2 {
                sandbox.set_faults(vec![fault.parse().unwrap()]);
            }
        };
        let seen = watched(&stand, "", "web", "20m", false, begin).await;
        sandbox.set_faults(Vec::new());
        assert_eq!(seen.verdict(), Verdict::Inconclusive, "{fault}: {:#?}", seen.samples.last());
        assert!((1..=3).contains(&seen.gaps()), "{fault}: {}", seen.gaps());
    }
    // ECS itself does not answer for a while: that leaves a gap, and the watch goes on.
    let begin = |monitor: &Monitor| match monitor.samples.len() {
        2 => sandbox.set_faults(vec!["throttle:ecs.DescribeServices:always".parse().unwrap()]),
        3 => sandbox.set_faults(Vec::new()),
        _ => {}
    };
    let seen = watched(&stand, "", "web", "1h", false, begin).await;
    assert_eq!((seen.samples.len(), seen.gaps(), seen.verdict()), (13, 1, Verdict::Pass), "{:#?}", seen.samples.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_leaves_a_report_of_what_was_seen() {
    let (stand, _) = up("").await;
    let (interrupt, cancel) = watch::channel(false);
    let hear = |monitor: &Monitor| {
        if monitor.samples.len() == 3 {
            interrupt.send_replace(true);
        }
    };
    let seen = left(&stand, "", "web", "2h", false, cancel, hear).await;
    assert_eq!((seen.interrupted, seen.samples.len()), (true, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_makes_no_sense_is_refused() {
    for (length, every, why) in [
        ("1h", "30s", "from one minute"),
        ("3h", "1h", "to half an hour"),
        ("2m", "5m", "shorter than --every"),
        ("25h", "5m", "at most 24h"),
    ] {
        let error = monitor::span(length.parse().unwrap(), every.parse().unwrap(), false).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let (stand, sandbox) = up("").await;
    sandbox.set_speed(Speed::Times(SPEED));
    // What stands in the way of every look ends the first one.
    sandbox.set_faults(vec!["deny:ecs.DescribeServices".parse().unwrap()]);
    let stack = shop("");
    let loaded = Loaded { graph: graph(&stack), stack };
    let span = monitor::span("1h".parse().unwrap(), "5m".parse().unwrap(), false).unwrap();
    let (_interrupt, cancel) = watch::channel(false);
    assert!(monitor::watch(&stand, find(&loaded, Some("web")).unwrap(), span, cancel, |_, _| {}).await.is_err());
}
