//! ECS212: a volume is mounted at a path that is none.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::{OperatingSystem, TaskDefinition};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS212",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A volume is mounted at a path that does not begin with a slash.",
        why: "A container has no directory that such a path starts from: the runtime refuses it, and no task starts.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        volumes = [{ name = "data" }]
        containers = [{ name = "app", image = "app:1.4", mount_points = [{ source_volume = "data", container_path = "data" }] }]
    "#],
            right: &[r#"
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        volumes = [{ name = "data" }]
        containers = [{ name = "app", image = "app:1.4", mount_points = [{ source_volume = "data", container_path = "/data" }] }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let linux = view.all::<TaskDefinition>().filter(|(_, task)| task.operating_system_family == OperatingSystem::Linux);
    for (seen, task) in linux {
        for (at, container) in task.containers.iter().enumerate() {
            let paths = container.mount_points.iter().map(|mount| mount.container_path.as_str());
            for path in paths.filter(|path| !path.starts_with('/') && !is_symbolic(path)) {
                let finding = seen.finding(format!("containers.{at}.mount_points"), format!("`{path}` does not begin with a slash"));
                found.push(finding.help(format!("write /{path}")));
            }
        }
    }
    found
}
