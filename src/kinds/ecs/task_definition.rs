//! `ecs.task_definition`: the containers that run together. Append-only: each change is a new revision of its family.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ecs::cluster::is_ecs_name;
use crate::kinds::ecs::container::{self, Container, HealthCheck, LogConfiguration, LogDriver, PortMapping, Protocol};
use crate::pricing::Priced;
use crate::pricing::tariffs::fargate::Platform;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub struct TaskDefinition;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The family; left out, its name is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// CPU units of the task, 1024 to a vCPU: 256, 512, 1024, 2048, 4096, 8192, 16384.
    pub cpu: u32,
    /// MiB of the task; the possible values depend on `cpu`.
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
    /// Returns what it is billed as.
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
    /// Uses the task role to decide who may read and write (IAM authorization).
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
        doc: "The containers that run together as one task. Each change is a new revision.",
        outputs: &["arn", "family", "revision"],
        renewed: &["arn", "revision"],
        naming: Naming::Hyphens { max: 255 },
        arn: "ecs:task-definition/",
        console: "https://{region}.console.aws.amazon.com/ecs/v2/task-definitions/{name}?region={region}",
        free: "billed where a service runs it",
        ..About::NEW
    };
    // The name is the family: another one begins at its first revision.
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECS061",
            about: "The family of a task definition has a name of another form than AWS takes.",
            why: "RegisterTaskDefinition refuses it, and a family keeps its name.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
            wrong: &[r#"{"name": "web server"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "web_server-1"}"#],
            find: name,
        },
        Check {
            id: "ECS062",
            about: "Fargate has no tasks of that much CPU.",
            why: "RegisterTaskDefinition refuses it: there are seven sizes.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
            wrong: &[r#"{"cpu": 300}"#, r#"{"cpu": 1}"#],
            right: &[r#"{"cpu": 512, "memory": 1024}"#, r#"{"cpu": 16384, "memory": 122880}"#],
            find: cpu,
        },
        Check {
            id: "ECS063",
            about: "Fargate has no tasks of that much memory with that much CPU.",
            why: "RegisterTaskDefinition refuses it: each size of CPU has some sizes of memory.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
            wrong: &[
                r#"{"memory": 1536}"#,
                r#"{"memory": 4096}"#,
                r#"{"cpu": 1024, "memory": 1024}"#,
                r#"{"cpu": 1024, "memory": 2560}"#,
                r#"{"cpu": 8192, "memory": 18432}"#,
            ],
            right: &[r#"{"cpu": 512, "memory": 3072}"#, r#"{"cpu": 4096, "memory": 30720}"#, r#"{"cpu": 8192, "memory": 20480}"#],
            find: memory,
        },
        Check {
            id: "ECS064",
            about: "The scratch space of a task is outside what Fargate has.",
            why: "RegisterTaskDefinition takes 21 to 200 GiB; 20 are there without asking.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html",
            wrong: &[r#"{"ephemeral_storage": 10}"#, r#"{"ephemeral_storage": 201}"#],
            right: &[r#"{"ephemeral_storage": 200}"#],
            find: scratch,
        },
        Check {
            id: "ECS065",
            about: "The name of a volume has another form than AWS takes.",
            why: "RegisterTaskDefinition refuses it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html",
            wrong: &[r#"{"volumes": [{"name": "my files"}]}"#],
            right: &[r#"{"volumes": [{"name": "my-files"}]}"#],
            find: volume_names,
        },
        Check {
            id: "ECS066",
            about: "Two volumes of a task have the same name.",
            why: "RegisterTaskDefinition refuses it, since containers say by name what they mount.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html",
            wrong: &[r#"{"volumes": [{"name": "files"}, {"name": "files"}]}"#],
            right: &[r#"{"volumes": [{"name": "files"}, {"name": "more-files"}]}"#],
            find: same_volume,
        },
        Check {
            id: "ECS067",
            about: "A volume has an access point of EFS and a directory as well.",
            why: "RegisterTaskDefinition refuses it: the access point decides which directory is seen.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html",
            wrong: &[r#"{
                    "volumes": [
                        {"name": "files", "efs": {"file_system_id": "fs-0a", "access_point_id": "fsap-0a", "root_directory": "/web"}}
                    ]
                }"#],
            right: &[r#"{"volumes": [{"name": "files", "efs": {"file_system_id": "fs-0a", "access_point_id": "fsap-0a"}}]}"#],
            find: access_points,
        },
        Check {
            id: "ECS068",
            about: "A task has no container.",
            why: "RegisterTaskDefinition refuses it, since nothing would run.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
            wrong: &[r#"{"containers": []}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27"}]}"#],
            find: |spec| container::some_container(&spec.containers),
        },
        Check {
            id: "ECS069",
            about: "No container of a task is essential.",
            why: "RegisterTaskDefinition refuses it: the task ends when an essential container does.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "essential": false}]}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27"}, {"name": "api", "image": "api:1", "essential": false}]}"#],
            find: |spec| container::some_essential(&spec.containers),
        },
        Check {
            id: "ECS070",
            about: "A task has more containers than AWS takes.",
            why: "RegisterTaskDefinition takes ten at most.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
            wrong: &[r#"{
                    "containers": [
                        {"name": "c1", "image": "c:1"}, {"name": "c2", "image": "c:1"}, {"name": "c3", "image": "c:1"},
                        {"name": "c4", "image": "c:1"}, {"name": "c5", "image": "c:1"}, {"name": "c6", "image": "c:1"},
                        {"name": "c7", "image": "c:1"}, {"name": "c8", "image": "c:1"}, {"name": "c9", "image": "c:1"},
                        {"name": "c10", "image": "c:1"}, {"name": "c11", "image": "c:1"}
                    ]
                }"#],
            right: &[r#"{
                    "containers": [
                        {"name": "c1", "image": "c:1"}, {"name": "c2", "image": "c:1"}, {"name": "c3", "image": "c:1"},
                        {"name": "c4", "image": "c:1"}, {"name": "c5", "image": "c:1"}, {"name": "c6", "image": "c:1"},
                        {"name": "c7", "image": "c:1"}, {"name": "c8", "image": "c:1"}, {"name": "c9", "image": "c:1"},
                        {"name": "c10", "image": "c:1"}
                    ]
                }"#],
            find: |spec| container::few_containers(&spec.containers),
        },
        Check {
            id: "ECS071",
            about: "The containers of a task want more CPU together than the task has.",
            why: "RegisterTaskDefinition refuses it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "cpu": 257}]}"#,
                r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "cpu": 4294967295}, {"name": "api", "image": "api:1", "cpu": 4294967295}
                    ]
                }"#,
            ],
            right: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "cpu": 128}, {"name": "api", "image": "api:1", "cpu": 128}]}"#,
            ],
            find: |spec| container::cpu_together(&spec.containers, spec.cpu),
        },
        Check {
            id: "ECS072",
            about: "The containers of a task want more memory together than the task has.",
            why: "RegisterTaskDefinition refuses it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "memory": 513}]}"#,
                r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "memory": 4294967295},
                        {"name": "api", "image": "api:1", "memory": 4294967295}
                    ]
                }"#,
            ],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "memory_reservation": 256},
                        {"name": "api", "image": "api:1", "memory": 256}
                    ]
                }"#],
            find: |spec| container::memory_together(&spec.containers, spec.memory),
        },
        Check {
            id: "ECS073",
            about: "Two containers of a task have the same name.",
            why: "RegisterTaskDefinition refuses it, since containers are known by their names.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27"}, {"name": "web", "image": "nginx:1.27"}]}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27"}, {"name": "api", "image": "api:1"}]}"#],
            find: |spec| container::same_name(&spec.containers),
        },
        Check {
            id: "ECS074",
            about: "A container waits for one that is not in the task.",
            why: "RegisterTaskDefinition refuses it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"database": "HEALTHY"}}]}"#],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "depends_on": {"api": "START"}}, {"name": "api", "image": "api:1"}
                    ]
                }"#],
            find: |spec| container::known_dependencies(&spec.containers),
        },
        Check {
            id: "ECS075",
            about: "A container waits for itself.",
            why: "RegisterTaskDefinition refuses it, since it would never start.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"web": "START"}}]}"#],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "depends_on": {"api": "START"}}, {"name": "api", "image": "api:1"}
                    ]
                }"#],
            find: |spec| container::own_dependency(&spec.containers),
        },
        Check {
            id: "ECS076",
            about: "A container mounts a volume that is not in the task.",
            why: "RegisterTaskDefinition refuses it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html",
            wrong: &[r#"{
                    "containers": [
                        {
                            "name": "web", "image": "nginx:1.27",
                            "mount_points": [{"container_path": "/files", "source_volume": "files"}]
                        }
                    ]
                }"#],
            right: &[r#"{
                    "volumes": [{"name": "files"}],
                    "containers": [
                        {
                            "name": "web", "image": "nginx:1.27",
                            "mount_points": [{"container_path": "/files", "source_volume": "files"}]
                        }
                    ]
                }"#],
            find: known_volumes,
        },
        Check {
            id: "ECS077",
            about: "Two containers of a task listen on the same port.",
            why: "All containers of a task on Fargate share one network, so the second one would fail when it starts.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html",
            wrong: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "port_mappings": [{"container_port": 80}]},
                        {"name": "api", "image": "api:1", "port_mappings": [{"container_port": 80}]}
                    ]
                }"#],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "port_mappings": [{"container_port": 80}]},
                        {"name": "api", "image": "api:1", "port_mappings": [{"container_port": 80, "protocol": "udp"}]}
                    ]
                }"#],
            find: |spec| container::same_port(&spec.containers),
        },
        Check {
            id: "ECS078",
            about: "The name of a container has another form than AWS takes.",
            why: "RegisterTaskDefinition refuses it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[r#"{"containers": [{"name": "web server", "image": "nginx:1.27"}]}"#],
            right: &[r#"{"containers": [{"name": "web_server-1", "image": "nginx:1.27"}]}"#],
            find: |spec| container::names(&spec.containers),
        },
        Check {
            id: "ECS079",
            about: "A container has an image of another form than AWS takes.",
            why: "RegisterTaskDefinition refuses it, or no task could ever pull it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": ""}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx: 1.27"}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.29:latest"}]}"#,
                r#"{"containers": [{"name": "web", "image": "https://registry.example.com/nginx"}]}"#,
                r#"{"containers": [{"name": "web", "image": "Nginx:1.27"}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx@1.27"}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:"}]}"#,
            ],
            right: &[
                r#"{"containers": [{"name": "web", "image": "public.ecr.aws/nginx/nginx:1.27"}]}"#,
                r#"{"containers": [{"name": "web", "image": "localhost:5000/team_a/web-2.x:RC_1"}]}"#,
                r#"{"containers": [{"name": "web", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a/b:v1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]}"#,
            ],
            find: |spec| container::images(&spec.containers),
        },
        Check {
            id: "ECS080",
            about: "More memory is kept for a container than it may use.",
            why: "RegisterTaskDefinition refuses it: the limit must be above what is reserved.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "memory": 128, "memory_reservation": 256}]}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "memory": 256, "memory_reservation": 128}]}"#],
            find: |spec| container::reservation(&spec.containers),
        },
        Check {
            id: "ECS081",
            about: "A container has less memory than any container can run with.",
            why: "RegisterTaskDefinition takes 6 MiB at least.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "memory": 4}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "memory_reservation": 4}]}"#,
            ],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "memory": 6}]}"#],
            find: |spec| container::least_memory(&spec.containers),
        },
        Check {
            id: "ECS082",
            about: "An environment variable has a name that it cannot have.",
            why: "ECS refuses it, or the container never sees the variable.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KeyValuePair.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "environment": {"LOG LEVEL": "info"}}]}"#,
                r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "secrets": {"": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}}
                    ]
                }"#,
            ],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "environment": {"LOG_LEVEL": "info"}}]}"#],
            find: |spec| container::variables(&spec.containers),
        },
        Check {
            id: "ECS083",
            about: "A name is an environment variable and a secret at once.",
            why: "RegisterTaskDefinition refuses it: nobody could say which of the two the container sees.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
            wrong: &[r#"{
                    "containers": [
                        {
                            "name": "web", "image": "nginx:1.27", "environment": {"KEY": "x"},
                            "secrets": {"KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}
                        }
                    ]
                }"#],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}}
                    ]
                }"#],
            find: |spec| container::variable_or_secret(&spec.containers),
        },
        Check {
            id: "ECS084",
            about: "A secret is named by neither an ARN nor the name of a parameter.",
            why: "ECS fetches the value from there when a task starts; a value that stands in the file itself is no secret any more.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "p4ss w0rd!"}}]}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "/shop/key"}}]}"#],
            find: |spec| container::secret_sources(&spec.containers),
        },
        Check {
            id: "ECS085",
            about: "A container listens on port 0.",
            why: "On Fargate a container listens on the port that it names, and there is no port 0.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "port_mappings": [{"container_port": 0}]}]}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "port_mappings": [{"container_port": 1}]}]}"#],
            find: |spec| container::ports(&spec.containers),
        },
        Check {
            id: "ECS086",
            about: "The health check of a container does not say how its command is run.",
            why: "RegisterTaskDefinition wants CMD or CMD-SHELL first, and the command behind it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html",
            wrong: &[
                r#"{
                    "containers": [{"name": "web", "image": "nginx:1.27", "health_check": {"command": ["curl", "-f", "http://localhost/"]}}]
                }"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "health_check": {"command": ["CMD-SHELL"]}}]}"#,
            ],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "health_check": {"command": ["CMD", "/check"]}}]}"#],
            find: |spec| container::health_command(&spec.containers),
        },
        Check {
            id: "ECS087",
            about: "A number of a health check is outside what AWS has.",
            why: "RegisterTaskDefinition takes intervals of 5 to 300 seconds, checks of 2 to 60, 1 to 10 failures, and up to 300 to start.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "health_check": {"command": ["CMD", "/check"], "interval": 4}}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "health_check": {"command": ["CMD", "/check"], "timeout": 61}}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "health_check": {"command": ["CMD", "/check"], "retries": 0}}]}"#,
                r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "health_check": {"command": ["CMD", "/check"], "start_period": 301}}
                    ]
                }"#,
            ],
            right: &[r#"{
                    "containers": [
                        {
                            "name": "web", "image": "nginx:1.27",
                            "health_check": {"command": ["CMD", "/check"], "interval": 5, "timeout": 2, "retries": 10, "start_period": 300}
                        }
                    ]
                }"#],
            find: |spec| container::health_numbers(&spec.containers),
        },
        Check {
            id: "ECS088",
            about: "A container that logs to CloudWatch does not say where.",
            why: "RegisterTaskDefinition refuses awslogs on Fargate without a group, a region and a prefix of streams.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html",
            wrong: &[r#"{
                    "containers": [
                        {
                            "name": "web", "image": "nginx:1.27",
                            "log_configuration": {"options": {"awslogs-group": "/web", "awslogs-region": "us-east-1"}}
                        }
                    ]
                }"#],
            right: &[r#"{
                    "containers": [
                        {
                            "name": "web", "image": "nginx:1.27",
                            "log_configuration": {
                                "options": {"awslogs-group": "/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}
                            }
                        }
                    ]
                }"#],
            find: |spec| container::log_options(&spec.containers),
        },
        Check {
            id: "ECS089",
            about: "A container logs in a way that Fargate does not have.",
            why: "RegisterTaskDefinition takes awslogs, splunk and awsfirelens there.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html",
            wrong: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "log_configuration": {"log_driver": "syslog"}}]}"#],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "log_configuration": {"log_driver": "splunk"}}]}"#],
            find: |spec| container::log_drivers(&spec.containers),
        },
        Check {
            id: "ECS090",
            about: "A container is given a time to stop that Fargate does not have.",
            why: "RegisterTaskDefinition takes 2 to 120 seconds; then the container is killed.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "stop_timeout": 1}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "stop_timeout": 121}]}"#,
            ],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "stop_timeout": 120}]}"#],
            find: |spec| container::stop_timeout(&spec.containers),
        },
        Check {
            id: "ECS091",
            about: "A container waits for others for a time that ECS does not have.",
            why: "RegisterTaskDefinition takes 2 to 120 seconds; then the task has failed.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "start_timeout": 1}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "start_timeout": 121}]}"#,
            ],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "start_timeout": 120}]}"#],
            find: |spec| container::start_timeout(&spec.containers),
        },
        Check {
            id: "ECS092",
            about: "The soft limit of a resource is above its hard limit.",
            why: "No process can have it so, and the container would not start.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html",
            wrong: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "ulimits": [{"name": "nofile", "soft_limit": 4096, "hard_limit": 1024}]}
                    ]
                }"#],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "ulimits": [{"name": "nofile", "soft_limit": 1024, "hard_limit": 4096}]}
                    ]
                }"#],
            find: |spec| container::soft_limits(&spec.containers),
        },
        Check {
            id: "ECS093",
            about: "A container limits a resource that Fargate keeps as it is.",
            why: "Fargate takes a limit of open files only and refuses the others.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html",
            wrong: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "ulimits": [{"name": "nproc", "soft_limit": 1024, "hard_limit": 4096}]}
                    ]
                }"#],
            right: &[r#"{
                    "containers": [
                        {"name": "web", "image": "nginx:1.27", "ulimits": [{"name": "nofile", "soft_limit": 1024, "hard_limit": 4096}]}
                    ]
                }"#],
            find: |spec| container::limited(&spec.containers),
        },
        Check {
            id: "ECS094",
            about: "A task has secrets or logs, and no execution role.",
            why: "RegisterTaskDefinition refuses it, since ECS could neither fetch the secrets nor write the logs.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
            wrong: &[r#"{"execution_role_arn": null}"#],
            right: &[r#"{"execution_role_arn": null, "containers": [{"name": "web", "image": "nginx:1.27"}]}"#],
            find: execution_role,
        },
        Check {
            id: "ECS095",
            about: "A role of a task is no ARN of a role.",
            why: "RegisterTaskDefinition makes an ARN of a role's name, so every plan would differ from it, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
            wrong: &[r#"{"task_role_arn": "web"}"#, r#"{"execution_role_arn": "web"}"#],
            right: &[r#"{"task_role_arn": "arn:aws:iam::123456789012:role/web"}"#],
            find: roles,
        },
        Check {
            id: "ECS096",
            about: "A container waits for a state that the other one never reaches.",
            why: "RegisterTaskDefinition refuses to wait for the health of a container without a health check, and for the end of an essential one.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"api": "HEALTHY"}}, {"name": "api", "image": "api:1"}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"api": "SUCCESS"}}, {"name": "api", "image": "api:1"}]}"#,
            ],
            right: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"api": "HEALTHY"}}, {"name": "api", "image": "api:1", "health_check": {"command": ["CMD", "true"]}}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"api": "SUCCESS"}}, {"name": "api", "image": "api:1", "essential": false}]}"#,
            ],
            find: |spec| container::possible_dependencies(&spec.containers),
        },
        Check {
            id: "ECS097",
            about: "A container logs through FireLens, and no container of the task is its router.",
            why: "RegisterTaskDefinition refuses awsfirelens without a container that has a `firelensConfiguration`, which Trueup does not make.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "log_configuration": {"log_driver": "awsfirelens", "options": {"Name": "stdout"}}}]}"#,
            ],
            right: &[r#"{"containers": [{"name": "web", "image": "nginx:1.27", "log_configuration": {"log_driver": "splunk"}}]}"#],
            find: |spec| container::log_routers(&spec.containers),
        },
        Check {
            id: "ECS098",
            about: "Containers wait for each other in a circle.",
            why: "RegisterTaskDefinition refuses it: none of them would ever start.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"api": "START"}}, {"name": "api", "image": "api:1", "depends_on": {"web": "START"}}]}"#,
            ],
            right: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "depends_on": {"api": "START"}}, {"name": "api", "image": "api:1"}]}"#,
            ],
            find: |spec| container::circular_dependencies(&spec.containers),
        },
        Check {
            id: "ECS099",
            about: "A task of Windows has less than one vCPU, more than four, or another processor than x86.",
            why: "Fargate runs Windows on X86_64 alone, from one vCPU on, and its sizes of 8 and 16 vCPU are for Linux: RegisterTaskDefinition refuses others.",
            // Read in November 2026.
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
            wrong: &[
                r#"{"operating_system_family": "WINDOWS_SERVER_2022_CORE"}"#,
                r#"{"operating_system_family": "WINDOWS_SERVER_2022_CORE", "cpu": 1024, "memory": 2048, "cpu_architecture": "ARM64"}"#,
            ],
            right: &[r#"{"operating_system_family": "WINDOWS_SERVER_2022_CORE", "cpu": 1024, "memory": 2048}"#],
            find: windows,
        },
        Check {
            id: "ECS100",
            about: "A part of a secret is named with too few colons, or with too many.",
            why: "ECS reads the key, the stage and the version behind the ARN with a colon before each, and all three colons must be there: otherwise no task starts, \"unexpected ARN format with parameters\".",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
            wrong: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "${one.secret.arn}:password"}}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf:password"}}]}"#,
            ],
            right: &[
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "${one.secret.arn}:password::"}}]}"#,
                r#"{"containers": [{"name": "web", "image": "nginx:1.27", "secrets": {"KEY": "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf:password:AWSCURRENT:"}}]}"#,
            ],
            find: |spec| container::secret_parts(&spec.containers),
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.containers.sort_by(|a, b| a.name.cmp(&b.name));
        spec.containers.iter_mut().for_each(Container::normalise);
        spec.volumes.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

