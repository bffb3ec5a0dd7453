//! Commands of a rollout: run once as a task of the new task definition, and remembered on that task definition itself.
//!
//! A command may change what cannot be changed back, so it is never run twice. Its client token follows from the task definition
//! and the phase, so that a repeated call finds the same task at AWS; and what is known of it stands in a tag of the task
//! definition before anything else happens. A command whose end nobody can tell is somebody's to judge.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>

use super::Subject;
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::identity::{TAG_CONTRACT, TAG_DRY_RUN, TAG_EXPAND, digest};
use crate::core::rollout::observation::Migration;
use crate::kinds::ecs::driver::{self, service_definition, stopped_tasks};
use aws_sdk_ecs::types::{ContainerOverride, DesiredStatus, LaunchType, Tag, Task, TaskDefinitionField, TaskOverride, TaskStopCode};
use jiff::{SignedDuration, Timestamp};

/// The commands before the new version starts, of which the first only tries, and the one after the old version is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    DryRun,
    Expand,
    Contract,
}

impl Phase {
    fn tag(self) -> &'static str {
        match self {
            Phase::DryRun => TAG_DRY_RUN,
            Phase::Expand => TAG_EXPAND,
            Phase::Contract => TAG_CONTRACT,
        }
    }

    fn command(self, subject: &Subject) -> &[String] {
        match self {
            Phase::DryRun => &subject.policy.dry_run,
            Phase::Expand => &subject.policy.expand,
            Phase::Contract => &subject.policy.contract,
        }
    }

    /// The name by which ECS shows who started the task.
    fn starter(self, task_definition: &str) -> String {
        let word = match self {
            Phase::DryRun => "dry-run",
            Phase::Expand => "expand",
            Phase::Contract => "contract",
        };
        format!("trueup-{word}-{}", digest(&[task_definition], 10))
    }
}

const SUCCEEDED: &str = "succeeded";
const FAILED: &str = "failed";

/// The first of the commands before a new version that has not succeeded, or the last of them.
async fn next(aws: &Aws, subject: &Subject, task_definition: &str) -> Result<(Phase, Migration)> {
    if !subject.policy.dry_run.is_empty() {
        match state(aws, subject, task_definition, Phase::DryRun).await? {
            Migration::Succeeded => {}
            Migration::Failed { reason } => {
                return Ok((Phase::DryRun, Migration::Failed { reason: format!("the dry run: {reason}") }));
            }
            other => return Ok((Phase::DryRun, other)),
        }
    }
    Ok((Phase::Expand, state(aws, subject, task_definition, Phase::Expand).await?))
}

/// Says how far the commands before a new version are.
pub async fn expand(aws: &Aws, subject: &Subject, task_definition: &str) -> Result<Migration> {
    Ok(next(aws, subject, task_definition).await?.1)
}

/// Starts the next of them.
pub async fn start_expand(aws: &Aws, subject: &Subject, task_definition: &str) -> Result<()> {
    match next(aws, subject, task_definition).await? {
        (phase, Migration::NotRun) => start(aws, subject, task_definition, phase).await,
        _ => Ok(()),
    }
}

/// Says how far the command is. The end of one that runs is written down as soon as it is seen.
pub async fn state(aws: &Aws, subject: &Subject, task_definition: &str, phase: Phase) -> Result<Migration> {
    if phase.command(subject).is_empty() {
        return Ok(Migration::NotRun);
    }
    let call = aws.ecs.describe_task_definition().task_definition(task_definition).include(TaskDefinitionField::Tags);
    let tags = call.send().await.during("ecs.DescribeTaskDefinition")?.tags.unwrap_or_default();
    let known = tags.iter().find(|tag| tag.key() == Some(phase.tag())).and_then(Tag::value);
    match known {
        None => Ok(Migration::NotRun),
        Some(SUCCEEDED) => Ok(Migration::Succeeded),
        Some(text) if text.starts_with(FAILED) => {
            let reason = text.strip_prefix(FAILED).unwrap_or_default().trim();
            Ok(Migration::Failed { reason: reason.to_owned() })
        }
        Some(task) => running(aws, subject, task_definition, phase, task).await,
    }
}

