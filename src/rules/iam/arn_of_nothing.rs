//! IAM216: an ARN of a form that nothing has.

use super::documents::{Use, documents};
use super::grants::members;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;

/// A role that may do one thing with one resource.
macro_rules! role {
    ($action:literal, $resource:literal) => {
        concat!(
            "[resource.role]\nkind = \"iam.role\"\n[resource.role.assume_role_policy]\nVersion = \"2012-10-17\"\n",
            "Statement = [{ Effect = \"Allow\", Principal = { Service = \"ecs-tasks.amazonaws.com\" }, Action = \"sts:AssumeRole\" }]\n",
            "[resource.role.inline_policies.own]\nVersion = \"2012-10-17\"\nStatement = [{ Effect = \"Allow\", Action = \"",
            $action,
            "\", Resource = \"",
            $resource,
            "\" }]\n"
        )
    };
}

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM216",
        level: Level::Warning,
        category: Category::Security,
        about: "A role may do something with an ARN of a form that nothing has: a bucket with a region, a key by its alias, a secret without its end.",
        why: "IAM takes the policy and compares texts: the ARN of no resource is like this one, so that the statement allows nothing.",
        page: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html",
        example: Example::Stack {
            wrong: &[
                role!("s3:GetObject", "arn:aws:s3:us-east-1:123456789012:shop-files/*"),
                role!("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:alias/shop"),
                role!("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/database"),
            ],
            right: &[
                role!("s3:GetObject", "arn:aws:s3:::shop-files/*"),
                role!("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000"),
                role!("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/database-??????"),
                role!("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/database-a1B2c3"),
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for document in documents(view).iter().filter(|document| document.of == Use::Permissions) {
        for (at, statement) in document.statements().filter(|(_, statement)| statement["Effect"] == "Allow") {
            let actions = members(&statement["Action"]).filter_map(Value::as_str).collect::<Vec<_>>();
            let resources = members(&statement["Resource"]).filter_map(Value::as_str);
            let wrong = resources.filter(|resource| !is_symbolic(resource)).filter_map(|resource| wrong(&actions, resource));
            for (message, help) in wrong {
                found.push(document.seen.finding(format!("{at}.Resource"), message).help(help));
            }
        }
    }
    found
}

fn wrong(actions: &[&str], arn: &str) -> Option<(String, &'static str)> {
    let [_, _, service, region, account, name] = arn.splitn(6, ':').collect::<Vec<_>>()[..] else { return None };
    // An action with it has to be of the same service: another one is another mistake.
    let of_service = |action: &&str| action.split(':').next().is_some_and(|prefix| prefix == "*" || prefix.eq_ignore_ascii_case(service));
    if !actions.iter().any(of_service) {
        return None;
    }
    match service {
        // Buckets and their objects have neither region nor account in their ARNs; access points and the like have both.
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
        "s3" => {
            let others = ["accesspoint", "access-grants", "async-request", "job", "storage-lens"];
            let other = others.iter().any(|other| name.starts_with(other)) || name.starts_with('*');
            let bound = [region, account].iter().any(|part| !part.is_empty() && !part.contains(['*', '?', '$']));
            let message = || format!("`{arn}`: the ARN of a bucket has neither region nor account");
            (bound && !other).then(|| (message(), "write arn:aws:s3:::BUCKET, with three colons, and `/*` behind it for objects"))
        }
        // https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
        "kms" => {
            let of_aliases = |action: &&str| action.to_ascii_lowercase().ends_with("alias") || action.contains('*');
            let wrong = name.starts_with("alias/") && !actions.is_empty() && !actions.iter().any(of_aliases);
            let message = || format!("`{arn}` is an alias, and what is done with a key is allowed on the key");
            wrong.then(|| (message(), "name the key: arn:aws:kms:REGION:ACCOUNT:key/ID, or the condition kms:ResourceAliases"))
        }
        "secretsmanager" => {
            let secret = name.strip_prefix("secret:")?;
            let end =
                secret.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6 && end.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let open = secret.contains(['*', '?', '$']);
            let message = || format!("`{arn}` lacks the hyphen and the six characters that Secrets Manager adds to each name");
            (!end && !open).then(|| (message(), "write `-??????` behind the name"))
        }
        _ => None,
    }
}
