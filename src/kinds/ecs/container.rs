//! A container of a task: its image, its environment, its ports. Part of `ecs.task_definition`.

use crate::core::problem::Problem;
use crate::core::reference::{Piece, is_symbolic, pieces};
use crate::kinds::ecs::cluster::is_ecs_name;
use crate::kinds::yes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Stops the whole task when this container stops.
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
    /// Gives the container read-only access to its root file system.
    #[serde(default)]
    pub readonly_root_filesystem: bool,
    /// Runs a small init process in the container that reaps processes and forwards signals.
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
    /// The driver's options; for awslogs: awslogs-group, awslogs-region, awslogs-stream-prefix.
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
    /// The resource that is limited: nofile, nproc, …
    pub name: String,
    pub soft_limit: u32,
    pub hard_limit: u32,
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
    /// Makes a container with AWS's defaults.
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

// The checks of the containers of one task on Fargate, which are rows of `ecs.task_definition`.

pub(super) fn some_container(containers: &[Container]) -> Vec<Problem> {
    containers.is_empty().then(|| Problem::new("containers", "the task has no container")).into_iter().collect()
}

pub(super) fn some_essential(containers: &[Container]) -> Vec<Problem> {
    let none = !containers.is_empty() && !containers.iter().any(|container| container.essential);
    let problem = || Problem::new("containers", "no container is essential").help("set essential = true on the one that does the work");
    none.then(problem).into_iter().collect()
}

pub(super) fn few_containers(containers: &[Container]) -> Vec<Problem> {
    let count = containers.len();
    let problem = || Problem::new("containers", format!("the task has {count} containers, and ECS allows 10"));
    (count > 10).then(problem).into_iter().collect()
}

pub(super) fn cpu_together(containers: &[Container], cpu: u32) -> Vec<Problem> {
    let each = containers.iter().map(|container| u64::from(container.cpu)).collect::<Vec<_>>();
    let problem = |index| {
        Problem::new(format!("containers.{index}.cpu"), format!("the containers want more CPU units together than the task's {cpu}"))
            .or("cpu")
            .help("give the task more, or containers less; one without `cpu` takes its share of what is left")
    };
    beyond(&each, u64::from(cpu)).map(problem).into_iter().collect()
}

pub(super) fn memory_together(containers: &[Container], memory: u32) -> Vec<Problem> {
    let each = containers.iter().map(|container| container.memory_reservation.or(container.memory).map_or(0, u64::from));
    let problem = |index: usize| {
        let field = if containers[index].memory_reservation.is_some() { "memory_reservation" } else { "memory" };
        let field = format!("containers.{index}.{field}");
        Problem::new(field, format!("the containers want more memory together than the task's {memory} MiB"))
            .or("memory")
            .help("give the task more, or containers less; one without `memory` takes what is left")
    };
    beyond(&each.collect::<Vec<_>>(), u64::from(memory)).map(problem).into_iter().collect()
}

// The place of the amount with which all together are first more than there is.
fn beyond(each: &[u64], whole: u64) -> Option<usize> {
    let mut sum = 0_u64;
    each.iter().position(|one| {
        sum += one;
        sum > whole
    })
}

pub(super) fn same_name(containers: &[Container]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    each(containers, |container| {
        let again = !seen.insert(&container.name);
        again.then(|| Problem::new("name", format!("two containers are called `{}`", container.name))).into_iter().collect()
    })
}

pub(super) fn known_dependencies(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let unknown = container.depends_on.keys().filter(|name| !containers.iter().any(|other| other.name == **name));
        unknown.map(|name| Problem::new("depends_on", format!("there is no container `{name}` in the task"))).collect()
    })
}

pub(super) fn possible_dependencies(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let known = |name: &str| containers.iter().find(|other| other.name == name);
        let waited = container.depends_on.iter().filter_map(|(name, condition)| Some((known(name)?, condition)));
        let never = waited.filter_map(|(other, condition)| {
            let (why, help) = match condition {
                Condition::Healthy if other.health_check.is_none() => ("has no health check", "give it one, or wait for its START"),
                Condition::Complete | Condition::Success if other.essential => {
                    ("is essential, so the task ends with it", "write essential = false there, or wait for its START")
                }
                Condition::Start | Condition::Complete | Condition::Success | Condition::Healthy => return None,
            };
            Some(Problem::new("depends_on", format!("the container `{}` {why}", other.name)).help(help))
        });
        never.collect()
    })
}

