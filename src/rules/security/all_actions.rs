//! SEC205: a role may do everything.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::iam::role::Role;
use crate::rules::iam::grants::{members, statements};
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
    let roles = view.all::<Role>().flat_map(|(seen, spec)| {
        let wide = spec.inline_policies.iter().filter(|(_, policy)| statements(policy).any(is_wide));
        let inline = wide.map(|(name, _)| ("inline_policies", format!("policy `{name}` allows every action on everything")));
        let full = spec.managed_policy_arns.iter().filter(|arn| arn.ends_with(":policy/AdministratorAccess"));
        let managed = full.map(|arn| ("managed_policy_arns", format!("`{arn}` allows everything")));
        let all = inline.chain(managed);
        all.map(|(field, message)| seen.finding(field, message).help("name the actions and the resources that it needs"))
    });
    roles.collect()
}

fn is_wide(statement: &Value) -> bool {
    let texts = |key: &str| members(&statement[key]).filter_map(Value::as_str);
    let whole_service = |action: &str| action == "*" || action.ends_with(":*");
    let bare = statement.get("Condition").is_none();
    // All but some actions are nearly all.
    let actions = statement.get("NotAction").is_some() || texts("Action").any(whole_service);
    statement["Effect"] == "Allow" && bare && texts("Resource").any(|resource| resource == "*") && actions
}
