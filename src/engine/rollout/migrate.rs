//! Commands of a rollout: run once as a task of the new task definition, and remembered on that task definition itself.
//!
//! A command may change what cannot be changed back, so it is never run twice, unless another command has taken back what it did.
//! Its client token follows from the task definition, the phase and the number of the run, so that a repeated call finds the same task
//! at AWS; and what is known of it stands in a tag of the task definition before anything else happens. A command whose end nobody can
//! tell is somebody's to judge. That ECS is about to be asked for its task stands there before it is asked: ECS knows a client token no
//! longer than an hour after its task has ended, so whoever comes later must not ask again.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html>
//!
//! Two commands of a service never run at once, whatever their versions: one waits while the task of another is there, and of two that
//! began at the same moment the younger gives way before it has started.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>

use super::Subject;
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::arn::family;
use crate::core::identity::{TAG_CONTRACT, TAG_CONTRACT_BACK, TAG_DRY_RUN, TAG_EXPAND, TAG_EXPAND_BACK, digest};
use crate::core::reason::Running;
use crate::core::rollout::observation::{Image, Migration};
use crate::core::rollout::past::Fate;
use crate::core::rollout::record::{Failure, Record, Recorded};
use crate::kinds::ecs::driver::{self, service_definition, stopped_tasks};
use aws_sdk_ecs::types::{
    Container, ContainerOverride, DesiredStatus, LaunchType, Tag, Task, TaskDefinitionField, TaskOverride, TaskStopCode,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The commands before the new version starts, of which the first only tries, the one after the old version is gone, and those that
/// take back what these did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    DryRun,
    Expand,
    Contract,
    ExpandBack,
    ContractBack,
}

impl Phase {
    fn tag(self) -> &'static str {
        match self {
            Phase::DryRun => TAG_DRY_RUN,
            Phase::Expand => TAG_EXPAND,
            Phase::Contract => TAG_CONTRACT,
            Phase::ExpandBack => TAG_EXPAND_BACK,
            Phase::ContractBack => TAG_CONTRACT_BACK,
        }
    }

    fn command(self, subject: &Subject) -> &[String] {
        match self {
            Phase::DryRun => &subject.policy.dry_run,
            Phase::Expand => &subject.policy.expand,
            Phase::Contract => &subject.policy.contract,
            Phase::ExpandBack => &subject.policy.expand_back,
            Phase::ContractBack => &subject.policy.contract_back,
        }
    }

    const ALL: [Phase; 5] = [Phase::DryRun, Phase::Expand, Phase::Contract, Phase::ExpandBack, Phase::ContractBack];

    /// The name of the command in the file.
    pub fn key(self) -> &'static str {
        match self {
            Phase::DryRun => "dry_run",
            Phase::Expand => "expand",
            Phase::Contract => "contract",
            Phase::ExpandBack => "expand_back",
            Phase::ContractBack => "contract_back",
        }
    }

    fn word(self) -> String {
        self.key().replace('_', "-")
    }

    /// Reads which command a task runs from who started it; none for a task of anything else.
    fn of(starter: &str) -> Option<Self> {
        let (word, _) = starter.strip_prefix("trueup-")?.rsplit_once('-')?;
        Phase::ALL.into_iter().find(|phase| phase.word() == word)
    }

    /// The name by which ECS shows who started the task. It says which run of the command it is, so that one which is to run again
    /// after it was taken back is not taken for the task of before.
    fn starter(self, task_definition: &str, number: u32) -> String {
        let word = self.word();
        let number = number.to_string();
        let parts = [task_definition, &number];
        format!("trueup-{word}-{}", digest(if number == "1" { &parts[..1] } else { &parts }, 10))
    }

    fn writes_its_time(self) -> bool {
        matches!(self, Phase::ExpandBack | Phase::ContractBack)
    }
}

/// All that is written on a task definition about its commands, and the images that it names.
#[derive(Debug, Clone, Default)]
pub struct Records {
    tags: BTreeMap<String, Record>,
    images: Vec<Image>,
}

