//! IAM215: a condition that no request meets, or that every good one does.

use super::documents::{Document, Use, documents};
use super::grants::members;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, is_symbolic, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::iam::role::Role;
use crate::kinds::s3::bucket::{Sort, about};
use serde_json::Value;

/// A role that may read an object under a condition.
macro_rules! role {
    ($condition:expr) => {
        concat!(
            "[resource.role]\nkind = \"iam.role\"\n[resource.role.assume_role_policy]\nVersion = \"2012-10-17\"\n",
            "Statement = [{ Effect = \"Allow\", Principal = { Service = \"ecs-tasks.amazonaws.com\" }, Action = \"sts:AssumeRole\" }]\n",
            "[resource.role.inline_policies.read]\nVersion = \"2012-10-17\"\n",
            "Statement = [{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::shop-files/*\", Condition = ",
            $condition,
            " }]\n"
        )
    };
}

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM215",
        level: Level::Warning,
        category: Category::Security,
        about: "A condition of a policy is one that no request meets, or it denies what it is meant to let through.",
        why: "IAM takes any text as a value. A statement whose condition never holds allows nothing, and one that denies never protects.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
        example: Example::Stack {
            wrong: &[
                role!(r#"{ StringEquals = { "aws:SourceArn" = "arn:aws:ecs:us-east-1:123456789012:*" } }"#),
                role!(r#"{ StringEquals = { "aws:SourceAccount" = "12345678901" } }"#),
                role!(r#"{ StringEquals = { "aws:SourceIp" = "10.0.0.0/8" } }"#),
                role!(r#"{ StringEquals = { "aws:SourceVpcs" = "vpc-0a1b2c3d" } }"#),
                role!(r#"{ StringLike = { "s3:prefix" = "home/*" } }"#),
                role!(r#"{ Bool = { "aws:MultiFactorAuthPresent" = "true" } }"#),
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${resource.files.arn}/*", Condition = { Bool = { "aws:SecureTransport" = "true" } } }]
    "#,
            ],
            right: &[
                role!(r#"{ StringLike = { "aws:SourceArn" = "arn:aws:ecs:us-east-1:123456789012:*" } }"#),
                role!(r#"{ StringEquals = { "aws:SourceAccount" = "123456789012" }, IpAddress = { "aws:SourceIp" = "10.0.0.0/8" } }"#),
                role!(r#"{ StringEquals = { "aws:SourceVpc" = "vpc-0a1b2c3d", "aws:PrincipalTag/team" = "shop" } }"#),
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${resource.files.arn}/*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

/// Keys of every service that slips of the hand come near.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>, read in November 2026.
const KEYS: &[&str] = &[
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:Referer",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:SecureTransport",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:TagKeys",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:userid",
    "aws:username",
    "aws:ViaAWSService",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:VpcSourceIp",
];

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for document in documents(view) {
        for (at, statement) in document.statements() {
            let operators = statement["Condition"].as_object().into_iter().flatten();
            let keys = operators.flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)));
            // One for each statement: what is wrong beside it is seen when it is mended.
            let wrong = keys.into_iter().find_map(|(operator, (key, values))| wrong(view, &document, statement, operator, key, values));
            found.extend(wrong.map(|(message, help)| document.seen.finding(format!("{at}.Condition"), message).help(help)));
        }
    }
    found
}

fn wrong(
    view: &View<'_>,
    document: &Document<'_, '_>,
    statement: &Value,
    operator: &str,
    key: &str,
    values: &Value,
) -> Option<(String, String)> {
    let lower = key.to_ascii_lowercase();
    let texts = || members(values).filter_map(Value::as_str);
    let allows = statement["Effect"] == "Allow";
    if let Some(near) = misspelt(key, &lower) {
        return Some((format!("no request has a key `{key}`"), format!("did you mean `{near}`?")));
    }
    let arns = ["aws:sourcearn", "aws:principalarn", "token.actions.githubusercontent.com:sub"];
    if operator == "StringEquals" && arns.contains(&lower.as_str()) && texts().all(|text| text.contains('*')) {
        return Some((format!("`StringEquals` takes the star of `{key}` as a star"), "write StringLike, or ArnLike for ARNs".into()));
    }
    if operator.starts_with("String") && !operator.contains("Not") && lower == "aws:sourceip" && texts().all(|text| text.contains('/')) {
        return Some((format!("`{operator}` compares `{key}` as text, and no address is a range"), "write IpAddress".into()));
    }
    let accounts = ["aws:sourceaccount", "aws:principalaccount", "aws:resourceaccount", "aws:sourceowner"];
    if accounts.contains(&lower.as_str())
        && let Some(text) = texts().find(|text| is_no_account(text))
    {
        return Some((format!("`{text}` is no account, which `{key}` takes"), "an account has twelve digits".into()));
    }
    if lower == "s3:prefix" && allows && !operator.ends_with("IfExists") && operator.starts_with("String") && !operator.contains("Not") {
        let mut actions = members(&statement["Action"]).filter_map(Value::as_str).peekable();
        let objects = actions.peek().is_some() && actions.all(|action| about(action) == Some(Sort::Object));
        let help = "name the prefix in Resource, behind the ARN of the bucket; s3:prefix is a key of s3:ListBucket";
        return objects.then(|| (format!("no request for an object has `{key}`"), help.into()));
    }
    let says = |word: &str| texts().all(|text| text.eq_ignore_ascii_case(word));
    if operator == "Bool" && lower == "aws:multifactorauthpresent" && allows && says("true") && document.of == Use::Permissions {
        let (_, role) = view.get::<Role>(document.seen.address)?;
        let help = "take the condition out: a service signs in with no second factor";
        return is_of_services(&role.assume_role_policy)
            .then(|| ("services alone take this role, and none has a second factor".into(), help.into()));
    }
    if operator == "Bool" && lower == "aws:securetransport" && !allows && says("true") {
        return Some(("this denies what comes over TLS".into(), "write \"false\" to deny what comes without".into()));
    }
    None
}

fn misspelt(key: &str, lower: &str) -> Option<&'static str> {
    let strange = lower.starts_with("aws:") && !lower.contains('/') && !KEYS.iter().any(|known| known.eq_ignore_ascii_case(key));
    let near = KEYS.iter().map(|known| (strsim::damerau_levenshtein(&known.to_ascii_lowercase(), lower), *known)).min()?;
    (strange && near.0 <= 2).then_some(near.1)
}

/// True for a text that is certainly no account: another number of digits, an ARN, or an output that is no account.
fn is_no_account(text: &str) -> bool {
    if is_symbolic(text) {
        let other = |output: &str| ["id", "arn", "name"].contains(&output);
        return matches!(pieces(text).as_slice(), [Piece::Reference(reference)] if other(&reference.output));
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && text.len() != 12 || text.starts_with("arn:")
}

/// True for a trust policy that names services and nobody else.
fn is_of_services(trust: &Value) -> bool {
    let mut statements = members(&trust["Statement"]).peekable();
    let service = |statement: &Value| {
        statement["Principal"].as_object().is_some_and(|principal| principal.len() == 1 && principal.contains_key("Service"))
    };
    statements.peek().is_some() && statements.all(service)
}
