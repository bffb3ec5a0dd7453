//! Tasks of a service that stopped although they should run: how many, AWS's own reasons, exit codes, and the last lines that
//! they logged.

use crate::aws::{Aws, During, Result};
use crate::core::identity::{TAG_CONTRACT, TAG_CONTRACT_BACK};
use crate::core::rollout::observation::Crash;
use crate::core::rollout::record::{Record, Recorded};
use crate::kinds::ecs::driver;
use aws_sdk_ecs::types::{
    Container, ContainerDefinition, Deployment, DesiredStatus, LogDriver, Service, Task, TaskDefinitionField, TaskStopCode,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The most tasks that are looked at, as many as AWS answers at once, and the lines of the log of each reason.
const TASKS: i32 = 100;
const LINES: i32 = 5;

/// The tasks of a service's newest deployment that stopped although they should run.
#[derive(Debug, Default)]
pub(crate) struct Stopped {
    /// True where so many have stopped since this run first looked that AWS's own circuit breaker would give the deployment up.
    pub hopeless: bool,
    pub count: usize,
    /// Each reason once and the newest first, a line each and its log below it; empty where AWS no longer tells.
    pub why: String,
}

impl Stopped {
    /// The same on one line, as plans show it.
    pub fn on_one_line(mut self) -> Self {
        self.why = self.why.replace("\n    ", " | ").replace("\n  ", "; ");
        self
    }
}

/// Looks at the tasks that stopped, if the service tells that there are any. AWS keeps them for about an hour.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
pub(crate) async fn look(aws: &Aws, service: &Service) -> Result<Stopped> {
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let Some(primary) = primary else { return Ok(Stopped::default()) };
    if lost(service, primary) <= 0 {
        aws.stopped.first(primary.id().unwrap_or_default(), &BTreeSet::new());
        return Ok(Stopped::default());
    }
    let (cluster, name) = (service.cluster_arn().unwrap_or_default(), service.service_name().unwrap_or_default());
    let mut tasks = stopped(aws, cluster, name).await?;
    if tasks.is_empty() {
        return Ok(Stopped::default());
    }
    tasks.retain(|task| task.started_by() == primary.id());
    let arns = tasks.iter().filter_map(|task| task.task_arn.clone()).collect::<BTreeSet<_>>();
    let fresh = arns.difference(&aws.stopped.first(primary.id().unwrap_or_default(), &arns)).count();
    let mut known = BTreeSet::new();
    let mut text = String::new();
    for task in tasks.iter().filter(|task| known.insert(why(task))) {
        let id = driver::last_part(task.task_arn().unwrap_or_default());
        text += &format!("\n  task {id} stopped: {}", why(task));
        for line in last_lines(aws, task).await.unwrap_or_default() {
            text += &format!("\n    {line}");
        }
    }
    let hopeless = primary.running_count < primary.desired_count && fresh >= threshold(primary.desired_count);
    Ok(Stopped { hopeless, count: tasks.len(), why: text })
}

/// Returns the tasks of a task definition that stopped by themselves since then, the newest first, with what the newest logged last.
pub(crate) async fn crashed(aws: &Aws, cluster: &str, service: &str, task_definition: &str, since: Timestamp) -> Result<Vec<Crash>> {
    let mut tasks = stopped(aws, cluster, service).await?;
    tasks.retain(|task| {
        let created = task.created_at().map(|at| at.secs());
        task.task_definition_arn() == Some(task_definition) && created >= Some(since.as_second())
    });
    Ok(crashes(aws, &tasks).await)
}

/// Returns the tasks of a service, of whichever task definition, that have stopped by themselves since then, in the same form.
pub(crate) async fn ended(aws: &Aws, cluster: &str, service: &str, since: Timestamp) -> Result<Vec<Crash>> {
    let mut tasks = stopped(aws, cluster, service).await?;
    tasks.retain(|task| task.stopped_at().or(task.stopping_at()).map(|at| at.secs()) >= Some(since.as_second()));
    Ok(crashes(aws, &tasks).await)
}

async fn crashes(aws: &Aws, tasks: &[Task]) -> Vec<Crash> {
    let mut crashes = Vec::new();
    for (number, task) in tasks.iter().enumerate() {
        let log = if number == 0 { last_lines(aws, task).await.unwrap_or_default() } else { Vec::new() };
        let id = driver::last_part(task.task_arn().unwrap_or_default());
        crashes.push(Crash { task: id.to_owned(), reason: why(task), log });
    }
    crashes
}

/// Adds the last lines that a task logged to what is said of it.
pub(crate) async fn with_log(aws: &Aws, task: &Task, reason: &str) -> String {
    let lines = last_lines(aws, task).await.unwrap_or_default();
    std::iter::once(reason.to_owned()).chain(lines.into_iter().map(|line| format!("    {line}"))).collect::<Vec<_>>().join("\n")
}

/// The command after the version of a service, by what its task definition has of it.
pub(crate) enum Owed {
    /// It is owed no longer: it ended well, what it did was taken back since, or somebody has said so.
    Nothing,
    /// It failed, and how: with what it logged last.
    Failed(String),
    /// It has not run, or runs, or nobody can tell.
    Open,
}

/// Reads how far the command is that a service owes by its tag: whoever was to write its end there may have been killed before.
pub(crate) async fn of_command(aws: &Aws, service: &Service) -> Owed {
    let version = service.task_definition().unwrap_or_default();
    let call = aws.ecs.describe_task_definition().task_definition(version).include(TaskDefinitionField::Tags);
    let tags = call.send().await.during("ecs.DescribeTaskDefinition").ok().and_then(|answer| answer.tags).unwrap_or_default();
    let record = |key: &str| tags.iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value()).map(Record::parse);
    let both = [TAG_CONTRACT, TAG_CONTRACT_BACK].into_iter().filter_map(|key| Some((key, record(key)?)));
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let began = primary.and_then(|deployment| deployment.created_at()).map(|at| at.secs());
    let failure = match both.max_by_key(|(_, record)| record.number) {
        // One that was taken back runs again after each deployment that began later.
        Some((TAG_CONTRACT_BACK, Record { state: Recorded::Succeeded(second), .. })) if began > second => return Owed::Open,
        Some((_, Record { state: Recorded::Succeeded(_), .. })) => return Owed::Nothing,
        Some((TAG_CONTRACT, Record { state: Recorded::Failed(failure), .. })) => failure,
        _ => return Owed::Open,
    };
    let container = service.load_balancers().first().and_then(|balancer| balancer.container_name()).unwrap_or_default();
    let said = with_log_of(aws, version, container, &failure.task, &failure.to_string()).await;
    Owed::Failed(format!(": {said}"))
}

