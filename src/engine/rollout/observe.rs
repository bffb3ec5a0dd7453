//! Reads all that is live of a rollout. Nothing of it is remembered from one look to the next.

use super::Subject;
use super::migrate::{self, Records};
use super::told;
use super::traffic::{self, Pair};
use crate::aws::{Aws, During, Error, Result};
use crate::core::identity::{TAG_CONTRACT, TAG_ROLLOUT};
use crate::core::rollout::decide::{State, decide};
use crate::core::rollout::observation::{
    Alarm, AlarmState, Awaited, Deployment, Gate, Image, Migration, Minute, Observation, Reading, Side, Status, Weights,
};
use crate::core::rollout::owed;
use crate::kinds::ecs::driver::stopped_tasks;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_ecs::types::{
    ContainerImage, DeploymentConfiguration, DeploymentLifecycleHookStatus, DeploymentStrategy, DesiredStatus, Service, ServiceDeployment,
    ServiceDeploymentBrief, ServiceDeploymentStatus, ServiceField, ServiceRevision, ServiceRevisionSummary,
};
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use aws_smithy_types::DateTime;
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// DescribeServiceRevisions and DescribeServiceDeployments take so many at once.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html>
const AT_ONCE: usize = 20;

/// Reads the newest deployment to the task definition that is rolled out, or the newest at all where none is named.
pub async fn observe(aws: &Aws, subject: &Subject) -> Result<Observation> {
    observe_one(aws, subject, None).await
}

