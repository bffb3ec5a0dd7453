//! Deployments: how a service comes to run what it should, and the record of it.
//!
//! Tasks move by the clock alone. A rolling deployment goes on when somebody looks: the first to do so starts what is missing, stops
//! what is too much, and closes it when it has arrived. One that shifts traffic goes on by itself, at its own times (`shifting`).

mod failure;
mod going_back;
mod hook;
mod pair;
mod record;
mod rolling;
mod shifting;
#[cfg(test)]
mod tests;
mod trouble;

pub use pair::forward_share;
pub use record::{describe, describe_revisions, go_on, list, stop};
pub use rolling::{abandon, begin, is_failure, is_moved_by, play, settle, settle_all};
pub use trouble::{no_capacity, of as troubles, set_rollouts};

use super::task_network;
use crate::services::members::{flag, items, joined, number, set, text};
use crate::world::Call;
use serde_json::{Value, json};

const SERVICE: &str = "ecs.service";
const DEPLOYMENT: &str = "ecs.service_deployment";
const REVISION: &str = "ecs.service_revision";

/// The members that a deployment and a revision take from the service as it is.
const SHAPE: [&str; 7] = [
    "taskDefinition",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "loadBalancers",
];

#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    pub running: i64,
    pub pending: i64,
    /// The tasks that are not asked to stop.
    live: i64,
    healthy: i64,
}

/// The tasks of a service, those of one of its deployments if `deployment` is given.
pub fn counts(call: &Call<'_>, key: &str, deployment: Option<&str>) -> Counts {
    let mut counts = Counts::default();
    for (_, task) in call.all("ecs.task").into_iter().filter(|(_, task)| text(task, "_service") == key) {
        if deployment.is_some_and(|deployment| text(task, "startedBy") != deployment) {
            continue;
        }
        let (last, wanted) = (text(task, "lastStatus"), text(task, "desiredStatus") == "RUNNING");
        counts.running += i64::from(last == "RUNNING");
        counts.pending += i64::from(["PROVISIONING", "PENDING", "ACTIVATING"].contains(&last));
        counts.live += i64::from(wanted);
        counts.healthy += i64::from(wanted && is_healthy(call, task));
    }
    counts
}

fn is_healthy(call: &Call<'_>, task: &Value) -> bool {
    flag(task, "_healthy") && task_network::is_well(call, task)
}

/// The ids of a service's tasks that are not stopping.
pub fn tasks(call: &Call<'_>, key: &str) -> Vec<String> {
    let mine = |task: &Value| text(task, "_service") == key && text(task, "desiredStatus") == "RUNNING";
    call.all("ecs.task").into_iter().filter(|(_, task)| mine(task)).map(|(id, _)| id.clone()).collect()
}

/// True when tasks placed so find a machine: the sandbox has Fargate and managed instances, and no EC2 instances.
pub fn placeable(placement: &Value) -> bool {
    let strategy = items(placement, "capacityProviderStrategy");
    ["FARGATE", "MANAGED_INSTANCES"].contains(&text(placement, "launchType"))
        || strategy.iter().any(|item| text(item, "capacityProvider").starts_with("FARGATE"))
}

/// True when the service's strategy shifts traffic from one target group to another.
pub fn shifts(service: &Value) -> bool {
    ["BLUE_GREEN", "LINEAR", "CANARY"].contains(&text(&service["deploymentConfiguration"], "strategy"))
}

pub fn is_open(service: &Value) -> bool {
    items(service, "deployments").first().is_some_and(|primary| text(primary, "rolloutState") == "IN_PROGRESS")
}

/// The deployments of a service with their task counts.
pub fn shown(call: &Call<'_>, key: &str, row: &Value) -> Value {
    let of = |one: &Value| {
        let counts = counts(call, key, Some(text(one, "id")));
        let primary = text(one, "status") == "PRIMARY";
        let desired = if primary { number(row, "desiredCount").unwrap_or(0) } else { counts.live };
        joined(one.clone(), json!({"desiredCount": desired, "runningCount": counts.running, "pendingCount": counts.pending}))
    };
    items(row, "deployments").iter().map(of).collect()
}

/// The deployment under way and the revisions that run.
pub fn current(call: &Call<'_>, key: &str, row: &Value) -> Value {
    let deployments = items(row, "deployments");
    let revisions: Vec<Value> = deployments.iter().map(|one| summary(call, key, row, text(one, "_revision"))).collect();
    let open = deployments.first().filter(|primary| text(primary, "rolloutState") == "IN_PROGRESS");
    let mut current = json!({"currentServiceRevisions": revisions});
    if let Some(open) = open {
        set(&mut current, "currentServiceDeployment", open["_record"].clone());
    }
    current
}

fn summary(call: &Call<'_>, key: &str, row: &Value, revision: &str) -> Value {
    let one = items(row, "deployments").iter().find(|one| text(one, "_revision") == revision);
    let counts = one.map(|one| counts(call, key, Some(text(one, "id")))).unwrap_or_default();
    let primary = one.is_some_and(|one| text(one, "status") == "PRIMARY");
    let requested = if primary { number(row, "desiredCount").unwrap_or(0) } else { counts.live };
    json!({"arn": revision, "requestedTaskCount": requested, "runningTaskCount": counts.running, "pendingTaskCount": counts.pending})
}
