//! Tasks: the processor that they run on, and the capacity.

use super::{Candidate, Sight, sight};
use crate::kinds::ecs::task_definition::{Architecture, OperatingSystem, TaskDefinition};
use crate::modules::service::Service;

/// Fargate on arm64 costs a fifth less. <https://aws.amazon.com/fargate/pricing/>
pub fn arm64(sight: &Sight<'_>) -> Vec<Candidate> {
    let tasks = sight.nodes::<TaskDefinition>().into_iter();
    let x86 =
        tasks.filter(|(_, spec)| spec.cpu_architecture == Architecture::X86 && spec.operating_system_family == OperatingSystem::Linux);
    let candidate = |node| {
        let value = if sight::is_own(node) { "ARM64" } else { "arm64" };
        let edit = sight.set(node, "cpu_architecture", value);
        Candidate::new("arm64", sight.place(node), "on arm64", vec![edit], "its images have to be built for arm64")
    };
    x86.map(|(node, _)| candidate(node)).collect()
}

/// Spare capacity is for what nobody waits for: tasks behind a load balancer are left alone.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html>
pub fn spot(sight: &Sight<'_>) -> Vec<Candidate> {
    let workers = sight.modules::<Service>().into_iter().filter(|(_, service)| service.port.is_none() && !service.spot);
    let otherwise = "AWS may stop its tasks with two minutes' notice, and may have no capacity to start others";
    workers.map(|(place, _)| Candidate::set("spot", &place, "on Spot capacity", "spot", "true", otherwise)).collect()
}
