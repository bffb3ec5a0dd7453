//! IAM208: everybody may take a role, or a whole account may.

use super::documents::{Use, documents};
use super::grants::members;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM208",
        level: Level::Warning,
        category: Category::Security,
        about: "A role's trust policy lets everybody take it, or every token of a federation.",
        why: "Any account of AWS may then call AssumeRole on it, or any project of a code host its web identity: the role's name is the only secret.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }]
    "#,
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }, Action = "sts:AssumeRoleWithWebIdentity" }]
    "#,
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }, Action = "sts:AssumeRoleWithWebIdentity", Condition = { StringLike = { "token.actions.githubusercontent.com:sub" = "repo:*" } } }]
    "#,
            ],
            right: &[
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/ci" }, Action = "sts:AssumeRole" }]
    "#,
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole", Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-1" } } }]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let documents = documents(view);
    for document in documents.iter().filter(|document| document.of == Use::Trust) {
        for (field, statement) in document.statements() {
            let bound = statement.get("Condition");
            if statement["Effect"] != "Allow" {
                continue;
            }
            let principal = &statement["Principal"];
            let everybody = bound.is_none() && (principal == "*" || members(&principal["AWS"]).any(|one| one == "*"));
            let hosts = || members(&principal["Federated"]).filter_map(Value::as_str);
            let (message, help) = if everybody {
                (
                    "everybody with an account of AWS may take this role".to_owned(),
                    "name the roles or accounts that take it, or add a condition",
                )
            } else if let Some(host) = hosts().find_map(|host| host.split_once(":oidc-provider/").map(|(_, host)| host)) {
                // A token says for whom it is meant (`aud`), which is the same for all, and who asks (`sub`).
                let asks = |bound: &Value| bound.as_object().into_iter().flat_map(|all| all.values()).any(|keys| names_who(keys, host));
                if bound.is_some_and(|bound| !host.starts_with("token.actions.githubusercontent.com") || asks(bound)) {
                    continue;
                }
                (format!("every token of {host} takes this role"), "add a condition on `sub` and `aud` of the token")
            } else {
                continue;
            };
            found.push(document.seen.finding(format!("{field}.Principal"), message).help(help));
        }
    }
    found
}

/// True for the keys of a condition that say who asks, or where its code is.
fn names_who(keys: &Value, host: &str) -> bool {
    let mut given = keys.as_object().into_iter().flatten();
    given.any(|(key, values)| {
        let who = key.strip_prefix(host).is_some_and(|key| key != ":aud" && key.len() > 1);
        who && !members(values).filter_map(Value::as_str).any(is_anybody)
    })
}

/// True for a pattern that fits every repository of everybody.
/// <https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>
fn is_anybody(pattern: &str) -> bool {
    let rest = pattern.strip_prefix("repo:").unwrap_or(pattern);
    rest.contains('*') && rest.chars().all(|sign| "*?/:".contains(sign))
}
