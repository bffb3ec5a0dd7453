//! Services as the ECS API has them: deployment configuration, load balancers, state.

use crate::aws::{Aws, During, Error, Result};
use crate::core::identity::TAG_CONTRACT;
use crate::core::rollout::owed::{self, OWED};
use crate::core::snapshot::{DEPLOYING, State};
use crate::kinds::ecs::deployment::{Alarms, Canary, CircuitBreaker, Deployment, Hook, HookTarget, Linear, Strategy, TimeoutAction};
use crate::kinds::ecs::service::{Advanced, LoadBalancer, Spec};
use crate::kinds::spelling::{built, choice, number, word};
use aws_sdk_ecs::types as ecs;
use std::collections::BTreeMap;

const DESCRIBE: &str = "ecs.DescribeServices";

pub fn network(operation: &'static str, spec: &Spec) -> Result<ecs::NetworkConfiguration> {
    let public = if spec.assign_public_ip { ecs::AssignPublicIp::Enabled } else { ecs::AssignPublicIp::Disabled };
    let vpc = ecs::AwsVpcConfiguration::builder()
        .set_subnets(Some(spec.subnet_ids.clone()))
        .set_security_groups(Some(spec.security_group_ids.clone()))
        .assign_public_ip(public);
    Ok(ecs::NetworkConfiguration::builder().awsvpc_configuration(built(operation, vpc.build())?).build())
}

pub fn deployment(operation: &'static str, wanted: &Deployment) -> Result<ecs::DeploymentConfiguration> {
    let CircuitBreaker { enable, rollback } = wanted.circuit_breaker;
    let canary = wanted.canary.as_ref().map(|canary| {
        let minutes = number(operation, "canary.bake_time_in_minutes", canary.bake_time_in_minutes)?;
        let builder = ecs::CanaryConfiguration::builder().canary_percent(canary.percent);
        Ok::<_, Error>(builder.canary_bake_time_in_minutes(minutes).build())
    });
    let linear = wanted.linear.as_ref().map(|linear| {
        let minutes = number(operation, "linear.bake_time_in_minutes", linear.bake_time_in_minutes)?;
        let builder = ecs::LinearConfiguration::builder().step_percent(linear.step_percent);
        Ok::<_, Error>(builder.step_bake_time_in_minutes(minutes).build())
    });
    let bake_time = number(operation, "bake_time_in_minutes", wanted.bake_time_in_minutes)?;
    // Without alarms an empty, disabled set says so; left out, AWS keeps those it has.
    let none = Alarms { alarm_names: Vec::new(), enable: false, rollback: false };
    let Alarms { alarm_names, enable: watched, rollback: back } = wanted.alarms.clone().unwrap_or(none);
    let alarms = ecs::DeploymentAlarms::builder().set_alarm_names(Some(alarm_names)).enable(watched).rollback(back).build();
    Ok(ecs::DeploymentConfiguration::builder()
        .strategy(word(&wanted.strategy).as_str().into())
        .minimum_healthy_percent(number(operation, "minimum_healthy_percent", wanted.minimum_healthy_percent)?)
        .maximum_percent(number(operation, "maximum_percent", wanted.maximum_percent)?)
        .set_bake_time_in_minutes((wanted.strategy != Strategy::Rolling).then_some(bake_time))
        .deployment_circuit_breaker(ecs::DeploymentCircuitBreaker::builder().enable(enable).rollback(rollback).build())
        .alarms(built(operation, alarms)?)
        .set_canary_configuration(canary.transpose()?)
        .set_linear_configuration(linear.transpose()?)
        .set_lifecycle_hooks(Some(wanted.lifecycle_hooks.iter().map(|one| hook(operation, one)).collect::<Result<_>>()?))
        .build())
}

fn hook(operation: &'static str, hook: &Hook) -> Result<ecs::DeploymentLifecycleHook> {
    let timeout = ecs::DeploymentLifecycleHookTimeoutConfiguration::builder()
        .timeout_in_minutes(number(operation, "timeout_in_minutes", hook.timeout_in_minutes)?)
        .action(word(&hook.timeout_action).as_str().into())
        .build();
    Ok(ecs::DeploymentLifecycleHook::builder()
        .target_type(word(&hook.target_type).as_str().into())
        .set_lifecycle_stages(Some(hook.lifecycle_stages.iter().map(|stage| word(stage).as_str().into()).collect()))
        .set_hook_target_arn(hook.hook_target_arn.clone())
        .set_role_arn(hook.role_arn.clone())
        .timeout_configuration(timeout)
        .build())
}