impl Records {
    /// Reads them.
    pub async fn of(aws: &Aws, task_definition: &str) -> Result<Self> {
        let call = aws.ecs.describe_task_definition().task_definition(task_definition).include(TaskDefinitionField::Tags);
        let answer = call.send().await.during("ecs.DescribeTaskDefinition")?;
        let containers = answer.task_definition.and_then(|found| found.container_definitions).unwrap_or_default();
        let images = containers.into_iter().filter_map(|one| Some(Image { container: one.name?, image: one.image?, digest: None }));
        let tags = answer.tags.unwrap_or_default().into_iter().filter_map(|tag| Some((tag.key?, Record::parse(&tag.value?))));
        let tags = tags.filter(|(key, _)| key.starts_with("trueup:")).collect();
        Ok(Records { tags, images: images.collect() })
    }

    pub fn into_images(self) -> Vec<Image> {
        self.images
    }

    /// Returns the part that a version has had which no deployment is known of: the command after it runs once it has taken over.
    pub fn fate(&self) -> Fate {
        let has = |phases: &[Phase]| phases.iter().any(|phase| self.get(*phase).is_some());
        match () {
            () if has(&[Phase::Contract, Phase::ContractBack]) => Fate::TookOver,
            () if has(&[Phase::DryRun, Phase::Expand, Phase::ExpandBack]) => Fate::Open,
            () => Fate::Unknown,
        }
    }

    pub fn get(&self, phase: Phase) -> Option<&Record> {
        self.tags.get(phase.tag())
    }

    /// Returns the record of whichever came last: a command, or the one that takes it back.
    pub fn last(&self, phase: Phase, back: Phase) -> Option<(Phase, &Record)> {
        let both = [phase, back].into_iter().filter_map(|one| Some((one, self.get(one)?)));
        both.max_by_key(|(_, record)| record.number)
    }

    /// Returns the number of the run that a command is in, or is to have next, once what it did was taken back or somebody has asked
    /// for one that failed to run `again`.
    fn due(&self, phase: Phase, back: Phase, again: Option<u32>) -> u32 {
        match self.last(phase, back) {
            Some((last, record)) if last == back || is_to_run_again(record, again) => record.number + 1,
            Some((_, record)) => record.number,
            None => 1,
        }
    }

    /// Returns the command before a version whose end is not written down, and the number of its run.
    pub fn unended(&self) -> Option<(Phase, u32)> {
        let all = [Phase::ExpandBack, Phase::Expand, Phase::DryRun].into_iter().filter_map(|phase| Some((phase, self.get(phase)?)));
        let open = all.filter(|(_, record)| matches!(record.state, Recorded::Task(_) | Recorded::Sent(_)));
        open.max_by_key(|(_, record)| record.number).map(|(phase, record)| (phase, record.number))
    }

    /// Returns the command before a version that failed last, if the last one did: it, or its dry run.
    pub fn failed_before(&self) -> Option<(Phase, u32, &Failure)> {
        let (phase, record) = match self.last(Phase::Expand, Phase::ExpandBack) {
            Some((Phase::Expand, record)) if record.state != Recorded::Due => (Phase::Expand, record),
            Some((Phase::ExpandBack, Record { state: Recorded::Succeeded(_), number })) => {
                (Phase::DryRun, self.get(Phase::DryRun).filter(|dry| dry.number > *number)?)
            }
            Some((Phase::ExpandBack, record)) => (Phase::ExpandBack, record),
            _ => (Phase::DryRun, self.get(Phase::DryRun)?),
        };
        match &record.state {
            Recorded::Failed(failure) => Some((phase, record.number, failure)),
            _ => None,
        }
    }
}

/// True for a run that failed and that somebody, who knew of it, has asked for once more.
fn is_to_run_again(record: &Record, again: Option<u32>) -> bool {
    matches!(record.state, Recorded::Failed(_)) && again.is_some_and(|again| record.number <= again)
}

