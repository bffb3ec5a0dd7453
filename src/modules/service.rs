//! `[service.NAME]`: an ECS service on Fargate. With a `port` it stands behind a load balancer, ready for blue-green; without
//! one it is a worker.

mod check;
mod front;
mod nodes;
mod roles;
pub mod rollout;
mod task;

use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::kinds::ec2::security_group::Rule;
use rollout::Rollout;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Tasks that are kept running.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// The image, best by digest. Left out, the tag `latest` of the service's own ECR repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Makes an ECR repository of its own; left out, it gets one if it has no `image`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<bool>,
    /// Lets its own repository be deleted together with the images in it.
    pub force_delete: bool,
    /// The number of images that the repository keeps; older ones are removed.
    pub keep_images: u32,
    /// The port that the container listens on. Left out, the service is a worker without a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// CPU units of a task, 1024 to a vCPU.
    pub cpu: u32,
    /// MiB of a task; the possible values depend on `cpu`.
    pub memory: u32,
    /// The processor. Fargate on arm64 costs a fifth less.
    pub architecture: Architecture,
    /// The number of tasks that run. With `scale` it counts for nothing.
    pub tasks: u32,
    /// Autoscaling between two numbers of tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Runs tasks on spare capacity (Fargate Spot) at some 70 % off, which AWS may take back with two minutes' notice.
    pub spot: bool,
    /// The container's arguments.
    pub command: Vec<String>,
    /// The command that is started in the container; left out, the image's own.
    pub entry_point: Vec<String>,
    /// Environment variables: text (with `${database.main.host}` and the like), or `{ secret = "jwt" }`.
    pub environment: BTreeMap<String, Setting>,
    /// Modules that it must reach although its environment does not name them: `["cache.main"]`.
    pub needs: Vec<String>,
    /// Buckets that it may use, by the name of their storage module.
    pub storage: BTreeMap<String, Access>,
    /// Further permissions of its processes: statements of an IAM policy.
    pub statements: Vec<Value>,
    /// The health checks of its tasks.
    pub health: Health,
    /// Makes the load balancer face the internet.
    pub public: bool,
    /// IPv4 ranges that may connect to the load balancer; left out, everyone if it is public, else the network.
    pub allow: Vec<String>,
    /// The ARN of an ACM certificate. With it the service speaks HTTPS, and HTTP redirects there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Seconds after which the load balancer closes an idle connection.
    pub idle_timeout: u32,
    /// The subnets that tasks run in; left out, private ones if they reach the internet, else public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnets: Option<Subnets>,
    /// The way a new version takes over; left out, blue-green behind a load balancer and rolling without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Deployment>,
    /// Minutes that both versions run after a blue-green shift; with `rollout`, that table's own count.
    pub bake_minutes: u32,
    /// Moves traffic in steps, watches each, and goes back by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// Days that log lines are kept.
    pub log_days: u32,
    /// Seconds between the stop signal and the kill of a task.
    pub stop_timeout: u32,
    /// GiB of scratch space; 20 are free.
    pub ephemeral_storage: u32,
    /// Gives containers read-only access to their root file system.
    pub readonly: bool,
    /// The user that the process runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Lets `aws ecs execute-command` open a shell in a task (ECS Exec).
    pub execute_command: bool,
    /// Makes Trueup and AWS refuse to delete the load balancer.
    pub protect: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

/// A value of an environment variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Setting {
    Text(String),
    Number(i64),
    Flag(bool),
    Secret(SecretSetting),
}

/// A variable that ECS fills from Secrets Manager when the task starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretSetting {
    /// The name of a `[secrets.NAME]`, or the ARN of a secret, such as `${database.main.secret}`.
    pub secret: String,
    /// The key to take out of a secret that is JSON, such as `password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    #[default]
    #[serde(rename = "x86_64")]
    X86,
    Arm64,
}

/// The numbers of tasks that autoscaling keeps between, and its targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The smallest number of tasks.
    pub min: u32,
    /// The largest number of tasks.
    pub max: u32,
    /// Per cent of CPU to keep to; 70 if nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// Per cent of memory to keep to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    Read,
    Write,
    ReadWrite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subnets {
    Private,
    Public,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deployment {
    BlueGreen,
    Rolling,
}

/// The load balancer's checks, and the container's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// The path that the load balancer asks for.
    pub path: String,
    /// The status codes of a healthy task.
    pub status: String,
    /// Seconds between two checks.
    pub interval: u32,
    /// Seconds without an answer that count as a failure.
    pub timeout: u32,
    /// The number of good answers in a row that make a task healthy.
    pub healthy: u32,
    /// The number of failures in a row that make it unhealthy.
    pub unhealthy: u32,
    /// Seconds after its start in which a task may fail checks.
    pub grace: u32,
    /// A command in the container that fails when it is not well: `["CMD-SHELL", "curl -f http://localhost/ || exit 1"]`.
    pub command: Vec<String>,
}