impl Priced for TaskDefinition {}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.iter().filter(|name| !is_symbolic(name) && !is_ecs_name(name));
    let problem =
        |name: &String| Problem::new("name", format!("`{name}` cannot be the name of a family")).help("up to 255 of A-Z a-z 0-9 _ -");
    wrong.map(problem).collect()
}

/// Returns the memory that Fargate has for a CPU size: least, most, and the step between, in MiB.
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

/// The sizes of CPU that Fargate has.
pub const CPUS: [u32; 7] = [256, 512, 1024, 2048, 4096, 8192, 16_384];

/// Returns the sizes of memory that go with a size of CPU.
pub fn memories(cpu: u32) -> Vec<u32> {
    match memory_range(cpu) {
        Some((_, _, 0)) => vec![512, 1024, 2048],
        Some((least, most, step)) => (least..=most).step_by(step as usize).collect(),
        None => Vec::new(),
    }
}

fn cpu(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("cpu", format!("Fargate has no tasks of {} CPU units", spec.cpu)).help("256, 512, 1024, 2048, 4096, 8192 or 16384");
    memory_range(spec.cpu).is_none().then(problem).into_iter().collect()
}

fn memory(spec: &Spec) -> Vec<Problem> {
    let Some((least, most, step)) = memory_range(spec.cpu) else { return Vec::new() };
    let fits = match step {
        0 => [512, 1024, 2048].contains(&spec.memory),
        step => (least..=most).contains(&spec.memory) && (spec.memory - least).is_multiple_of(step),
    };
    let help = if step == 0 { "512, 1024 or 2048".to_owned() } else { format!("{least} to {most}, in steps of {step}") };
    let problem =
        || Problem::new("memory", format!("Fargate has no task of {} CPU units with {} MiB", spec.cpu, spec.memory)).or("cpu").help(help);
    (!fits).then(problem).into_iter().collect()
}