/// Finds containers that wait for each other in a circle of several.
pub(super) fn circular_dependencies(containers: &[Container]) -> Vec<Problem> {
    let in_circle = |container: &Container| {
        let own = container.depends_on.contains_key(&container.name);
        !own && awaited(container, containers).contains(&container.name.as_str())
    };
    let first = containers.iter().position(in_circle);
    let problem = |index: usize| {
        let name = &containers[index].name;
        let message = format!("`{name}` waits for containers that wait for it");
        Problem::new(format!("containers.{index}.depends_on"), message).help("let one of them start without the others")
    };
    first.map(problem).into_iter().collect()
}

// Everything that a container waits for, over others.
fn awaited<'a>(first: &'a Container, containers: &'a [Container]) -> Vec<&'a str> {
    let mut met = Vec::new();
    let mut open = first.depends_on.keys().map(String::as_str).collect::<Vec<_>>();
    while let Some(name) = open.pop() {
        if !met.contains(&name) {
            met.push(name);
            let next = containers.iter().find(|container| container.name == name);
            open.extend(next.into_iter().flat_map(|next| next.depends_on.keys()).map(String::as_str));
        }
    }
    met
}

pub(super) fn own_dependency(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let own = container.depends_on.contains_key(&container.name);
        own.then(|| Problem::new("depends_on", "a container cannot wait for itself")).into_iter().collect()
    })
}

pub(super) fn known_volumes(containers: &[Container], volumes: &[&str]) -> Vec<Problem> {
    each(containers, |container| {
        let unknown = container.mount_points.iter().filter(|mount| !volumes.contains(&mount.source_volume.as_str()));
        unknown.map(|mount| Problem::new("mount_points", format!("there is no volume `{}` in the task", mount.source_volume))).collect()
    })
}

pub(super) fn same_port(containers: &[Container]) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    each(containers, |container| {
        let ports = container.port_mappings.iter().map(|mapping| (mapping.container_port, mapping.protocol)).collect::<Vec<_>>();
        let taken = ports.iter().filter(|port| seen.contains(*port));
        let problem = |(port, _): &(u16, Protocol)| {
            let problem = Problem::new("port_mappings", format!("two containers listen on port {port}"));
            problem.help("let one of them listen on another: in a task they share one network address")
        };
        let problems = taken.map(problem).collect();
        seen.extend(ports);
        problems
    })
}

pub(super) fn names(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let problem =
            || Problem::new("name", format!("`{}` cannot be the name of a container", container.name)).help("up to 255 of A-Z a-z 0-9 _ -");
        (!is_ecs_name(&container.name)).then(problem)
    })
}

pub(super) fn images(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let image = &container.image;
        let wrong = image.len() > 255 && !is_symbolic(image) || !is_image(image);
        let help = "write registry/repository:tag or registry/repository@sha256:…";
        wrong.then(|| Problem::new("image", format!("`{image}` is not an image")).help(help))
    })
}

/// True for a name that an image can be pulled by. A reference in it stands for something that fits.
/// <https://github.com/distribution/reference>
fn is_image(image: &str) -> bool {
    let text = pieces(image).iter().map(|piece| if let Piece::Text(text) = piece { text } else { "x" }).collect::<String>();
    let (name, digest) = text.split_once('@').map_or((text.as_str(), None), |(name, digest)| (name, Some(digest)));
    let hex = |text: &str| text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let digested =
        digest.is_none_or(|digest| digest == "x" || digest.split_once(':').is_some_and(|(_, digest)| digest == "x" || hex(digest)));
    let mut parts = name.split('/').collect::<Vec<_>>();
    let last = parts.pop().unwrap_or_default();
    let (last, tag) = last.split_once(':').map_or((last, None), |(last, tag)| (last, Some(tag)));
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let tagged = tag.is_none_or(|tag| (1..=128).contains(&tag.len()) && !tag.starts_with(['.', '-']) && tag.bytes().all(word));
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    let registry = parts.first().copied().filter(|first| is_host(first));
    let hosted = registry.is_none_or(|host| {
        let (host, port) = host.split_once(':').map_or((host, "1"), |(host, port)| (host, port));
        !host.is_empty() && host.bytes().all(word) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let component = |part: &str| {
        let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = part.bytes().next().is_some_and(small) && part.bytes().last().is_some_and(small);
        ends && part.bytes().all(|byte| small(byte) || b"_.-".contains(&byte))
    };
    let path = parts.iter().skip(usize::from(registry.is_some())).copied().chain([last]);
    digested && tagged && hosted && path.into_iter().all(component)
}

pub(super) fn reservation(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let (hard, soft) = container.memory.zip(container.memory_reservation).filter(|(hard, soft)| soft > hard)?;
        let message = format!("{soft} MiB are kept, and {hard} MiB are the limit");
        Some(Problem::new("memory_reservation", message).help("keep the reservation below `memory`"))
    })
}