/// Adds to what is said of a task what it logged last, all on one line. AWS may have forgotten the task: its log stays longer. Where no container is named, it is the first essential one.
pub(crate) async fn with_log_of(aws: &Aws, task_definition: &str, container: &str, task: &str, reason: &str) -> String {
    let lines = lines(aws, task_definition, Some(container).filter(|name| !name.is_empty()), task).await.unwrap_or_default();
    if lines.is_empty() { reason.to_owned() } else { format!("{reason}; its log ends: {}", lines.join(" | ")) }
}

/// Returns the tasks of a service that stopped by themselves, the newest first.
async fn stopped(aws: &Aws, cluster: &str, service: &str) -> Result<Vec<Task>> {
    let call = aws.ecs.list_tasks().cluster(cluster).service_name(service).desired_status(DesiredStatus::Stopped).max_results(TASKS);
    let arns = call.send().await.during("ecs.ListTasks")?.task_arns.unwrap_or_default();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let call = aws.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns));
    let mut tasks = call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default();
    tasks.retain(|task| !is_meant(task));
    tasks.sort_by_key(|task| std::cmp::Reverse(task.stopped_at().or(task.stopping_at()).map(|at| at.secs())));
    Ok(tasks)
}

/// Returns how many tasks of a deployment were started and are gone. AWS's own count leaves out those that ran for a moment,
/// so what its events say was started is held against what is there.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html>
fn lost(service: &Service, deployment: &Deployment) -> i64 {
    let since = deployment.created_at().map(|at| at.as_secs_f64());
    let events = service.events().iter().filter(|event| event.created_at().map(|at| at.as_secs_f64()) >= since);
    let started = events.filter_map(|event| started(event.message()?)).sum::<i64>();
    let there = i64::from(deployment.running_count) + i64::from(deployment.pending_count);
    (started - there).max(deployment.failed_tasks.into())
}

