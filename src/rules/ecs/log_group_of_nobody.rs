//! ECS209: a task logs to a group that nobody makes.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::container::LogDriver;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::logs::log_group::LogGroup;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS209",
        level: Level::Warning,
        category: Category::Observability,
        about: "A task logs to a log group that the stack does not make.",
        why: "Where the group is not there, or is gone one day, no task starts: ResourceInitializationError, failed to validate logger args.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.log]
        kind = "logs.log_group"
        name = "/shop/app"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        execution_role_arn = "${resource.role.arn}"
        containers = [{ name = "app", image = "nginx:1.29", log_configuration = { options = { awslogs-group = "/shop/other", awslogs-region = "us-east-1", awslogs-stream-prefix = "app" } } }]
    "#],
            right: &[
                r#"
        [resource.log]
        kind = "logs.log_group"
        name = "/shop/app"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        execution_role_arn = "${resource.role.arn}"
        containers = [{ name = "app", image = "nginx:1.29", log_configuration = { options = { awslogs-group = "${resource.log.name}", awslogs-region = "us-east-1", awslogs-stream-prefix = "app" } } }]
    "#,
                r#"
        [resource.log]
        kind = "logs.log_group"
        name = "/shop/app"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        execution_role_arn = "${resource.role.arn}"
        containers = [{ name = "app", image = "nginx:1.29", log_configuration = { options = { awslogs-group = "/shop/app", awslogs-region = "us-east-1", awslogs-stream-prefix = "app" } } }]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.all::<LogGroup>().filter_map(|(_, group)| group.name.as_deref()).collect::<BTreeSet<_>>();
    let mut found = Vec::new();
    for (seen, spec) in view.all::<TaskDefinition>() {
        for (at, container) in spec.containers.iter().enumerate() {
            let Some(log) = container.log_configuration.as_ref().filter(|log| log.log_driver == LogDriver::Awslogs) else { continue };
            let group = log.options.get("awslogs-group").filter(|group| !is_symbolic(group) && !own.contains(group.as_str()));
            // A group that it may make itself need not be there.
            let makes = log.options.get("awslogs-create-group").is_some_and(|create| create == "true");
            let elsewhere = log.options.get("awslogs-region").is_some_and(|region| *region != view.scope.region);
            let Some(group) = group.filter(|group| !makes && !elsewhere && view.target::<LogGroup>(group).is_none()) else { continue };
            let field = format!("containers.{at}.log_configuration.options.awslogs-group");
            let finding = seen.finding(field, format!("no log group of this stack is `{group}`"));
            found.push(finding.help(
                "make it (kind = \"logs.log_group\") and name it by its `name`; accept it with a reason where another stack makes it",
            ));
        }
    }
    found
}