pub(super) fn least_memory(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let short = [container.memory, container.memory_reservation].into_iter().flatten().any(|memory| memory < 6);
        let problem = || Problem::new("memory", "a container needs 6 MiB at least").help("leave it out to share the task's memory");
        short.then(problem)
    })
}

pub(super) fn variables(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let plain = container.environment.keys().map(|name| ("environment", name));
        let names = plain.chain(container.secrets.keys().map(|name| ("secrets", name)));
        let wrong = names.filter(|(_, name)| name.is_empty() || name.contains(['=', '\0']) || name.contains(char::is_whitespace));
        let problem = |(field, name): (&str, &String)| {
            // A name with a dot in it would be two steps of the field.
            let field = if name.contains('.') { field.to_owned() } else { format!("{field}.{name}") };
            Problem::new(field, format!("`{name}` cannot be the name of a variable")).help("letters, digits and underscores")
        };
        wrong.map(problem).collect()
    })
}

pub(super) fn variable_or_secret(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let both = container.secrets.keys().filter(|name| container.environment.contains_key(*name));
        let problem = |name: &String| {
            Problem::new("environment", format!("`{name}` is an environment variable and a secret")).help("keep one of them")
        };
        both.map(problem).collect()
    })
}

pub(super) fn secret_parts(containers: &[Container]) -> Vec<Problem> {
    let mut wrong = Vec::new();
    for (at, container) in containers.iter().enumerate() {
        for (name, value) in &container.secrets {
            // Behind a reference or a whole ARN: nothing, or a key, a stage and a version.
            let behind = match pieces(value).as_slice() {
                [Piece::Reference(reference), Piece::Text(rest)] if reference.output.ends_with("arn") => rest.matches(':').count(),
                [Piece::Text(arn)] if arn.contains(":secretsmanager:") => arn.matches(':').count().saturating_sub(6),
                _ => continue,
            };
            if behind != 0 && behind != 3 {
                let message = format!("the part of the secret behind `{name}` has {behind} of 3 colons");
                let problem = Problem::new(format!("containers.{at}.secrets.{name}"), message);
                wrong.push(problem.help("write ARN:KEY:: with two more colons, for the stage and the version that are left out"));
            }
        }
    }
    wrong
}

pub(super) fn secret_sources(containers: &[Container]) -> Vec<Problem> {
    let is_parameter = |from: &str| !from.is_empty() && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
    each(containers, |container| {
        let given = container.secrets.iter().filter(|(_, from)| !is_symbolic(from));
        let wrong = given.filter(|(_, from)| !from.starts_with("arn:") && !is_parameter(from));
        // The text may be the secret itself, so it is not repeated.
        let problem = |(name, _): (&String, &String)| {
            Problem::new("secrets", format!("`{name}` holds neither an ARN nor the name of a parameter"))
                .help("never write the value itself here")
        };
        wrong.map(problem).collect()
    })
}

pub(super) fn ports(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let wrong = container.port_mappings.iter().filter(|mapping| mapping.container_port == 0);
        wrong.map(|_| Problem::new("port_mappings", "a container cannot listen on port 0").help("1 to 65535")).collect()
    })
}

