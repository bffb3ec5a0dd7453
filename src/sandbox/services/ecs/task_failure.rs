//! Why a task does not start, or does not stay: what it needs is not there, its container exits, its health check fails.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>

use super::task_script;
use super::task_state::Launch;
use crate::rollouts::Trouble;
use crate::services::iam;
use crate::services::members::{items, number, text};
use crate::world::Call;
use serde_json::Value;

/// The end of a task that does not do what it should.
pub struct Failure {
    pub stop_code: &'static str,
    pub reason: String,
    /// The container that failed, its own reason, and its exit code.
    pub container: Option<(String, Option<String>, Option<i64>)>,
    pub phase: Phase,
}

/// The phase in which a task ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// It never runs.
    Starting,
    /// It runs, and its container exits.
    Running,
    /// It runs, and its container's check fails for as long as this many seconds.
    Checking(f64),
}

/// The failure that awaits a task, if any: the first in the order in which AWS comes upon them.
pub fn awaits(call: &Call<'_>, launch: &Launch) -> Option<Failure> {
    let definition = &launch.definition;
    let starting = |reason: String| Failure { stop_code: "TaskFailedToStart", reason, container: None, phase: Phase::Starting };
    if let Some(role) = ["executionRoleArn", "taskRoleArn"].iter().map(|role| text(definition, role)).find(|role| unknown_role(call, role))
    {
        return Some(starting(format!("ECS was unable to assume the role '{role}' that was provided for this task.")));
    }
    let containers = items(definition, "containerDefinitions");
    if let Some(failure) = launch.troubles.iter().find_map(|trouble| told(trouble, launch)) {
        return Some(failure);
    }
    if let Some(reason) =
        containers.iter().find_map(|container| missing_secret(call, container).or_else(|| missing_log_group(call, container)))
    {
        return Some(starting(format!("ResourceInitializationError: {reason}")));
    }
    for container in containers {
        let image = text(container, "image");
        if is_missing(call, image) {
            return Some(not_pulled(text(container, "name").to_owned(), image));
        }
    }
    let essential = containers.iter().filter(|container| container.get("essential") != Some(&Value::Bool(false)));
    for container in essential {
        let name = text(container, "name");
        // A command that somebody runs is played from its beginning to its end.
        let runs = task_script::of(launch).is_some_and(|script| script.container == name);
        if let Some(code) = exit_code(&command(container, &launch.overrides)).filter(|_| !runs) {
            return Some(exited(name.to_owned(), code));
        }
        // Only a service stops a task that is not well.
        if let Some(seconds) = failing_check(container).filter(|_| launch.service.is_some()) {
            return Some(unwell(name.to_owned(), seconds));
        }
    }
    None
}

/// The failure that a fault of the task's revision is.
fn told(trouble: &Trouble, launch: &Launch) -> Option<Failure> {
    let first = items(&launch.definition, "containerDefinitions").first()?;
    let (name, image) = (text(first, "name").to_owned(), text(first, "image"));
    match trouble {
        Trouble::ImagePull => Some(not_pulled(name, image)),
        Trouble::CrashLoop { exit_code } => Some(exited(name, *exit_code)),
        // Where a load balancer checks the task, that finds it unhealthy.
        Trouble::Unhealthy if launch.balancers.is_empty() => Some(unwell(name, UNWELL_AFTER)),
        Trouble::Unhealthy
        | Trouble::SlowStart(_)
        | Trouble::Errors(_)
        | Trouble::Latency(_)
        | Trouble::Capacity
        | Trouble::Alarm { .. }
        | Trouble::RoleDenied
        | Trouble::ExternalWriter { .. } => None,
    }
}

/// Seconds after which a check of ECS's defaults has failed for good.
const UNWELL_AFTER: f64 = 90.0;

fn not_pulled(container: String, image: &str) -> Failure {
    let reason = format!(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    );
    Failure {
        stop_code: "TaskFailedToStart",
        reason: reason.clone(),
        container: Some((container, Some(reason), None)),
        phase: Phase::Starting,
    }
}

fn exited(container: String, code: i64) -> Failure {
    Failure {
        stop_code: "EssentialContainerExited",
        reason: "Essential container in task exited".into(),
        container: Some((container, None, Some(code))),
        phase: Phase::Running,
    }
}

fn unwell(container: String, seconds: f64) -> Failure {
    Failure {
        stop_code: "ServiceSchedulerInitiated",
        reason: "Task failed container health checks".into(),
        container: Some((container, None, None)),
        phase: Phase::Checking(seconds),
    }
}

/// Roles are only looked up while new ones may be unknown: else any name will do, as ECS takes it on its word.
fn unknown_role(call: &Call<'_>, role: &str) -> bool {
    call.world.role_lag > 0 && iam::is_unknown(call, role)
}

