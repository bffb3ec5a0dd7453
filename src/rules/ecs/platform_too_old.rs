//! ECS208: a task needs more than its platform version has.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::{OperatingSystem, TaskDefinition};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS208",
        category: Category::Delivery,
        about: "A service runs on platform version 1.3.0 or older, and its task needs a newer one.",
        why: "Scratch space beyond the usual and volumes of EFS come with 1.4.0: the service starts no task, \"platform version does not satisfy the task definition's required capabilities\".",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        ephemeral_storage = 50
        [override."service.api.service"]
        platform_version = "1.3.0"
    "#],
            right: &[r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        ephemeral_storage = 50
        [override."service.api.service"]
        platform_version = "1.4.0"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

/// The scratch space that every task has, in GiB.
const USUAL: u32 = 20;

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Service>() {
        let numbers = spec.platform_version.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>();
        let old = numbers.is_some_and(|numbers| numbers.len() == 3 && numbers < vec![1, 4, 0]);
        let Some((_, task)) = view.target::<TaskDefinition>(&spec.task_definition_arn) else { continue };
        let what = if task.ephemeral_storage > USUAL {
            "more scratch space"
        } else if task.volumes.iter().any(|volume| volume.efs.is_some()) {
            "volumes of EFS"
        } else {
            continue;
        };
        if old && task.operating_system_family == OperatingSystem::Linux {
            let finding = seen.finding("platform_version", format!("{} has no {what}", spec.platform_version));
            found.push(finding.help("platform_version = \"LATEST\"").set("platform_version", "LATEST"));
        }
    }
    found
}
