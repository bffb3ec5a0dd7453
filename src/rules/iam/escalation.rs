//! IAM207: a role may give itself, or what it starts, more than it has.

use super::documents::{Use, documents};
use super::grants::{is_like, members};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;

/// Actions with which an identity comes to all that the account has, where they are allowed on every resource, and the way.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
const WAYS: &[(&str, &str)] = &[
    ("iam:PassRole", "it may hand every role of the account to what it starts"),
    ("iam:PutRolePolicy", "it may write itself any permission"),
    ("iam:AttachRolePolicy", "it may attach itself any policy"),
    ("iam:PutUserPolicy", "it may write any user any permission"),
    ("iam:AttachUserPolicy", "it may attach any policy to a user"),
    ("iam:PutGroupPolicy", "it may write any group any permission"),
    ("iam:AttachGroupPolicy", "it may attach any policy to a group"),
    ("iam:CreatePolicyVersion", "it may rewrite every policy"),
    ("iam:SetDefaultPolicyVersion", "it may bring back older, wider policies"),
    ("iam:UpdateAssumeRolePolicy", "it may let itself take every role"),
    ("iam:CreateAccessKey", "it may make itself keys of every user"),
    ("iam:CreateLoginProfile", "it may sign in as every user"),
    ("iam:UpdateLoginProfile", "it may sign in as every user"),
    ("iam:AddUserToGroup", "it may put a user into every group"),
    ("sts:AssumeRole", "it may take every role that trusts the account"),
];

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM207",
        level: Level::Warning,
        category: Category::Security,
        about: "A role may make itself stronger: pass, take or change every role.",
        why: "Whoever gets hold of it has the whole account within two calls, whatever else the policy leaves out.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.deployer]
        kind = "iam.role"
        [resource.deployer.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "codebuild.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.deployer.inline_policies.deploy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["ecs:RunTask", "iam:PassRole"], Resource = "*" }]
    "#],
            right: &[
                r#"
        [resource.deployer]
        kind = "iam.role"
        [resource.deployer.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "codebuild.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.deployer.inline_policies.deploy]
        Version = "2012-10-17"
        Statement = [
          { Effect = "Allow", Action = ["ecs:RunTask"], Resource = "*" },
          { Effect = "Allow", Action = ["iam:PassRole"], Resource = "arn:aws:iam::123456789012:role/task" },
        ]
    "#,
                r#"
        [resource.deployer]
        kind = "iam.role"
        [resource.deployer.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "codebuild.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.deployer.inline_policies.deploy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "iam:PassRole", Resource = "*", Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } } }]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

/// True for everything, and for every role of an account.
fn is_every_role(resource: &str) -> bool {
    resource == "*" || resource.starts_with("arn:") && resource.contains(":iam::") && resource.ends_with(":role/*")
}

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let documents = documents(view);
    for document in documents.iter().filter(|document| document.of == Use::Permissions) {
        for (field, statement) in document.statements() {
            let everywhere = members(&statement["Resource"]).filter_map(Value::as_str).any(is_every_role);
            if statement["Effect"] != "Allow" || statement.get("Condition").is_some() || !everywhere {
                continue;
            }
            let actions = members(&statement["Action"]).filter_map(Value::as_str).map(str::to_ascii_lowercase).collect::<Vec<_>>();
            // A whole service, or all of them, is said by another rule.
            let allowed = |way: &str| {
                let patterns = actions.iter().filter(|action| *action != "*" && !action.ends_with(":*"));
                patterns.into_iter().any(|action| is_like(action, &way.to_ascii_lowercase()))
            };
            let Some((way, meaning)) = WAYS.iter().find(|(way, _)| allowed(way)) else { continue };
            let finding = document
                .seen
                .finding(field, format!("`{way}` on every {}: {meaning}", if way.ends_with("Role") { "role" } else { "resource" }));
            found.push(finding.help("name the roles that it is for, or bind it by a condition"));
        }
    }
    found
}
