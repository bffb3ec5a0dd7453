//! `ecs.task_definition`: which containers run together. Append-only: each change is a new revision of its family.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ecs::container::{self, Container, HealthCheck, LogConfiguration, LogDriver, PortMapping, Protocol};
use crate::pricing::Priced;
use crate::pricing::tariffs::fargate::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct TaskDefinition;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The family; left out, its name is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// CPU units of the task, 1024 to a vCPU: 256, 512, 1024, 2048, 4096, 8192, 16384.
    pub cpu: u32,
    /// MiB of the task; which values are possible depends on `cpu`.
    pub memory: u32,
    /// The role that ECS pulls images, fills secrets and writes logs with.
    #[serde(default)]
    pub execution_role_arn: Option<String>,
    /// The role of the processes in the containers.
    #[serde(default)]
    pub task_role_arn: Option<String>,
    #[serde(default)]
    pub cpu_architecture: Architecture,
    #[serde(default)]
    pub operating_system_family: OperatingSystem,
    /// GiB of scratch space for the task: 20 to 200, of which 20 are free.
    #[serde(default = "twenty")]
    pub ephemeral_storage: u32,
    #[serde(default)]
    pub volumes: Vec<Volume>,
    pub containers: Vec<Container>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Architecture {
    #[default]
    #[serde(rename = "X86_64")]
    X86,
    #[serde(rename = "ARM64")]
    Arm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperatingSystem {
    #[default]
    Linux,
    #[serde(rename = "WINDOWS_SERVER_2019_CORE")]
    WindowsServer2019Core,
    #[serde(rename = "WINDOWS_SERVER_2019_FULL")]
    WindowsServer2019Full,
    #[serde(rename = "WINDOWS_SERVER_2022_CORE")]
    WindowsServer2022Core,
    #[serde(rename = "WINDOWS_SERVER_2022_FULL")]
    WindowsServer2022Full,
    #[serde(rename = "WINDOWS_SERVER_2025_CORE")]
    WindowsServer2025Core,
    #[serde(rename = "WINDOWS_SERVER_2025_FULL")]
    WindowsServer2025Full,
}

impl Spec {
    /// What it is billed as.
    pub(super) fn platform(&self) -> Platform {
        match (self.operating_system_family, self.cpu_architecture) {
            (OperatingSystem::Linux, Architecture::X86) => Platform::X86,
            (OperatingSystem::Linux, Architecture::Arm) => Platform::Arm,
            _ => Platform::Windows,
        }
    }
}

/// Storage that containers of the task share: scratch space, or a file system of EFS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    pub name: String,
    /// Left out, the volume lives and dies with the task.
    #[serde(default)]
    pub efs: Option<Efs>,
}

/// A file system of EFS, always reached over TLS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Efs {
    pub file_system_id: String,
    #[serde(default = "root")]
    pub root_directory: String,
    #[serde(default)]
    pub access_point_id: Option<String>,
    /// Whether the task role decides who may read and write.
    #[serde(default)]
    pub iam: bool,
}

fn twenty() -> u32 {
    20
}

pub(super) fn root() -> String {
    "/".into()
}

impl Kind for TaskDefinition {
    type Spec = Spec;
    const NAME: &'static str = "ecs.task_definition";
    const ABOUT: About = About {
        doc: "Which containers run together. Each change is a new revision.",
        outputs: &["arn", "family", "revision"],
        renewed: &["arn", "revision"],
        naming: Naming::Hyphens { max: 255 },
        arn: "ecs:task-definition/",
        console: "https://{region}.console.aws.amazon.com/ecs/v2/task-definitions/{name}?region={region}",
        free: "billed where a service runs it",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("cpu"),
        update("memory"),
        update("execution_role_arn"),
        update("task_role_arn"),
        update("cpu_architecture"),
        update("operating_system_family"),
        update("ephemeral_storage"),
        update("volumes"),
        update("containers").document(),
        update("tags"),
    ];

