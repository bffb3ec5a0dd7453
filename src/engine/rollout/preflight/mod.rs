//! Reads the facts that the preflight of a rollout judges, all at once. Nothing is changed, and no secret value is read.

mod capacity;
mod needs;
mod pass_role;
mod way;

use super::Subject;
use crate::aws::{Aws, Result};
use crate::core::rollout::observation::Reading;
use crate::core::rollout::policy::Threshold;
use crate::core::rollout::preflight::facts::{Facts, Named, Role, Scaling};
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
    /// The ARN that AWS knows the credentials by.
    pub caller: String,
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

/// Reads them. Of a service that ECS deploys alone only what its guard looks at is asked for.
pub async fn facts(aws: &Aws, wanted: &Wanted<'_>) -> Facts {
    let Wanted { subject, task, known, .. } = wanted;
    if !subject.policy.is_gated() {
        let watched = Watched::of(wanted, subject.policy.guard.alarms.clone());
        let back = async {
            let asks = !watched.alarms.is_empty() || !watched.metrics.is_empty();
            if asks { way::history(aws, wanted).await.back } else { None }
        };
        let (alarms, metrics, back) = tokio::join!(needs::alarms(aws, &watched.alarms), needs::metrics(aws, &watched.metrics), back);
        return Facts { alarms, metrics, back, planned: watched.planned, ..unasked(wanted) };
    }
    let own = subject.spec.deployment.alarms.iter().filter(|alarms| alarms.enable).flat_map(|alarms| alarms.alarm_names.clone());
    let watched = Watched::of(wanted, subject.policy.guard.alarms.iter().cloned().chain(own).collect());
    let (history, images, roles, secrets, subnets, alarms, metrics, log_groups) = tokio::join!(
        way::history(aws, wanted),
        needs::images(aws, task.containers.iter().map(|container| container.image.clone())),
        roles(aws, wanted),
        needs::secrets(aws, task),
        needs::subnets(aws, &subject.spec.subnet_ids),
        needs::alarms(aws, &watched.alarms),
        needs::metrics(aws, &watched.metrics),
        needs::log_groups(aws, known, task),
    );
    let tasks = match &history.service {
        // Autoscaling has set another number than the file.
        Some(Reading::Known(service)) if subject.spec.desired_count.is_none() => service.desired.max(1),
        _ => wanted.tasks(),
    };
    let (front, fargate) = tokio::join!(way::front(aws, wanted, history.active), capacity::fargate(aws, wanted, tasks));
    Facts {
        service: history.service,
        back: history.back,
        images,
        roles,
        secrets,
        subnets,
        tasks,
        fargate,
        front,
        alarms,
        metrics,
        planned: watched.planned,
        log_groups,
        ..unasked(wanted)
    }
}

/// The alarms and metrics that are looked at, and the names of those that the plan makes.
struct Watched {
    alarms: Vec<String>,
    metrics: Vec<Threshold>,
    planned: Vec<String>,
}

impl Watched {
    fn of(wanted: &Wanted<'_>, mut alarms: Vec<String>) -> Self {
        alarms.sort_unstable();
        alarms.dedup();
        let (mut planned, alarms) = alarms.into_iter().partition::<Vec<_>, _>(|name| wanted.is_planned(name));
        let of_planned = |metric: &&Threshold| metric.dimensions.values().any(|value| wanted.is_planned(value));
        let (made, metrics) = wanted.subject.policy.guard.metrics.iter().partition::<Vec<_>, _>(of_planned);
        planned.extend(made.into_iter().map(|metric| metric.name.clone()));
        planned.dedup();
        Watched { alarms, metrics: metrics.into_iter().cloned().collect(), planned }
    }
}

/// The facts for which nobody has to be asked.
fn unasked(wanted: &Wanted<'_>) -> Facts {
    Facts {
        service: wanted.is_live.then(|| Reading::Unknown("nobody asked".into())),
        back: None,
        platform: platform(&wanted.task),
        images: Vec::new(),
        roles: Vec::new(),
        secrets: Vec::new(),
        subnets: Vec::new(),
        tasks: wanted.tasks(),
        task_cpu: wanted.task.cpu,
        on_instances: on_instances(&wanted.subject),
        fargate: Vec::new(),
        front: None,
        alarms: Vec::new(),
        metrics: Vec::new(),
        planned: Vec::new(),
        health_check_changes: wanted.health_check_changes,
        scaling: wanted.scaling.clone(),
        log_groups: Vec::new(),
    }
}

/// Looks roles up, and asks whether they may be passed.
async fn roles(aws: &Aws, wanted: &Wanted<'_>) -> Vec<Named<Role>> {
    let Wanted { subject, task, known, is_live, caller, .. } = wanted;
    let asked = needs::wanted_roles(subject, task);
    // A service that runs has ECS's role already, and is not given it again.
    let passed = asked.iter().filter(|(_, service)| *service == needs::TASKS || !is_live).cloned().collect();
    let (mut found, denied) = tokio::join!(needs::roles(aws, known, asked), pass_role::denied(aws, caller, passed));
    for role in &mut found {
        if let Reading::Known(Role::There { wanted, denied: own, .. }) = &mut role.found {
            *own = denied.get(&(role.name.clone(), wanted.clone())).cloned();
        }
    }
    found
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