/// Reads the deployment of this ARN in the same way; none stands for whichever is meant.
pub async fn observe_one(aws: &Aws, subject: &Subject, arn: Option<&str>) -> Result<Observation> {
    let found = tokio::try_join!(describe(aws, subject), list(aws, subject));
    // A service that is only to be made has no deployment yet.
    let (paused, owed, created, running, briefs) = match found {
        Ok((service, briefs)) => (is_paused(&service), owed(&service), time(service.created_at), service.task_definition, briefs),
        Err(error) if subject.task_definition.is_some() && is_absent(&error) => (false, None, Timestamp::UNIX_EPOCH, None, Vec::new()),
        Err(error) => return Err(error),
    };
    let mut seen = Observation {
        deployment: None,
        awaited: None,
        superseded_by: None,
        occupied_by: None,
        paused,
        crashed: Vec::new(),
        weights: Reading::Unknown("the service has no pair of target groups".into()),
        minutes: Vec::new(),
        alarms: Reading::Known(Vec::new()),
        metrics: Vec::new(),
        smoke: None,
        expand: Migration::NotRun,
        contract: Migration::NotRun,
        owed: false,
    };
    let revisions = revisions(aws, briefs.iter().filter_map(|brief| brief.target_service_revision_arn.clone()).collect()).await?;
    let wanted = |brief: &&ServiceDeploymentBrief| {
        let runs = runs(&revisions, brief);
        let recent = subject.since.is_none_or(|since| time(brief.created_at) >= since);
        let named = arn.is_none_or(|arn| brief.service_deployment_arn.as_deref() == Some(arn));
        named && recent && subject.task_definition.as_deref().is_none_or(|wanted| runs == Some(wanted))
    };
    let Some(place) = briefs.iter().position(|brief| wanted(&brief)) else {
        if let Some(task_definition) = &subject.task_definition {
            let records = records(aws, subject, task_definition).await?;
            seen.expand = migrate::expand(aws, subject, task_definition, &records).await?;
            seen.awaited = Some(Awaited { task_definition: task_definition.clone(), images: records.into_images(), runs: running });
        }
        let open = briefs.iter().find(|brief| status(brief.status.as_ref()).is_open());
        seen.occupied_by = open.and_then(|brief| brief.service_deployment_arn.clone());
        return Ok(seen);
    };
    seen.superseded_by = place.checked_sub(1).and_then(|newer| briefs[newer].service_deployment_arn.clone());
    let arn = briefs[place].service_deployment_arn.clone().unwrap_or_default();
    let call = aws.ecs.describe_service_deployments().service_deployment_arns(&arn);
    let answer = call.send().await.during("ecs.DescribeServiceDeployments")?;
    let found = answer.service_deployments.unwrap_or_default().into_iter().next();
    let found = found.ok_or_else(|| Error::missing("ecs.DescribeServiceDeployments", "serviceDeployments"))?;
    let green = found.target_service_revision.clone().ok_or_else(|| Error::missing("ecs.DescribeServiceDeployments", "target"))?;
    // A version that has never come up is nothing to be compared with, or to go back to.
    let has_come_up = created <= kept_since(aws) || has_come_up(&briefs[place + 1..], briefs.len());
    let blue = old(&found, &green, &briefs[place + 1..]).filter(|_| has_come_up).cloned();
    let sources = blue.iter().filter_map(|blue| blue.arn.clone()).filter(|arn| !revisions.contains_key(arn)).collect();
    let mut revisions = revisions;
    revisions.extend(self::revisions(aws, sources).await?);
    let revision = |side: &ServiceRevisionSummary| side.arn.as_ref().and_then(|arn| revisions.get(arn));
    let rule = revision(&green).and_then(production_rule);
    let pair = Pair {
        balancer: rule.as_deref().and_then(balancer),
        green: revision(&green).and_then(target_group),
        blue: blue.as_ref().and_then(revision).and_then(target_group),
    };
    let started = time(found.started_at.or(found.created_at));
    let now = aws.calls.now();
    // Where it is over, the minutes until then count, however long ago that was.
    let over = found.finished_at.and_then(|at| time(Some(at)).checked_add(SignedDuration::from_mins(2)).ok());
    let until = over.map_or(now, |over| over.min(now));
    let task_definition = revision(&green).and_then(|revision| revision.task_definition.clone()).unwrap_or_default();
    let commands = async {
        let records = records(aws, subject, &task_definition).await?;
        let expand = migrate::expand(aws, subject, &task_definition, &records).await?;
        Ok::<_, Error>((expand, migrate::contract(aws, subject, &task_definition, &records, started).await?))
    };
    let (green_health, blue_health, weights, minutes, alarms, metrics, crashed, stalled, commands) = tokio::join!(
        health(aws, pair.green.as_deref(), green.running_task_count),
        health(aws, pair.blue.as_deref(), blue.as_ref().map_or(0, |blue| blue.running_task_count)),
        weights(aws, rule.as_deref(), &pair),
        traffic::minutes(aws, &pair, started, until),
        alarms(aws, &subject.policy.guard.alarms),
        traffic::metrics(aws, &subject.policy.guard.metrics, now),
        stopped_tasks::crashed(aws, &subject.cluster, &subject.service, &task_definition, started),
        stalled(aws, subject, &task_definition, &green, started),
        commands,
    );
    (seen.expand, seen.contract) = commands?;
    seen.owed = owed.is_some_and(|owed| owed == task_definition);
    let moves_traffic = found.deployment_configuration.as_ref().and_then(|found| found.strategy()) != Some(&DeploymentStrategy::Rolling);
    let side = |summary: &ServiceRevisionSummary, (healthy, unhealthy)| Side {
        group: revision(summary).and_then(target_group),
        revision: summary.arn.clone().unwrap_or_default(),
        task_definition: revision(summary).and_then(|revision| revision.task_definition.clone()).unwrap_or_default(),
        images: revision(summary).map(|revision| revision.container_images().iter().map(image).collect()).unwrap_or_default(),
        requested: count(summary.requested_task_count),
        running: count(summary.running_task_count),
        pending: count(summary.pending_task_count),
        shared: !moves_traffic,
        weight: summary.requested_production_traffic_weight.unwrap_or_default(),
        healthy,
        unhealthy,
    };
    let status = status(found.status.as_ref());
    let reason = told::reason(aws, &task_definition, &arn, status, reason(&found)).await;
    seen.weights = weights;
    // In one target group nobody can tell whose requests they are.
    let told_apart = !moves_traffic || pair.green.is_none() || pair.green != pair.blue;
    seen.minutes = if told_apart { minutes } else { minutes.into_iter().map(not_told_apart).collect() };
    seen.alarms = alarms;
    seen.metrics = metrics;
    seen.crashed = crashed.unwrap_or_default();
    seen.deployment = Some(Deployment {
        status,
        stage: found.lifecycle_stage.as_ref().map(|stage| stage.as_str().to_owned()).unwrap_or_default(),
        started,
        finished: found.finished_at.map(|at| time(Some(at))),
        turned: found.rollback.as_ref().and_then(|rollback| rollback.started_at).map(|at| time(Some(at))),
        again: briefs[place + 1..].iter().any(|brief| self::runs(&revisions, brief) == Some(&task_definition)),
        reason,
        gates: gates(&found, now),
        blue: blue.as_ref().map(|blue| side(blue, blue_health)),
        green: side(&green, green_health),
        moves_traffic,
        stalled: stalled.unwrap_or(started),
        task_definition,
        rule,
        arn,
    });
    Ok(seen)
}

