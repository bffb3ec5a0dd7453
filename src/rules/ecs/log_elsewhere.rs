//! ECS206: a container logs to a group in a region that does not have it.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::logs::log_group::LogGroup;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS206",
        category: Category::Delivery,
        about: "A container logs to a log group of the stack in another region.",
        why: "The driver looks for the group there, finds none and may make none: the task stops with ResourceInitializationError before its first line.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html",
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
        containers = [{ name = "app", image = "nginx:1.29", log_configuration = { options = { awslogs-group = "${resource.log.name}", awslogs-region = "eu-west-1", awslogs-stream-prefix = "app" } } }]
    "#],
            right: &[r#"
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
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.scope.region.as_str();
    let mut found = Vec::new();
    for (seen, spec) in view.all::<TaskDefinition>() {
        for (at, container) in spec.containers.iter().enumerate() {
            let Some(options) = container.log_configuration.as_ref().map(|log| &log.options) else { continue };
            let Some(region) = options.get("awslogs-region").filter(|region| !is_symbolic(region)) else { continue };
            let ours = options.get("awslogs-group").is_some_and(|group| view.target::<LogGroup>(group).is_some());
            if ours && !own.is_empty() && region != own {
                let field = format!("containers.{at}.log_configuration.options.awslogs-region");
                let finding = seen.finding(field, format!("its log group is in {own}, and not in {region}"));
                found.push(finding.help(format!("awslogs-region = \"{own}\"")));
            }
        }
    }
    found
}
