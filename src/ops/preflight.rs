//! The preflight of what a plan rolls out: fifteen checks of each service, before anything is touched.

use super::Error;
use super::stack::Loaded;
use crate::aws::Aws;
use crate::core::bill::{Basis, Line, Total};
use crate::core::kind::{Kind, from_value};
use crate::core::money::Decimal;
use crate::core::plan::{Action, Change, Plan};
use crate::core::reason::{Note, Refusal};
use crate::core::reference::{Piece, Reference, pieces, resolve};
use crate::core::rollout::phases::{Length, doubled};
use crate::core::rollout::policy::Policy;
use crate::core::rollout::preflight::facts::Scaling;
use crate::core::rollout::preflight::{Answer, Doubled, Preflight, judge};
use crate::core::snapshot::Snapshot;
use crate::core::usage::Usage;
use crate::engine::rollout::Subject;
use crate::engine::rollout::preflight::{Wanted, facts};
use crate::kinds;
use crate::kinds::autoscaling::scalable_target::{self, Metric, ScalableTarget};
use crate::kinds::ecs::service::{Service, Spec, deploys};
use crate::kinds::ecs::task_definition::{Spec as Task, TaskDefinition};
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::pricing::Estate;
use crate::pricing::HOURS;
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::price;
use futures::future::join_all;
use serde_json::Value;

/// Checks each service that a plan rolls out. A plan that rolls out nothing makes no call, and one that only waits for a rollout
/// that is under way begins none. `caller` is the ARN of the credentials.
pub async fn preflight(aws: &Aws, caller: &str, plan: &Plan, snapshot: &Snapshot) -> Vec<Preflight> {
    let checked = rolled_out(plan).filter_map(|(change, policy)| Some((change, wanted(plan, snapshot, caller, change, policy)?)));
    let checked = checked.map(async |(change, wanted)| {
        let facts = facts(aws, &wanted).await;
        let Subject { name, policy, .. } = wanted.subject;
        Preflight { address: change.address.clone(), checked: judge(&policy, &facts), name, policy }
    });
    join_all(checked).await
}

/// Puts into a plan what its preflight found: a check that fails refuses it, and one that nobody can answer is a note.
pub fn hold(plan: &mut Plan, found: &[Preflight]) {
    for one in found {
        let [mut failed, unknown] = [Answer::Fail, Answer::Unknown].map(|result| one.of(result));
        let address = || one.address.clone();
        // The plan says by itself that another version is on its way: weights and targets are ECS's until it is there.
        if plan.refusals.iter().any(|refusal| matches!(refusal, Refusal::Deploying { address, .. } if *address == one.address)) {
            failed.clear();
        }
        plan.refusals.extend((!failed.is_empty()).then(|| Refusal::Preflight { address: address(), checks: failed }));
        plan.notes.extend((!unknown.is_empty()).then(|| Note::Preflight { address: address(), checks: unknown }));
    }
}

/// Checks once more what a plan rolls out that was made before.
pub async fn again(aws: &Aws, caller: &str, plan: &Plan, snapshot: &Snapshot) -> Result<(), Error> {
    let found = preflight(aws, caller, plan, snapshot).await;
    let failed = found.iter().map(|one| (&one.address, one.of(Answer::Fail))).find(|(_, failed)| !failed.is_empty());
    match failed {
        None => Ok(()),
        Some((address, failed)) => {
            let says = failed.iter().map(|one| format!("{}: {}", one.title, one.says)).collect::<Vec<_>>().join("; ");
            let hint = failed.into_iter().filter_map(|one| one.remedy).collect::<Vec<_>>().join("; ");
            Err(Error::Rollout { why: format!("`{address}` cannot be rolled out now: {says}"), hint, refused: true })
        }
    }
}

/// Returns the services that a plan deploys. Of those that ECS deploys alone only what their guard looks at is asked for.
fn rolled_out(plan: &Plan) -> impl Iterator<Item = (&Change, &Policy)> {
    let changes = plan.changes.iter().enumerate().filter(|(_, change)| change.kind == Service::NAME && !plan.destroy);
    let ruled = changes.filter_map(|(at, change)| Some((at, change, change.rollout.as_deref()?)));
    let deployed = ruled.filter(|(at, _, policy)| plan.steps.iter().any(|step| step.change == *at && deploys(step, policy)));
    deployed.map(|(_, change, policy)| (change, policy))
}