/// The revision that a deployment replaces. Where another one was under way when it began, AWS names the revision of that as well, which has
/// never taken over: the old one is that of the last deployment that did, or else the one with the most traffic, and the most tasks.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html>
fn old<'a>(
    found: &'a ServiceDeployment,
    green: &ServiceRevisionSummary,
    before: &[ServiceDeploymentBrief],
) -> Option<&'a ServiceRevisionSummary> {
    let took_over = before.iter().find(|brief| status(brief.status.as_ref()) == Status::Successful);
    let last = took_over.and_then(|brief| brief.target_service_revision_arn.as_deref());
    let rank = |one: &ServiceRevisionSummary| {
        let weight = one.requested_production_traffic_weight.unwrap_or_default();
        (last.is_some() && one.arn.as_deref() == last, (weight * 100.0) as i64, one.running_task_count)
    };
    // Where two are alike the first counts.
    found.source_service_revisions().iter().rev().filter(|one| one.arn != green.arn).max_by_key(|one| rank(one))
}

/// The task definition that a deployment goes to; none where AWS does not know the revision any more.
fn runs<'a>(revisions: &'a BTreeMap<String, ServiceRevision>, brief: &ServiceDeploymentBrief) -> Option<&'a str> {
    revisions.get(brief.target_service_revision_arn.as_ref()?)?.task_definition.as_deref()
}

/// The time since which AWS knows every deployment: it keeps them for 90 days.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html>
pub(super) fn kept_since(aws: &Aws) -> Timestamp {
    aws.calls.now().saturating_sub(SignedDuration::from_hours(24 * 90)).unwrap_or_default()
}

/// True where one of the deployments before this one took over, or where not all of them are known.
fn has_come_up(before: &[ServiceDeploymentBrief], known: usize) -> bool {
    let good = |brief: &ServiceDeploymentBrief| matches!(status(brief.status.as_ref()), Status::Successful | Status::RollbackSuccessful);
    known >= AT_ONCE || before.iter().any(good)
}

/// Reads how far the commands of a version are, if it has any.
async fn records(aws: &Aws, subject: &Subject, task_definition: &str) -> Result<Records> {
    if subject.policy.has_commands() { Records::of(aws, task_definition).await } else { Ok(Records::default()) }
}

/// The value of the tag of a service at which nothing goes on.
pub const PAUSED: &str = "paused";

/// True when the rollout of the task definition has begun, and is not at its end, or the service owes the command after it, as it does
/// still where it has run and nobody has written so.
pub(super) async fn is_under_way(aws: &Aws, subject: &Subject) -> Result<bool> {
    let seen = observe(aws, subject).await?;
    let state = decide(&subject.policy, &seen, aws.calls.now()).state;
    Ok(seen.deployment.is_some() && (!state.is_end() || state == State::ContractFailed || seen.owed))
}

