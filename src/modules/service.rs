//! `[service.NAME]`: an ECS service on Fargate. With a `port` it stands behind a load balancer, ready for blue-green; without
//! one it is a worker.

mod front;
mod roles;
mod task;

use super::network::{Nat, Network, Tier};
use super::secrets::Secrets;
use super::storage::Storage;
use crate::core::diagnostic::Diagnostic;
use crate::core::graph::nearest;
use crate::core::module::{Module, Nodes, Site};
use crate::core::reference::is_symbolic;
use crate::kinds::cluster::{self, CapacityProvider, ContainerInsights};
use crate::kinds::scalable_target::{self, Metric, Policy};
use crate::kinds::security_group::Rule;
use crate::kinds::{deployment, ecr_repository, ecs_service, log_group, security_group};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Tasks that are kept running.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// The image, best by digest. Left out, the tag `latest` of the service's own ECR repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether it has an ECR repository of its own; left out, if it has no `image`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<bool>,
    /// How many images the repository keeps; older ones are removed.
    pub keep_images: u32,
    /// The port that the container listens on. Left out, the service is a worker without a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// CPU units of a task, 1024 to a vCPU.
    pub cpu: u32,
    /// MiB of a task; which values are possible depends on `cpu`.
    pub memory: u32,
    /// The processor. Fargate on arm64 costs a fifth less.
    pub architecture: Architecture,
    /// How many tasks run. Under `scale` it says nothing.
    pub tasks: u32,
    /// Autoscaling between two numbers of tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Whether tasks run on spare capacity at some 70 % off, which AWS may take back with two minutes' notice.
    pub spot: bool,
    /// The container's arguments.
    pub command: Vec<String>,
    /// What is started in the container; left out, what the image says.
    pub entry_point: Vec<String>,
    /// Environment variables: text (with `${database.main.host}` and the like), or `{ secret = "jwt" }`.
    pub environment: BTreeMap<String, Setting>,
    /// Modules that it must reach although its environment does not name them: `["cache.main"]`.
    pub needs: Vec<String>,
    /// Buckets that it may use, by the name of their storage module.
    pub storage: BTreeMap<String, Access>,
    /// What else its processes may do: statements of an IAM policy.
    pub statements: Vec<Value>,
    /// How it is known that a task is well.
    pub health: Health,
    /// Whether the load balancer faces the internet.
    pub public: bool,
    /// IPv4 ranges that may connect to the load balancer; left out, everyone if it is public, else the network.
    pub allow: Vec<String>,
    /// The ARN of an ACM certificate. With it the service speaks HTTPS, and HTTP redirects there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Seconds after which the load balancer closes an idle connection.
    pub idle_timeout: u32,
    /// Where tasks run; left out, private subnets if they reach the internet, else public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnets: Option<Subnets>,
    /// How a new version takes over; left out, blue-green behind a load balancer and rolling without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Deployment>,
    /// Minutes that both versions run after a blue-green shift.
    pub bake_minutes: u32,
    /// How many days log lines are kept.
    pub log_days: u32,
    /// Seconds between the stop signal and the kill of a task.
    pub stop_timeout: u32,
    /// GiB of scratch space; 20 are free.
    pub ephemeral_storage: u32,
    /// Whether containers cannot write to their root file system.
    pub readonly: bool,
    /// The user that the process runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether `aws ecs execute-command` may open a shell in a task.
    pub execute_command: bool,
    /// Whether the load balancer is kept from being deleted.
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

