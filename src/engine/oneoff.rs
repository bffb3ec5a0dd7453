//! Runs a task once, as a service's tasks run, and follows it to its end.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>

use super::log::Stream;
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::backoff::Backoff;
use crate::core::identity::digest;
use crate::core::oneoff::{End, Event, Outcome, Started, Stop, Stopped, outcome, passes};
use crate::kinds::ecs::driver::{self, service_definition};
use crate::kinds::ecs::service::Spec;
use aws_sdk_ecs::types::{ContainerDefinition, ContainerOverride, KeyValuePair, LaunchType, Task, TaskDefinition, TaskOverride};
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

const RUN: &str = "ecs.RunTask";
/// The name by which ECS shows who started the task.
const STARTER: &str = "trueup-run";
/// The times that AWS is asked again for room, and the calls that may go unanswered in a row.
const TRIES: u32 = 8;
/// Looks that may fail in a row for a reason that passes.
const PATIENCE: u32 = 30;
/// Seconds for which AWS may not show a task yet that it has just started.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>
const SHOWN: i64 = 120;
/// Pauses between looks: short while there is something new, longer while there is nothing.
const SOON: Duration = Duration::from_secs(2);
const SELDOM: Duration = Duration::from_secs(6);
/// Seconds without a line after which nothing more is waited for, and the most that is waited at all, once the task has stopped.
const QUIET: i64 = 12;
const LATEST: i64 = 60;

/// A command, and where it is to run.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub spec: &'a Spec,
    pub cluster: &'a str,
    /// The container that it runs in; left out, the one that the load balancer talks to, or else the first essential one.
    pub container: Option<String>,
    pub command: Vec<String>,
    /// Values for it alone. They are sent to AWS and stand nowhere else.
    pub environment: Vec<(String, String)>,
    /// CPU units and mebibytes, where they are to differ from the service's.
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
}

/// A task that has been started.
pub struct Running {
    pub started: Started,
    log: std::result::Result<Stream, String>,
}

/// Starts the task. None if `cancel` turned true before AWS took it on.
pub async fn start(aws: &Aws, wish: &Wish<'_>, cancel: &mut watch::Receiver<bool>, hear: &impl Fn(&Event)) -> Result<Option<Running>> {
    let definition = definition(aws, &wish.spec.task_definition_arn).await?;
    let container = container(&definition, wish)?;
    let Some(task) = place(aws, wish, container.name().unwrap_or_default(), cancel, hear).await? else { return Ok(None) };
    let log = Stream::of(aws, container, &task);
    let started = Started {
        cluster: wish.cluster.to_owned(),
        task_definition: wish.spec.task_definition_arn.clone(),
        container: container.name().unwrap_or_default().to_owned(),
        image: container.image().unwrap_or_default().to_owned(),
        log: log.as_ref().ok().map(|log| log.place.clone()),
        task,
    };
    hear(&Event::Started(started.clone()));
    Ok(Some(Running { started, log }))
}

async fn definition(aws: &Aws, arn: &str) -> Result<TaskDefinition> {
    const OPERATION: &str = "ecs.DescribeTaskDefinition";
    let found = aws.ecs.describe_task_definition().task_definition(arn).send().await.during(OPERATION)?.task_definition;
    found.ok_or_else(|| Error::missing(OPERATION, "taskDefinition"))
}

fn container<'d>(definition: &'d TaskDefinition, wish: &Wish<'_>) -> Result<&'d ContainerDefinition> {
    let all = definition.container_definitions();
    let named = |name: &str| all.iter().find(|one| one.name() == Some(name));
    let names = || all.iter().filter_map(ContainerDefinition::name).collect::<Vec<_>>().join(", ");
    match &wish.container {
        Some(name) => {
            named(name).ok_or_else(|| Error::new(RUN, "NoSuchContainer", format!("there is no container `{name}`; there are {}", names())))
        }
        None => wish
            .spec
            .load_balancers
            .iter()
            .find_map(|balancer| named(&balancer.container_name))
            .or_else(|| all.iter().find(|one| one.essential() != Some(false)))
            .ok_or_else(|| Error::new(RUN, "NoContainer", "the service's task definition has no container")),
    }
}

