//! SEC205: a role may do everything.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::suggest::some_of;
use crate::core::view::View;
use crate::kinds::iam::role::Role;
use crate::rules::iam::documents::{Use, documents};
use crate::rules::iam::grants::members;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC205",
        level: Level::Warning,
        category: Category::Security,
        about: "A role may call every action, or every action on every resource of a service.",
        why: "Whoever gets hold of the role has the account, or all of that service's data.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
        example: Example::Stack {
            wrong: &[r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#],
            right: &[r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for document in documents(view).iter().filter(|document| document.of == Use::Permissions) {
        for (field, message) in document.statements().filter_map(|(field, statement)| Some((field, wide(statement)?))) {
            found.push(document.seen.finding(field, message).help("name the actions and the resources that it needs"));
        }
    }
    for (seen, spec) in view.all::<Role>() {
        for arn in spec.managed_policy_arns.iter().filter(|arn| arn.ends_with(":policy/AdministratorAccess")) {
            let finding = seen.finding("managed_policy_arns", format!("`{arn}` allows everything"));
            found.push(finding.help("name the actions and the resources that it needs"));
        }
    }
    found
}

/// Returns what a statement allows too much of.
fn wide(statement: &Value) -> Option<String> {
    let texts = |key: &str| members(&statement[key]).filter_map(Value::as_str);
    let bare = statement.get("Condition").is_none();
    if statement["Effect"] != "Allow" || !bare || !texts("Resource").any(|resource| resource == "*") {
        return None;
    }
    // All but some actions are nearly all.
    let rest = texts("NotAction").collect::<Vec<_>>();
    if statement.get("NotAction").is_some() {
        return Some(format!("it allows every action but {} on every resource", some_of(&rest)));
    }
    if texts("Action").any(|action| action == "*") {
        return Some("it allows every action on every resource".into());
    }
    let service = texts("Action").find_map(|action| action.strip_suffix(":*"))?;
    Some(format!("it allows every action of {service} on every resource"))
}
