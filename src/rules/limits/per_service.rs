//! LIM209: a service runs more tasks than it may.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::autoscaling::scalable_target::ScalableTarget;
use crate::kinds::ecs::service::Service;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM209",
        level: Level::Warning,
        category: Category::Request,
        about: "A service has, or may be scaled to, more tasks than a service may have by default.",
        why: "Where nobody has raised the quota, ECS starts no task beyond it, and the deployment never becomes steady.",
        page: "https://docs.aws.amazon.com/general/latest/gr/ecs-service.html",
        example: Example::Stack {
            wrong: &[
                "[resource.bounds]\nkind = \"autoscaling.target\"\nresource_id = \"service/prod/api\"\nmin_capacity = 2\nmax_capacity = 6000\npolicies = { cpu = { metric = \"ECSServiceAverageCPUUtilization\", target_value = 60 } }",
            ],
            right: &[
                "[resource.bounds]\nkind = \"autoscaling.target\"\nresource_id = \"service/prod/api\"\nmin_capacity = 2\nmax_capacity = 100\npolicies = { cpu = { metric = \"ECSServiceAverageCPUUtilization\", target_value = 60 } }",
            ],
        },
    },
    look: Look::Resources(find),
};

/// The most tasks of a service, as of 2026-11-30.
const MOST: u32 = 5000;

fn find(view: &View<'_>) -> Vec<Finding> {
    let counts = view.all::<Service>().filter_map(|(seen, spec)| Some((seen, "desired_count", spec.desired_count?)));
    let bounds = view.all::<ScalableTarget>().map(|(seen, spec)| (seen, "max_capacity", spec.max_capacity));
    let beyond = counts.chain(bounds).filter(|(_, _, tasks)| *tasks > MOST);
    let finding = |(seen, field, tasks): (&Seen<'_>, &str, u32)| {
        let finding = seen.finding(field, format!("{tasks} tasks, and a service has {MOST} by default"));
        finding.help("ask for a higher quota first, and accept this")
    };
    beyond.map(finding).collect()
}
