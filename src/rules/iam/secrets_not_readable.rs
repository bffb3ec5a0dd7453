//! IAM202: ECS may not read a secret that it is to put into a container.

use super::grants::{field, may};
use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::suggest::some_of;
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::Role;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM202",
        level: Level::Warning,
        category: Category::Security,
        about: "The execution role of a task may not read a secret that the task is given.",
        why: "ECS reads the secrets of a task with its execution role before the containers start. Where it may not, no task starts: ResourceInitializationError.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [secrets.key]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { KEY = { secret = "key" } }
        [override."service.web.execution-role".inline_policies.own]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "*" }]
    "#],
            right: &[r#"
        [network]
        [secrets.key]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { KEY = { secret = "key" } }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut missing = BTreeMap::<&Address, (_, _, Vec<&str>)>::new();
    for (_, task) in view.all::<TaskDefinition>() {
        let Some((seen, role)) = task.execution_role_arn.as_ref().and_then(|arn| view.target::<Role>(arn)) else { continue };
        for (name, value) in task.containers.iter().flat_map(|container| &container.secrets) {
            let source = source(value);
            let actions: &[&str] = if source.contains(":secretsmanager:") {
                &["secretsmanager:GetSecretValue"]
            } else if source.contains(":ssm:") || source.starts_with('/') {
                &["ssm:GetParameters"]
            } else {
                &["secretsmanager:GetSecretValue", "ssm:GetParameters"]
            };
            if !actions.iter().any(|action| may(role, action, &source)) {
                missing.entry(seen.address).or_insert_with(|| (seen, role, Vec::new())).2.push(name);
            }
        }
    }
    let found = missing.into_values().map(|(seen, role, names)| {
        let message = format!("ECS may not read {} with this role", some_of(&names));
        seen.finding(field(role), message).help("allow secretsmanager:GetSecretValue on the secret's ARN")
    });
    found.collect()
}

/// The ARN of a secret without the part, stage and version that may follow it.
fn source(value: &str) -> String {
    if let Some(Piece::Reference(reference)) = pieces(value).first() {
        return format!("${{{}.{}}}", reference.address, reference.output);
    }
    value.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}