pub(super) fn health_command(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let command = &container.health_check.as_ref()?.command;
        let fits = matches!(command.first().map(String::as_str), Some("CMD" | "CMD-SHELL" | "NONE")) && command.len() >= 2;
        let help = "[\"CMD-SHELL\", \"curl -f http://localhost/ || exit 1\"]";
        (!fits).then(|| Problem::new("health_check.command", "the command says how it is run first").help(help))
    })
}

pub(super) fn health_numbers(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let numbers = container.health_check.iter().flat_map(|check| {
            [
                ("interval", check.interval, 5, 300),
                ("timeout", check.timeout, 2, 60),
                ("retries", check.retries, 1, 10),
                ("start_period", check.start_period, 0, 300),
            ]
        });
        let wrong = numbers.filter(|(_, value, least, most)| !(least..=most).contains(&value));
        let problem = |(name, value, least, most): (&str, u32, u32, u32)| {
            Problem::new(format!("health_check.{name}"), format!("{value} is not possible")).help(format!("{least} to {most}"))
        };
        wrong.map(problem).collect()
    })
}

pub(super) fn log_options(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let log = container.log_configuration.iter().filter(|log| log.log_driver == LogDriver::Awslogs);
        let keys = ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"];
        let missing = log.flat_map(|log| keys.into_iter().filter(|key| !log.options.contains_key(*key)));
        let problem = |key: &str| {
            Problem::new("log_configuration.options", format!("awslogs on Fargate needs `{key}`")).help("add it to the options")
        };
        missing.map(problem).collect()
    })
}

pub(super) fn log_routers(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let routed = container.log_configuration.as_ref()?.log_driver == LogDriver::Awsfirelens;
        let problem = || Problem::new("log_configuration.log_driver", "awsfirelens needs a router in the task, which no key declares");
        routed.then(|| problem().help("write awslogs, or splunk"))
    })
}

pub(super) fn log_drivers(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let fits =
            matches!(container.log_configuration.as_ref()?.log_driver, LogDriver::Awslogs | LogDriver::Splunk | LogDriver::Awsfirelens);
        let problem =
            || Problem::new("log_configuration.log_driver", "Fargate does not have this log driver").help("awslogs, splunk or awsfirelens");
        (!fits).then(problem)
    })
}

pub(super) fn stop_timeout(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let help = "leave it out for 30 seconds";
        let problem = || Problem::new("stop_timeout", "Fargate waits 2 to 120 seconds for a container to stop").help(help);
        container.stop_timeout.is_some_and(|seconds| !(2..=120).contains(&seconds)).then(problem)
    })
}

pub(super) fn start_timeout(containers: &[Container]) -> Vec<Problem> {
    one(containers, |container| {
        let help = "leave it out to wait as long as it takes";
        let problem = || Problem::new("start_timeout", "ECS waits 2 to 120 seconds for dependencies").help(help);
        container.start_timeout.is_some_and(|seconds| !(2..=120).contains(&seconds)).then(problem)
    })
}

pub(super) fn soft_limits(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let wrong = container.ulimits.iter().filter(|limit| limit.soft_limit > limit.hard_limit);
        let problem = |limit: &Ulimit| {
            Problem::new("ulimits", format!("the soft limit of `{}` is above its hard limit", limit.name)).help("raise `hard_limit`")
        };
        wrong.map(problem).collect()
    })
}

pub(super) fn limited(containers: &[Container]) -> Vec<Problem> {
    each(containers, |container| {
        let wrong = container.ulimits.iter().filter(|limit| limit.name != "nofile");
        wrong.map(|limit| Problem::new("ulimits", format!("Fargate cannot change `{}`", limit.name)).help("only nofile")).collect()
    })
}

/// Asks of each container what is wrong with it; a problem accuses a part of the container.
fn each<'a>(containers: &'a [Container], mut find: impl FnMut(&'a Container) -> Vec<Problem>) -> Vec<Problem> {
    let found = containers.iter().enumerate().flat_map(|(index, container)| {
        find(container).into_iter().map(move |problem| Problem { field: format!("containers.{index}.{}", problem.field), ..problem })
    });
    found.collect()
}

/// The same, for what can be wrong only once.
fn one<'a>(containers: &'a [Container], mut find: impl FnMut(&'a Container) -> Option<Problem>) -> Vec<Problem> {
    each(containers, |container| find(container).into_iter().collect())
}
