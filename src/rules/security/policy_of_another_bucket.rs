//! S3B201: a bucket's policy is about another bucket.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::iam_document::no_arn;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::Bucket;
use crate::rules::iam::grants::{is_like, members, statements};

pub const RULE: Rule = Rule {
    code: Code {
        id: "S3B201",
        category: Category::Request,
        about: "A statement of a bucket's policy names resources of another bucket.",
        why: "A bucket's policy is about the bucket itself and its objects. PutBucketPolicy refuses others: \"Policy has invalid resource\".",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:DeleteObject", Resource = "arn:aws:s3:::another-bucket/*" }]
    "#],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        name = "shop-files-000000000001"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Deny", Principal = "*", Action = "s3:DeleteObject", Resource = ["${resource.files.arn}/*", "arn:aws:s3:::shop-files-000000000001"] }]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Bucket>() {
        let arn = seen.output("arn").unwrap_or_default();
        let is_own = |resource: &str| {
            let Some(rest) = resource.strip_prefix("arn:").and_then(|rest| rest.split_once(":s3:::")).map(|(_, rest)| rest) else {
                return !resource.starts_with("${") || resource == arn || resource.starts_with(&format!("{arn}/"));
            };
            let name = rest.split('/').next().unwrap_or_default();
            is_symbolic(name)
                || spec.name.as_ref().is_some_and(|own| is_symbolic(own) || is_like(name, own))
                || name == "*"
                || resource.starts_with(&arn)
        };
        let resources = spec.policy.iter().flat_map(statements).flat_map(|statement| members(&statement["Resource"]));
        // One that is no ARN at all is said by the bucket itself.
        let resources = resources.filter_map(|resource| resource.as_str()).filter(|resource| no_arn(resource).is_none());
        for resource in resources.filter(|resource| !is_own(resource)) {
            let finding = seen.finding("policy.Statement", format!("`{resource}` is not of this bucket"));
            found.push(finding.help(format!("write \"${{{}.arn}}\", with `/*` behind it for objects", seen.address)));
        }
    }
    found
}