/// The version to which the service owes the command after.
fn owed(service: &Service) -> Option<String> {
    let tag = service.tags().iter().find(|tag| tag.key() == Some(TAG_CONTRACT))?;
    tag.value().map(|value| owed::read(value).0.to_owned())
}

fn is_paused(service: &Service) -> bool {
    service.tags().iter().any(|tag| tag.key() == Some(TAG_ROLLOUT) && tag.value() == Some(PAUSED))
}

/// True where there is no such service.
pub(super) fn is_absent(error: &Error) -> bool {
    error.is(&["ServiceNotFound", "ServiceNotFoundException"])
}

pub(super) async fn describe(aws: &Aws, subject: &Subject) -> Result<Service> {
    let call = aws.ecs.describe_services().cluster(&subject.cluster).services(&subject.service).include(ServiceField::Tags);
    let found = call.send().await.during("ecs.DescribeServices")?.services.unwrap_or_default().into_iter().next();
    // One that was deleted is shown for some time as INACTIVE.
    let found = found.filter(|service| service.status() != Some("INACTIVE"));
    found.ok_or_else(|| Error::new("ecs.DescribeServices", "ServiceNotFound", format!("there is no service `{}`", subject.service)))
}

/// Returns the newest deployments, newest first. AWS keeps them for ninety days.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html>
pub(super) async fn list(aws: &Aws, subject: &Subject) -> Result<Vec<ServiceDeploymentBrief>> {
    let call = aws.ecs.list_service_deployments().cluster(&subject.cluster).service(&subject.service);
    let mut found = call.send().await.during("ecs.ListServiceDeployments")?.service_deployments.unwrap_or_default();
    found.sort_by_key(|brief| std::cmp::Reverse(brief.created_at.map(|at| (at.secs(), at.subsec_nanos()))));
    found.truncate(AT_ONCE);
    Ok(found)
}

pub(super) async fn revisions(aws: &Aws, arns: Vec<String>) -> Result<BTreeMap<String, ServiceRevision>> {
    let calls = arns.chunks(AT_ONCE).map(async |arns| {
        let call = aws.ecs.describe_service_revisions().set_service_revision_arns(Some(arns.to_vec()));
        Ok::<_, Error>(call.send().await.during("ecs.DescribeServiceRevisions")?.service_revisions.unwrap_or_default())
    });
    let found = try_join_all(calls).await?.into_iter().flatten();
    Ok(found.filter_map(|revision| Some((revision.service_revision_arn.clone()?, revision))).collect())
}

fn not_told_apart(minute: Minute) -> Minute {
    let unknown = || Reading::Unknown("both versions are in one target group".into());
    Minute { blue: unknown(), green: unknown(), ..minute }
}

fn image(image: &ContainerImage) -> Image {
    Image {
        container: image.container_name.clone().unwrap_or_default(),
        image: image.image.clone().unwrap_or_default(),
        digest: image.image_digest.clone(),
    }
}

/// The group that the tasks of a revision are in.
pub(super) fn target_group(revision: &ServiceRevision) -> Option<String> {
    let resolved = revision.resolved_configuration.as_ref()?.load_balancers().first()?;
    resolved.target_group_arn.clone()
}

fn production_rule(revision: &ServiceRevision) -> Option<String> {
    let resolved = revision.resolved_configuration.as_ref()?.load_balancers().first()?;
    resolved.production_listener_rule.clone()
}

/// The name of a load balancer in metrics, out of the ARN of a rule or a listener of it: `app/web/50dc6c495c0c9188`.
fn balancer(rule: &str) -> Option<String> {
    let (_, path) = rule.split_once(":listener-rule/").or_else(|| rule.split_once(":listener/"))?;
    let parts = path.split('/').take(3).collect::<Vec<_>>();
    (parts.len() == 3).then(|| parts.join("/"))
}

