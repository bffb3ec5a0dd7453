//! SEC214: a distribution cannot decrypt what it serves.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::s3::bucket::{Bucket, SseAlgorithm};
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC214",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A distribution serves a bucket whose objects are encrypted with a key that belongs to AWS.",
        why: "CloudFront may use a key only if the key's policy lets it, and nobody can change the policy of AWS's own key for S3: every request ends in 403.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        encryption = { sse_algorithm = "aws:kms" }
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
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        encryption = { sse_algorithm = "aws:kms", kms_key_id = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000" }
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
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (cdn, spec) in view.all::<Distribution>() {
        for (seen, bucket) in spec.origins.iter().filter_map(|origin| view.target::<Bucket>(&origin.domain_name)) {
            let key = bucket.encryption.kms_key_id.as_deref();
            let own = bucket.encryption.sse_algorithm != SseAlgorithm::AES256 && key.is_none_or(|key| key.ends_with("alias/aws/s3"));
            if own && said.insert(seen.address) {
                let finding =
                    seen.finding("encryption", format!("`{}` serves this bucket, and may not use AWS's own key for S3", cdn.address));
                found.push(finding.help("use AES256, or a key of yours whose policy lets cloudfront.amazonaws.com decrypt"));
            }
        }
    }
    found
}
