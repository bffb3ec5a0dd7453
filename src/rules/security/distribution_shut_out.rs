//! S3B202: a bucket does not let the distribution read that serves it.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::s3::bucket::Bucket;
use crate::rules::iam::grants::{allows, denies, is_like, members, statements};
use serde_json::Value;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "S3B202",
        category: Category::Security,
        about: "A distribution signs its requests to a bucket, and the bucket's policy does not let CloudFront read, or denies it.",
        why: "Without a statement for `cloudfront.amazonaws.com` S3 answers each request of the distribution with 403, and so does the site.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [storage.files]
        cdn = {}
        [override."storage.files.bucket".policy]
        Version = "2012-10-17"
        Statement = [
            { Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "${storage.files.bucket.arn}/*" },
            { Effect = "Allow", Principal = { Service = "cloudfront.amazonaws.com" }, Action = "s3:GetObject", Resource = "${storage.files.bucket.arn}/*", Condition = { StringEquals = { "AWS:SourceArn" = "${storage.files.distribution.arn}" } } },
        ]
    "#,
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.access]
        kind = "cloudfront.origin_access_control"
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "files", domain_name = "${resource.files.regional_domain_name}", origin_access_control_id = "${resource.access.id}" }]
        default_cache_behavior = { target_origin_id = "files", viewer_protocol_policy = "redirect-to-https" }
    "#,
            ],
            right: &["[storage.files]\ncdn = {}"],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (cdn, spec) in view.all::<Distribution>() {
        let signed = spec.origins.iter().filter(|origin| origin.origin_access_control_id.is_some());
        for (seen, bucket) in signed.filter_map(|origin| view.target::<Bucket>(&origin.domain_name)) {
            let object = format!("{}/*", seen.output("arn").unwrap_or_default());
            let may = bucket
                .policy
                .iter()
                .flat_map(statements)
                .any(|one| is_for_cloudfront(one) && allows(one, "s3:GetObject", &object) && !is_for_another(view, one, cdn));
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
            let denied = |one: &Value| is_for_cloudfront(one) && denies(one, "s3:GetObject", &object);
            if may
                && let Some(at) = bucket.policy.iter().flat_map(statements).position(denied)
                && said.insert(seen.address)
            {
                let message =
                    format!("`{}` serves this bucket, and this denies CloudFront to read: a Deny wins over each Allow", cdn.address);
                let help = "give it a condition, such as Bool = { \"aws:SecureTransport\" = \"false\" }, or take it out";
                found.push(seen.finding(format!("policy.Statement.{at}"), message).help(help));
            }
            if !may && said.insert(seen.address) {
                let field = if bucket.policy.is_some() { "policy" } else { "" };
                let finding =
                    seen.finding(field, format!("`{}` serves this bucket, and its policy does not let CloudFront read", cdn.address));
                found.push(
                    finding.help("allow s3:GetObject to the service cloudfront.amazonaws.com, with AWS:SourceArn for the distribution"),
                );
            }
        }
    }
    found
}

/// True where a condition binds a statement to distributions of which this is certainly none.
fn is_for_another(view: &View<'_>, statement: &Value, cdn: &Seen<'_>) -> bool {
    let own = cdn.output("arn").unwrap_or_default();
    let operators = statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
    let keys = operators.filter_map(Value::as_object).flatten();
    let mut sources = keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn")).map(|(_, values)| values);
    let is_other = |value: &str| {
        let known = view.live || view.target::<Distribution>(value).is_some();
        known && !is_like(value, &own)
    };
    sources.any(|values| members(values).filter_map(Value::as_str).all(is_other))
}

/// True where a statement is about CloudFront, or about everybody.
pub(super) fn is_for_cloudfront(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let names = members(principal).chain(members(&principal["Service"])).chain(members(&principal["AWS"]));
    names.filter_map(Value::as_str).any(|name| name == "*" || name == "cloudfront.amazonaws.com")
}