fn wanted<'a>(plan: &Plan, snapshot: &'a Snapshot, caller: &str, change: &Change, policy: &Policy) -> Option<Wanted<'a>> {
    let lookup = |reference: &Reference| plan.known.get(&reference.address)?.get(&reference.output).cloned();
    let spec: Spec = from_value(&resolve(&change.wanted, &lookup)).ok()?;
    let task: Task = from_value(&resolve(task(plan, snapshot, &spec.task_definition_arn)?, &lookup)).ok()?;
    let live = change.live.as_ref().filter(|_| matches!(change.action, Action::Update | Action::Adopt | Action::Move));
    let (cluster, service) = live.and_then(|live| live.id.split_once('/')).unwrap_or((spec.cluster.as_str(), change.name.as_str()));
    let address = change.address.as_str();
    let subject = Subject {
        name: address.strip_prefix("service.").and_then(|name| name.strip_suffix(".service")).unwrap_or(address).to_owned(),
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        policy: policy.clone(),
        task_definition: None,
        via: None,
        since: None,
        spec: spec.clone(),
    };
    Some(Wanted {
        subject,
        task,
        is_live: live.is_some(),
        caller: caller.to_owned(),
        health_check_changes: health_check_changes(plan, &spec),
        scaling: live.and_then(|live| scaling(snapshot, live.outputs.get("resource_id")?)),
        planned: plan.changes.iter().filter(|change| is_made(change)).map(|change| change.name.clone()).collect(),
        known: snapshot,
    })
}

/// True for what a plan makes, and gives a name.
fn is_made(change: &Change) -> bool {
    matches!(change.action, Action::Create | Action::Replace { .. }) && !change.name.is_empty()
}

/// Finds the task definition that a service is to have: one that the plan registers, or one that is live.
fn task<'a>(plan: &'a Plan, snapshot: &'a Snapshot, arn: &str) -> Option<&'a Value> {
    if let [Piece::Reference(reference)] = pieces(arn).as_slice() {
        return plan.changes.iter().find(|change| change.address == reference.address).map(|change| &change.wanted);
    }
    let live = snapshot.resources.get(TaskDefinition::NAME)?.iter();
    live.into_iter().find(|live| live.arn == arn || live.outputs.get("arn").is_some_and(|output| output == arn)).map(|live| &live.spec)
}

/// True where a plan changes the health check of a target group that the service is in.
fn health_check_changes(plan: &Plan, spec: &Spec) -> bool {
    let of_service = |arn: &str| {
        let advanced = spec.load_balancers.iter().filter_map(|balancer| balancer.advanced_configuration.as_ref());
        let arns = spec.load_balancers.iter().map(|balancer| &balancer.target_group_arn);
        arns.chain(advanced.map(|advanced| &advanced.alternate_target_group_arn)).any(|one| one == arn)
    };
    let groups = plan.changes.iter().filter(|change| change.kind == TargetGroup::NAME && change.action == Action::Update);
    let ours = groups.filter(|change| change.live.as_ref().is_some_and(|live| of_service(&live.arn)));
    ours.flat_map(|change| &change.fields).any(|field| field.field.starts_with("health_check"))
}

fn scaling(snapshot: &Snapshot, resource: &str) -> Option<Scaling> {
    let live = snapshot.resources.get(ScalableTarget::NAME)?.iter().find(|live| live.spec["resource_id"] == resource)?;
    let spec: scalable_target::Spec = from_value(&live.spec).ok()?;
    let by_requests = spec.policies.values().any(|policy| policy.metric == Metric::RequestCount);
    Some(Scaling { least: spec.min_capacity, most: spec.max_capacity, by_requests })
}

/// Prices the tasks of a service by the catalogue for the time in which both versions run.
#[must_use]
pub fn cost(loaded: &Loaded, preflight: &Preflight, catalog: &Catalog, today: &str) -> Doubled {
    let region = &loaded.stack.settings.region;
    let estate = Estate::wanted(&loaded.graph, region, &kinds::priced);
    let cost = price(&estate, &Usage::default(), catalog, today);
    let of_tasks = |line: &&Line| !matches!(line.basis, Basis::Usage(_));
    let lines = cost.items.iter().filter(|item| item.address == preflight.address).flat_map(|item| &item.lines).filter(of_tasks);
    let month = lines.map(Line::total).sum::<Total>();
    let part = |minutes: u32| (month.list.likely * (Decimal::from(minutes) / (HOURS * Decimal::from(60)))).fixed();
    let Length { minutes_at_least, minutes_at_most } = doubled(&preflight.phases());
    Doubled { at_least: part(minutes_at_least), at_most: part(minutes_at_most), unpriced: month.unpriced() }
}