/// Says how far a command is, and the one that takes it back.
pub async fn state_of(aws: &Aws, subject: &Subject, version: &str, records: &Records, pair: (Phase, Phase)) -> Result<Migration> {
    let Some((last, record)) = records.last(pair.0, pair.1) else { return Ok(Migration::NotRun) };
    if last == pair.0 && is_to_run_again(record, subject.policy.again) {
        return Ok(Migration::NotRun);
    }
    let state = state(aws, subject, version, last, record).await?;
    Ok(match state {
        Migration::NotRun if last == pair.1 => {
            let reason = "what it did was to be taken back, and the command for that gave way to another one before it had begun";
            Migration::Failed { reason: reason.into() }
        }
        Migration::Succeeded if last == pair.1 => Migration::TakenBack,
        Migration::Failed { reason } if last == pair.1 => {
            Migration::Failed { reason: format!("what it did was to be taken back, and that failed: {reason}") }
        }
        state => state,
    })
}

pub const EXPAND: (Phase, Phase) = (Phase::Expand, Phase::ExpandBack);
pub const CONTRACT: (Phase, Phase) = (Phase::Contract, Phase::ContractBack);

/// The command before a new version that comes next, with the number of its run, and how far they are.
async fn next(aws: &Aws, subject: &Subject, version: &str, records: &Records) -> Result<(Phase, u32, Migration)> {
    let again = subject.policy.again;
    let number = records.due(Phase::Expand, Phase::ExpandBack, again);
    if subject.policy.expand.is_empty() {
        return Ok((Phase::Expand, number, Migration::NotRun));
    }
    let expand = state_of(aws, subject, version, records, EXPAND).await?;
    if !matches!(expand, Migration::NotRun | Migration::TakenBack) || subject.policy.dry_run.is_empty() {
        return Ok((Phase::Expand, number, expand));
    }
    // A dry run from before the last command was taken back says nothing of how it is now.
    let is_asked_for = |record: &Record| again.is_some_and(|again| record.number <= again);
    let tried = match records.get(Phase::DryRun).filter(|record| record.number >= number) {
        Some(record) if is_to_run_again(record, again) => return Ok((Phase::DryRun, record.number + 1, expand)),
        Some(record) if record.state == Recorded::Due => return Ok((Phase::DryRun, record.number, expand)),
        Some(record) => match state(aws, subject, version, Phase::DryRun, record).await? {
            // It only tries, so nothing is done twice.
            Migration::Lost { .. } if is_asked_for(record) => return Ok((Phase::DryRun, record.number + 1, expand)),
            state => state,
        },
        None => return Ok((Phase::DryRun, number, expand)),
    };
    Ok(match tried {
        Migration::Failed { reason } => (Phase::DryRun, number, Migration::DryRunFailed { reason }),
        Migration::Lost { task } => {
            let reason = format!("nobody can tell how it ended: task {task}");
            (Phase::DryRun, number, Migration::DryRunFailed { reason })
        }
        running @ Migration::Running { .. } => (Phase::DryRun, number, running),
        _ => (Phase::Expand, number, expand),
    })
}

/// Says how far the commands before a new version are.
pub async fn expand(aws: &Aws, subject: &Subject, version: &str, records: &Records) -> Result<Migration> {
    Ok(next(aws, subject, version, records).await?.2)
}

/// Says how far the command after it is. One that was taken back is to run once more after each deployment that began later.
pub async fn contract(aws: &Aws, subject: &Subject, version: &str, records: &Records, began: Timestamp) -> Result<Migration> {
    if subject.policy.contract.is_empty() {
        return Ok(Migration::NotRun);
    }
    let ended = match records.last(Phase::Contract, Phase::ContractBack) {
        Some((Phase::ContractBack, Record { state: Recorded::Succeeded(second), .. })) => *second,
        _ => None,
    };
    match state_of(aws, subject, version, records, CONTRACT).await? {
        Migration::TakenBack if ended.is_some_and(|second| began.as_second() > second) => Ok(Migration::NotRun),
        state => Ok(state),
    }
}