impl Default for Health {
    fn default() -> Self {
        Health {
            path: "/".into(),
            status: "200-399".into(),
            interval: 15,
            timeout: 5,
            healthy: 2,
            unhealthy: 3,
            grace: 60,
            command: Vec::new(),
        }
    }
}

impl Default for Service {
    fn default() -> Self {
        Service {
            image: None,
            repository: None,
            force_delete: false,
            keep_images: 30,
            port: None,
            cpu: 256,
            memory: 512,
            architecture: Architecture::X86,
            tasks: 1,
            scale: None,
            spot: false,
            command: Vec::new(),
            entry_point: Vec::new(),
            environment: BTreeMap::new(),
            needs: Vec::new(),
            storage: BTreeMap::new(),
            statements: Vec::new(),
            health: Health::default(),
            public: true,
            allow: Vec::new(),
            certificate: None,
            idle_timeout: 60,
            subnets: None,
            deployment: None,
            bake_minutes: 5,
            rollout: None,
            log_days: 30,
            stop_timeout: 30,
            ephemeral_storage: 20,
            readonly: false,
            user: None,
            execute_command: false,
            protect: false,
            tags: BTreeMap::new(),
        }
    }
}

/// The one cluster that all services of a stack run in.
pub const CLUSTER: &str = "service.cluster";

impl Module for Service {
    const SECTION: &'static str = "service";
    const NAMED: bool = true;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[
        ("url", "the URL that it answers at, if it has a port"),
        ("host", "the load balancer's DNS name, if it has a port"),
        ("name", "the ECS service"),
        ("cluster", "the ECS cluster"),
        ("role", "the ARN of the role of its tasks"),
        ("repository", "the URI of its own ECR repository, if it has one"),
        ("log_group", "the log group of its log lines"),
        ("security_group", "the id of the security group of its tasks"),
    ];
    const HEADLINES: &'static [&'static str] = &["url", "repository"];

    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("ephemeral_storage", "ephemeral_storage"),
        ("containers.0.image", "image"),
        ("containers.0.port_mappings", "port"),
        ("load_balancers.0.container_port", "port"),
        ("containers.0.environment", "environment"),
        ("containers.0.secrets", "environment"),
        ("containers.0.stop_timeout", "stop_timeout"),
        ("containers.0.health_check.command", "health.command"),
        ("containers.0.health_check", "health"),
        ("retention_in_days", "log_days"),
        ("health_check.path", "health.path"),
        ("health_check.matcher", "health.status"),
        ("health_check.interval", "health.interval"),
        ("health_check.timeout", "health.timeout"),
        ("health_check.healthy_threshold", "health.healthy"),
        ("health_check.unhealthy_threshold", "health.unhealthy"),
        ("health_check", "health"),
        ("certificate_arn", "certificate"),
        ("min_capacity", "scale.max"),
        ("max_capacity", "scale.max"),
        ("policies", "scale"),
        ("inline_policies", "statements"),
        ("deployment.bake_time_in_minutes", "bake_minutes"),
        ("health_check_grace_period_seconds", "health.grace"),
        ("desired_count", "tasks"),
        ("capacity_provider_strategy", "spot"),
        ("cpu_architecture", "architecture"),
        ("enable_execute_command", "execute_command"),
        ("lifecycle_policy", "keep_images"),
        ("deregistration_delay", "stop_timeout"),
        ("subnet_ids", "subnets"),
    ];

    const WATCHES: &'static [&'static str] = &["rollout"];

    fn output(&self, site: &Site<'_>, output: &str) -> Option<String> {
        let front = self.port.is_some();
        match output {
            "url" if front => {
                let scheme = if self.certificate.is_some() { "https" } else { "http" };
                Some(format!("{scheme}://{}", site.out("load-balancer", "dns_name")))
            }
            "host" if front => Some(site.out("load-balancer", "dns_name")),
            "name" => Some(site.out("service", "name")),
            "cluster" => Some(format!("${{{CLUSTER}.name}}")),
            "role" => Some(site.out("task-role", "arn")),
            "repository" if self.has_repository() => Some(site.out("repository", "uri")),
            "log_group" => Some(site.out("log-group", "name")),
            "security_group" => Some(site.out("security-group", "id")),
            _ => None,
        }
    }

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        self.problems(site)
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        self.expand_nodes(nodes);
    }
}

impl Service {
    pub fn has_repository(&self) -> bool {
        self.repository.unwrap_or(self.image.is_none())
    }
}

/// Returns the rules by which services reach a database or a cache: each that mentions it, through the security group of its tasks.
pub(super) fn ingress_of_users(site: &Site<'_>, port: u16, allow: &[String]) -> Vec<Rule> {
    let label = site.part.label();
    let users = site.users(Service::SECTION, &label);
    let users = users.into_iter().map(|name| {
        Rule::tcp(i32::from(port), format!("from the service {name}")).from_group(format!("${{service.{name}.security-group.id}}"))
    });
    let ranges = allow.iter().map(|range| Rule::tcp(i32::from(port), "allowed by the file").from_cidr(range.clone()));
    users.chain(ranges).collect()
}
