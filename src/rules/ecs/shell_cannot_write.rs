//! ECS210: a shell is opened where nothing can be written.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS210",
        level: Level::Warning,
        category: Category::Delivery,
        about: "A shell may be opened in tasks whose file system cannot be written to.",
        why: "The agent that opens the shell writes to the root file system of the container. Where that is read-only, ECS Exec does not work.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        execute_command = true
        readonly = true
    "#],
            right: &[r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        execute_command = true
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let open = view.all::<Service>().filter(|(_, spec)| spec.enable_execute_command);
    let shut = open.filter_map(|(seen, spec)| {
        let (_, task) = view.target::<TaskDefinition>(&spec.task_definition_arn)?;
        let mut containers = task.containers.iter();
        let shut = containers.find(|container| container.readonly_root_filesystem)?;
        let message = format!("no shell opens in `{}`: its root file system is read-only", shut.name);
        Some(seen.finding("enable_execute_command", message).help("let it be written to, or leave the shell out"))
    });
    shut.collect()
}
