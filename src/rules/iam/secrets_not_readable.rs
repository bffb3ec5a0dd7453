//! IAM202: ECS may not read a secret that it is to put into a container.

use super::grants::{field, is_like, may, members, statements};
use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, is_symbolic, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::suggest::some_of;
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::{self, Role};
use crate::kinds::secretsmanager::secret::Secret;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
    let mut missing = BTreeMap::<&Address, (_, _, Vec<&str>, BTreeSet<&str>)>::new();
    for (_, task) in view.all::<TaskDefinition>() {
        let Some((seen, role)) = task.execution_role_arn.as_ref().and_then(|arn| view.target::<Role>(arn)) else { continue };
        for (name, value) in task.containers.iter().flat_map(|container| &container.secrets) {
            let source = source(value);
            // A name for an ARN is no fault of the role.
            if names_by_another_output(&source) {
                continue;
            }
            let actions: &[&str] = if source.contains(":secretsmanager:") {
                &["secretsmanager:GetSecretValue"]
            } else if source.contains(":ssm:") || source.starts_with('/') {
                &["ssm:GetParameters"]
            } else {
                &["secretsmanager:GetSecretValue", "ssm:GetParameters"]
            };
            let may = |action: &&str| may(role, action, &source) && !is_of_others(view, role, action, &source);
            if !actions.iter().any(may) {
                let entry = missing.entry(seen.address).or_insert_with(|| (seen, role, Vec::new(), BTreeSet::new()));
                entry.2.push(name);
                // A secret of the stack is one of Secrets Manager.
                entry.3.insert(if actions.len() == 1 { actions[0] } else { "secretsmanager:GetSecretValue" });
            }
        }
    }
    let found = missing.into_values().map(|(seen, role, names, actions)| {
        let message = format!("ECS may not read {} with this role", some_of(&names));
        let actions = actions.into_iter().collect::<Vec<_>>().join(" and ");
        seen.finding(field(role), message).help(format!("allow {actions} on the ARN of what they come from, and deny it nowhere"))
    });
    found.collect()
}

/// True for a secret of the stack that is named by something else than its ARN.
fn names_by_another_output(source: &str) -> bool {
    matches!(pieces(source).as_slice(), [Piece::Reference(reference)] if !reference.output.ends_with("arn") && reference.output != "id")
}

/// True where a literal ARN is certainly none of those that the role may read: the policies name secrets of the stack, and these have
/// other names.
fn is_of_others(view: &View<'_>, role: &role::Spec, action: &str, source: &str) -> bool {
    let Some(own) = source.split(":secret:").nth(1).filter(|_| source.starts_with("arn:")) else { return false };
    let allowing = role.inline_policies.values().flat_map(statements).filter(|statement| {
        let named =
            |pattern: &Value| pattern.as_str().is_some_and(|pattern| is_like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()));
        statement["Effect"] == "Allow" && members(&statement["Action"]).any(named) && statement.get("NotResource").is_none()
    });
    let mut resources = allowing.flat_map(|statement| members(&statement["Resource"])).filter_map(Value::as_str).peekable();
    let other = |resource: &str| {
        let Some((_, secret)) = view.target::<Secret>(resource) else { return resource.starts_with("arn:") && !is_like(resource, source) };
        match &secret.name {
            Some(name) => !is_symbolic(name) && !own.starts_with(name.as_str()),
            // A name that is made tells of which stack it is; AWS adds a hyphen and six characters.
            None => own.rsplit_once('-').is_none_or(|(name, _)| view.scope.address_in_name(name).is_none()),
        }
    };
    role.managed_policy_arns.iter().all(|arn| arn.ends_with("/AmazonECSTaskExecutionRolePolicy"))
        && resources.peek().is_some()
        && resources.all(other)
}

/// The ARN of a secret without the part, stage and version that may follow it.
fn source(value: &str) -> String {
    if let Some(Piece::Reference(reference)) = pieces(value).first() {
        return format!("${{{}.{}}}", reference.address, reference.output);
    }
    value.splitn(8, ':').take(7).collect::<Vec<_>>().join(":")
}