/// Between how many tasks, and what decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Never fewer tasks.
    pub min: u32,
    /// Never more tasks.
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
    /// Seconds after which no answer means unhealthy.
    pub timeout: u32,
    /// So many good answers make a task healthy.
    pub healthy: u32,
    /// So many failures make it unhealthy.
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
        ("url", "where it answers, if it has a port"),
        ("host", "the load balancer's DNS name, if it has a port"),
        ("name", "the ECS service"),
        ("cluster", "the ECS cluster"),
        ("role", "the ARN of the role of its tasks"),
        ("repository", "the URI of its own ECR repository, if it has one"),
        ("log_group", "where its log lines are"),
        ("security_group", "the id of the security group of its tasks"),
    ];

    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("cpu", "cpu"),
        ("memory", "memory"),
        ("ephemeral_storage", "ephemeral_storage"),
        ("containers.0.image", "image"),
        ("containers.0.environment", "environment"),
        ("containers.0.secrets", "environment"),
        ("containers.0.stop_timeout", "stop_timeout"),
        ("containers.0.health_check.command", "health.command"),
        ("containers.0.health_check", "health"),
        ("retention_in_days", "log_days"),
        ("health_check.path", "health.path"),
        ("health_check.matcher", "health.status"),
        ("health_check", "health"),
        ("certificate_arn", "certificate"),
        ("min_capacity", "scale.max"),
        ("max_capacity", "scale.max"),
        ("policies", "scale"),
        ("inline_policies", "statements"),
        ("deployment.bake_time_in_minutes", "bake_minutes"),
        ("deregistration_delay", "stop_timeout"),
    ];

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
        let mut found = Vec::new();
        match site.stack.get::<Network>("") {
            None => found.push(super::needs_network(site)),
            Some(network) => {
                let zones = network.letters(&site.stack.settings.region).len();
                if self.port.is_some() && zones < 2 {
                    let one = site.wrong("MOD102", "port", "a load balancer needs subnets in two zones, and the network has one");
                    found.push(one.help("write zones = 2 in [network]"));
                }
            }
        }
        if site.name() == "cluster" {
            found.push(site.wrong("NAME001", "", "a service cannot be called `cluster`: that is where all services run"));
        }
        if let Some(Scale { min, max, .. }) = &self.scale
            && (min > max || *max == 0)
        {
            let one = site.wrong("MOD103", "scale.max", format!("`scale` goes from {min} to {max} tasks"));
            found.push(one.help("`max` is at least `min`, and at least 1"));
        }
        if self.port.is_none() {
            for (key, given) in [("certificate", self.certificate.is_some()), ("allow", !self.allow.is_empty())] {
                if given {
                    let one = site.wrong("MOD104", key, format!("`{key}` is the load balancer's, and a worker has none"));
                    found.push(one.help("give the service a `port`"));
                }
            }
            if self.deployment == Some(Deployment::BlueGreen) {
                let one = site.wrong("MOD104", "deployment", "blue-green shifts a load balancer's traffic, and a worker has none");
                found.push(one.help("give the service a `port`, or write deployment = \"rolling\""));
            }
        }
        if self.image.is_none() && self.repository == Some(false) {
            let one = site.wrong("KEY002", "", "the service has neither an `image` nor a repository of its own");
            found.push(one.help("write image = \"registry/repository@sha256:…\", or repository = true"));
        }
        found.extend(super::check_ranges(site, &self.allow));
        found.extend(self.check_uses(site));
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        let Some(network) = nodes.site.stack.get::<Network>("") else { return };
        self.expand_cluster(nodes);
        let tags = || self.tags.clone();
        if self.has_repository() {
            let spec = ecr_repository::Spec {
                name: None,
                image_tag_mutability: if self.image.is_some() {
                    ecr_repository::Mutability::Immutable
                } else {
                    ecr_repository::Mutability::Mutable
                },
                scan_on_push: true,
                encryption_type: ecr_repository::Encryption::Aes256,
                kms_key_arn: None,
                lifecycle_policy: Some(keep_last(self.keep_images)),
                force_destroy: false,
                tags: tags(),
            };
            nodes.add::<ecr_repository::Repository>("repository", spec);
        }
        let spec = log_group::Spec {
            name: None,
            retention_in_days: self.log_days,
            log_group_class: log_group::Class::Standard,
            kms_key_arn: None,
            tags: tags(),
        };
        nodes.add::<log_group::LogGroup>("log-group", spec);
        let ingress = self.port.map(|port| {
            Rule::tcp(i32::from(port), "from the load balancer").from_group(nodes.site.out("load-balancer-security-group", "id"))
        });
        let spec = security_group::Spec {
            name: None,
            description: format!("The tasks of the service {}", nodes.site.name()),
            vpc_id: "${network.vpc.id}".into(),
            ingress: ingress.into_iter().collect(),
            egress: Rule::everywhere(),
            tags: tags(),
        };
        let group = nodes.add::<security_group::SecurityGroup>("security-group", spec);
        self.expand_roles(nodes);
        let task = self.expand_task(nodes);
        let front = self.port.map(|port| self.expand_front(nodes, &network, port));
        let tier = self.tier(&network);
        let rules = front.as_ref().map(|front| front.rules.clone()).unwrap_or_default();
        let spec = ecs_service::Spec {
            name: None,
            cluster: format!("${{{CLUSTER}.name}}"),
            task_definition_arn: task.out("arn"),
            desired_count: if self.scale.is_some() { None } else { Some(self.tasks) },
            capacity_provider_strategy: if self.spot { vec![capacity("FARGATE_SPOT")] } else { Vec::new() },
            platform_version: "LATEST".into(),
            subnet_ids: network.subnet_ids(&nodes.site.stack.settings.region, tier),
            security_group_ids: vec![group.out("id")],
            assign_public_ip: tier == Tier::Public,
            load_balancers: front.iter().map(|front| front.target()).collect(),
            deployment: self.deployment(),
            health_check_grace_period_seconds: if front.is_some() { self.health.grace } else { 0 },
            enable_execute_command: self.execute_command,
            enable_ecs_managed_tags: true,
            propagate_tags: ecs_service::PropagateTags::Service,
            availability_zone_rebalancing: ecs_service::Rebalancing::Enabled,
            after: network.ways_out(&nodes.site.stack.settings.region, tier).into_iter().chain(rules).collect(),
            tags: tags(),
        };
        let service = nodes.add::<ecs_service::Service>("service", spec);
        if let Some(scale) = &self.scale {
            let spec = scalable_target::Spec {
                resource_id: service.out("resource_id"),
                min_capacity: scale.min,
                max_capacity: scale.max,
                policies: scale.policies(),
                tags: tags(),
            };
            nodes.add::<scalable_target::ScalableTarget>("scaling", spec);
        }
    }
}