fn windows(spec: &Spec) -> Vec<Problem> {
    if spec.operating_system_family == OperatingSystem::Linux {
        return Vec::new();
    }
    let size = (!(1024..=4096).contains(&spec.cpu) && memory_range(spec.cpu).is_some())
        .then(|| Problem::new("cpu", format!("Windows has no tasks of {} CPU units", spec.cpu)).help("1024, 2048 or 4096"));
    let processor = (spec.cpu_architecture != Architecture::X86)
        .then(|| Problem::new("cpu_architecture", "Windows does not run on this processor").help("cpu_architecture = \"X86_64\""));
    size.into_iter().chain(processor).collect()
}

fn scratch(spec: &Spec) -> Vec<Problem> {
    let size = spec.ephemeral_storage;
    let problem = || Problem::new("ephemeral_storage", format!("{size} GiB of scratch space are not possible")).help("20 to 200");
    (!(20..=200).contains(&size)).then(problem).into_iter().collect()
}

fn volume_names(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.volumes.iter().enumerate().filter(|(_, volume)| !is_ecs_name(&volume.name));
    wrong.map(|(index, volume)| cannot_name(index, volume)).collect()
}

fn same_volume(spec: &Spec) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let again = spec.volumes.iter().enumerate().filter(|(_, volume)| !seen.insert(&volume.name) && is_ecs_name(&volume.name));
    again.map(|(index, volume)| cannot_name(index, volume)).collect()
}

