//! ECS203: a service gives its tasks less time to start than their own containers ask for.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS203",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A service's health check grace period is shorter than the start period of a container.",
        why: "The load balancer's failed checks count from the end of the grace period on. ECS then stops a task whose container still starts, and begins anew, for ever.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.task-definition"]
        containers = [{ name = "app", image = "nginx:1.29", port_mappings = [{ container_port = 80 }], health_check = { command = ["CMD-SHELL", "true"], start_period = 240 } }]
    "#],
            right: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        health = { grace = 300 }
        [override."service.web.task-definition"]
        containers = [{ name = "app", image = "nginx:1.29", port_mappings = [{ container_port = 80 }], health_check = { command = ["CMD-SHELL", "true"], start_period = 240 } }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let balanced = view.all::<Service>().filter(|(_, spec)| !spec.load_balancers.is_empty());
    let short = balanced.filter_map(|(seen, spec)| {
        let (_, task) = view.target::<TaskDefinition>(&spec.task_definition_arn)?;
        let checks = task.containers.iter().filter_map(|container| Some((container, container.health_check.as_ref()?.start_period)));
        let (container, period) = checks.max_by_key(|(_, period)| *period)?;
        let grace = spec.health_check_grace_period_seconds;
        (grace < period).then(|| {
            let message = format!("`{}` may take {period} seconds to start, and checks count after {grace}", container.name);
            let help = format!("write {period} or more");
            seen.finding("health_check_grace_period_seconds", message).help(help).set("health_check_grace_period_seconds", period)
        })
    });
    short.collect()
}
