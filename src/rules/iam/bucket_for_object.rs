//! IAM213: a role may do with a bucket what is done with its objects.

use super::documents::{Use, documents};
use super::grants::members;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::{Bucket, Sort, about, lost};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM213",
        level: Level::Warning,
        category: Category::Security,
        about: "A role may do something with objects on a bucket, or something with a bucket on its objects.",
        why: "The statement allows nothing: objects have `/*` behind the ARN of the bucket, the bucket itself has not, and the call ends in AccessDenied.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.files]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "${resource.files.arn}" }]
    "#,
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.files]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["s3:ListBucket"], Resource = "arn:aws:s3:::files/*" }]
    "#,
            ],
            right: &[
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.files]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:ListBucket"], Resource = ["${resource.files.arn}", "${resource.files.arn}/*"] }]
    "#,
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.files]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["s3:ListAllMyBuckets", "s3:GetObject"], Resource = "*" }]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for document in documents(view).iter().filter(|document| document.of == Use::Permissions) {
        for (field, statement) in document.statements().filter(|(_, statement)| statement["Effect"] == "Allow") {
            let texts = |key: &str| members(&statement[key]).filter_map(Value::as_str).collect::<Vec<_>>();
            let (actions, resources) = (texts("Action"), texts("Resource"));
            if resources.is_empty() {
                continue;
            }
            // A bucket of the stack by its whole ARN, wanted or live.
            let known = |resource: &str| view.target::<Bucket>(resource).is_some();
            let resources = resources.into_iter().map(|resource| if known(resource) { "${bucket.arn}" } else { resource });
            let resources = resources.collect::<Vec<_>>();
            let Some(lost) = lost(&actions, &resources) else { continue };
            let what = match about(lost) {
                Some(Sort::Object) => "objects, and the resource is the bucket",
                _ => "the bucket, and the resources are its objects",
            };
            let finding = document.seen.finding(format!("{field}.Resource"), format!("`{lost}` is about {what}"));
            found.push(finding.help("objects have `/*` behind the bucket's ARN; a statement may name both"));
        }
    }
    found
}