/// Asks ECS for the task until it has room for it.
async fn place(
    aws: &Aws,
    wish: &Wish<'_>,
    container: &str,
    cancel: &mut watch::Receiver<bool>,
    hear: &impl Fn(&Event),
) -> Result<Option<String>> {
    let mut pauses = Backoff::seconds(5, 60);
    let mut token = token(wish, 0);
    for tries in 1.. {
        if *cancel.borrow() {
            return Ok(None);
        }
        let reason = match request(aws, wish, container, &token).await {
            Ok(Ok(task)) => return Ok(Some(task)),
            // No task was made, so another request cannot make a second one.
            Ok(Err(reason)) if passes(&reason) => {
                token = self::token(wish, tries);
                reason
            }
            Ok(Err(reason)) => return Err(Error::new(RUN, "NotPlaced", format!("the task was not placed: {reason}"))),
            // The same token finds the task that a call without an answer may have made.
            Err(error) if matches!(error.class, Class::Throttled | Class::Unknown) || passes(&error.message) => {
                if tries >= TRIES {
                    return Err(error);
                }
                error.brief()
            }
            Err(error) => return Err(error),
        };
        if tries >= TRIES {
            let text = format!("AWS has had no room for the task, asked {tries} times: {reason}");
            return Err(Error { class: Class::Throttled, ..Error::new(RUN, "NoCapacity", text) });
        }
        let pause = pauses.pause();
        hear(&Event::Waiting { reason, seconds: pause.as_secs() });
        if !wait(aws, pause, Some(&mut *cancel)).await {
            return Ok(None);
        }
    }
    Ok(None)
}

/// A token that no other request has had.
fn token(wish: &Wish<'_>, tries: u32) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string();
    digest(&[&wish.spec.task_definition_arn, &now, &std::process::id().to_string(), &tries.to_string()], 32)
}

/// Returns the ARN of the task, or the reason why ECS does not place it.
async fn request(aws: &Aws, wish: &Wish<'_>, container: &str, token: &str) -> Result<std::result::Result<String, String>> {
    let Wish { spec, cluster, command, environment, cpu, memory, container: _ } = wish;
    let pair = |(name, value): &(String, String)| KeyValuePair::builder().name(name).value(value).build();
    let own = ContainerOverride::builder()
        .name(container)
        .set_command(Some(command.clone()))
        .set_environment((!environment.is_empty()).then(|| environment.iter().map(pair).collect()))
        .build();
    let overrides = TaskOverride::builder()
        .container_overrides(own)
        .set_cpu(cpu.map(|units| units.to_string()))
        .set_memory(memory.map(|mebibytes| mebibytes.to_string()));
    let providers = driver::strategy(RUN, &spec.capacity_provider_strategy)?;
    let call = aws
        .ecs
        .run_task()
        .cluster(*cluster)
        .task_definition(&spec.task_definition_arn)
        // AWS takes one of the two.
        .set_launch_type(providers.is_empty().then_some(LaunchType::Fargate))
        .set_capacity_provider_strategy((!providers.is_empty()).then_some(providers))
        .platform_version(&spec.platform_version)
        .network_configuration(service_definition::network(RUN, spec)?)
        .overrides(overrides.build())
        .enable_ecs_managed_tags(spec.enable_ecs_managed_tags)
        .enable_execute_command(spec.enable_execute_command)
        .started_by(STARTER)
        .client_token(token);
    let clean = |error: Error| environment.iter().fold(error, |error, (_, value)| error.without(value));
    let answer = call.send().await.during(RUN).map_err(clean)?;
    if let Some(task) = answer.tasks().first().and_then(Task::task_arn) {
        return Ok(Ok(task.to_owned()));
    }
    let failure = answer.failures().first();
    let said = failure.and_then(|failure| failure.reason().or(failure.detail())).unwrap_or("AWS gives no reason");
    Ok(Err(said.to_owned()))
}

/// Waits for so much of AWS's time; false if it is interrupted.
async fn wait(aws: &Aws, time: Duration, cancel: Option<&mut watch::Receiver<bool>>) -> bool {
    let Some(cancel) = cancel else {
        aws.clock.sleep(time).await;
        return true;
    };
    // A sender that is gone never interrupts.
    let interrupted = async {
        if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = aws.clock.sleep(time) => true,
        () = interrupted => false,
    }
}