pub(super) async fn health(aws: &Aws, group: Option<&str>, running: i32) -> (Reading<u32>, Reading<u32>) {
    // A service without a load balancer has no other health than that its tasks run.
    let Some(group) = group else { return (Reading::Known(count(running)), Reading::Known(0)) };
    let call = aws.elbv2.describe_target_health().target_group_arn(group);
    match call.send().await.during("elasticloadbalancing.DescribeTargetHealth") {
        Err(error) => (Reading::Unknown(error.unread()), Reading::Unknown(error.unread())),
        Ok(answer) => {
            let states = answer.target_health_descriptions.unwrap_or_default();
            let are = |wanted: TargetHealthStateEnum| {
                let state = states.iter().filter(|one| one.target_health().and_then(|health| health.state()) == Some(&wanted));
                Reading::Known(u32::try_from(state.count()).unwrap_or(u32::MAX))
            };
            (are(TargetHealthStateEnum::Healthy), are(TargetHealthStateEnum::Unhealthy))
        }
    }
}

/// The shares that the production rule gives. A listener of a Network Load Balancer says the same of itself.
async fn weights(aws: &Aws, rule: Option<&str>, pair: &Pair) -> Reading<Weights> {
    let (Some(rule), Some(green)) = (rule, pair.green.as_deref()) else { return Reading::Known(Weights { blue: 0.0, green: 0.0 }) };
    let answer = if rule.contains(":listener-rule/") {
        let answer = aws.elbv2.describe_rules().rule_arns(rule).send().await.during("elasticloadbalancing.DescribeRules");
        answer.map(|answer| answer.rules.unwrap_or_default().into_iter().flat_map(|rule| rule.actions.unwrap_or_default()).collect())
    } else {
        let answer = aws.elbv2.describe_listeners().listener_arns(rule).send().await.during("elasticloadbalancing.DescribeListeners");
        answer.map(|answer| {
            let listeners = answer.listeners.unwrap_or_default().into_iter();
            listeners.flat_map(|listener| listener.default_actions.unwrap_or_default()).collect()
        })
    };
    let actions: Vec<aws_sdk_elasticloadbalancingv2::types::Action> = match answer {
        Ok(actions) => actions,
        Err(error) => return Reading::Unknown(error.unread()),
    };
    let mut weights = BTreeMap::<String, f64>::new();
    for action in actions {
        let groups = action.forward_config.and_then(|forward| forward.target_groups).unwrap_or_default();
        if let Some(arn) = action.target_group_arn.filter(|_| groups.is_empty()) {
            weights.insert(arn, 1.0);
        }
        weights.extend(groups.into_iter().map(|group| (group.target_group_arn.unwrap_or_default(), f64::from(group.weight.unwrap_or(1)))));
    }
    let all = weights.values().sum::<f64>();
    let share = |group: Option<&str>| group.and_then(|group| weights.get(group)).map_or(0.0, |weight| weight * 100.0 / all.max(1.0));
    Reading::Known(Weights { blue: share(pair.blue.as_deref()), green: share(Some(green)) })
}

pub(in crate::engine) async fn alarms(aws: &Aws, names: &[String]) -> Reading<Vec<Alarm>> {
    if names.is_empty() {
        return Reading::Known(Vec::new());
    }
    let call = aws.cloudwatch.describe_alarms().set_alarm_names(Some(names.to_vec()));
    match call.send().await.during("cloudwatch.DescribeAlarms") {
        Err(error) => Reading::Unknown(error.unread()),
        Ok(answer) => {
            let plain = answer.metric_alarms.unwrap_or_default().into_iter().map(|alarm| (alarm.alarm_name, alarm.state_value));
            let composite = answer.composite_alarms.unwrap_or_default().into_iter().map(|alarm| (alarm.alarm_name, alarm.state_value));
            let states = plain.chain(composite).filter_map(|(name, state)| Some((name?, state?))).collect::<BTreeMap<_, _>>();
            let state = |name: &String| match states.get(name) {
                Some(StateValue::Ok) => AlarmState::Ok,
                Some(StateValue::Alarm) => AlarmState::Alarm,
                Some(_) => AlarmState::InsufficientData,
                None => AlarmState::Missing,
            };
            Reading::Known(names.iter().map(|name| Alarm { name: name.clone(), state: state(name) }).collect())
        }
    }
}

