//! The reasons for which tasks of a service stopped: AWS's own, exit codes, and the last lines that they logged.

use crate::aws::{Aws, During, Result};
use crate::kinds::ecs::driver;
use aws_sdk_ecs::types::{Container, DesiredStatus, LogDriver, Service, Task};
use std::collections::BTreeSet;

/// The most tasks that are looked at, and the lines of the log of each.
const TASKS: i32 = 10;
const LINES: i32 = 5;

/// True where tasks of the newest deployment stopped before they ran for long.
pub(crate) fn any(service: &Service) -> bool {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    primary
        .is_some_and(|deployment| deployment.failed_tasks > 0 || deployment.rollout_state().is_some_and(|state| state.as_str() == "FAILED"))
}

/// Says in one text why tasks stopped, each reason once and the newest first; empty where AWS no longer tells. It keeps stopped
/// tasks for about an hour.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
pub(crate) async fn reasons(aws: &Aws, service: &Service) -> Result<String> {
    let (cluster, name) = (service.cluster_arn().unwrap_or_default(), service.service_name().unwrap_or_default());
    let call = aws.ecs.list_tasks().cluster(cluster).service_name(name).desired_status(DesiredStatus::Stopped).max_results(TASKS);
    let arns = call.send().await.during("ecs.ListTasks")?.task_arns.unwrap_or_default();
    if arns.is_empty() {
        return Ok(String::new());
    }
    let call = aws.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns));
    let mut tasks = call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default();
    tasks.sort_by(|one, other| other.stopped_at().map(|at| at.secs()).cmp(&one.stopped_at().map(|at| at.secs())));
    let mut known = BTreeSet::new();
    let mut text = String::new();
    for task in tasks.iter().filter(|task| known.insert(why(task))) {
        let id = driver::last_part(task.task_arn().unwrap_or_default());
        text += &format!("\n  task {id} stopped: {}", why(task));
        for line in last_lines(aws, task).await.unwrap_or_default() {
            text += &format!("\n    {line}");
        }
    }
    Ok(text)
}

/// The reason of a task and of its containers, without what differs from task to task.
fn why(task: &Task) -> String {
    let container = |container: &Container| {
        let name = container.name().unwrap_or_default();
        match (container.exit_code(), container.reason()) {
            (Some(0) | None, None) => None,
            (Some(code), None) => Some(format!("{name} exited with {code}")),
            (Some(code), Some(reason)) => Some(format!("{name} exited with {code}: {reason}")),
            (None, Some(reason)) => Some(format!("{name}: {reason}")),
        }
    };
    let reason = task.stopped_reason().unwrap_or("AWS gives no reason").to_owned();
    std::iter::once(reason).chain(task.containers().iter().filter_map(container)).collect::<Vec<_>>().join("; ")
}

/// The last lines that the first container of a task logged which did not end well, where it logs to CloudWatch.
async fn last_lines(aws: &Aws, task: &Task) -> Result<Vec<String>> {
    let failed = |container: &&Container| container.exit_code() != Some(0);
    let Some(name) = task.containers().iter().find(failed).and_then(Container::name) else { return Ok(Vec::new()) };
    let call = aws.ecs.describe_task_definition().task_definition(task.task_definition_arn().unwrap_or_default());
    let revision = call.send().await.during("ecs.DescribeTaskDefinition")?.task_definition;
    let containers = revision.as_ref().map(|revision| revision.container_definitions()).unwrap_or_default();
    let log = containers.iter().find(|container| container.name() == Some(name)).and_then(|container| container.log_configuration());
    let Some(options) = log.filter(|log| *log.log_driver() == LogDriver::Awslogs).and_then(|log| log.options()) else {
        return Ok(Vec::new());
    };
    let (Some(group), Some(prefix)) = (options.get("awslogs-group"), options.get("awslogs-stream-prefix")) else { return Ok(Vec::new()) };
    let stream = format!("{prefix}/{name}/{}", driver::last_part(task.task_arn().unwrap_or_default()));
    let call = aws.logs.get_log_events().log_group_name(group).log_stream_name(stream).limit(LINES).start_from_head(false);
    let events = call.send().await.during("logs.GetLogEvents")?.events.unwrap_or_default();
    Ok(events.into_iter().filter_map(|event| event.message).map(|message| message.trim_end().to_owned()).collect())
}
