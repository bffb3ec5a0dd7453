//! IAM204: ECS Exec is on, and the tasks may not open its channel.

use super::grants::may;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::Role;

/// The calls that the agent in a task makes for a shell.
const CHANNEL: [&str; 4] =
    ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"];

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM204",
        level: Level::Warning,
        category: Category::Security,
        about: "`enable_execute_command` is on, and the task role does not allow what a shell needs.",
        why: "The agent in the task opens the channel of ECS Exec with the task role. Where it may not, `aws ecs execute-command` fails with TargetNotConnectedException.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.service"]
        enable_execute_command = true
    "#],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nexecute_command = true"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let open = view.all::<Service>().filter(|(_, spec)| spec.enable_execute_command);
    let without = open.filter_map(|(seen, spec)| {
        let (_, task) = view.target::<TaskDefinition>(&spec.task_definition_arn)?;
        let message = match &task.task_role_arn {
            None => "a shell needs a task role that allows it, and the task has none".to_owned(),
            Some(arn) => {
                let (role, spec) = view.target::<Role>(arn)?;
                CHANNEL.iter().find(|action| !may(spec, action, "*")).map(|action| format!("`{}` does not allow {action}", role.address))?
            }
        };
        let help = "allow ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel and OpenDataChannel on `*`";
        Some(seen.finding("enable_execute_command", message).help(help))
    });
    without.collect()
}
