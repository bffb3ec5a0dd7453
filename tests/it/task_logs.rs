//! The logs of a rollout's tasks, over the wire: those that failed come first, and each line is told once.

use crate::stand::{Stand, fast, graph, stack};
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;
use trueup::core::event::Outcome;
use trueup::core::rollout::task_log::{Fate, Logs};
use trueup::core::stack::Stack;
use trueup::engine::log::Stream;
use trueup::ops::rollout::{Live, find, live};
use trueup::ops::stack::Loaded;
use trueup::ops::task_logs::{follow, read};
use trueup::sandbox::Speed;
use trueup::sandbox::rollouts::Rollouts;

fn shop(version: &str) -> Stack {
    let text = format!(
        "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:{version}\"\nport = 8080\n[service.web.rollout]\nstrategy = \"canary\"\ngate_minutes = 600\n"
    );
    stack(&text, None, &[])
}

async fn web(stand: &Stand) -> Live {
    let stack = shop("2.0");
    let loaded = Loaded { graph: graph(&stack), stack };
    live(stand, find(&loaded, Some("web")).unwrap()).await.unwrap()
}

/// Lets a task of the rollout log something.
async fn log(stand: &Stand, logs: &Logs, task: &str, lines: &[&str]) {
    let call = stand.aws.ecs.describe_task_definition().task_definition(&logs.task_definition);
    let definition = call.send().await.unwrap().task_definition.unwrap();
    let place = Stream::of(&stand.aws, &definition.container_definitions()[0], task).unwrap().place;
    // It may be there already.
    let _ = stand.aws.logs.create_log_stream().log_group_name(&place.group).log_stream_name(&place.stream).send().await;
    let now = stand.sandbox.now();
    let events =
        lines.iter().map(|line| aws_sdk_cloudwatchlogs::types::InputLogEvent::builder().timestamp(now).message(*line).build().unwrap());
    let call = stand.aws.logs.put_log_events().log_group_name(&place.group).log_stream_name(&place.stream);
    call.set_log_events(Some(events.collect())).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_failed_come_first_with_their_reasons_and_last_lines() {
    let sandbox = fast();
    // A busy machine may take seconds between two looks, and AWS forgets a task an hour after it has stopped.
    sandbox.set_speed(Speed::Times(300.0));
    let stand = Stand::at(sandbox.clone(), &shop("1.0"), 300.0).await;
    stand.bring(&graph(&shop("1.0"))).await;
    sandbox.advance(Duration::from_secs(600)).unwrap();
    sandbox.set_rollouts(Rollouts { faults: vec!["crash_loop:3".parse().unwrap()], ..Rollouts::default() }).unwrap();
    let plan = stand.plan_allowing(&graph(&shop("2.0"))).await;
    assert_eq!(stand.apply(&plan).await.outcome, Outcome::RolledBack);
    sandbox.set_speed(Speed::Times(50.0));

    let web = web(&stand).await;
    let (before, _) = read(&stand, &web, 20).await.unwrap();
    assert!(before.ended && before.tasks.len() >= 3, "{before:#?}");
    let failed = before.tasks.iter().filter(|task| task.fate == Fate::Failed).count();
    assert!(failed >= 3 && before.tasks[..failed].iter().all(|task| task.fate == Fate::Failed), "{before:#?}");
    let first = &before.tasks[0];
    assert!(first.reason.as_ref().unwrap().contains("app exited with 3"), "{first:#?}");
    assert_eq!((first.containers[0].exit_code, first.containers[0].lines.len()), (Some(3), 0));

    log(&stand, &before, &first.task, &["one", "two", "three"]).await;
    let (logs, streams) = read(&stand, &web, 2).await.unwrap();
    let said = logs.tasks[0].containers[0].lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>();
    assert_eq!((logs.tasks[0].task.as_str(), said), (first.task.as_str(), vec!["two", "three"]));
    let (none, _) = read(&stand, &web, 0).await.unwrap();
    assert_eq!(none.tasks[0].containers[0].lines, []);

    // Whoever follows is told what comes after that, once, and leaves when the rollout is at its end.
    log(&stand, &before, &first.task, &["four"]).await;
    log(&stand, &before, &before.tasks[1].task, &["five"]).await;
    let heard = Mutex::new(Vec::new());
    let (_interrupt, cancel) = watch::channel(false);
    let whole = follow(&stand, &web, streams, cancel, |said| heard.lock().unwrap().push(said.line.text.clone())).await.unwrap();
    let mut heard = heard.into_inner().unwrap();
    heard.sort();
    assert_eq!((whole, heard), (true, vec!["five".to_owned(), "four".to_owned()]));
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}
