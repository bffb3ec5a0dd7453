//! Reads the facts that the preflight of a rollout judges, all at once. Nothing is changed, and no secret value is read.

mod needs;
mod way;

use super::Subject;
use crate::aws::{Aws, Result};
use crate::core::rollout::observation::Reading;
use crate::core::rollout::policy::Threshold;
use crate::core::rollout::preflight::facts::{Facts, Named, Scaling};
use crate::core::snapshot::Snapshot;
use crate::kinds::ecs::task_definition::{Architecture, OperatingSystem, Spec as Task};
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};

/// The version that is to be rolled out.
pub struct Wanted<'a> {
    /// The service as it is to be. What the plan makes is named by reference.
    pub subject: Subject,
    pub task: Task,
    /// False where there is no service yet.
    pub is_live: bool,
    pub health_check_changes: bool,
    pub scaling: Option<Scaling>,
    /// The names of all that the plan makes.
    pub planned: BTreeSet<String>,
    /// All that was read already.
    pub known: &'a Snapshot,
}

impl Wanted<'_> {
    /// True for a name of something that the plan makes, or of a part of it.
    fn is_planned(&self, name: &str) -> bool {
        self.planned.iter().any(|planned| name.strip_prefix(planned.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    }

    /// The number of its tasks, of which each new one needs room.
    fn tasks(&self) -> u32 {
        let spec = &self.subject.spec;
        spec.desired_count.or(spec.initial_count).unwrap_or(1)
    }
}

/// Reads them.
pub async fn facts(aws: &Aws, wanted: &Wanted<'_>) -> Facts {
    let Wanted { subject, task, known, .. } = wanted;
    let guard = &subject.policy.guard;
    let own = subject.spec.deployment.alarms.iter().filter(|alarms| alarms.enable).flat_map(|alarms| alarms.alarm_names.clone());
    let mut alarms = guard.alarms.iter().cloned().chain(own).collect::<Vec<_>>();
    alarms.sort_unstable();
    alarms.dedup();
    let (mut planned, alarms) = alarms.into_iter().partition::<Vec<_>, _>(|name| wanted.is_planned(name));
    let of_planned = |metric: &&Threshold| metric.dimensions.values().any(|value| wanted.is_planned(value));
    let (made, metrics) = guard.metrics.iter().partition::<Vec<_>, _>(of_planned);
    planned.extend(made.into_iter().map(|metric| metric.name.clone()));
    planned.dedup();
    let metrics = metrics.into_iter().cloned().collect::<Vec<_>>();
    let (history, images, roles, secrets, subnets, alarms, metrics, log_groups) = tokio::join!(
        way::history(aws, wanted),
        needs::images(aws, task.containers.iter().map(|container| container.image.clone())),
        needs::roles(aws, known, needs::wanted_roles(subject, task)),
        needs::secrets(aws, task),
        needs::subnets(aws, &subject.spec.subnet_ids),
        needs::alarms(aws, &alarms),
        needs::metrics(aws, &metrics),
        needs::log_groups(aws, known, task),
    );
    let front = way::front(aws, wanted, history.active).await;
    let tasks = match &history.service {
        // Autoscaling has set another number than the file.
        Some(Reading::Known(service)) if subject.spec.desired_count.is_none() => service.desired.max(1),
        _ => wanted.tasks(),
    };
    Facts {
        service: history.service,
        back: history.back,
        platform: platform(task),
        images,
        roles,
        secrets,
        subnets,
        tasks,
        on_instances: on_instances(subject),
        front,
        alarms,
        metrics,
        planned,
        health_check_changes: wanted.health_check_changes,
        scaling: wanted.scaling.clone(),
        log_groups,
    }
}

/// The platform of a task as manifests call it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>
fn platform(task: &Task) -> String {
    let system = if task.operating_system_family == OperatingSystem::Linux { "linux" } else { "windows" };
    let processor = match task.cpu_architecture {
        Architecture::X86 => "amd64",
        Architecture::Arm => "arm64",
    };
    format!("{system}/{processor}")
}

fn on_instances(subject: &Subject) -> bool {
    subject.spec.capacity_provider_strategy.iter().any(|provider| !provider.capacity_provider.starts_with("FARGATE"))
}

fn reading<T>(answer: Result<T>) -> Reading<T> {
    answer.map_or_else(|error| Reading::Unknown(error.brief()), Reading::Known)
}

/// Asks once for each of several things, which people know by other names than AWS does.
async fn each<T: Clone>(wanted: impl IntoIterator<Item = (String, String)>, ask: impl AsyncFn(&str) -> Reading<T>) -> Vec<Named<T>> {
    let wanted = wanted.into_iter().collect::<Vec<_>>();
    let keys = wanted.iter().map(|(_, key)| key.as_str()).collect::<BTreeSet<_>>();
    let found = join_all(keys.into_iter().map(async |key| (key, ask(key).await))).await.into_iter().collect::<BTreeMap<_, _>>();
    let named = wanted.iter().filter_map(|(name, key)| Some(Named { name: name.clone(), found: found.get(key.as_str())?.clone() }));
    named.collect()
}
