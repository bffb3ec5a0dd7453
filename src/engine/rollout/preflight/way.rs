//! The way that traffic takes, the deployments before, and the version that a rollback leads to.

use super::super::observe::{describe, status, target_group};
use super::super::observe::{kept_since, revisions, time};
use super::{Wanted, each, needs, reading};
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::arn::last_part;
use crate::core::reference::is_symbolic;
use crate::core::rollout::observation::{Reading, Status};
use crate::core::rollout::preflight::facts::{Back, Front, Group, GroupSettings, Named, Rule, Service, Version};
use aws_sdk_ecs::types::{ServiceDeploymentStatus, ServiceRevision, TaskDefinitionStatus};
use aws_sdk_elasticloadbalancingv2::types::{Action, TargetGroup, TargetHealthStateEnum};
use std::collections::BTreeMap;

/// The service as it runs, and what its deployments tell.
#[derive(Default)]
pub(super) struct History {
    pub service: Option<Reading<Service>>,
    pub back: Option<Reading<Back>>,
    /// The target group of the version of now.
    pub active: Option<String>,
}

pub(super) async fn history(aws: &Aws, wanted: &Wanted<'_>) -> History {
    if !wanted.is_live {
        return History::default();
    }
    let (service, past) = tokio::join!(describe(aws, &wanted.subject), past(aws, wanted));
    let (open, last, active) = match past {
        Ok(Past { open, last, revision }) => {
            let active = revision.as_ref().and_then(target_group);
            (Ok(open), Ok((last, revision)), active)
        }
        Err(error) => (Err(error.clone()), Err(error), None),
    };
    let kept = kept_since(aws);
    let all = service.as_ref().is_ok_and(|service| time(service.created_at) > kept);
    let back = match last {
        Err(error) => Reading::Unknown(error.brief()),
        Ok((false, _) | (true, None)) => Reading::Known(Back::Nothing { all }),
        Ok((true, Some(revision))) => Reading::Known(Back::To(version(aws, &revision).await)),
    };
    let service = reading(service.and_then(|service| {
        let number = |number: i32| u32::try_from(number).unwrap_or_default();
        let controller = service.deployment_controller.map(|controller| controller.r#type.as_str().to_owned());
        Ok(Service {
            status: service.status.unwrap_or_default(),
            controller: controller.unwrap_or_else(|| "ECS".into()),
            desired: number(service.desired_count),
            running: number(service.running_count),
            open: open?,
        })
    }));
    History { service: Some(service), back: Some(back), active }
}

/// The tale of a service's deployments.
struct Past {
    /// The one that is under way.
    open: Option<String>,
    /// True when one was successful.
    last: bool,
    /// The revision that the newest successful one went to.
    revision: Option<ServiceRevision>,
}

async fn past(aws: &Aws, wanted: &Wanted<'_>) -> Result<Past> {
    use ServiceDeploymentStatus::{InProgress, Pending, RollbackInProgress, RollbackRequested, StopRequested, Successful};
    let states = vec![Pending, InProgress, StopRequested, RollbackRequested, RollbackInProgress, Successful];
    let call = aws.ecs.list_service_deployments().cluster(&wanted.subject.cluster).service(&wanted.subject.service);
    let call = call.set_status(Some(states));
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let page = call.clone().set_next_token(next).send().await.during("ecs.ListServiceDeployments")?;
        found.extend(page.service_deployments.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    found.sort_by_key(|brief| std::cmp::Reverse(time(brief.created_at)));
    let is_good = |brief: &&aws_sdk_ecs::types::ServiceDeploymentBrief| status(brief.status.as_ref()) == Status::Successful;
    let open = found.iter().find(|brief| !is_good(brief)).and_then(|brief| brief.service_deployment_arn.clone());
    let good = found.iter().find(is_good);
    let arn = good.and_then(|brief| brief.target_service_revision_arn.clone());
    let revision = revisions(aws, arn.into_iter().collect()).await?.into_values().next();
    Ok(Past { open, last: good.is_some(), revision })
}

async fn version(aws: &Aws, revision: &ServiceRevision) -> Version {
    let arn = revision.task_definition.clone().unwrap_or_default();
    let name = |image: &aws_sdk_ecs::types::ContainerImage| {
        let name = image.image.clone()?;
        // The tag may lead elsewhere by now: the digest that ran is what a rollback starts.
        let digest = image.image_digest.as_deref().filter(|_| !name.contains('@'));
        Some(digest.map_or_else(|| name.clone(), |digest| format!("{name}@{digest}")))
    };
    let images = revision.container_images().iter().filter_map(name);
    let (active, images) = tokio::join!(is_active(aws, &arn), needs::images(aws, images));
    Version { task_definition: last_part(&arn).to_owned(), active: reading(active), images }
}

/// True while new tasks may be started from a task definition.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html>
async fn is_active(aws: &Aws, arn: &str) -> Result<bool> {
    const OPERATION: &str = "ecs.DescribeTaskDefinition";
    match aws.ecs.describe_task_definition().task_definition(arn).send().await.during(OPERATION) {
        Ok(answer) => Ok(answer.task_definition.and_then(|found| found.status) == Some(TaskDefinitionStatus::Active)),
        // A deleted one cannot be described any more.
        Err(error) if error.class == Class::Refused && error.is(&["ClientException"]) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads the load balancer's part; nothing where the plan makes some of it. `active` is the group of the version of now.
pub(super) async fn front(aws: &Aws, wanted: &Wanted<'_>, active: Option<String>) -> Option<Front> {
    let spec = &wanted.subject.spec;
    let balancer = spec.load_balancers.first()?;
    let advanced = balancer.advanced_configuration.as_ref()?;
    let pair = [balancer.target_group_arn.clone(), advanced.alternate_target_group_arn.clone()];
    let (production, test) = (advanced.production_listener_rule_arn.clone(), advanced.test_listener_rule_arn.clone());
    if pair.iter().chain([&production]).chain(&test).any(|arn| is_symbolic(arn)) {
        return None;
    }
    let rules = [Some(production.clone()), test.clone()].into_iter().flatten().map(|arn| (arn.clone(), arn));
    let by_arn = || pair.iter().map(|arn| (arn.clone(), arn.clone()));
    let (rules, groups, healthy) = tokio::join!(
        each(rules, async |arn| reading(rule(aws, arn).await)),
        groups(aws, &pair),
        each(by_arn(), async |arn| reading(healthy(aws, arn).await)),
    );
    let rule = |arn: &String| rules.iter().find(|one| one.name == *arn).map(|one| one.found.clone());
    let unread = || "nobody asked".to_owned();
    let of = |arn: &String, found: &[Named<u32>]| {
        let one = found.iter().find(|one| one.name == *arn);
        one.map_or_else(|| Reading::Unknown(unread()), |one| one.found.clone())
    };
    Some(Front {
        container_port: balancer.container_port,
        grace: spec.health_check_grace_period_seconds,
        active: active.filter(|active| pair.contains(active)),
        production: rule(&production).unwrap_or_else(|| Reading::Unknown(unread())),
        test: test.as_ref().and_then(rule),
        healthy: [of(&pair[0], &healthy), of(&pair[1], &healthy)],
        groups,
        pair,
    })
}

/// The weights that a rule gives. A listener of a Network Load Balancer says the same of itself.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html>
async fn rule(aws: &Aws, arn: &str) -> Result<Rule> {
    let actions = if arn.contains(":listener-rule/") {
        let answer = aws.elbv2.describe_rules().rule_arns(arn).send().await.during("elasticloadbalancing.DescribeRules");
        answer.map(|answer| answer.rules.unwrap_or_default().into_iter().flat_map(|rule| rule.actions.unwrap_or_default()).collect())
    } else {
        let answer = aws.elbv2.describe_listeners().listener_arns(arn).send().await.during("elasticloadbalancing.DescribeListeners");
        answer.map(|answer| {
            let listeners = answer.listeners.unwrap_or_default().into_iter();
            listeners.flat_map(|listener| listener.default_actions.unwrap_or_default()).collect()
        })
    };
    match actions {
        Ok(actions) => Ok(Rule::There(weights(actions))),
        Err(error) if error.is(&["RuleNotFound", "ListenerNotFound"]) => Ok(Rule::Missing),
        Err(error) => Err(error),
    }
}

fn weights(actions: Vec<Action>) -> BTreeMap<String, u32> {
    let mut weights = BTreeMap::new();
    for action in actions {
        let groups = action.forward_config.and_then(|forward| forward.target_groups).unwrap_or_default();
        if let Some(arn) = action.target_group_arn.filter(|_| groups.is_empty()) {
            weights.insert(arn, 1);
        }
        let weight = |weight: Option<i32>| u32::try_from(weight.unwrap_or(1)).unwrap_or_default();
        weights.extend(groups.into_iter().filter_map(|group| Some((group.target_group_arn?, weight(group.weight)))));
    }
    weights
}

/// Reads both groups in one call, which fails as a whole where one of them is not there.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html>
async fn groups(aws: &Aws, pair: &[String; 2]) -> [Reading<Group>; 2] {
    match group(aws, pair.to_vec()).await {
        Ok(found) if found.len() == pair.len() => {
            pair.clone().map(|arn| Reading::Known(found.get(&arn).cloned().unwrap_or(Group::Missing)))
        }
        Err(error) if error.class != Class::Refused => pair.clone().map(|_| Reading::Unknown(error.brief())),
        Ok(_) | Err(_) => {
            let one = async |arn: &String| reading(one_group(aws, arn).await);
            let (first, second) = tokio::join!(one(&pair[0]), one(&pair[1]));
            [first, second]
        }
    }
}

async fn one_group(aws: &Aws, arn: &str) -> Result<Group> {
    match group(aws, vec![arn.to_owned()]).await {
        Ok(mut found) => Ok(found.remove(arn).unwrap_or(Group::Missing)),
        Err(error) if error.is(&["TargetGroupNotFound"]) => Ok(Group::Missing),
        Err(error) => Err(error),
    }
}

async fn group(aws: &Aws, arns: Vec<String>) -> Result<BTreeMap<String, Group>, Error> {
    let call = aws.elbv2.describe_target_groups().set_target_group_arns(Some(arns));
    let found = call.send().await.during("elasticloadbalancing.DescribeTargetGroups")?.target_groups.unwrap_or_default();
    Ok(found.into_iter().filter_map(|group| Some((group.target_group_arn.clone()?, Group::There(settings(group))))).collect())
}

fn settings(group: TargetGroup) -> GroupSettings {
    let number = |number: Option<i32>| u32::try_from(number.unwrap_or_default()).unwrap_or_default();
    let matcher = group.matcher.and_then(|matcher| matcher.http_code.or(matcher.grpc_code));
    let protocol = group.health_check_protocol.map(|protocol| protocol.as_str().to_owned());
    let health = [protocol, group.health_check_path, matcher].into_iter().flatten().collect::<Vec<_>>().join(" ");
    GroupSettings {
        target_type: group.target_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        vpc: group.vpc_id.unwrap_or_default(),
        health_port: group.health_check_port.unwrap_or_else(|| "traffic-port".into()),
        health,
        healthy_after: number(group.health_check_interval_seconds).saturating_mul(number(group.healthy_threshold_count)),
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html>
async fn healthy(aws: &Aws, arn: &str) -> Result<u32> {
    let call = aws.elbv2.describe_target_health().target_group_arn(arn);
    match call.send().await.during("elasticloadbalancing.DescribeTargetHealth") {
        Ok(answer) => {
            let states = answer.target_health_descriptions.unwrap_or_default();
            let healthy = |state: Option<&TargetHealthStateEnum>| state == Some(&TargetHealthStateEnum::Healthy);
            let count = states.iter().filter(|one| healthy(one.target_health().and_then(|health| health.state()))).count();
            Ok(u32::try_from(count).unwrap_or(u32::MAX))
        }
        Err(error) if error.is(&["TargetGroupNotFound"]) => Ok(0),
        Err(error) => Err(error),
    }
}