/// Follows the task to its end, and says each line of its log as it comes. It is stopped when it takes longer than `limit`, and when
/// `cancel` turns true.
pub async fn follow(
    aws: &Aws,
    running: Running,
    limit: Option<SignedDuration>,
    cancel: &mut watch::Receiver<bool>,
    hear: &impl Fn(&Event),
) -> Result<End> {
    let Running { started, log } = running;
    let mut log = match log {
        Ok(stream) => Some(Tail { stream, failed: false }),
        Err(reason) => {
            hear(&Event::NoLog { reason });
            None
        }
    };
    let begun = aws.calls.now();
    let (mut asked, mut status, mut failures, mut pause) = (None, String::new(), 0, SOON);
    let end = |outcome| End { task: started.task.clone(), outcome };
    loop {
        let mut news = match &mut log {
            Some(log) => log.tell(aws, hear).await > 0,
            None => false,
        };
        match look(aws, &started).await {
            Ok(Some(task)) => {
                failures = 0;
                let now = task.last_status().unwrap_or_default();
                if now != status {
                    status = now.to_owned();
                    news = true;
                    hear(&Event::Status { status: status.clone() });
                }
                if now == "STOPPED" {
                    let stopped = stopped(&task, &started.container);
                    if let Some(log) = log.as_mut().filter(|_| stopped.ran) {
                        log.drain(aws, hear).await;
                    }
                    return Ok(end(outcome(&stopped, asked)));
                }
            }
            Ok(None) if aws.calls.now().duration_since(begun).as_secs() <= SHOWN => {}
            Ok(None) => return Ok(end(Outcome::Lost)),
            Err(error) if matches!(error.class, Class::Throttled | Class::Unknown) && failures < PATIENCE => failures += 1,
            Err(error) => return Err(error),
        }
        if asked.is_none()
            && let Some(why) = reason_to_stop(aws.calls.now(), begun, limit, *cancel.borrow())
        {
            stop(aws, &started, why).await?;
            hear(&Event::Stopping { why });
            asked = Some(why);
        }
        pause = if news { SOON } else { SELDOM.min(pause.mul_f64(1.5)) };
        // An interrupt that has been obeyed does not cut pauses short any more.
        wait(aws, pause, asked.is_none().then_some(&mut *cancel)).await;
    }
}

fn reason_to_stop(now: Timestamp, begun: Timestamp, limit: Option<SignedDuration>, cancelled: bool) -> Option<Stop> {
    let too_long = limit.is_some_and(|limit| now.duration_since(begun) >= limit);
    if cancelled { Some(Stop::Interrupted) } else { too_long.then_some(Stop::TooLong) }
}

async fn look(aws: &Aws, started: &Started) -> Result<Option<Task>> {
    let call = aws.ecs.describe_tasks().cluster(&started.cluster).tasks(&started.task);
    Ok(call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default().into_iter().next())
}

async fn stop(aws: &Aws, started: &Started, why: Stop) -> Result<()> {
    let reason = match why {
        Stop::Interrupted => "whoever ran it interrupted",
        Stop::TooLong => "it took longer than it may",
    };
    let call = aws.ecs.stop_task().cluster(&started.cluster).task(&started.task).reason(reason);
    call.send().await.during("ecs.StopTask").map(|_| ())
}

fn stopped(task: &Task, container: &str) -> Stopped {
    let own = task.containers().iter().find(|one| one.name() == Some(container));
    Stopped {
        code: task.stop_code().map(|code| code.as_str().to_owned()).unwrap_or_default(),
        reason: task.stopped_reason().unwrap_or_default().to_owned(),
        ran: task.started_at().is_some(),
        exit_code: own.and_then(|one| one.exit_code()),
        container_reason: own.and_then(|one| one.reason()).map(str::to_owned),
    }
}

/// A log that is told as it comes.
struct Tail {
    stream: Stream,
    /// True once it has been said that it cannot be read.
    failed: bool,
}

impl Tail {
    /// Says what has come, and answers how many lines that were. A log that cannot be read is no reason to leave the task.
    async fn tell(&mut self, aws: &Aws, hear: &impl Fn(&Event)) -> usize {
        match self.stream.more(aws).await {
            Ok(lines) => {
                self.failed = false;
                let count = lines.len();
                lines.into_iter().for_each(|line| hear(&Event::Line(line)));
                count
            }
            Err(error) => {
                if !self.failed {
                    self.failed = true;
                    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                    hear(&Event::NoLog { reason: format!("the log could not be read: {error}{hint}") });
                }
                0
            }
        }
    }

    /// Waits for the last lines: CloudWatch shows them some seconds after they were logged, so also after the task has stopped.
    async fn drain(&mut self, aws: &Aws, hear: &impl Fn(&Event)) {
        let stopped = aws.calls.now();
        let mut last = stopped;
        loop {
            let told = self.tell(aws, hear).await;
            let now = aws.calls.now();
            if told > 0 {
                last = now;
            }
            let passed = |since: Timestamp| now.duration_since(since).as_secs();
            if passed(last) >= QUIET || passed(stopped) >= LATEST {
                return;
            }
            aws.clock.sleep(SOON).await;
        }
    }
}
