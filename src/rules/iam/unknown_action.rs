//! IAM206: a policy names an action that does not exist.

use super::documents::documents;
use super::grants::{is_like, members};
use super::reference;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::suggest::nearest;
use crate::core::view::View;
use serde_json::Value;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM206",
        level: Level::Warning,
        category: Category::Security,
        about: "A policy names an action that its service does not have.",
        why: "IAM takes any name and says nothing: what was meant stays forbidden, or, in a statement that denies, stays allowed.",
        page: "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.files]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["s3:GetObjects"], Resource = "arn:aws:s3:::files/*" }]
    "#,
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.keys]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["secretmanager:GetSecretValue"], Resource = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a" }]
    "#,
            ],
            right: &[r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.files]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["s3:Get*", "S3:putobject"], Resource = "arn:aws:s3:::files/*" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    // A text of many policies is looked up once.
    let mut known = BTreeMap::<&str, Option<String>>::new();
    let mut found = Vec::new();
    let documents = documents(view);
    for document in &documents {
        for (field, statement) in document.statements() {
            for key in ["Action", "NotAction"] {
                for action in members(&statement[key]).filter_map(Value::as_str) {
                    let Some(help) = known.entry(action).or_insert_with(|| instead_of(action)) else { continue };
                    let finding = document.seen.finding(format!("{field}.{key}"), format!("there is no action `{action}`"));
                    found.push(finding.help(help.clone()));
                }
            }
        }
    }
    found
}

/// Returns what there is instead of an action; none for one that exists or may exist.
fn instead_of(action: &str) -> Option<String> {
    if is_symbolic(action) || action == "*" {
        return None;
    }
    let (service, name) = action.split_once(':')?;
    if let Some(meant) = reference::service_meant_by(service).filter(|_| !service.contains(['*', '?'])) {
        return Some(format!("the service is `{meant}`"));
    }
    if !service.contains(['*', '?']) && !reference::is_service(service) {
        return Some(format!("no service of AWS is known whose actions begin with `{service}:`"));
    }
    let actions = reference::actions(service)?.collect::<Vec<_>>();
    let pattern = name.to_ascii_lowercase();
    if actions.iter().any(|known| is_like(&pattern, &known.to_ascii_lowercase())) {
        return None;
    }
    let plain = name.trim_matches('*');
    let head = plain.get(..2).unwrap_or(plain);
    let alike = actions.iter().map(String::as_str).filter(|known| known.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(head)));
    let near = nearest(plain, alike).or_else(|| nearest(plain, actions.iter().map(String::as_str)));
    Some(near.map_or_else(
        || format!("see the actions of {service} in the service authorization reference"),
        |near| format!("perhaps `{service}:{near}`"),
    ))
}