    fn example() -> Spec {
        let mut web = Container::new("web", "public.ecr.aws/nginx/nginx:1.27");
        web.port_mappings = vec![PortMapping { container_port: 80, protocol: Protocol::Tcp, name: None }];
        web.environment = BTreeMap::from([("LOG_LEVEL".into(), "info".into())]);
        web.health_check = Some(HealthCheck {
            command: vec!["CMD-SHELL".into(), "curl -f http://localhost/ || exit 1".into()],
            interval: 30,
            timeout: 5,
            retries: 3,
            start_period: 10,
        });
        web.log_configuration = Some(LogConfiguration {
            log_driver: LogDriver::Awslogs,
            options: BTreeMap::from([
                ("awslogs-group".into(), "${example.log-group.name}".into()),
                ("awslogs-region".into(), "us-east-1".into()),
                ("awslogs-stream-prefix".into(), "web".into()),
            ]),
            secret_options: BTreeMap::new(),
        });
        Spec {
            name: None,
            cpu: 256,
            memory: 512,
            execution_role_arn: Some("${example.role.arn}".into()),
            task_role_arn: Some("${example.role.arn}".into()),
            cpu_architecture: Architecture::X86,
            operating_system_family: OperatingSystem::Linux,
            ephemeral_storage: 20,
            volumes: Vec::new(),
            containers: vec![web],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !crate::kinds::ecs::cluster::is_ecs_name(name)
        {
            problems.push(Problem::new("name", format!("`{name}` cannot be the name of a family")).help("up to 255 of A-Z a-z 0-9 _ -"));
        }
        problems.extend(size_problem(spec));
        if !(20..=200).contains(&spec.ephemeral_storage) {
            problems.push(
                Problem::new("ephemeral_storage", format!("{} GiB of scratch space are not possible", spec.ephemeral_storage))
                    .help("20 to 200"),
            );
        }
        let volumes = spec.volumes.iter().map(|volume| volume.name.as_str()).collect::<Vec<_>>();
        for (index, volume) in spec.volumes.iter().enumerate() {
            if !crate::kinds::ecs::cluster::is_ecs_name(&volume.name) || volumes[..index].contains(&volume.name.as_str()) {
                problems.push(Problem::new(format!("volumes.{index}.name"), format!("`{}` cannot name a volume", volume.name)));
            }
            if let Some(efs) = &volume.efs
                && efs.access_point_id.is_some()
                && efs.root_directory != "/"
            {
                problems.push(
                    Problem::new(format!("volumes.{index}.efs"), "an access point has its own root directory")
                        .help("leave `root_directory` out"),
                );
            }
        }
        problems.extend(container::problems(&spec.containers, spec.cpu, spec.memory, &volumes));
        let needs_role = spec.containers.iter().any(|container| !container.secrets.is_empty() || container.log_configuration.is_some());
        if needs_role && spec.execution_role_arn.is_none() {
            problems.push(
                Problem::new("execution_role_arn", "secrets and logs need an execution role")
                    .help("a role with AmazonECSTaskExecutionRolePolicy"),
            );
        }
        for (field, role) in [("execution_role_arn", &spec.execution_role_arn), ("task_role_arn", &spec.task_role_arn)] {
            if let Some(role) = role.as_deref().filter(|role| !is_symbolic(role) && !role.starts_with("arn:")) {
                problems.push(Problem::new(field, format!("`{role}` is not the ARN of a role")));
            }
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        spec.containers.sort_by(|a, b| a.name.cmp(&b.name));
        spec.containers.iter_mut().for_each(Container::normalise);
        spec.volumes.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl Priced for TaskDefinition {}

/// Memory that Fargate has for a CPU size: least, most, and the step between, in MiB.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>
fn memory_range(cpu: u32) -> Option<(u32, u32, u32)> {
    Some(match cpu {
        256 => (512, 2048, 0),
        512 => (1024, 4096, 1024),
        1024 => (2048, 8192, 1024),
        2048 => (4096, 16_384, 1024),
        4096 => (8192, 30_720, 1024),
        8192 => (16_384, 61_440, 4096),
        16_384 => (32_768, 122_880, 8192),
        _ => return None,
    })
}

fn size_problem(spec: &Spec) -> Option<Problem> {
    let Some((least, most, step)) = memory_range(spec.cpu) else {
        return Some(
            Problem::new("cpu", format!("Fargate has no tasks of {} CPU units", spec.cpu))
                .help("256, 512, 1024, 2048, 4096, 8192 or 16384"),
        );
    };
    let fits = match step {
        0 => [512, 1024, 2048].contains(&spec.memory),
        step => (least..=most).contains(&spec.memory) && (spec.memory - least).is_multiple_of(step),
    };
    let help = if step == 0 { "512, 1024 or 2048".to_owned() } else { format!("{least} to {most}, in steps of {step}") };
    (!fits).then(|| Problem::new("memory", format!("Fargate has no task of {} CPU units with {} MiB", spec.cpu, spec.memory)).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sizes_that_fargate_has_are_accepted() {
        for (cpu, memory, fits) in [
            (256, 512, true),
            (256, 1536, false),
            (256, 4096, false),
            (512, 3072, true),
            (1024, 1024, false),
            (1024, 2560, false),
            (4096, 30_720, true),
            (8192, 18_432, false),
            (8192, 20_480, true),
            (16_384, 122_880, true),
            (300, 512, false),
        ] {
            let spec = Spec { cpu, memory, ..TaskDefinition::example() };
            assert_eq!(TaskDefinition::validate(&spec).is_empty(), fits, "{cpu} and {memory}");
        }
    }
}
