//! Commands that run once as tasks, over the wire on the embedded AWS: each line is told once, the end is the command's own, and what
//! is not the command's end is never taken for it.

use crate::stand::{Stand, fast, graph, stack};
use std::sync::Mutex;
use tokio::sync::watch;
use trueup::core::oneoff::{End, Event, Outcome, Stop};
use trueup::core::stack::Stack;
use trueup::ops;
use trueup::ops::oneoff::{Command, run};
use trueup::ops::rollout::{find, live};
use trueup::ops::stack::Loaded;
use trueup::sandbox::rollouts::Rollouts;
use trueup::sandbox::{Sandbox, Speed};

fn shop() -> Stack {
    let text = "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:1.0\"\nport = 8080\n[service.worker]\nimage = \"nginx:1.0\"\n";
    stack(text, None, &[])
}

const SLOWER: f64 = 400.0;

async fn up() -> (Stand, Sandbox) {
    let sandbox = fast();
    let stand = Stand::over(sandbox.clone(), &shop()).await;
    stand.bring(&graph(&shop())).await;
    sandbox.forget_calls();
    // AWS forgets a task an hour after it has stopped: a busy machine may not be away for that long.
    sandbox.set_speed(Speed::Times(SLOWER));
    (Stand::at(sandbox.clone(), &shop(), SLOWER).await, sandbox)
}

fn shell(script: &str) -> Command {
    Command { words: ["sh", "-c", script].map(String::from).into(), ..Command::default() }
}

struct Heard {
    end: Result<Option<End>, ops::Error>,
    events: Vec<Event>,
}

impl Heard {
    fn outcome(&self) -> &Outcome {
        &self.end.as_ref().unwrap_or_else(|error| panic!("{error}")).as_ref().unwrap_or_else(|| panic!("{:?}", self.events)).outcome
    }
    fn lines(&self) -> Vec<&str> {
        self.events.iter().filter_map(|event| if let Event::Line(line) = event { Some(line.text.as_str()) } else { None }).collect()
    }
}

async fn ran(stand: &Stand, service: &str, command: &Command) -> Heard {
    heard(stand, service, command, watch::channel(false).1, |_| {}).await
}

async fn heard(stand: &Stand, service: &str, command: &Command, cancel: watch::Receiver<bool>, watch: impl Fn(&Event)) -> Heard {
    let stack = shop();
    let loaded = Loaded { graph: graph(&stack), stack };
    let live = live(stand, find(&loaded, Some(service)).unwrap()).await.unwrap();
    let events = Mutex::new(Vec::new());
    let hear = |event: &Event| {
        watch(event);
        events.lock().unwrap().push(event.clone());
    };
    let end = run(stand, &live, command, cancel, hear).await;
    Heard { end, events: events.into_inner().unwrap() }
}

