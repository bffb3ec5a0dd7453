//! What a container of a task is: its image, its environment, its ports. Part of `ecs.task_definition`.

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ecs::cluster::is_ecs_name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Container {
    pub name: String,
    /// The image, best by digest: `repository@sha256:…`.
    pub image: String,
    /// CPU units kept for this container; 0 shares the task's.
    #[serde(default)]
    pub cpu: u32,
    /// MiB at which the container is killed; left out, the task's limit holds.
    #[serde(default)]
    pub memory: Option<u32>,
    /// MiB kept for this container.
    #[serde(default)]
    pub memory_reservation: Option<u32>,
    /// Whether the task ends when this container does.
    #[serde(default = "yes")]
    pub essential: bool,
    #[serde(default)]
    pub entry_point: Vec<String>,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub working_directory: Option<String>,
    /// The user that the process runs as: a name or an id, with or without a group.
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Environment variables that ECS fills from Secrets Manager or Parameter Store: name → ARN, never a value.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    #[serde(default)]
    pub port_mappings: Vec<PortMapping>,
    #[serde(default)]
    pub log_configuration: Option<LogConfiguration>,
    #[serde(default)]
    pub health_check: Option<HealthCheck>,
    /// Containers that come first, and how far they must be.
    #[serde(default)]
    pub depends_on: BTreeMap<String, Condition>,
    #[serde(default)]
    pub mount_points: Vec<MountPoint>,
    #[serde(default)]
    pub ulimits: Vec<Ulimit>,
    /// Whether the container cannot write to its root file system.
    #[serde(default)]
    pub readonly_root_filesystem: bool,
    /// Whether a small init process reaps children and forwards signals.
    #[serde(default)]
    pub init_process_enabled: bool,
    /// Seconds to wait for dependencies.
    #[serde(default)]
    pub start_timeout: Option<u32>,
    /// Seconds between the stop signal and the kill, up to 120.
    #[serde(default)]
    pub stop_timeout: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortMapping {
    pub container_port: u16,
    #[serde(default)]
    pub protocol: Protocol,
    /// The name that Service Connect uses.
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogConfiguration {
    #[serde(default)]
    pub log_driver: LogDriver,
    /// For awslogs: awslogs-group, awslogs-region, awslogs-stream-prefix.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Options that ECS fills from Secrets Manager or Parameter Store: name → ARN.
    #[serde(default)]
    pub secret_options: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogDriver {
    #[default]
    Awslogs,
    Awsfirelens,
    Splunk,
    Fluentd,
    Gelf,
    Journald,
    #[serde(rename = "json-file")]
    JsonFile,
    Syslog,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// CMD-SHELL and one line, or CMD and its arguments.
    pub command: Vec<String>,
    /// Seconds between checks: 5 to 300.
    #[serde(default = "thirty")]
    pub interval: u32,
    /// Seconds a check may take: 2 to 60.
    #[serde(default = "five")]
    pub timeout: u32,
    /// Failures in a row until the container is unhealthy: 1 to 10.
    #[serde(default = "three")]
    pub retries: u32,
    /// Seconds after the start in which failures do not count: 0 to 300.
    #[serde(default)]
    pub start_period: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Condition {
    Start,
    Complete,
    Success,
    Healthy,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MountPoint {
    pub container_path: String,
    /// One of the task's volumes.
    pub source_volume: String,
    #[serde(default)]
    pub read_only: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ulimit {
    /// nofile, nproc, …
    pub name: String,
    pub soft_limit: u32,
    pub hard_limit: u32,
}

fn yes() -> bool {
    true
}

fn thirty() -> u32 {
    30
}

fn five() -> u32 {
    5
}

fn three() -> u32 {
    3
}

impl Container {
    /// A container with AWS's defaults.
    pub fn new(name: impl Into<String>, image: impl Into<String>) -> Self {
        Container {
            name: name.into(),
            image: image.into(),
            cpu: 0,
            memory: None,
            memory_reservation: None,
            essential: true,
            entry_point: Vec::new(),
            command: Vec::new(),
            working_directory: None,
            user: None,
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            port_mappings: Vec::new(),
            log_configuration: None,
            health_check: None,
            depends_on: BTreeMap::new(),
            mount_points: Vec::new(),
            ulimits: Vec::new(),
            readonly_root_filesystem: false,
            init_process_enabled: false,
            start_timeout: None,
            stop_timeout: None,
        }
    }

    pub(super) fn normalise(&mut self) {
        self.port_mappings.sort();
        self.mount_points.sort();
        self.ulimits.sort();
        // An empty variable is none to ECS.
        if self.working_directory.as_deref() == Some("") {
            self.working_directory = None;
        }
    }
}

/// What ECS would refuse in the containers of one task on Fargate.
pub(super) fn problems(containers: &[Container], cpu: u32, memory: u32, volumes: &[&str]) -> Vec<Problem> {
    let mut found = Vec::new();
    if containers.is_empty() {
        found.push(Problem::new("containers", "the task has no container"));
    } else if !containers.iter().any(|container| container.essential) {
        found.push(Problem::new("containers", "no container is essential").help("set essential = true on the one that does the work"));
    }
    if containers.len() > 10 {
        found.push(Problem::new("containers", format!("the task has {} containers, and ECS allows 10", containers.len())));
    }
    if containers.iter().map(|container| container.cpu).sum::<u32>() > cpu {
        found.push(Problem::new("containers", format!("the containers want more CPU units together than the task's {cpu}")));
    }
    if containers.iter().filter_map(|container| container.memory_reservation.or(container.memory)).sum::<u32>() > memory {
        found.push(Problem::new("containers", format!("the containers want more memory together than the task's {memory} MiB")));
    }
    for (index, container) in containers.iter().enumerate() {
        let at = |part: &str| format!("containers.{index}.{part}");
        if containers[..index].iter().any(|other| other.name == container.name) {
            found.push(Problem::new(at("name"), format!("two containers are called `{}`", container.name)));
        }
        for (name, _) in container.depends_on.iter().filter(|(name, _)| !containers.iter().any(|other| other.name == **name)) {
            found.push(Problem::new(at("depends_on"), format!("there is no container `{name}` in the task")));
        }
        if container.depends_on.contains_key(&container.name) {
            found.push(Problem::new(at("depends_on"), "a container cannot wait for itself"));
        }
        for mount in container.mount_points.iter().filter(|mount| !volumes.contains(&mount.source_volume.as_str())) {
            found.push(Problem::new(at("mount_points"), format!("there is no volume `{}` in the task", mount.source_volume)));
        }
        for mapping in &container.port_mappings {
            let taken = containers[..index].iter().flat_map(|other| &other.port_mappings);
            if taken.into_iter().any(|other| (other.container_port, other.protocol) == (mapping.container_port, mapping.protocol)) {
                found.push(Problem::new(at("port_mappings"), format!("two containers listen on port {}", mapping.container_port)));
            }
        }
        found.extend(own_problems(container).into_iter().map(|problem| Problem { field: at(&problem.field), ..problem }));
    }
    found
}

fn own_problems(container: &Container) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |field: &str, message: String, help: &str| found.push(Problem::new(field, message).help(help));
    if !is_ecs_name(&container.name) {
        say("name", format!("`{}` cannot be the name of a container", container.name), "up to 255 of A-Z a-z 0-9 _ -");
    }
    let image = &container.image;
    if image.is_empty() || image.len() > 255 && !is_symbolic(image) || image.contains(char::is_whitespace) {
        say("image", format!("`{image}` is not an image"), "write registry/repository:tag or registry/repository@sha256:…");
    }
    if let (Some(hard), Some(soft)) = (container.memory, container.memory_reservation)
        && soft > hard
    {
        say("memory_reservation", format!("{soft} MiB are kept, and {hard} MiB are the limit"), "keep the reservation below `memory`");
    }
    if container.memory.is_some_and(|memory| memory < 6) || container.memory_reservation.is_some_and(|memory| memory < 6) {
        say("memory", "a container needs 6 MiB at least".into(), "leave it out to share the task's memory");
    }
    for name in container.environment.keys().chain(container.secrets.keys()) {
        if name.is_empty() || name.contains(['=', '\0']) || name.contains(char::is_whitespace) {
            say("environment", format!("`{name}` cannot be the name of a variable"), "letters, digits and underscores");
        }
    }
    for name in container.secrets.keys().filter(|name| container.environment.contains_key(*name)) {
        say("secrets", format!("`{name}` is an environment variable and a secret"), "keep one of them");
    }
    for (name, arn) in container.secrets.iter().filter(|(_, arn)| !is_symbolic(arn)) {
        let parameter = !arn.is_empty() && arn.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
        if !arn.starts_with("arn:") && !parameter {
            // The text may be the secret itself, so it is not repeated.
            say("secrets", format!("`{name}` holds neither an ARN nor the name of a parameter"), "never write the value itself here");
        }
    }
    for mapping in container.port_mappings.iter().filter(|mapping| mapping.container_port == 0) {
        say("port_mappings", format!("a container cannot listen on port {}", mapping.container_port), "1 to 65535");
    }
    if let Some(check) = &container.health_check {
        if !matches!(check.command.first().map(String::as_str), Some("CMD" | "CMD-SHELL" | "NONE")) || check.command.len() < 2 {
            say(
                "health_check.command",
                "the command says how it is run first".into(),
                "[\"CMD-SHELL\", \"curl -f http://localhost/ || exit 1\"]",
            );
        }
        for (name, value, least, most) in [
            ("interval", check.interval, 5, 300),
            ("timeout", check.timeout, 2, 60),
            ("retries", check.retries, 1, 10),
            ("start_period", check.start_period, 0, 300),
        ] {
            if !(least..=most).contains(&value) {
                say(&format!("health_check.{name}"), format!("{value} is not possible"), &format!("{least} to {most}"));
            }
        }
    }
    if let Some(log) = container.log_configuration.as_ref().filter(|log| log.log_driver == LogDriver::Awslogs) {
        for key in ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"] {
            if !log.options.contains_key(key) {
                say("log_configuration.options", format!("awslogs on Fargate needs `{key}`"), "add it to the options");
            }
        }
    }
    if let Some(log) = &container.log_configuration
        && !matches!(log.log_driver, LogDriver::Awslogs | LogDriver::Splunk | LogDriver::Awsfirelens)
    {
        say("log_configuration.log_driver", "Fargate does not have this log driver".into(), "awslogs, splunk or awsfirelens");
    }
    if container.stop_timeout.is_some_and(|seconds| !(2..=120).contains(&seconds)) {
        say("stop_timeout", "Fargate waits 2 to 120 seconds for a container to stop".into(), "leave it out for 30 seconds");
    }
    if container.start_timeout.is_some_and(|seconds| !(2..=120).contains(&seconds)) {
        say("start_timeout", "ECS waits 2 to 120 seconds for dependencies".into(), "leave it out to wait as long as it takes");
    }
    for limit in container.ulimits.iter() {
        if limit.soft_limit > limit.hard_limit {
            say("ulimits", format!("the soft limit of `{}` is above its hard limit", limit.name), "raise `hard_limit`");
        }
        if limit.name != "nofile" {
            say("ulimits", format!("Fargate cannot change `{}`", limit.name), "only nofile");
        }
    }
    found
}
