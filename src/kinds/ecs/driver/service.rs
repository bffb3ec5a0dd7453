//! Makes, reads, changes and deletes `ecs.service` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::rollout::owed::{DUE, OWED};
use crate::core::snapshot::{Live, State};
use crate::kinds::ecs::driver;
use crate::kinds::ecs::driver::service_definition;
use crate::kinds::ecs::driver::stopped_tasks::{self, Owed, Stopped};
use crate::kinds::ecs::service::*;
use crate::kinds::spelling::{choice, number, word};
use aws_sdk_ecs::types::{AssignPublicIp, LaunchType, Service as AwsService, ServiceField};
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

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
        try_join_all(found.map(async |service| {
            // Whoever waits for one by its id wants to know why it is not ready, and everybody why it never was.
            let mut state = service_definition::state(&service);
            let mut failure = None;
            let is_due = matches!(&state, State::Changing(text) if text.ends_with(DUE));
            if is_due || state.owes_a_command() {
                match stopped_tasks::of_command(aws, &service).await {
                    Owed::Nothing => state = service_definition::state_without_command(&service),
                    Owed::Failed(how) => (state, failure) = (State::Failed(OWED.into()), Some(how)),
                    Owed::Open => failure = (!is_due).then(String::new),
                }
            }
            let stopped = match select {
                _ if failure.is_some() => Stopped { why: failure.unwrap_or_default(), ..Stopped::default() },
                Select::Ids(_) => stopped_tasks::look(aws, &service).await.unwrap_or_default(),
                // A service that is on its way and loses its tasks says so before somebody waits for it.
                Select::Owned { .. } if state.is_deploying() => stopped_tasks::look(aws, &service).await.unwrap_or_default(),
                Select::Owned { .. } if !matches!(state, State::Failed(_)) => Stopped::default(),
                Select::Owned { .. } => stopped_tasks::look(aws, &service).await.unwrap_or_default().on_one_line(),
            };
            let mut live = Live { state, ..live(aws, service)? };
            match &mut live.state {
                State::Changing(text) if stopped.hopeless => {
                    let text = format!("{text}, {} stopped{}", stopped.count, stopped.why);
                    live.state = State::Failed(text);
                }
                State::Failed(text) => text.push_str(&stopped.why),
                // One line, for whoever watches; what failed says all.
                State::Changing(text) => text.extend(stopped.why.lines().nth(1).map(|line| format!(", {}", line.trim())).as_deref()),
                State::Ready | State::Deleting => {}
            }
            Ok(live)
        }))
        .await
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
            .desired_count(number(CREATE, "desired_count", spec.desired_count.or(spec.initial_count).unwrap_or(1))?)
            .platform_version(&spec.platform_version)
            .network_configuration(service_definition::network(CREATE, spec)?)
            .deployment_configuration(service_definition::deployment(CREATE, &spec.deployment)?)
            .enable_execute_command(spec.enable_execute_command)
            .enable_ecs_managed_tags(spec.enable_ecs_managed_tags)
            .propagate_tags(word(&spec.propagate_tags).as_str().into())
            .availability_zone_rebalancing(word(&spec.availability_zone_rebalancing).as_str().into())
            .client_token(&new.token)
            .set_tags(Some(driver::tag_list(&new.tags)));
        call = match spec.capacity_provider_strategy.is_empty() {
            true => call.launch_type(LaunchType::Fargate),
            false => call.set_capacity_provider_strategy(Some(driver::strategy(CREATE, &spec.capacity_provider_strategy)?)),
        };
        if !balancers.is_empty() {
            let grace = number(CREATE, "health_check_grace_period_seconds", spec.health_check_grace_period_seconds)?;
            call = call.set_load_balancers(Some(balancers)).set_health_check_grace_period_seconds((grace > 0).then_some(grace));
        }
        let answer = call.send().await.during(CREATE).map_err(driver::told_apart)?;
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
            if wanted.task_definition_arn == change.live.spec.task_definition_arn {
                // Somebody has asked for it once more: ECS deploys nothing for a version that it was told before.
                // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
                call = call.force_new_deployment(true);
            }
        }
        if let Some(count) = wanted.desired_count.filter(|_| change.changes("desired_count")) {
            call = call.desired_count(number(UPDATE, "desired_count", count)?);
        }
        if change.changes("capacity_provider_strategy") {
            let strategy = driver::strategy(UPDATE, &wanted.capacity_provider_strategy)?;
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
            service_definition::keeps_its_traffic(aws, &change.live.spec.load_balancers, &wanted.load_balancers).await?;
            call = call.set_load_balancers(Some(service_definition::load_balancers(aws, &wanted.load_balancers).await?));
        }
        if change.changes("deployment") {
            call = call.deployment_configuration(service_definition::deployment(UPDATE, &wanted.deployment)?);
        }
        if change.changes("health_check_grace_period_seconds") {
            let grace = number(UPDATE, "health_check_grace_period_seconds", wanted.health_check_grace_period_seconds)?;
            call = call.health_check_grace_period_seconds(grace);
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
        call.send().await.during(UPDATE).map_err(driver::told_apart)?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        // Forced: it stops the tasks itself, and drains until they are gone.
        let call = aws.ecs.delete_service().cluster(&live.spec.cluster).service(&live.name).force(true);
        call.send().await.during("ecs.DeleteService").map_err(driver::told_apart)?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
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
    let tagged = tagged.iter().map(|arn| driver::last_part(arn)).collect::<BTreeSet<_>>();
    let clusters = driver::cluster_names(aws).await?;
    let ours = |name: &&String| aws.looks_ours(name) || tagged.contains(name.as_str()) || found.contains_key(*name);
    let services = try_join_all(clusters.iter().filter(ours).map(async |cluster| {
        let mut names = BTreeSet::new();
        let mut pages = aws.ecs.list_services().cluster(cluster).max_results(100).into_paginator().send();
        while let Some(page) = pages.next().await {
            let arns = page.during("ecs.ListServices")?.service_arns.unwrap_or_default();
            names.extend(arns.iter().map(|arn| driver::last_part(arn).to_owned()));
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
    let tags = driver::tags(service.tags.clone());
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
            desired_count: Some(number(DESCRIBE, "desiredCount", service.desired_count)?),
            initial_count: None,
            capacity_provider_strategy: driver::from_strategy(DESCRIBE, service.capacity_provider_strategy)?,
            platform_version: service.platform_version.unwrap_or_else(latest),
            subnet_ids,
            security_group_ids,
            assign_public_ip: public,
            load_balancers: service_definition::from_load_balancers(service.load_balancers),
            deployment: service_definition::from_deployment(service.deployment_configuration)?,
            health_check_grace_period_seconds: service
                .health_check_grace_period_seconds
                .map_or(Ok(0), |seconds| number(DESCRIBE, "healthCheckGracePeriodSeconds", seconds))?,
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
    let cluster = driver::last_part(service.cluster_arn.as_deref().unwrap_or_default()).to_owned();
    BTreeMap::from([
        ("id".into(), format!("{cluster}/{name}")),
        ("resource_id".into(), format!("service/{cluster}/{name}")),
        ("name".into(), name),
        ("arn".into(), arn),
        ("cluster".into(), cluster),
    ])
}