impl Service {
    pub fn has_repository(&self) -> bool {
        self.repository.unwrap_or(self.image.is_none())
    }

    fn tier(&self, network: &Network) -> Tier {
        match self.subnets {
            Some(Subnets::Private) => Tier::Private,
            Some(Subnets::Public) => Tier::Public,
            None if network.nat == Nat::None => Tier::Public,
            None => Tier::Private,
        }
    }

    fn deployment(&self) -> deployment::Deployment {
        let front = self.port.is_some();
        let blue_green = front && self.deployment != Some(Deployment::Rolling);
        deployment::Deployment {
            strategy: if blue_green { deployment::Strategy::BlueGreen } else { deployment::Strategy::Rolling },
            bake_time_in_minutes: if blue_green { self.bake_minutes } else { 0 },
            ..deployment::Deployment::default()
        }
    }

    // Cluster of the stack: the first service by place adds it for all.
    fn expand_cluster(&self, nodes: &mut Nodes<'_>) {
        let first = nodes.site.stack.parts().iter().find(|part| part.row.section == Service::SECTION);
        if first.is_none_or(|first| first.name != nodes.site.name()) {
            return;
        }
        let services = nodes.site.stack.all::<Service>();
        let spot = services.iter().any(|(_, service)| service.spot);
        let providers = if spot { vec!["FARGATE".to_owned(), "FARGATE_SPOT".to_owned()] } else { vec!["FARGATE".to_owned()] };
        let spec = cluster::Spec {
            name: None,
            container_insights: ContainerInsights::Disabled,
            capacity_providers: providers,
            default_capacity_provider_strategy: vec![capacity("FARGATE")],
            tags: BTreeMap::new(),
        };
        nodes.add_shared::<cluster::Cluster>(CLUSTER, spec);
    }

