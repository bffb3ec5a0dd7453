//! Obeys the decisions about a rollout: reads what is live, and tells ECS to go on or back.

pub mod blocked;
pub mod conduct;
pub(super) mod exchange;
mod front;
mod held;
pub mod hidden;
pub mod history;
pub mod logs;
pub mod migrate;
pub mod monitor;
mod notes;
pub mod notify;
pub mod observe;
pub mod preflight;
pub mod smoke;
pub(super) mod step;
#[cfg(test)]
mod tests;
pub mod told;
mod traffic;
pub mod undo;

use crate::core::address::Address;
use crate::core::rollout::policy::Policy;
use crate::core::rollout::smoke::via::Via;
use crate::kinds::ecs::service::Spec;
use jiff::Timestamp;

/// One service that is rolled out.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The name that commands call the service by: `web` for `[service.web]`.
    pub name: String,
    pub cluster: String,
    pub service: String,
    pub policy: Policy,
    /// The service as it is, or as it is to be: commands run in its network.
    pub spec: Spec,
    /// The task definition that is rolled out, by its ARN; none for whichever is the newest.
    pub task_definition: Option<String>,
    /// The place that smoke checks connect to instead of the load balancer.
    pub via: Option<Via>,
    /// The time before which a deployment is another one.
    pub since: Option<Timestamp>,
}

impl Subject {
    /// The rollout of a service by its id, `cluster/service`, of whichever version is the newest.
    pub fn new(address: &Address, id: &str, spec: Spec, policy: Policy) -> Self {
        let (cluster, service) = id.split_once('/').unwrap_or((&spec.cluster, id));
        let name = address.as_str();
        let name = name.strip_prefix("service.").and_then(|name| name.strip_suffix(".service")).unwrap_or(name);
        let (name, cluster, service) = (name.to_owned(), cluster.to_owned(), service.to_owned());
        Subject { name, cluster, service, policy, spec, task_definition: None, via: None, since: None }
    }

    /// The container that commands run in: the one that the load balancer talks to.
    fn container(&self) -> &str {
        self.spec.load_balancers.first().map(|balancer| balancer.container_name.as_str()).unwrap_or_default()
    }
}