/// Returns when the newest task of the new revision came up, while there are too few of them.
async fn stalled(
    aws: &Aws,
    subject: &Subject,
    task_definition: &str,
    green: &ServiceRevisionSummary,
    started: Timestamp,
) -> Result<Timestamp> {
    if green.running_task_count >= green.requested_task_count {
        return Ok(started);
    }
    let call = aws.ecs.list_tasks().cluster(&subject.cluster).service_name(&subject.service).desired_status(DesiredStatus::Running);
    let arns = call.send().await.during("ecs.ListTasks")?.task_arns.unwrap_or_default();
    if arns.is_empty() {
        return Ok(started);
    }
    let call = aws.ecs.describe_tasks().cluster(&subject.cluster).set_tasks(Some(arns));
    let tasks = call.send().await.during("ecs.DescribeTasks")?.tasks.unwrap_or_default();
    let ours = tasks.iter().filter(|task| task.task_definition_arn() == Some(task_definition));
    Ok(ours.filter_map(|task| task.started_at).map(|at| time(Some(at))).max().unwrap_or(started).max(started))
}

/// Hooks that wait for somebody. AWS says when each expires; how long it waits stands in the deployment's configuration.
fn gates(found: &ServiceDeployment, now: Timestamp) -> Vec<Gate> {
    let stage = found.lifecycle_stage.as_ref().map(|stage| stage.as_str().to_owned()).unwrap_or_default();
    let minutes = i64::from(timeout(found.deployment_configuration.as_ref(), &stage));
    let waiting = found.lifecycle_hook_details().iter().filter(|hook| hook.status == Some(DeploymentLifecycleHookStatus::AwaitingAction));
    let gate = waiting.map(|hook| {
        let expires = hook.expires_at.map_or(now, |at| time(Some(at)));
        let opened = expires.saturating_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
        Gate { id: hook.hook_id.clone().unwrap_or_default(), stage: stage.clone(), opened, expires }
    });
    gate.collect()
}

/// The minutes that a hook of this stage waits; a day where nothing is said.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html>
fn timeout(configuration: Option<&DeploymentConfiguration>, stage: &str) -> i32 {
    let hooks = configuration.map(|configuration| configuration.lifecycle_hooks()).unwrap_or_default();
    let of_stage = hooks.iter().find(|hook| hook.lifecycle_stages().iter().any(|one| one.as_str() == stage));
    of_stage.and_then(|hook| hook.timeout_configuration.as_ref()).and_then(|timeout| timeout.timeout_in_minutes).unwrap_or(1440)
}

fn reason(found: &ServiceDeployment) -> String {
    let rollback = found.rollback.as_ref().and_then(|rollback| rollback.reason.clone());
    rollback.or_else(|| found.status_reason.clone()).unwrap_or_default()
}

pub(super) fn status(status: Option<&ServiceDeploymentStatus>) -> Status {
    match status.map(|status| status.as_str()) {
        Some("PENDING") => Status::Pending,
        Some("IN_PROGRESS") => Status::InProgress,
        Some("STOP_REQUESTED") => Status::StopRequested,
        Some("STOPPED") => Status::Stopped,
        Some("ROLLBACK_REQUESTED") => Status::RollbackRequested,
        Some("ROLLBACK_IN_PROGRESS") => Status::RollbackInProgress,
        Some("ROLLBACK_SUCCESSFUL") => Status::RollbackSuccessful,
        Some("ROLLBACK_FAILED") => Status::RollbackFailed,
        Some("SUCCESSFUL") => Status::Successful,
        _ => Status::Unknown,
    }
}

fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// AWS's time as ours; the beginning of time where it gave none.
pub(super) fn time(at: Option<DateTime>) -> Timestamp {
    at.and_then(|at| Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).unwrap_or_default()).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}