/// Reads how many tasks an event says were started: `(service web) has started 2 tasks: (task 1) (task 2).`
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>
fn started(message: &str) -> Option<i64> {
    let (_, rest) = message.split_once(" has started ")?;
    rest.split_once(" tasks")?.0.parse().ok()
}

/// True for a task that was to stop: too many of them, or somebody stopped it.
pub(crate) fn is_meant(task: &Task) -> bool {
    let scaled = task.stopped_reason().is_some_and(|reason| reason.starts_with("Scaling activity initiated by"));
    scaled || matches!(task.stop_code(), Some(TaskStopCode::UserInitiated))
}

/// The number of failed tasks at which AWS's circuit breaker gives a deployment up: half of the wanted ones, 3 to 200.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
fn threshold(desired: i32) -> usize {
    usize::try_from(desired).unwrap_or_default().div_ceil(2).clamp(3, 200)
}

/// The reason of a task and of its containers, each said once, without what differs from task to task.
pub(crate) fn why(task: &Task) -> String {
    let reason = task.stopped_reason().unwrap_or("AWS gives no reason");
    let container = |container: &Container| {
        let name = container.name().unwrap_or_default();
        match (container.exit_code(), container.reason().filter(|said| *said != reason)) {
            (Some(0) | None, None) => None,
            (Some(code), None) => Some(format!("{name} exited with {code}")),
            (Some(code), Some(reason)) => Some(format!("{name} exited with {code}: {reason}")),
            (None, Some(reason)) => Some(format!("{name}: {reason}")),
        }
    };
    std::iter::once(reason.to_owned()).chain(task.containers().iter().filter_map(container)).collect::<Vec<_>>().join("; ")
}

/// The last lines that the first container of a task logged which did not end well, where it logs to CloudWatch.
async fn last_lines(aws: &Aws, task: &Task) -> Result<Vec<String>> {
    let failed = |container: &&Container| container.exit_code() != Some(0);
    let Some(name) = task.containers().iter().find(failed).and_then(Container::name) else { return Ok(Vec::new()) };
    lines(aws, task.task_definition_arn().unwrap_or_default(), Some(name), task.task_arn().unwrap_or_default()).await
}

/// The last lines that a container of a task logged, where it logs to CloudWatch.
async fn lines(aws: &Aws, task_definition: &str, name: Option<&str>, task: &str) -> Result<Vec<String>> {
    let call = aws.ecs.describe_task_definition().task_definition(task_definition);
    let revision = call.send().await.during("ecs.DescribeTaskDefinition")?.task_definition;
    let containers = revision.as_ref().map(|revision| revision.container_definitions()).unwrap_or_default();
    let meant = |container: &&ContainerDefinition| match name {
        Some(name) => container.name() == Some(name),
        None => container.essential() != Some(false),
    };
    let Some(container) = containers.iter().find(meant) else { return Ok(Vec::new()) };
    let name = container.name().unwrap_or_default();
    let log = container.log_configuration().filter(|log| *log.log_driver() == LogDriver::Awslogs);
    let Some(options) = log.and_then(|log| log.options()) else { return Ok(Vec::new()) };
    let (Some(group), Some(prefix)) = (options.get("awslogs-group"), options.get("awslogs-stream-prefix")) else { return Ok(Vec::new()) };
    let stream = format!("{prefix}/{name}/{}", driver::last_part(task));
    let call = aws.logs.get_log_events().log_group_name(group).log_stream_name(stream).limit(LINES).start_from_head(false);
    let events = call.send().await.during("logs.GetLogEvents")?.events.unwrap_or_default();
    Ok(events.into_iter().filter_map(|event| event.message).map(|message| message.trim_end().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_say_how_many_tasks_were_started() {
        for (message, want) in [
            ("(service web) has started 2 tasks: (task 1) (task 2).", Some(2)),
            ("(service web) has started 1 tasks: (task 1).", Some(1)),
            ("(service web) has reached a steady state.", None),
            ("(service web) has started some tasks.", None),
        ] {
            assert_eq!(started(message), want, "{message}");
        }
    }

    #[test]
    fn a_deployment_is_given_up_where_aws_would_give_it_up() {
        for (desired, want) in [(-1, 3), (1, 3), (6, 3), (7, 4), (20, 10), (1000, 200)] {
            assert_eq!(threshold(desired), want);
        }
    }
}
