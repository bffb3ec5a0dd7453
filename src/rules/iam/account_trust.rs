//! IAM211: a whole account may take a role.

use super::documents::{Use, documents};
use super::grants::members;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM211",
        level: Level::Warning,
        category: Category::Security,
        about: "A role's trust policy lets a whole account take it, without a condition.",
        why: "Every user and role of that account that may call sts:AssumeRole on everything has this role too, and another company's account is as strong as its weakest part.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::210987654321:root" }, Action = "sts:AssumeRole" }]
    "#],
            right: &[
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::210987654321:root" }, Action = "sts:AssumeRole", Condition = { StringEquals = { "sts:ExternalId" = "7f3a" } } }]
    "#,
                r#"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::210987654321:role/deployer" }, Action = "sts:AssumeRole" }]
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
            if statement["Effect"] != "Allow" || statement.get("Condition").is_some() {
                continue;
            }
            let accounts = members(&statement["Principal"]["AWS"]).filter_map(Value::as_str).filter_map(account);
            for account in accounts {
                let message = format!("everybody in the account {account} may take this role who may take any");
                let help = "name the roles that take it, or bind it by a condition, such as sts:ExternalId for another company";
                found.push(document.seen.finding(format!("{field}.Principal"), message).help(help));
            }
        }
    }
    found
}

// The account that a principal is the whole of.
fn account(principal: &str) -> Option<&str> {
    let is_account = |id: &&str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    let root = principal.strip_suffix(":root").and_then(|rest| rest.rsplit(':').next());
    Some(principal).filter(is_account).or(root.filter(is_account))
}