    fn check_uses(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let secrets = site.stack.all::<Secrets>().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        for (name, setting) in &self.environment {
            let Setting::Secret(SecretSetting { secret, key }) = setting else { continue };
            let keys = site.stack.get::<Secrets>(secret).map(|secret| secret.keys).unwrap_or_default();
            if let Some(key) = key.as_ref().filter(|key| !keys.is_empty() && !keys.contains(key)) {
                let one = site.wrong("REF006", &format!("environment.{name}.key"), format!("the secret `{secret}` has no key `{key}`"));
                found.push(one.help(list_of(key, &keys.iter().map(String::as_str).collect::<Vec<_>>())));
            }
            if !is_symbolic(secret)
                && !secret.starts_with("arn:")
                && !secrets.contains(&secret.as_str())
                && !site.is_absent("secrets", secret)
            {
                let one = site.wrong("REF006", &format!("environment.{name}.secret"), format!("there is no `[secrets.{secret}]`"));
                found.push(one.help(list_of(secret, &secrets)));
            }
        }
        let stores = site.stack.all::<Storage>().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        for name in self.storage.keys().filter(|name| !stores.contains(&name.as_str()) && !site.is_absent("storage", name)) {
            let one = site.wrong("REF006", &format!("storage.{name}"), format!("there is no `[storage.{name}]`"));
            found.push(one.help(list_of(name, &stores)));
        }
        for (at, label) in self.needs.iter().enumerate() {
            let known = site.stack.parts().iter().filter(|part| part.row.named).map(|part| part.label()).collect::<Vec<_>>();
            let (section, name) = label.split_once('.').unwrap_or((label, ""));
            if !known.contains(label) && !site.is_absent(section, name) {
                let one = site.wrong("REF006", &format!("needs.{at}"), format!("there is no `[{label}]`"));
                found.push(one.help(list_of(label, &known.iter().map(String::as_str).collect::<Vec<_>>())));
            }
        }
        for (at, statement) in self.statements.iter().enumerate() {
            if !statement.is_object() {
                let one =
                    site.wrong("TYPE001", &format!("statements.{at}"), "a statement is a table with `Effect`, `Action` and `Resource`");
                found.push(one);
            }
        }
        found
    }
}

impl Scale {
    fn policies(&self) -> BTreeMap<String, Policy> {
        let cpu = self.cpu.or(if self.memory.is_none() { Some(70.0) } else { None });
        let policy = |metric, target_value| Policy {
            metric,
            target_value,
            resource_label: None,
            scale_in_cooldown: 300,
            scale_out_cooldown: 60,
            disable_scale_in: false,
        };
        let cpu = cpu.map(|target| ("cpu".to_owned(), policy(Metric::Cpu, target)));
        cpu.into_iter().chain(self.memory.map(|target| ("memory".to_owned(), policy(Metric::Memory, target)))).collect()
    }
}

fn list_of(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none of these in the file".into(),
        None => format!("there is {}", known.join(", ")),
    }
}

fn capacity(provider: &str) -> CapacityProvider {
    CapacityProvider { capacity_provider: provider.into(), weight: 1, base: 0 }
}

fn keep_last(images: u32) -> Value {
    json!({ "rules": [{
        "rulePriority": 1,
        "description": format!("keep the last {images} images"),
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": images },
        "action": { "type": "expire" },
    }] })
}

/// How services reach a database or a cache: each that mentions it, through the security group of its tasks.
pub(super) fn ingress_of_users(site: &Site<'_>, port: u16, allow: &[String]) -> Vec<Rule> {
    let label = site.part.label();
    let users = site.stack.users(Service::SECTION, &label);
    let users = users.into_iter().map(|name| {
        Rule::tcp(i32::from(port), format!("from the service {name}")).from_group(format!("${{service.{name}.security-group.id}}"))
    });
    let ranges = allow.iter().map(|range| Rule::tcp(i32::from(port), "allowed by the file").from_cidr(range.clone()));
    users.chain(ranges).collect()
}