/// Starts the next of the commands before a new version.
pub async fn start_expand(aws: &Aws, subject: &Subject, version: &str) -> Result<()> {
    let records = Records::of(aws, version).await?;
    match next(aws, subject, version, &records).await? {
        (phase, number, Migration::NotRun | Migration::TakenBack) => start(aws, subject, version, &records, (phase, number)).await,
        _ => Ok(()),
    }
}

/// Starts the one after it.
pub async fn start_contract(aws: &Aws, subject: &Subject, version: &str) -> Result<()> {
    let records = Records::of(aws, version).await?;
    let number = records.due(Phase::Contract, Phase::ContractBack, subject.policy.again);
    start(aws, subject, version, &records, (Phase::Contract, number)).await
}

/// Says how far the command is by its record. The end of one that runs is written down as soon as it is seen.
pub async fn state(aws: &Aws, subject: &Subject, version: &str, phase: Phase, record: &Record) -> Result<Migration> {
    match &record.state {
        Recorded::Succeeded(_) => Ok(Migration::Succeeded),
        Recorded::Failed(failure) => {
            let said = stopped_tasks::with_log_of(aws, version, subject.container(), &failure.task, &failure.to_string()).await;
            Ok(Migration::Failed { reason: said })
        }
        Recorded::Due => Ok(Migration::NotRun),
        Recorded::Task(task) => running(aws, subject, version, phase, record.number, task).await,
        Recorded::Sent(second) => {
            let starter = phase.starter(version, record.number);
            match before(aws, subject, &starter).await? {
                Some(arn) => {
                    let task = driver::last_part(&arn);
                    write(aws, version, phase, &Record { number: record.number, state: Recorded::Task(task.to_owned()) }).await?;
                    running(aws, subject, version, phase, record.number, task).await
                }
                // ECS answers the same task to the same token still, whether it has started one or not.
                None if aws.calls.now().as_second() - second < TOKEN => Ok(Migration::NotRun),
                None => Ok(Migration::Lost { task: starter }),
            }
        }
    }
}

/// The seconds for which ECS knows a client token at least, but for some that the clocks of two machines may differ by: an hour more than
/// its task is there.
const TOKEN: i64 = 50 * 60;

async fn running(aws: &Aws, subject: &Subject, version: &str, phase: Phase, number: u32, id: &str) -> Result<Migration> {
    let call = aws.ecs.describe_tasks().cluster(&subject.cluster).tasks(id);
    let found = call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default().into_iter().next();
    let Some(task) = found else { return Ok(Migration::Lost { task: id.to_owned() }) };
    if task.last_status() != Some("STOPPED") {
        let created = task.created_at().and_then(|at| Timestamp::from_second(at.secs()).ok());
        let now = aws.calls.now();
        let longest = SignedDuration::from_mins(i64::from(subject.policy.command_minutes));
        if created.is_some_and(|created| now.duration_since(created) > longest) {
            let call = aws.ecs.stop_task().cluster(&subject.cluster).task(id).reason(TOO_LONG);
            call.send().await.during("ecs.StopTask")?;
        } else if task.started_at().is_none() && task.desired_status() != Some("STOPPED") {
            give_way(aws, subject, version, &task).await?;
        }
        let back = phase.writes_its_time();
        return Ok(Migration::Running { task: id.to_owned(), back });
    }
    if task.started_at().is_none() && task.stopped_reason().is_some_and(|reason| reason.contains(GAVE_WAY)) {
        write(aws, version, phase, &Record { number: number + 1, state: Recorded::Due }).await?;
        return Ok(Migration::NotRun);
    }
    let (recorded, state) = match end(&task, subject) {
        Ok(()) => {
            let stopped = task.stopped_at().map_or_else(|| aws.calls.now().as_second(), |at| at.secs());
            (Recorded::Succeeded(phase.writes_its_time().then_some(stopped)), Migration::Succeeded)
        }
        Err(reason) => {
            let reason = stopped_tasks::with_log(aws, &task, &format!("{reason}, task {}", driver::last_part(id))).await;
            // A tag has 256 characters, and not every letter.
            let exit_code = ran(&task, subject.container()).and_then(|one| one.exit_code());
            let at = task.stopped_at().map(|at| at.secs());
            let failure = Failure { task: driver::last_part(id).to_owned(), exit_code, at };
            (Recorded::Failed(failure), Migration::Failed { reason })
        }
    };
    write(aws, version, phase, &Record { number, state: recorded }).await?;
    Ok(state)
}

