//! IAM214: a task is told of a bucket or a topic, and may do nothing with it.

use super::grants::{field, members, statements};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::{self, Role};
use crate::kinds::s3::bucket::Bucket;
use crate::kinds::sns::topic::Topic;
use crate::rules::reach::mentions;
use serde_json::Value;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM214",
        level: Level::Warning,
        category: Category::Security,
        about: "The environment of a task names a bucket or a topic, and the role of the task may do nothing with it.",
        why: "The task starts and is well, and each of its calls ends in AccessDenied.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.files]
        kind = "s3.bucket"
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { BUCKET = "${resource.files.name}" }
    "#],
            right: &[r#"
        [network]
        [resource.files]
        kind = "s3.bucket"
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { BUCKET = "${resource.files.name}" }
        statements = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${resource.files.arn}/*" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (_, task) in view.all::<TaskDefinition>() {
        let Some((seen, role)) = task.task_role_arn.as_ref().and_then(|arn| view.target::<Role>(arn)) else { continue };
        // The permissions of a managed policy are not known here.
        if !role.managed_policy_arns.is_empty() {
            continue;
        }
        for (name, text) in task.containers.iter().flat_map(|container| &container.environment) {
            for mention in mentions(view, text) {
                let Some((service, store)) = store(view, &mention.address, &mention.output) else { continue };
                let arn = store.output("arn").unwrap_or_default();
                if !acts(role, service, &arn) && said.insert((seen.address, store.address)) {
                    let message = format!("`{name}` tells of `{}`, and this role may do nothing with it", store.address);
                    let help = format!("allow what the task does, such as {}, on its ARN", example(service));
                    found.push(seen.finding(field(role), message).help(help));
                }
            }
        }
    }
    found
}

fn example(service: &str) -> &'static str {
    if service == "s3" { "s3:GetObject" } else { "sns:Publish" }
}

/// Returns a bucket or a topic that is named for its calls, and whose own policy lets in nobody by name.
fn store<'v, 'a>(view: &'v View<'a>, address: &crate::core::address::Address, output: &str) -> Option<(&'static str, &'v Seen<'a>)> {
    let names_none = |policy: Option<&Value>| {
        let principal = |statement: &Value| statement["Effect"] == "Allow" && statement["Principal"].get("Service").is_none();
        !policy.into_iter().flat_map(statements).any(principal)
    };
    if let Some((seen, spec)) = view.get::<Bucket>(address) {
        return (["name", "arn"].contains(&output) && names_none(spec.policy.as_ref())).then_some(("s3", seen));
    }
    let (seen, spec) = view.get::<Topic>(address)?;
    (output == "arn" && names_none(spec.policy.as_ref())).then_some(("sns", seen))
}

/// True where some statement allows something of a service on a resource or on what lies in it, or may.
fn acts(role: &role::Spec, service: &str, arn: &str) -> bool {
    let texts = |statement: &Value, key: &str| members(&statement[key]).filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let of_service = |action: &String| {
        let (prefix, _) = action.split_once(':').unwrap_or((action, ""));
        prefix.contains(['*', '?']) || prefix.eq_ignore_ascii_case(service)
    };
    // A reference to something else is nothing of this; any other text may be.
    let on = |resource: &String| resource.starts_with(arn) || !resource.starts_with("${");
    role.inline_policies.values().flat_map(statements).any(|statement| {
        let acts = statement.get("NotAction").is_some() || texts(statement, "Action").iter().any(of_service);
        let covers = statement.get("NotResource").is_some() || texts(statement, "Resource").iter().any(on);
        statement["Effect"] == "Allow" && acts && covers
    })
}