fn cannot_name(index: usize, volume: &Volume) -> Problem {
    Problem::new(format!("volumes.{index}.name"), format!("`{}` cannot name a volume", volume.name))
}

fn access_points(spec: &Spec) -> Vec<Problem> {
    let both = |efs: &Efs| efs.access_point_id.is_some() && efs.root_directory != "/";
    let wrong = spec.volumes.iter().enumerate().filter(|(_, volume)| volume.efs.as_ref().is_some_and(both));
    let problem = |(index, _)| {
        Problem::new(format!("volumes.{index}.efs"), "an access point has its own root directory").help("leave `root_directory` out")
    };
    wrong.map(problem).collect()
}

fn known_volumes(spec: &Spec) -> Vec<Problem> {
    let names = spec.volumes.iter().map(|volume| volume.name.as_str()).collect::<Vec<_>>();
    container::known_volumes(&spec.containers, &names)
}

fn execution_role(spec: &Spec) -> Vec<Problem> {
    // CloudWatch's driver writes with it, and any other one only fetches its secret options.
    let logs = |log: &LogConfiguration| log.log_driver == LogDriver::Awslogs || !log.secret_options.is_empty();
    let secrets = spec.containers.iter().any(|one| !one.secrets.is_empty());
    let logs = spec.containers.iter().any(|one| one.log_configuration.as_ref().is_some_and(logs));
    let policy = "a role that ecs-tasks.amazonaws.com may assume, with AmazonECSTaskExecutionRolePolicy";
    let (what, help) = match (secrets, logs) {
        (false, false) => return Vec::new(),
        (false, true) => ("logs need", policy.to_owned()),
        (true, false) => ("secrets need", format!("{policy} for the image, and a statement that allows secretsmanager:GetSecretValue")),
        (true, true) => {
            ("secrets and logs need", format!("{policy}, and a statement that allows secretsmanager:GetSecretValue on the secrets"))
        }
    };
    let problem = || Problem::new("execution_role_arn", format!("{what} an execution role")).help(help);
    spec.execution_role_arn.is_none().then(problem).into_iter().collect()
}

fn roles(spec: &Spec) -> Vec<Problem> {
    let roles = [("execution_role_arn", &spec.execution_role_arn), ("task_role_arn", &spec.task_role_arn)];
    let given = roles.into_iter().filter_map(|(field, role)| Some((field, role.as_ref()?)));
    let wrong = given.filter(|(_, role)| !is_symbolic(role) && !role.starts_with("arn:"));
    wrong.map(|(field, role)| Problem::new(field, format!("`{role}` is not the ARN of a role"))).collect()
}