pub fn from_deployment(live: Option<ecs::DeploymentConfiguration>) -> Result<Deployment> {
    let Some(live) = live else { return Ok(Deployment::default()) };
    let circuit_breaker = live.deployment_circuit_breaker;
    let read = |what: &str, value: Option<i32>, default: u32| value.map_or(Ok(default), |value| number(DESCRIBE, what, value));
    let canary = |canary: ecs::CanaryConfiguration| {
        let percent = canary.canary_percent.unwrap_or(5.0);
        let minutes = read("canaryBakeTimeInMinutes", canary.canary_bake_time_in_minutes, 10);
        minutes.map(|bake_time_in_minutes| Canary { percent, bake_time_in_minutes })
    };
    let linear = |linear: ecs::LinearConfiguration| {
        let step_percent = linear.step_percent.unwrap_or(10.0);
        let minutes = read("stepBakeTimeInMinutes", linear.step_bake_time_in_minutes, 6);
        minutes.map(|bake_time_in_minutes| Linear { step_percent, bake_time_in_minutes })
    };
    Ok(Deployment {
        strategy: live.strategy.map_or(Ok(Strategy::Rolling), |strategy| choice(DESCRIBE, strategy.as_str()))?,
        minimum_healthy_percent: read("minimumHealthyPercent", live.minimum_healthy_percent, 100)?,
        maximum_percent: read("maximumPercent", live.maximum_percent, 200)?,
        bake_time_in_minutes: read("bakeTimeInMinutes", live.bake_time_in_minutes, 0)?,
        canary: live.canary_configuration.map(canary).transpose()?,
        linear: live.linear_configuration.map(linear).transpose()?,
        circuit_breaker: circuit_breaker.map_or(CircuitBreaker { enable: false, rollback: false }, |breaker| CircuitBreaker {
            enable: breaker.enable,
            rollback: breaker.rollback,
        }),
        alarms: live.alarms.map(|alarms| Alarms { alarm_names: alarms.alarm_names, enable: alarms.enable, rollback: alarms.rollback }),
        lifecycle_hooks: live.lifecycle_hooks.unwrap_or_default().into_iter().map(from_hook).collect::<Result<_>>()?,
    })
}

fn from_hook(hook: ecs::DeploymentLifecycleHook) -> Result<Hook> {
    let timeout = hook.timeout_configuration;
    let action = timeout.as_ref().and_then(|timeout| timeout.action.as_ref());
    Ok(Hook {
        target_type: hook.target_type.map_or(Ok(HookTarget::AwsLambda), |target| choice(DESCRIBE, target.as_str()))?,
        lifecycle_stages: hook
            .lifecycle_stages
            .unwrap_or_default()
            .iter()
            .map(|stage| choice(DESCRIBE, stage.as_str()))
            .collect::<Result<_>>()?,
        hook_target_arn: hook.hook_target_arn,
        role_arn: hook.role_arn,
        timeout_action: action.map_or(Ok(TimeoutAction::Rollback), |action| choice(DESCRIBE, action.as_str()))?,
        timeout_in_minutes: timeout
            .and_then(|timeout| timeout.timeout_in_minutes)
            .map_or(Ok(1440), |minutes| number(DESCRIBE, "timeoutInMinutes", minutes))?,
    })
}

pub fn from_load_balancers(list: Option<Vec<ecs::LoadBalancer>>) -> Vec<LoadBalancer> {
    let advanced = |pair: ecs::AdvancedConfiguration| Advanced {
        alternate_target_group_arn: pair.alternate_target_group_arn.unwrap_or_default(),
        production_listener_rule_arn: pair.production_listener_rule.unwrap_or_default(),
        test_listener_rule_arn: pair.test_listener_rule,
        role_arn: pair.role_arn.unwrap_or_default(),
    };
    let balancer = |live: ecs::LoadBalancer| LoadBalancer {
        target_group_arn: live.target_group_arn.unwrap_or_default(),
        container_name: live.container_name.unwrap_or_default(),
        container_port: live.container_port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        advanced_configuration: live.advanced_configuration.map(advanced),
    };
    list.unwrap_or_default().into_iter().map(balancer).collect()
}

/// Returns the load balancers to send. In each pair of target groups the one that has the traffic now comes first: ECS takes
/// the other for the next deployment, and a spec does not say which is which.
pub async fn load_balancers(aws: &Aws, wanted: &[LoadBalancer]) -> Result<Vec<ecs::LoadBalancer>> {
    let weights = weights(aws, wanted).await?;
    let weight = |arn: &str| weights.get(arn).copied().unwrap_or_default();
    Ok(wanted
        .iter()
        .map(|balancer| {
            let mut active = balancer.target_group_arn.as_str();
            let pair = balancer.advanced_configuration.as_ref().map(|pair| {
                let mut other = pair.alternate_target_group_arn.as_str();
                if weight(other) > weight(active) {
                    std::mem::swap(&mut active, &mut other);
                }
                ecs::AdvancedConfiguration::builder()
                    .alternate_target_group_arn(other)
                    .production_listener_rule(&pair.production_listener_rule_arn)
                    .set_test_listener_rule(pair.test_listener_rule_arn.clone())
                    .role_arn(&pair.role_arn)
                    .build()
            });
            ecs::LoadBalancer::builder()
                .target_group_arn(active)
                .container_name(&balancer.container_name)
                .container_port(i32::from(balancer.container_port))
                .set_advanced_configuration(pair)
                .build()
        })
        .collect())
}