/// The container that the command ran in: a task of a service that no traffic goes to names it itself.
fn ran<'t>(task: &'t Task, container: &str) -> Option<&'t Container> {
    let own = task.overrides().and_then(|own| own.container_overrides().first()).and_then(|own| own.name());
    let name = if container.is_empty() { own.unwrap_or_default() } else { container };
    task.containers().iter().find(|one| one.name() == Some(name))
}

/// The reason by which the task of a command that takes too long is known again.
const TOO_LONG: &str = "the command of a rollout takes too long";

/// A command succeeded if its container ended by itself, with 0.
fn end(task: &Task, subject: &Subject) -> std::result::Result<(), String> {
    if task.stopped_reason().is_some_and(|reason| reason.contains(TOO_LONG)) {
        let (name, minutes) = (&subject.name, subject.policy.command_minutes);
        return Err(format!("the command was stopped after {minutes} min: `minutes` in [service.{name}.rollout.migrate] allows it more"));
    }
    match (task.stop_code(), ran(task, subject.container()).and_then(|one| one.exit_code())) {
        (Some(TaskStopCode::EssentialContainerExited), Some(0)) => Ok(()),
        (_, Some(code)) if code != 0 => Err(format!("the command ended with exit code {code}")),
        _ => Err(format!("the command gave no exit code: {}", task.stopped_reason().unwrap_or("AWS gives no reason"))),
    }
}

/// Starts the command, or finds the task that an earlier call has started, and writes down which it is.
pub async fn start(aws: &Aws, subject: &Subject, version: &str, records: &Records, (phase, number): (Phase, u32)) -> Result<()> {
    let starter = phase.starter(version, number);
    let id = match before(aws, subject, &starter).await? {
        Some(id) => id,
        None => {
            if let Some(other) = others(aws, &subject.cluster, version).await?.into_iter().next() {
                return Err(other.busy(&subject.cluster));
            }
            // The token is as old as the first call with it.
            let is_sent = |record: &Record| record.number == number && matches!(record.state, Recorded::Sent(_));
            if !records.get(phase).is_some_and(is_sent) {
                write(aws, version, phase, &Record { number, state: Recorded::Sent(aws.calls.now().as_second()) }).await?;
            }
            match run(aws, subject, version, phase, &starter).await {
                // ECS has said that it started none.
                Err(error) if error.is(&[NOT_PLACED]) || matches!(error.class, Class::Refused | Class::Denied) => {
                    drop(write(aws, version, phase, &Record { number, state: Recorded::Due }).await);
                    return Err(error);
                }
                answer => answer?,
            }
        }
    };
    write(aws, version, phase, &Record { number, state: Recorded::Task(driver::last_part(&id).to_owned()) }).await
}

/// Our word for a command that has to wait, since another one of its service runs.
pub const BUSY: &str = "AnotherCommand";
/// The reason that is given to ECS for a task that has not begun, since that of another command was there before.
const GAVE_WAY: &str = "another command of this service was first";

/// A command of a service whose task is there.
#[derive(Debug, Clone)]
pub struct Other {
    /// The task definition that it runs for, by its ARN.
    pub version: String,
    pub phase: Phase,
    pub task: String,
    /// The order of two: the time of its task in milliseconds, and its ARN.
    since: (i64, String),
}

impl Other {
    /// The same by the names that people know it by.
    pub fn named(self, cluster: &str) -> Running {
        let (version, command) = (driver::last_part(&self.version).to_owned(), self.phase.key().to_owned());
        Running { version, command, task: self.task, cluster: cluster.to_owned() }
    }