async fn running(aws: &Aws, subject: &Subject, task_definition: &str, phase: Phase, id: &str) -> Result<Migration> {
    let call = aws.ecs.describe_tasks().cluster(&subject.cluster).tasks(id);
    let found = call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default().into_iter().next();
    let Some(task) = found else { return Ok(Migration::Lost { task: id.to_owned() }) };
    if task.last_status() != Some("STOPPED") {
        let created = task.created_at().and_then(|at| Timestamp::from_second(at.secs()).ok());
        let now = aws.calls.now();
        let longest = SignedDuration::from_mins(i64::from(subject.policy.command_minutes));
        if created.is_some_and(|created| now.duration_since(created) > longest) {
            let call = aws.ecs.stop_task().cluster(&subject.cluster).task(id).reason("the command of a rollout takes too long");
            call.send().await.during("ecs.StopTask")?;
        }
        return Ok(Migration::Running { task: id.to_owned() });
    }
    let ended = end(&task, subject.container());
    let (value, state) = match ended {
        Ok(()) => (SUCCEEDED.to_owned(), Migration::Succeeded),
        Err(reason) => {
            let reason = stopped_tasks::with_log(aws, &task, &reason).await;
            // A tag has 256 characters, and not every letter.
            (format!("{FAILED} {}", driver::last_part(id)), Migration::Failed { reason })
        }
    };
    tag(aws, task_definition, phase, &value).await?;
    Ok(state)
}

/// A command succeeded if its container ended by itself, with 0.
fn end(task: &Task, container: &str) -> std::result::Result<(), String> {
    let ran = task.containers().iter().find(|one| one.name() == Some(container));
    match (task.stop_code(), ran.and_then(|one| one.exit_code())) {
        (Some(TaskStopCode::EssentialContainerExited), Some(0)) => Ok(()),
        (_, Some(code)) if code != 0 => Err(format!("the command ended with exit code {code}")),
        _ => Err(format!("the command gave no exit code: {}", task.stopped_reason().unwrap_or("AWS gives no reason"))),
    }
}

/// Starts the command, or finds the task that an earlier call has started, and writes down which it is.
pub async fn start(aws: &Aws, subject: &Subject, task_definition: &str, phase: Phase) -> Result<()> {
    let starter = phase.starter(task_definition);
    let id = match before(aws, subject, &starter).await? {
        Some(id) => id,
        None => run(aws, subject, task_definition, phase, &starter).await?,
    };
    tag(aws, task_definition, phase, driver::last_part(&id)).await
}

async fn before(aws: &Aws, subject: &Subject, starter: &str) -> Result<Option<String>> {
    for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let call = aws.ecs.list_tasks().cluster(&subject.cluster).started_by(starter).desired_status(status);
        let found = call.send().await.during("ecs.ListTasks")?.task_arns.unwrap_or_default();
        if let Some(arn) = found.into_iter().next() {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}

async fn run(aws: &Aws, subject: &Subject, task_definition: &str, phase: Phase, starter: &str) -> Result<String> {
    const OPERATION: &str = "ecs.RunTask";
    let own = ContainerOverride::builder().name(subject.container()).set_command(Some(phase.command(subject).to_vec())).build();
    let call = aws
        .ecs
        .run_task()
        .cluster(&subject.cluster)
        .task_definition(task_definition)
        .launch_type(LaunchType::Fargate)
        .platform_version(&subject.spec.platform_version)
        .network_configuration(service_definition::network(OPERATION, &subject.spec)?)
        .overrides(TaskOverride::builder().container_overrides(own).build())
        .started_by(starter)
        .client_token(digest(&[task_definition, starter], 32));
    let answer = call.send().await.during(OPERATION)?;
    if let Some(task) = answer.tasks().first().and_then(Task::task_arn) {
        return Ok(task.to_owned());
    }
    let failure = answer.failures().first();
    let reason = failure.and_then(|failure| failure.reason()).unwrap_or("AWS gives no reason");
    Err(Error { class: Class::Throttled, ..Error::new(OPERATION, "NotPlaced", format!("the command's task was not placed: {reason}")) })
}

async fn tag(aws: &Aws, task_definition: &str, phase: Phase, value: &str) -> Result<()> {
    let tag = Tag::builder().key(phase.tag()).value(value).build();
    aws.ecs.tag_resource().resource_arn(task_definition).tags(tag).send().await.during("ecs.TagResource").map(|_| ())
}
