//! The logs of the tasks of a service's newest rollout, from what is live alone.

use super::Subject;
use super::observe::{list, revisions, status, time};
use crate::aws::{Aws, During, Error, Result};
use crate::core::rollout::task_log::{ContainerLog, Fate, Logs, Said, TaskLog, sort};
use crate::engine::log::Stream;
use crate::kinds::ecs::driver::{self, stopped_tasks};
use aws_sdk_ecs::types::{ContainerDefinition, DesiredStatus, HealthStatus, Task};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// DescribeTasks takes so many at once.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
const AT_ONCE: usize = 100;
/// The shortest pause between two looks, and what each log adds to it: AWS answers 25 readings a second.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LOOK: Duration = Duration::from_secs(3);
const EACH: Duration = Duration::from_millis(100);
/// Looks without a line after which nothing more is waited for, once the rollout is at its end.
const QUIET: u32 = 5;

/// Logs that are being read, by task and container.
pub type Streams = BTreeMap<(String, String), Stream>;

/// Reads the last `tail` lines of each container. AWS knows tasks for about an hour after they stopped.
pub async fn logs(aws: &Aws, subject: &Subject, tail: u32) -> Result<(Logs, Streams)> {
    let (mut logs, tasks, containers) = find(aws, subject).await?;
    let read = tasks.iter().map(async |task| {
        let id = driver::last_part(task.task_arn().unwrap_or_default()).to_owned();
        let own = containers.iter().map(async |definition| {
            let (name, stream) = (definition.name().unwrap_or_default().to_owned(), Stream::of(aws, definition, &id));
            let exit_code = task.containers().iter().find(|one| one.name() == Some(&name)).and_then(|one| one.exit_code());
            let (lines, no_log, stream) = match stream {
                Err(reason) => (Vec::new(), Some(reason), None),
                Ok(mut stream) => match stream.last(aws, tail).await {
                    Ok(lines) => (lines, None, Some(stream)),
                    Err(error) => (Vec::new(), Some(format!("the log could not be read: {error}")), Some(stream)),
                },
            };
            (ContainerLog { container: name, exit_code, lines, no_log }, stream)
        });
        let (containers, streams): (Vec<_>, Vec<_>) = join_all(own).await.into_iter().unzip();
        let named = containers.iter().map(|one| (id.clone(), one.container.clone()));
        let streams = named.zip(streams).filter_map(|(key, stream)| Some((key, stream?))).collect::<Vec<_>>();
        let stopped = task.desired_status() == Some("STOPPED");
        let reason = stopped.then(|| stopped_tasks::why(task));
        (TaskLog { task: id, created: time(task.created_at), fate: fate(task), reason, containers }, streams)
    });
    let (tasks, streams): (Vec<_>, Vec<_>) = join_all(read).await.into_iter().unzip();
    logs.tasks = tasks;
    sort(&mut logs.tasks);
    Ok((logs, streams.into_iter().flatten().collect()))
}

/// Says each line that comes from here on, of tasks that start meanwhile as well, until the rollout is at its end and nothing more is
/// logged. False if it was interrupted.
pub async fn follow(
    aws: &Aws,
    subject: &Subject,
    mut streams: Streams,
    mut cancel: watch::Receiver<bool>,
    hear: impl Fn(&Said),
) -> Result<bool> {
    let mut quiet = 0;
    while quiet < QUIET {
        let pause = LOOK.max(EACH.saturating_mul(u32::try_from(streams.len()).unwrap_or(u32::MAX)));
        let interrupted = async {
            if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = aws.clock.sleep(pause) => {}
            () = interrupted => return Ok(false),
        }
        let (logs, tasks, containers) = find(aws, subject).await?;
        for task in &tasks {
            let id = driver::last_part(task.task_arn().unwrap_or_default());
            for definition in &containers {
                let key = (id.to_owned(), definition.name().unwrap_or_default().to_owned());
                if let (false, Ok(stream)) = (streams.contains_key(&key), Stream::of(aws, definition, id)) {
                    streams.insert(key, stream);
                }
            }
        }
        let mut said = Vec::new();
        for ((task, container), stream) in &mut streams {
            // A reading that fails is made up for by the next one.
            let lines = stream.more(aws).await.unwrap_or_default();
            said.extend(lines.into_iter().map(|line| Said { task: task.clone(), container: container.clone(), line }));
        }
        said.sort_by_key(|said| said.line.at);
        said.iter().for_each(&hear);
        quiet = if logs.ended && said.is_empty() { quiet + 1 } else { 0 };
    }
    Ok(true)
}

/// Returns the newest deployment, its tasks, and the containers that each of them has.
async fn find(aws: &Aws, subject: &Subject) -> Result<(Logs, Vec<Task>, Vec<ContainerDefinition>)> {
    const DEFINITION: &str = "ecs.DescribeTaskDefinition";
    let none =
        || Error::new("ecs.ListServiceDeployments", "NoDeployment", "AWS knows no deployment of the service from the last ninety days");
    let newest = list(aws, subject).await?.into_iter().next().ok_or_else(none)?;
    let arn = newest.target_service_revision_arn.clone().ok_or_else(none)?;
    let revision = revisions(aws, vec![arn.clone()]).await?.remove(&arn).ok_or_else(none)?;
    let task_definition = revision.task_definition.unwrap_or_default();
    let begun = time(newest.created_at);
    let describe = async { aws.ecs.describe_task_definition().task_definition(&task_definition).send().await.during(DEFINITION) };
    let (running, stopped, definition) =
        tokio::try_join!(tasks(aws, subject, DesiredStatus::Running), tasks(aws, subject, DesiredStatus::Stopped), describe)?;
    let ours = |task: &Task| task.task_definition_arn() == Some(&task_definition) && time(task.created_at) >= begun;
    let tasks = running.into_iter().chain(stopped).filter(ours).collect();
    let containers = definition.task_definition.and_then(|found| found.container_definitions).unwrap_or_default();
    let ended = !status(newest.status.as_ref()).is_open();
    let deployment = newest.service_deployment_arn.unwrap_or_default();
    Ok((Logs { deployment, task_definition, begun, ended, tasks: Vec::new() }, tasks, containers))
}

async fn tasks(aws: &Aws, subject: &Subject, wanted: DesiredStatus) -> Result<Vec<Task>> {
    let call = aws.ecs.list_tasks().cluster(&subject.cluster).service_name(&subject.service).desired_status(wanted);
    let mut pages = call.into_paginator().send();
    let mut arns = Vec::new();
    while let Some(page) = pages.next().await {
        arns.extend(page.during("ecs.ListTasks")?.task_arns.unwrap_or_default());
    }
    let mut found = Vec::new();
    for some in arns.chunks(AT_ONCE) {
        let call = aws.ecs.describe_tasks().cluster(&subject.cluster).set_tasks(Some(some.to_vec()));
        found.extend(call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default());
    }
    Ok(found)
}

fn fate(task: &Task) -> Fate {
    match (task.desired_status(), task.last_status()) {
        (Some("STOPPED"), _) if stopped_tasks::is_meant(task) => Fate::Stopped,
        (Some("STOPPED"), _) => Fate::Failed,
        _ if task.health_status() == Some(&HealthStatus::Unhealthy) => Fate::Unhealthy,
        (_, Some("RUNNING")) => Fate::Running,
        _ => Fate::Starting,
    }
}
