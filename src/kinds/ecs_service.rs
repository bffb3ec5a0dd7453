//! `ecs.service`: tasks that are kept running, behind a load balancer or without one.

use super::cluster::{CapacityProvider, is_ecs_name, strategy_problems};
use super::deployment::Deployment;
use crate::core::check::Problem;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::reference::is_symbolic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Service;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The service's name; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The cluster's name.
    pub cluster: String,
    /// The revision to run: output `arn` of a task definition.
    pub task_definition_arn: String,
    /// How many tasks run; left out, autoscaling decides and nothing here ever sets it.
    #[serde(default)]
    pub desired_count: Option<u32>,
    /// What the tasks run on; left out, on demand on Fargate.
    #[serde(default)]
    pub capacity_provider_strategy: Vec<CapacityProvider>,
    #[serde(default = "latest")]
    pub platform_version: String,
    pub subnet_ids: Vec<String>,
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Whether tasks get public addresses, which they need in subnets without NAT.
    #[serde(default)]
    pub assign_public_ip: bool,
    #[serde(default)]
    pub load_balancers: Vec<LoadBalancer>,
    /// How tasks are replaced.
    #[serde(default)]
    pub deployment: Deployment,
    /// Seconds after a task's start in which failed health checks do not count.
    #[serde(default)]
    pub health_check_grace_period_seconds: u32,
    /// Whether `aws ecs execute-command` may open a shell in a task.
    #[serde(default)]
    pub enable_execute_command: bool,
    /// Whether tasks carry the names of cluster and service as tags, for cost reports.
    #[serde(default = "yes")]
    pub enable_ecs_managed_tags: bool,
    #[serde(default)]
    pub propagate_tags: PropagateTags,
    /// Whether ECS spreads tasks evenly over zones again after a zone was lost.
    #[serde(default)]
    pub availability_zone_rebalancing: Rebalancing,
    /// What must exist first although no field names it, such as the listener rule of the target group.
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Where a target group's traffic goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    pub target_group_arn: String,
    pub container_name: String,
    pub container_port: u16,
    /// The second target group, for deployments that shift traffic.
    #[serde(default)]
    pub advanced_configuration: Option<Advanced>,
}

/// What blue-green, linear and canary deployments need. Which of the two target groups is active is ECS's to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advanced {
    pub alternate_target_group_arn: String,
    /// The rule that users come through; it forwards to both target groups.
    pub production_listener_rule_arn: String,
    /// The rule that tests come through.
    #[serde(default)]
    pub test_listener_rule_arn: Option<String>,
    /// The role that ECS changes rules and target groups with.
    pub role_arn: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PropagateTags {
    #[default]
    Service,
    TaskDefinition,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rebalancing {
    #[default]
    Enabled,
    Disabled,
}

fn latest() -> String {
    "LATEST".into()
}

fn yes() -> bool {
    true
}

impl Kind for Service {
    type Spec = Spec;
    const NAME: &'static str = "ecs.service";
    const ABOUT: About = About {
        doc: "Tasks that are kept running, behind a load balancer or without one.",
        outputs: &["id", "name", "arn", "cluster", "resource_id"],
        naming: Naming::Hyphens { max: 255 },
        arn: "ecs:service/",
        minutes: Minutes { create: 3.0, update: 5.0, delete: 3.0 },
        console: "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{id}/health?region={region}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("cluster"),
        update("task_definition_arn"),
        update("desired_count").unmanaged(),
        update("capacity_provider_strategy").set(),
        update("platform_version"),
        update("subnet_ids").set(),
        update("security_group_ids").set(),
        update("assign_public_ip"),
        update("load_balancers").set(),
        update("deployment"),
        update("health_check_grace_period_seconds"),
        update("enable_execute_command"),
        update("enable_ecs_managed_tags"),
        update("propagate_tags"),
        update("availability_zone_rebalancing"),
        update("after").order_only(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            cluster: "${example.cluster.name}".into(),
            task_definition_arn: "${example.task-definition.arn}".into(),
            desired_count: Some(1),
            capacity_provider_strategy: Vec::new(),
            platform_version: latest(),
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            security_group_ids: vec!["${example.security-group.id}".into()],
            assign_public_ip: true,
            load_balancers: vec![LoadBalancer {
                target_group_arn: "${example.target-group.arn}".into(),
                container_name: "web".into(),
                container_port: 80,
                advanced_configuration: None,
            }],
            deployment: Deployment::default(),
            health_check_grace_period_seconds: 60,
            enable_execute_command: false,
            enable_ecs_managed_tags: true,
            propagate_tags: PropagateTags::Service,
            availability_zone_rebalancing: Rebalancing::Enabled,
            after: vec!["${example.listener.arn}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !is_ecs_name(name)
        {
            problems.push(Problem::new("name", format!("`{name}` cannot be the name of a service")).help("up to 255 of A-Z a-z 0-9 _ -"));
        }
        if spec.subnet_ids.is_empty() || spec.subnet_ids.len() > 16 {
            problems.push(Problem::new("subnet_ids", "a service runs in 1 to 16 subnets"));
        }
        if spec.security_group_ids.len() > 5 {
            problems.push(Problem::new("security_group_ids", "a service has at most 5 security groups"));
        }
        if spec.load_balancers.is_empty() && spec.health_check_grace_period_seconds > 0 {
            problems.push(
                Problem::new("health_check_grace_period_seconds", "there is no load balancer whose health checks could fail")
                    .help("leave it out"),
            );
        }
        if spec.load_balancers.len() > 5 {
            problems.push(Problem::new("load_balancers", "a service has at most 5 target groups"));
        }
        for (index, balancer) in spec.load_balancers.iter().enumerate() {
            if balancer.container_port == 0 {
                problems.push(Problem::new(format!("load_balancers.{index}.container_port"), "a container cannot listen on port 0"));
            }
            if balancer.advanced_configuration.as_ref().is_some_and(|pair| pair.alternate_target_group_arn == balancer.target_group_arn) {
                problems.push(
                    Problem::new(format!("load_balancers.{index}.advanced_configuration"), "both target groups are the same")
                        .help("blue-green needs two"),
                );
            }
        }
        if spec.availability_zone_rebalancing == Rebalancing::Enabled && spec.deployment.maximum_percent <= 100 {
            problems.push(
                Problem::new("availability_zone_rebalancing", "rebalancing needs room for more than 100 % of the tasks")
                    .help("raise deployment.maximum_percent, or write DISABLED"),
            );
        }
        problems.extend(strategy_problems("capacity_provider_strategy", &spec.capacity_provider_strategy));
        let balanced = spec.load_balancers.iter().any(|balancer| balancer.advanced_configuration.is_some());
        problems.extend(spec.deployment.problems(balanced));
        problems
    }

    fn normalise(spec: &mut Spec) {
        // A cluster's ARN ends in its name.
        if let Some((_, name)) = spec.cluster.split_once(":cluster/") {
            spec.cluster = name.to_owned();
        }
        for list in [&mut spec.subnet_ids, &mut spec.security_group_ids] {
            list.sort();
            list.dedup();
        }
        spec.capacity_provider_strategy.sort();
        for balancer in &mut spec.load_balancers {
            if let Some(pair) = &mut balancer.advanced_configuration
                && pair.alternate_target_group_arn < balancer.target_group_arn
            {
                std::mem::swap(&mut pair.alternate_target_group_arn, &mut balancer.target_group_arn);
            }
        }
        spec.load_balancers.sort();
        spec.deployment.normalise();
    }
}