/// Makes sure that a service which gives its pair up keeps the target group that has the traffic: ECS would move its tasks to one to
/// which no rule leads.
pub async fn keeps_its_traffic(aws: &Aws, live: &[LoadBalancer], wanted: &[LoadBalancer]) -> Result<()> {
    let pairs = live.iter().filter_map(|balancer| {
        let pair = [&balancer.target_group_arn, &balancer.advanced_configuration.as_ref()?.alternate_target_group_arn];
        let alone = wanted.iter().find(|one| one.advanced_configuration.is_none() && pair.contains(&&one.target_group_arn))?;
        Some((pair, &alone.target_group_arn))
    });
    let pairs = pairs.collect::<Vec<_>>();
    if pairs.is_empty() {
        return Ok(());
    }
    let weights = weights(aws, live).await?;
    let serves = |arn: &str| weights.get(arn).is_some_and(|weight| *weight > 0);
    match pairs.into_iter().find_map(|(pair, alone)| Some((alone, pair.into_iter().find(|arn| serves(arn) && !serves(alone))?))) {
        None => Ok(()),
        Some((alone, serving)) => {
            let message = format!("the traffic goes to {serving}, and the service would keep {alone} alone; name the one that serves");
            Err(Error::new("ecs.UpdateService", "WrongTargetGroup", message))
        }
    }
}

/// Returns what the production rules give each target group. A Network Load Balancer has listeners instead, with one target group.
async fn weights(aws: &Aws, balancers: &[LoadBalancer]) -> Result<BTreeMap<String, i32>> {
    let production = balancers.iter().filter_map(|balancer| balancer.advanced_configuration.as_ref());
    let arns = production.map(|pair| pair.production_listener_rule_arn.clone()).collect::<Vec<_>>();
    let (rules, listeners) = arns.into_iter().partition::<Vec<_>, _>(|arn| arn.contains(":listener-rule/"));
    let mut actions = Vec::new();
    if !rules.is_empty() {
        let answer = aws.elbv2.describe_rules().set_rule_arns(Some(rules)).send().await.during("elasticloadbalancing.DescribeRules")?;
        actions.extend(answer.rules.unwrap_or_default().into_iter().flat_map(|rule| rule.actions.unwrap_or_default()));
    }
    if !listeners.is_empty() {
        let call = aws.elbv2.describe_listeners().set_listener_arns(Some(listeners));
        let answer = call.send().await.during("elasticloadbalancing.DescribeListeners")?;
        actions.extend(answer.listeners.unwrap_or_default().into_iter().flat_map(|listener| listener.default_actions.unwrap_or_default()));
    }
    let mut weights = BTreeMap::new();
    for action in actions {
        if let Some(arn) = action.target_group_arn {
            weights.insert(arn, 1);
        }
        for group in action.forward_config.and_then(|forward| forward.target_groups).unwrap_or_default() {
            weights.insert(group.target_group_arn.unwrap_or_default(), group.weight.unwrap_or(1));
        }
    }
    Ok(weights)
}

/// The words for a first version that failed.
const FIRST: &str = "no version of it has come up, so there is none to go back to";

/// Ready is steady: the deployment is complete and every task runs.
pub fn state(service: &ecs::Service) -> State {
    if service.status.as_deref() == Some("DRAINING") {
        return State::Deleting;
    }
    let (running, desired) = (service.running_count, service.desired_count);
    let deployments = service.deployments.as_deref().unwrap_or_default();
    let primary = deployments.iter().find(|deployment| deployment.status.as_deref() == Some("PRIMARY"));
    let rollout = primary.and_then(|deployment| deployment.rollout_state.as_ref()).map(|state| state.as_str());
    if rollout == Some("FAILED") {
        let reason = primary.and_then(|deployment| deployment.rollout_state_reason.clone());
        let reason = reason.unwrap_or_else(|| "the deployment failed".into());
        // ECS keeps the version before as another deployment, or goes back to it.
        let alone = if deployments.len() == 1 { format!("{FIRST}; ") } else { String::new() };
        return State::Failed(format!("{alone}{reason}"));
    }
    if rollout == Some("IN_PROGRESS") || deployments.len() > 1 {
        return State::Changing(format!("{DEPLOYING}, {running} of {desired} tasks running"));
    }
    // Somebody was to run it after this version had taken over.
    let owed = service.tags().iter().find(|tag| tag.key() == Some(TAG_CONTRACT)).and_then(|tag| tag.value()).map(owed::read);
    match owed.filter(|(version, _)| service.task_definition() == Some(*version)) {
        Some((_, false)) => return State::Changing(format!("{DEPLOYING}, {}", owed::DUE)),
        Some((_, true)) => return State::Failed(OWED.into()),
        None => {}
    }
    state_without_command(service)
}

/// The state of a service that is deployed, whatever command it owes.
pub fn state_without_command(service: &ecs::Service) -> State {
    let (running, desired) = (service.running_count, service.desired_count);
    if running == desired { State::Ready } else { State::Changing(format!("{running} of {desired} tasks running")) }
}
