//! `ecs.service`: tasks that are kept running, behind a load balancer or without one.

use super::cluster::{CapacityProvider, is_ecs_name, strategy_problems};
use super::deployment::Deployment;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::price::change::Overlap;
use crate::core::price::charge::{Basis, Charge, Count};
use crate::core::price::estate::Facts;
use crate::core::price::usage::Measure;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::deployment::Strategy;
use crate::kinds::scalable_target::ScalableTarget;
use crate::kinds::task_definition::TaskDefinition;
use crate::tariffs;
use crate::tariffs::fargate::Tasks;
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
        minutes: Minutes { create: 2.0, update: 5.0, delete: 3.0 },
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
        let minutes = Self::ABOUT.minutes.update as u32;
        match spec.deployment.strategy {
            Strategy::Rolling => Overlap { share: spec.deployment.maximum_percent.saturating_sub(100), minutes },
            Strategy::BlueGreen | Strategy::Linear | Strategy::Canary => {
                Overlap { share: 100, minutes: minutes.saturating_add(spec.deployment.bake_time_in_minutes) }
            }
        }
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

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::Live;
    use crate::kinds::spelling::{choice, word};
    use crate::kinds::{ecs, service_definition};
    use aws_sdk_ecs::types::{AssignPublicIp, LaunchType, Service as AwsService, ServiceField};
    use futures::future::try_join_all;
    use std::collections::BTreeSet;

    const CREATE: &str = "ecs.CreateService";
    const UPDATE: &str = "ecs.UpdateService";
    const DESCRIBE: &str = "ecs.DescribeServices";

    impl Driver for Service {
        const ABSENT: &'static [&'static str] = &["ServiceNotFoundException", "ServiceNotActiveException", "ClusterNotFoundException"];
        const TAKEN: &'static [&'static str] = &["ServiceExists"];
        const PASSING: &'static [&'static str] = &["RoleNotAssumable", "ServiceStillDraining", "UpdateInProgressException"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let by_cluster = match select {
                Select::Owned { names, .. } => owned(aws, names).await?,
                Select::Ids(ids) => {
                    let mut by_cluster = BTreeMap::<String, BTreeSet<String>>::new();
                    for (cluster, name) in ids.iter().filter_map(|id| id.split_once('/')) {
                        by_cluster.entry(cluster.to_owned()).or_default().insert(name.to_owned());
                    }
                    by_cluster
                }
            };
            // ECS describes ten at a time, of one cluster.
            let by_cluster = by_cluster.into_iter().map(|(cluster, names)| (cluster, names.into_iter().collect::<Vec<_>>()));
            let by_cluster = by_cluster.collect::<Vec<_>>();
            let calls = by_cluster.iter().flat_map(|(cluster, names)| names.chunks(10).map(move |names| (cluster, names)));
            let answers = try_join_all(calls.map(|(cluster, names)| describe(aws, cluster, names))).await?;
            let found = answers.into_iter().flatten().filter(|service| service.status.as_deref() != Some("INACTIVE"));
            found.map(|service| live(aws, service)).collect()
        }

        async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
            let spec = &new.spec;
            let balancers = service_definition::load_balancers(aws, &spec.load_balancers).await?;
            let mut call = aws
                .ecs
                .create_service()
                .cluster(&spec.cluster)
                .service_name(&new.name)
                .task_definition(&spec.task_definition_arn)
                .desired_count(spec.desired_count.or(spec.initial_count).unwrap_or(1) as i32)
                .platform_version(&spec.platform_version)
                .network_configuration(service_definition::network(CREATE, spec)?)
                .deployment_configuration(service_definition::deployment(CREATE, &spec.deployment)?)
                .enable_execute_command(spec.enable_execute_command)
                .enable_ecs_managed_tags(spec.enable_ecs_managed_tags)
                .propagate_tags(word(&spec.propagate_tags).as_str().into())
                .availability_zone_rebalancing(word(&spec.availability_zone_rebalancing).as_str().into())
                .client_token(&new.token)
                .set_tags(Some(ecs::tag_list(&new.tags)));
            call = match spec.capacity_provider_strategy.is_empty() {
                true => call.launch_type(LaunchType::Fargate),
                false => call.set_capacity_provider_strategy(Some(ecs::strategy(CREATE, &spec.capacity_provider_strategy)?)),
            };
            if !balancers.is_empty() {
                let grace = (spec.health_check_grace_period_seconds > 0).then_some(spec.health_check_grace_period_seconds as i32);
                call = call.set_load_balancers(Some(balancers)).set_health_check_grace_period_seconds(grace);
            }
            let answer = call.send().await.during(CREATE).map_err(ecs::told_apart)?;
            let service = answer.service.ok_or_else(|| Error::missing(CREATE, "service"))?;
            let outputs = outputs(&service);
            Ok(Made { id: outputs.get("id").cloned().unwrap_or_default(), outputs })
        }

        /// Sends nothing but what changed: a field that is sent again can start a deployment, or undo what autoscaling
        /// or a running rollout has done.
        async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
            let wanted = &change.wanted;
            let mut call = aws.ecs.update_service().cluster(&change.live.spec.cluster).service(&change.live.name);
            if change.changes("task_definition_arn") {
                call = call.task_definition(&wanted.task_definition_arn);
            }
            if let Some(count) = wanted.desired_count.filter(|_| change.changes("desired_count")) {
                call = call.desired_count(count as i32);
            }
            if change.changes("capacity_provider_strategy") {
                let strategy = ecs::strategy(UPDATE, &wanted.capacity_provider_strategy)?;
                // ECS wants tasks replaced where what they run on changes.
                call = call.set_capacity_provider_strategy(Some(strategy)).force_new_deployment(true);
            }
            if change.changes("platform_version") {
                call = call.platform_version(&wanted.platform_version);
            }
            if ["subnet_ids", "security_group_ids", "assign_public_ip"].iter().any(|field| change.changes(field)) {
                call = call.network_configuration(service_definition::network(UPDATE, wanted)?);
            }
            if change.changes("load_balancers") {
                call = call.set_load_balancers(Some(service_definition::load_balancers(aws, &wanted.load_balancers).await?));
            }
            if change.changes("deployment") {
                call = call.deployment_configuration(service_definition::deployment(UPDATE, &wanted.deployment)?);
            }
            if change.changes("health_check_grace_period_seconds") {
                call = call.health_check_grace_period_seconds(wanted.health_check_grace_period_seconds as i32);
            }
            if change.changes("enable_execute_command") {
                call = call.enable_execute_command(wanted.enable_execute_command);
            }
            if change.changes("enable_ecs_managed_tags") {
                call = call.enable_ecs_managed_tags(wanted.enable_ecs_managed_tags);
            }
            if change.changes("propagate_tags") {
                call = call.propagate_tags(word(&wanted.propagate_tags).as_str().into());
            }
            if change.changes("availability_zone_rebalancing") {
                call = call.availability_zone_rebalancing(word(&wanted.availability_zone_rebalancing).as_str().into());
            }
            call.send().await.during(UPDATE).map_err(ecs::told_apart)?;
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            // Forced: it stops the tasks itself, and drains until they are gone.
            let call = aws.ecs.delete_service().cluster(&live.spec.cluster).service(&live.name).force(true);
            call.send().await.during("ecs.DeleteService").map_err(ecs::told_apart)?;
            Ok(())
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            ecs::retag(aws, &live.arn, tags).await
        }
    }

    /// Names of services by cluster: those that carry our tag; and where a wanted one is not among them, all services of
    /// every cluster that is named as ours are or has something of ours.
    async fn owned(aws: &Aws, names: &[String]) -> Result<BTreeMap<String, BTreeSet<String>>> {
        let mut found = BTreeMap::<String, BTreeSet<String>>::new();
        for arn in aws.tagged.arns(aws, Service::ABOUT.arn).await? {
            let mut parts = arn.rsplit('/');
            if let (Some(name), Some(cluster)) = (parts.next(), parts.next().filter(|part| !part.contains(':'))) {
                found.entry(cluster.to_owned()).or_default().insert(name.to_owned());
            }
        }
        if !found.is_empty() && names.iter().all(|name| found.values().any(|names| names.contains(name))) {
            return Ok(found);
        }
        let tagged = aws.tagged.arns(aws, "ecs:cluster/").await?;
        let tagged = tagged.iter().map(|arn| ecs::last_part(arn)).collect::<BTreeSet<_>>();
        let clusters = ecs::cluster_names(aws).await?;
        let ours = |name: &&String| aws.looks_ours(name) || tagged.contains(name.as_str()) || found.contains_key(*name);
        let services = try_join_all(clusters.iter().filter(ours).map(async |cluster| {
            let mut names = BTreeSet::new();
            let mut pages = aws.ecs.list_services().cluster(cluster).max_results(100).into_paginator().send();
            while let Some(page) = pages.next().await {
                let arns = page.during("ecs.ListServices")?.service_arns.unwrap_or_default();
                names.extend(arns.iter().map(|arn| ecs::last_part(arn).to_owned()));
            }
            Ok::<_, Error>((cluster.clone(), names))
        }));
        for (cluster, names) in services.await? {
            found.entry(cluster).or_default().extend(names);
        }
        Ok(found)
    }

    async fn describe(aws: &Aws, cluster: &str, names: &[String]) -> Result<Vec<AwsService>> {
        let call = aws.ecs.describe_services().cluster(cluster).set_services(Some(names.to_vec())).include(ServiceField::Tags);
        match call.send().await.during(DESCRIBE) {
            Ok(answer) => Ok(answer.services.unwrap_or_default()),
            Err(error) if error.is(&["ClusterNotFoundException"]) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn live(aws: &Aws, service: AwsService) -> Result<Live<Spec>> {
        let tags = ecs::tags(service.tags.clone());
        let outputs = outputs(&service);
        let output = |name: &str| outputs.get(name).cloned().unwrap_or_default();
        let (name, cluster) = (output("name"), output("cluster"));
        let network = service.network_configuration.as_ref().and_then(|network| network.awsvpc_configuration.clone());
        let public = network.as_ref().is_some_and(|network| network.assign_public_ip == Some(AssignPublicIp::Enabled));
        let (subnet_ids, security_group_ids) =
            network.map(|network| (network.subnets, network.security_groups.unwrap_or_default())).unwrap_or_default();
        Ok(Live {
            id: output("id"),
            arn: output("arn"),
            claim: aws.claim(&tags),
            state: service_definition::state(&service),
            spec: Spec {
                name: Some(name.clone()),
                cluster,
                task_definition_arn: service.task_definition.unwrap_or_default(),
                desired_count: Some(service.desired_count as u32),
                initial_count: None,
                capacity_provider_strategy: ecs::from_strategy(service.capacity_provider_strategy),
                platform_version: service.platform_version.unwrap_or_else(latest),
                subnet_ids,
                security_group_ids,
                assign_public_ip: public,
                load_balancers: service_definition::from_load_balancers(service.load_balancers),
                deployment: service_definition::from_deployment(service.deployment_configuration)?,
                health_check_grace_period_seconds: service.health_check_grace_period_seconds.map_or(0, |seconds| seconds as u32),
                enable_execute_command: service.enable_execute_command,
                enable_ecs_managed_tags: service.enable_ecs_managed_tags,
                propagate_tags: service.propagate_tags.map_or(Ok(PropagateTags::None), |it| choice(DESCRIBE, it.as_str()))?,
                availability_zone_rebalancing: service
                    .availability_zone_rebalancing
                    .map_or(Ok(Rebalancing::Disabled), |it| choice(DESCRIBE, it.as_str()))?,
                after: Vec::new(),
                tags: own_tags(&tags),
            },
            name,
            outputs,
        })
    }

    fn outputs(service: &AwsService) -> BTreeMap<String, String> {
        let arn = service.service_arn.clone().unwrap_or_default();
        let name = service.service_name.clone().unwrap_or_default();
        let cluster = ecs::last_part(service.cluster_arn.as_deref().unwrap_or_default()).to_owned();
        BTreeMap::from([
            ("id".into(), format!("{cluster}/{name}")),
            ("resource_id".into(), format!("service/{cluster}/{name}")),
            ("name".into(), name),
            ("arn".into(), arn),
            ("cluster".into(), cluster),
        ])
    }
}
