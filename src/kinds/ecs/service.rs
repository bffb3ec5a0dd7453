//! `ecs.service`: tasks that are kept running, behind a load balancer or without one.

use crate::core::bill::Basis;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::autoscaling::scalable_target::ScalableTarget;
use crate::kinds::ecs::cluster::{CapacityProvider, is_ecs_name, strategy_problems};
use crate::kinds::ecs::deployment::Deployment;
use crate::kinds::ecs::deployment::Strategy;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::pricing::tariffs::fargate::Tasks;
use crate::pricing::{Charge, Count, Facts, Overlap, Priced, tariffs};
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
    /// How many tasks it is created with if autoscaling decides later on; never changed.
    #[serde(default)]
    pub initial_count: Option<u32>,
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

pub(super) fn latest() -> String {
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
        minutes: Minutes::new(2.0, 5.0, 3.0),
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
        update("initial_count").order_only(),
        update("after").order_only(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            cluster: "${example.cluster.name}".into(),
            task_definition_arn: "${example.task-definition.arn}".into(),
            desired_count: Some(1),
            initial_count: None,
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
            after: vec!["${example.listener-rule.arn}".into()],
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

    /// A deployment takes as long as its traffic takes to shift, and as its hooks hold it.
    fn minutes(spec: &Spec) -> Minutes {
        let (typical, rest) = (Self::ABOUT.minutes, spec.deployment.rest());
        Minutes { update: typical.update + rest, held: rest + spec.deployment.held(), ..typical }
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
        // All on demand on Fargate is what no strategy means.
        if let [only] = spec.capacity_provider_strategy.as_slice()
            && only.capacity_provider == "FARGATE"
        {
            spec.capacity_provider_strategy.clear();
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

    const USAGE: &'static [Measure] = &[
        Measure::derived("tasks", "tasks", "Tasks that run under autoscaling; if nothing is said, its smallest number, up to its largest."),
        Measure::new("cross_zone_gb", "GB", [0, 1, 10], "What tasks exchange with databases, caches and others in another zone."),
        Measure::new("task_sent_gb", "GB", [0, 1, 10], "What tasks with public addresses send to the internet themselves."),
    ];
}

impl Priced for Service {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let Some(task) = facts.target::<TaskDefinition>(&spec.task_definition_arn) else { return Vec::new() };
        let count = running(spec, facts);
        let mut charges = Vec::new();
        for (spot, share) in shares(&spec.capacity_provider_strategy, &count) {
            charges.extend(tariffs::fargate::tasks(&Tasks {
                count: share,
                cpu_units: task.cpu.into(),
                memory_mib: task.memory.into(),
                platform: task.platform(),
                scratch_gib: task.ephemeral_storage,
                spot,
            }));
        }
        if spec.assign_public_ip {
            charges.push(tariffs::vpc::public_addresses(&count, true));
            charges.push(tariffs::transfer::internet(facts.usage("task_sent_gb")));
        }
        if spec.subnet_ids.len() > 1 {
            charges.push(tariffs::transfer::between_zones(facts.usage("cross_zone_gb")));
        }
        charges
    }

    /// A deployment runs new tasks beside the old ones.
    fn overlap(spec: &Spec) -> Overlap {
        let share = match spec.deployment.strategy {
            Strategy::Rolling => spec.deployment.maximum_percent.saturating_sub(100),
            Strategy::BlueGreen | Strategy::Linear | Strategy::Canary => 100,
        };
        // A float of minutes becomes a whole number of them, the largest there is at the most.
        Overlap { share, minutes: Self::minutes(spec).update as u32 }
    }
}

/// How many tasks run: what the file says, what is there now, or the range that autoscaling moves in.
fn running(spec: &Spec, facts: &Facts<'_>) -> Count {
    let now = spec.desired_count.filter(|_| facts.running());
    if let Some(now) = now {
        return Count::of(now);
    }
    let Some(scaling) = facts.users::<ScalableTarget>().into_iter().next() else {
        return Count::of(spec.desired_count.unwrap_or(1));
    };
    let (min, max) = (Decimal::from(scaling.min_capacity), Decimal::from(scaling.max_capacity));
    match facts.said("tasks") {
        Some(said) => Count { amount: said.amount, basis: Basis::Scaled(said.said) },
        None if min == max => Count::of(min),
        None => Count { amount: Range { low: min, likely: min, high: max }, basis: Basis::Scaled(format!("{min} tasks, up to {max}")) },
    }
}

/// How many tasks are on demand and how many on spare capacity: first the bases, then by weight.
fn shares(strategy: &[CapacityProvider], count: &Count) -> Vec<(bool, Count)> {
    if strategy.is_empty() {
        return vec![(false, count.clone())];
    }
    let of = |spot: bool| {
        let chosen = strategy.iter().filter(|one| (one.capacity_provider == "FARGATE_SPOT") == spot);
        let base = chosen.clone().map(|one| Decimal::from(one.base)).sum::<Decimal>();
        let weight = chosen.map(|one| Decimal::from(one.weight)).sum::<Decimal>();
        (base, weight)
    };
    let ((base, weight), (spot_base, spot_weight)) = (of(false), of(true));
    let weights = weight + spot_weight;
    let on_demand = |all: Decimal| {
        // AWS lets one provider have a base.
        let (fixed, spare) = if base.is_zero() { (Decimal::ZERO, spot_base.min(all)) } else { (base.min(all), Decimal::ZERO) };
        let rest = all - fixed - spare;
        fixed + if weights.is_zero() { rest } else { rest * weight / weights }
    };
    let part = |amount: Range<Decimal>| Count { amount, basis: count.basis.clone() };
    let here = count.amount.map(on_demand);
    let parts = [(false, part(here)), (true, part(count.amount - here))];
    parts.into_iter().filter(|(_, part)| part.amount != Range::only(Decimal::ZERO)).collect()
}
