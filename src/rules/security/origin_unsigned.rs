//! CFD202: an origin access control leaves the requests to a bucket as they are.

use super::distribution_shut_out::is_for_cloudfront;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::cloudfront::origin_access_control::{OriginAccessControl, OriginType, SigningBehavior};
use crate::kinds::s3::bucket::{Bucket, Spec};
use crate::rules::iam::grants::{allows, statements};
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "CFD202",
        level: Level::Warning,
        category: Category::Security,
        about: "A distribution reads a private bucket with an origin access control that signs nothing, or is for another service.",
        why: "S3 sees a request of nobody, and answers 403 to each: so does the site.",
        page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html",
        example: Example::Stack {
            wrong: &[
                "[storage.files]\ncdn = {}\n[override.\"storage.files.origin-access-control\"]\nsigning_behavior = \"never\"",
                "[storage.files]\ncdn = {}\n[override.\"storage.files.origin-access-control\"]\norigin_type = \"mediastore\"",
            ],
            right: &[
                "[storage.files]\ncdn = {}",
                "[storage.files]\ncdn = {}\n[override.\"storage.files.origin-access-control\"]\nsigning_behavior = \"no-override\"",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (_, spec) in view.all::<Distribution>() {
        for origin in &spec.origins {
            let Some((bucket, of)) = view.target::<Bucket>(&origin.domain_name) else { continue };
            let control = origin.origin_access_control_id.as_ref().and_then(|id| view.target::<OriginAccessControl>(id));
            let Some((seen, control)) = control.filter(|(seen, _)| !is_open(bucket, of) && !said.contains(seen.address)) else { continue };
            let (field, message, value) = if control.signing_behavior == SigningBehavior::Never {
                ("signing_behavior", format!("no request to `{}` is signed, and it is private", bucket.address), "always")
            } else if control.origin_type != OriginType::S3 {
                ("origin_type", format!("`{}` is a bucket of S3", bucket.address), "s3")
            } else {
                continue;
            };
            said.insert(seen.address);
            found.push(seen.finding(field, message).help(format!("write {field} = \"{value}\"")).set(field, value));
        }
    }
    found
}

/// True for a bucket that everybody may read, whoever signs.
fn is_open(seen: &Seen<'_>, bucket: &Spec) -> bool {
    let object = format!("{}/*", seen.output("arn").unwrap_or_default());
    let everybody = |statement: &serde_json::Value| {
        let service = statement["Principal"].get("Service").is_some();
        is_for_cloudfront(statement) && !service && allows(statement, "s3:GetObject", &object)
    };
    bucket.policy.iter().flat_map(statements).any(everybody)
}