fn count(sandbox: &Sandbox, operation: &str) -> u64 {
    sandbox.call_counts().get(operation).copied().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_is_told_once_and_in_order_until_after_the_end() {
    let (stand, sandbox) = up().await;
    for service in ["web", "worker"] {
        // The last lines can be read only after the task has stopped.
        let heard = ran(&stand, service, &shell("echo one; sleep 40; echo two; sleep 3; echo three; exit 3")).await;
        assert_eq!(*heard.outcome(), Outcome::Exited { exit_code: 3, reason: None });
        assert_eq!(heard.lines(), ["one", "two", "three"]);
        assert!(matches!((&heard.events[0], heard.events.last()), (Event::Started(_), Some(Event::Ended(_)))), "{:?}", heard.events);
    }
    assert_eq!(count(&sandbox, "ecs.RunTask"), 2);
    // Nobody asks more often than every two seconds of AWS's time.
    assert!(count(&sandbox, "logs.GetLogEvents") < 200, "{:?}", sandbox.call_counts());
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_as_the_service_would() {
    let (stand, sandbox) = up().await;
    let command = Command { cpu: Some(1024), memory: Some(2048), environment: vec![("MODE".into(), "once".into())], ..shell("true") };
    let seen = Mutex::new(None);
    // It is looked at as soon as it is there: it may be forgotten before this test goes on.
    let started = |event: &Event| {
        if let Event::Started(_) = event {
            let tasks = sandbox.look(|world| world.tables["eu-central-1/ecs.task"].values().cloned().collect::<Vec<_>>());
            let (own, rest) = tasks.into_iter().partition::<Vec<_>, _>(|task| task["startedBy"] == "trueup-run");
            let of_service = rest.into_iter().find(|task| task["taskDefinitionArn"] == own[0]["taskDefinitionArn"]);
            *seen.lock().unwrap() = Some((own[0].clone(), of_service.unwrap()));
        }
    };
    let ran = heard(&stand, "web", &command, watch::channel(false).1, started).await;
    assert_eq!(*ran.outcome(), Outcome::Exited { exit_code: 0, reason: None });
    let (own, of_service) = seen.into_inner().unwrap().unwrap();
    for member in ["clusterArn", "platformVersion", "launchType", "capacityProviderName"] {
        assert_eq!(own[member], of_service[member], "{member}");
    }
    assert_eq!((&own["cpu"], &own["memory"]), (&"1024".into(), &"2048".into()));
    let own = &own["overrides"]["containerOverrides"][0];
    assert_eq!((&own["name"], &own["environment"][0]["value"]), (&"app".into(), &"once".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_starts_no_second_task_and_missing_room_is_waited_for() {
    let (stand, sandbox) = up().await;
    sandbox.set_faults(vec!["drop:ecs.RunTask".parse().unwrap(), "throttle:ecs.DescribeTasks:9".parse().unwrap()]);
    assert_eq!(*ran(&stand, "web", &shell("exit 7")).await.outcome(), Outcome::Exited { exit_code: 7, reason: None });
    let tasks = sandbox.look(|world| world.tables["eu-central-1/ecs.run"].values().map(|run| run["_tasks"].clone()).collect::<Vec<_>>());
    assert!(matches!(&tasks[..], [one] if one.as_array().unwrap().len() == 1), "{tasks:?}");
    assert_eq!(count(&sandbox, "ecs.RunTask"), 2);
    sandbox.set_faults(Vec::new());

    // There is no room, and then there is.
    let full = |full: bool| Rollouts { faults: full.then(|| "capacity".parse().unwrap()).into_iter().collect(), ..Rollouts::default() };
    sandbox.set_rollouts(full(true)).unwrap();
    let room = sandbox.clone();
    let waited = |event: &Event| {
        if matches!(event, Event::Waiting { seconds, .. } if *seconds > 10) {
            room.set_rollouts(full(false)).unwrap();
        }
    };
    let heard = heard(&stand, "web", &shell("true"), watch::channel(false).1, waited).await;
    assert_eq!(*heard.outcome(), Outcome::Exited { exit_code: 0, reason: None });
    let pauses = heard.events.iter().filter_map(|event| if let Event::Waiting { seconds, .. } = event { Some(*seconds) } else { None });
    assert_eq!(pauses.collect::<Vec<_>>(), [5, 10, 20]);

    sandbox.set_rollouts(full(true)).unwrap();
    let error = ran(&stand, "web", &shell("true")).await.end.unwrap_err().to_string();
    assert!(error.contains("asked 8 times") && error.contains("Capacity is unavailable"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_never_starts_or_takes_too_long_says_so() {
    let (stand, sandbox) = up().await;
    let limit = "10m".parse().ok();
    let heard = ran(&stand, "web", &Command { limit, ..shell("echo begins; sleep 80000; echo never") }).await;
    assert_eq!(*heard.outcome(), Outcome::TimedOut);
    assert_eq!(heard.lines(), ["begins"]);
    assert!(heard.events.contains(&Event::Stopping { why: Stop::TooLong }));
    assert_eq!(count(&sandbox, "ecs.StopTask"), 1);

    let group = heard.events.iter().find_map(|event| if let Event::Started(started) = event { started.log.clone() } else { None });
    sandbox.change(|world| world.tables.get_mut("eu-central-1/logs.group").unwrap().remove(&group.unwrap().group)).unwrap();
    let never = ran(&stand, "web", &shell("true")).await;
    assert!(
        matches!(never.outcome(), Outcome::NotStarted { reason } if reason.contains("log group does not exist")),
        "{:?}",
        never.outcome()
    );
    assert_eq!(never.outcome().code(), 125);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_stops_the_task_and_one_before_it_starts_none() {
    let (stand, sandbox) = up().await;
    let (interrupt, cancel) = watch::channel(false);
    let running = |event: &Event| {
        if matches!(event, Event::Status { status } if status == "RUNNING") {
            interrupt.send_replace(true);
        }
    };
    let heard = heard(&stand, "worker", &shell("sleep 80000"), cancel.clone(), running).await;
    assert_eq!((heard.outcome(), heard.outcome().code()), (&Outcome::Interrupted, 130));
    let before = self::heard(&stand, "worker", &shell("sleep 80000"), cancel, |_| {}).await;
    assert_eq!((before.end.unwrap(), count(&sandbox, "ecs.RunTask")), (None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_else_stops_it_makes_no_success_of_it_and_a_closed_log_is_named() {
    let (stand, sandbox) = up().await;
    sandbox.set_faults(vec!["deny:logs.GetLogEvents".parse().unwrap()]);
    let quiet = heard(&stand, "web", &shell("echo unseen; exit 4"), watch::channel(false).1, |_| {}).await;
    assert_eq!(*quiet.outcome(), Outcome::Exited { exit_code: 4, reason: None });
    let said = quiet.events.iter().filter_map(|event| if let Event::NoLog { reason } = event { Some(reason.as_str()) } else { None });
    let said = said.collect::<Vec<_>>();
    assert!(matches!(said[..], [one] if one.contains("allow `logs:GetLogEvents`")), "said once: {said:?}");

    sandbox.set_faults(Vec::new());
    let stand_by = stand.aws.ecs.clone();
    let (send, mut receive) = watch::channel(None);
    let stopper = tokio::spawn(async move {
        let (cluster, task): (String, String) = receive.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        stand_by.stop_task().cluster(cluster).task(task).send().await.unwrap();
    });
    let place = Mutex::new(None);
    let watch_it = |event: &Event| match event {
        Event::Started(started) => *place.lock().unwrap() = Some((started.cluster.clone(), started.task.clone())),
        Event::Status { status } if status == "RUNNING" => drop(send.send_replace(place.lock().unwrap().clone())),
        _ => {}
    };
    let heard = heard(&stand, "web", &shell("sleep 80000"), watch::channel(false).1, watch_it).await;
    stopper.await.unwrap();
    assert!(matches!(heard.outcome(), Outcome::Stopped { .. }), "{:?}", heard.outcome());
    assert_eq!(heard.outcome().code(), 125);
}

/// Where the clock jumps, nothing is lost either.
#[tokio::test(flavor = "multi_thread")]
async fn at_instant_speed_it_ends_with_all_its_lines() {
    let (stand, sandbox) = up().await;
    sandbox.set_speed(Speed::Instant);
    let heard = ran(&stand, "worker", &shell("echo one; sleep 600; echo two; exit 9")).await;
    assert_eq!((heard.lines(), heard.outcome().code()), (vec!["one", "two"], 9));
}
