//! S3B205: an origin that no browser has.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::Bucket;

pub const RULE: Rule = Rule {
    code: Code {
        id: "S3B205",
        level: Level::Warning,
        category: Category::Reliability,
        about: "An origin of a CORS rule ends with a slash or has a path.",
        why: "Browsers send an origin without one, so that the rule never fits and each request from there fails.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        cors_rules = [{ allowed_methods = ["GET"], allowed_origins = ["https://example.com/"] }]
    "#],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        cors_rules = [{ allowed_methods = ["GET"], allowed_origins = ["https://example.com"] }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    // The module says it of its own origins.
    for (seen, spec) in view.all::<Bucket>().filter(|(seen, _)| seen.address.module() != "storage") {
        for (at, rule) in spec.cors_rules.iter().enumerate() {
            for origin in &rule.allowed_origins {
                let Some((scheme, rest)) = origin.split_once("://") else { continue };
                let Some((host, _)) = rest.split_once('/').filter(|_| !rest.contains("${")) else { continue };
                let finding =
                    seen.finding(format!("cors_rules.{at}.allowed_origins"), format!("no browser sends `{origin}` as its origin"));
                found.push(finding.help(format!("write \"{scheme}://{host}\"")));
            }
        }
    }
    found
}
