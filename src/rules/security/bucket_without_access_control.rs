//! SEC213: a distribution of a private bucket comes as anybody.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::s3::bucket::Bucket;
use crate::rules::iam::grants::{members, statements};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC213",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A distribution serves a private bucket and signs no requests to it.",
        why: "Without an origin access control CloudFront comes as anybody, and a bucket that blocks the public answers 403 to every viewer.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "cloudfront.amazonaws.com" }, Action = "s3:GetObject", Resource = "${resource.files.arn}/*", Condition = { StringEquals = { "AWS:SourceArn" = "${resource.cdn.arn}" } } }]
        [resource.key]
        kind = "cloudfront.origin_access_control"
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "files", domain_name = "${resource.files.regional_domain_name}" }]
        default_cache_behavior = { target_origin_id = "files" }
    "#],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "cloudfront.amazonaws.com" }, Action = "s3:GetObject", Resource = "${resource.files.arn}/*", Condition = { StringEquals = { "AWS:SourceArn" = "${resource.cdn.arn}" } } }]
        [resource.key]
        kind = "cloudfront.origin_access_control"
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "files", domain_name = "${resource.files.regional_domain_name}", origin_access_control_id = "${resource.key.id}" }]
        default_cache_behavior = { target_origin_id = "files" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Distribution>() {
        let unsigned = spec.origins.iter().enumerate().filter(|(_, origin)| origin.origin_access_control_id.is_none());
        for (at, origin) in unsigned.filter(|(_, origin)| origin.custom.is_none()) {
            let Some((bucket, spec)) = view.target::<Bucket>(&origin.domain_name) else { continue };
            if spec.policy.iter().flat_map(statements).any(lets_others_read) {
                continue;
            }
            let message = format!("`{}` is private, and nothing signs the requests to it", bucket.address);
            let finding = seen.finding(format!("origins.{at}"), message);
            found.push(finding.help("name a cloudfront.origin_access_control in `origin_access_control_id`, and let cloudfront.amazonaws.com read in the bucket's policy"));
        }
    }
    found
}

/// True where anybody may read, or an identity of CloudFront from before there were access controls.
fn lets_others_read(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let mut names = members(principal).chain(members(&principal["AWS"])).filter_map(Value::as_str);
    let old = principal.get("CanonicalUser").is_some();
    statement["Effect"] == "Allow" && (old || names.any(|name| name == "*" || name.contains("Origin Access Identity")))
}