    fn busy(&self, cluster: &str) -> Error {
        let Other { version, phase, task, .. } = self;
        let text = format!(
            "`{}` of {} still runs as task {task}, and two commands of a service never run at once; wait for its end, or stop it: aws ecs stop-task --cluster {cluster} --task {task}",
            phase.key(),
            driver::last_part(version)
        );
        Error { class: Class::Throttled, ..Error::new("ecs.RunTask", BUSY, text) }
    }
}

/// Returns the commands whose tasks are there, of whichever version of a task definition, the first that was begun first. A task that was
/// told to stop may still run.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html>
pub async fn others(aws: &Aws, cluster: &str, version: &str) -> Result<Vec<Other>> {
    let family = family(version);
    let mut arns = Vec::new();
    for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let mut pages = aws.ecs.list_tasks().cluster(cluster).family(family).desired_status(status).into_paginator().send();
        while let Some(page) = pages.next().await {
            arns.extend(page.during("ecs.ListTasks")?.task_arns.unwrap_or_default());
        }
    }
    let mut found = Vec::new();
    for arns in arns.chunks(100) {
        let call = aws.ecs.describe_tasks().cluster(cluster).set_tasks(Some(arns.to_vec()));
        let tasks = call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default();
        let there = tasks.into_iter().filter(|task| task.last_status() != Some("STOPPED"));
        found.extend(there.filter_map(|task| {
            let phase = Phase::of(task.started_by()?)?;
            let arn = task.task_arn()?;
            let version = task.task_definition_arn().unwrap_or_default().to_owned();
            Some(Other { version, phase, task: driver::last_part(arn).to_owned(), since: since(&task) })
        }));
    }
    found.sort_by(|one, other| one.since.cmp(&other.since));
    Ok(found)
}

fn since(task: &Task) -> (i64, String) {
    let created = task.created_at().and_then(|at| at.to_millis().ok()).unwrap_or(i64::MAX);
    (created, task.task_arn().unwrap_or_default().to_owned())
}

/// Stops a task that has not begun, where that of another command was there before. Each of two that began at the same moment looks after
/// its own is there, so that one of them sees the other.
async fn give_way(aws: &Aws, subject: &Subject, version: &str, task: &Task) -> Result<()> {
    let own = since(task);
    if others(aws, &subject.cluster, version).await?.iter().any(|other| other.since < own) {
        let call = aws.ecs.stop_task().cluster(&subject.cluster).task(&own.1).reason(GAVE_WAY);
        call.send().await.during("ecs.StopTask")?;
    }
    Ok(())
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
    let container = match subject.container() {
        "" => first_container(aws, task_definition).await?,
        name => name.to_owned(),
    };
    let own = ContainerOverride::builder().name(container).set_command(Some(phase.command(subject).to_vec())).build();
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
    Err(Error { class: Class::Throttled, ..Error::new(OPERATION, NOT_PLACED, format!("the command's task was not placed: {reason}")) })
}

/// The container of a version that no traffic goes to: its first essential one.
async fn first_container(aws: &Aws, task_definition: &str) -> Result<String> {
    const OPERATION: &str = "ecs.DescribeTaskDefinition";
    let answer = aws.ecs.describe_task_definition().task_definition(task_definition).send().await.during(OPERATION)?;
    let found = answer.task_definition.ok_or_else(|| Error::missing(OPERATION, "taskDefinition"))?;
    let first = found.container_definitions().iter().find(|one| one.essential() != Some(false)).and_then(|one| one.name());
    first.map(str::to_owned).ok_or_else(|| Error::missing(OPERATION, "containerDefinitions"))
}

/// Our word for a task for which AWS has no room.
pub const NOT_PLACED: &str = "NotPlaced";

/// Writes down how far a command is.
pub async fn write(aws: &Aws, version: &str, phase: Phase, record: &Record) -> Result<()> {
    let tag = Tag::builder().key(phase.tag()).value(record.to_string()).build();
    aws.ecs.tag_resource().resource_arn(version).tags(tag).send().await.during("ecs.TagResource").map(|_| ())
}