/// True for an image that this account's registry would have, and has not. A repository without any image is taken to hold what is
/// asked for, as nobody builds images for a sandbox, unless `strict-tasks` says that it is empty.
fn is_missing(call: &Call<'_>, image: &str) -> bool {
    let Some((registry, path)) = image.split_once(".amazonaws.com/") else { return false };
    if registry != format!("{}.dkr.ecr.{}", call.world.account, call.region) {
        return false;
    }
    let (repository, digest) = path.split_once('@').unwrap_or((path, ""));
    let (repository, tag) = repository.rsplit_once(':').unwrap_or((repository, "latest"));
    if call.get("ecr.repository", repository).is_none() {
        return true;
    }
    let images: Vec<&Value> =
        call.all("ecr.image").into_iter().map(|(_, image)| image).filter(|image| text(image, "repositoryName") == repository).collect();
    if images.is_empty() {
        return call.world.strict_tasks;
    }
    !images.iter().any(|image| match digest {
        "" => items(image, "imageTags").iter().any(|known| known == tag),
        digest => text(image, "imageDigest") == digest,
    })
}

/// `arn:aws:secretsmanager:…:secret:NAME-abcdef:KEY:STAGE:VERSION`; the last three may be empty or absent.
fn missing_secret(call: &Call<'_>, container: &Value) -> Option<String> {
    let own = call.arn("secretsmanager", "secret:");
    items(container, "secrets").iter().find_map(|secret| {
        let from = text(secret, "valueFrom");
        let mut parts = from.strip_prefix(&own)?.split(':');
        let (name, key) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let arn = format!("{own}{name}");
        let row = call.all("secretsmanager.secret").into_iter().map(|(_, row)| row).find(|row| {
            row["DeletedDate"].is_null() && (text(row, "ARN") == arn || text(row, "Name") == name)
        });
        let trouble = match row.map(current) {
            None => "ResourceNotFoundException: Secrets Manager can't find the specified secret.".to_owned(),
            Some(None) if call.world.strict_tasks => {
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT".to_owned()
            }
            Some(Some(value)) if !key.is_empty() && serde_json::from_str::<Value>(&value).is_ok_and(|value| value.get(key).is_none()) => {
                return Some(format!(
                    "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: \
                     service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key {key}"
                ));
            }
            Some(_) => return None,
        };
        Some(format!(
            "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call \
             has been retried 1 time(s): failed to fetch secret {arn} from secrets manager: {trouble}"
        ))
    })
}

/// The current value of a secret, if it has one.
fn current(secret: &Value) -> Option<String> {
    let versions = secret["_versions"].as_object()?;
    let current = versions.values().find(|version| items(version, "stages").iter().any(|stage| stage == "AWSCURRENT"))?;
    current["value"]["SecretString"].as_str().map(String::from)
}

fn missing_log_group(call: &Call<'_>, container: &Value) -> Option<String> {
    let log = container.get("logConfiguration").filter(|log| text(log, "logDriver") == "awslogs")?;
    let options = &log["options"];
    let here = ["", call.region].contains(&text(options, "awslogs-region"));
    let absent =
        here && text(options, "awslogs-create-group") != "true" && call.get("logs.group", text(options, "awslogs-group")).is_none();
    absent.then(|| {
        "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: \
         ResourceNotFoundException: The specified log group does not exist. : exit status 1"
            .to_owned()
    })
}

/// The words of a container's command, or of the one that the task has in its place.
pub fn command(container: &Value, overrides: &Value) -> Vec<String> {
    let own = items(overrides, "containerOverrides").iter().find(|one| text(one, "name") == text(container, "name"));
    let command = own.map(|own| items(own, "command")).filter(|command| !command.is_empty()).unwrap_or(items(container, "command"));
    items(container, "entryPoint").iter().chain(command).filter_map(Value::as_str).map(String::from).collect()
}

/// The exit code of a command that does nothing else: `false`, or a shell's `exit N` with a number that is not 0.
fn exit_code(words: &[String]) -> Option<i64> {
    let last = words.last()?.trim();
    let shell = words.len() == 1 || words.iter().any(|word| word == "-c" || word == "CMD-SHELL");
    let code = match last {
        "false" => 1,
        last if shell => last.strip_prefix("exit ")?.trim().parse().ok()?,
        _ => return None,
    };
    (code != 0).then_some(code)
}

/// The seconds after which a check that always fails has failed for good.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
fn failing_check(container: &Value) -> Option<f64> {
    let check = container.get("healthCheck")?;
    let words: Vec<String> = items(check, "command").iter().filter_map(Value::as_str).map(String::from).collect();
    exit_code(&words)?;
    let seconds = |member: &str, default: i64| number(check, member).unwrap_or(default);
    Some((seconds("startPeriod", 0) + seconds("interval", 30) * seconds("retries", 3)) as f64)
}
