//! IAM203: ECS may not write the log lines of a container.

use super::grants::{field, may};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::container::LogDriver;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::Role;
use crate::kinds::logs::log_group::LogGroup;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM203",
        level: Level::Warning,
        category: Category::Security,
        about: "The execution role of a task may not write to the log group that the task logs to.",
        why: "The awslogs driver opens a stream with the execution role before a container starts. Where it may not, no task starts.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.execution-role".inline_policies.own]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }]
    "#],
            right: &[
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.execution-role"]
        managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut said = BTreeSet::new();
    let tasks = view.all::<TaskDefinition>().flat_map(|(_, task)| {
        let role = task.execution_role_arn.as_ref().and_then(|arn| view.target::<Role>(arn));
        let logs = task.containers.iter().filter_map(|container| container.log_configuration.as_ref());
        let logs = logs.filter(|logs| logs.log_driver == LogDriver::Awslogs);
        let groups = logs.filter_map(|logs| view.target::<LogGroup>(logs.options.get("awslogs-group")?));
        groups.filter_map(move |(group, _)| Some((role?, group)))
    });
    let mut found = Vec::new();
    for ((seen, role), group) in tasks {
        let stream = format!("{}:log-stream:task", group.output("arn").unwrap_or_default());
        let missing = ["logs:CreateLogStream", "logs:PutLogEvents"].into_iter().filter(|action| !may(role, action, &stream));
        let missing = missing.collect::<Vec<_>>();
        if !missing.is_empty() && said.insert((seen.address, group.address)) {
            let message = format!("the tasks log to `{}`, and this role does not allow {}", group.address, missing.join(" and "));
            let finding = seen.finding(field(role), message);
            found.push(finding.help("allow logs:CreateLogStream and logs:PutLogEvents on the group's ARN followed by `:*`"));
        }
    }
    found
}
