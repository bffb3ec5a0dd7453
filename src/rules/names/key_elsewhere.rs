//! NAME204: a KMS key is of another region.

use super::of_another_partition::visit;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NAME204",
        level: Level::Warning,
        category: Category::Request,
        about: "A KMS key is of another region than what is to be encrypted with it.",
        why: "A key never leaves its region. Most services refuse one of another region as not found; S3 takes it, and refuses each object afterwards.",
        page: "https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        encryption = { sse_algorithm = "aws:kms", kms_key_id = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000" }
    "#],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        encryption = { sse_algorithm = "aws:kms", kms_key_id = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-0000-0000-000000000000" }
    "#],
        },
    },
    look: Look::Resources(find),
};

/// The ends of the names of fields that hold a key of the resource's own region.
const FIELDS: [&str; 2] = ["kms_key_id", "kms_key_arn"];

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.scope.region.as_str();
    let mut found = Vec::new();
    for seen in view.resources() {
        visit(seen.spec, &mut String::new(), &mut |path, text| {
            let Some(("arn", rest)) = text.split_once(':').filter(|_| FIELDS.iter().any(|field| path.ends_with(field))) else { return };
            let [_, "kms", region, ..] = rest.split(':').collect::<Vec<_>>()[..] else { return };
            let plain = region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if plain && !region.is_empty() && !own.is_empty() && region != own {
                let finding = seen.finding(path, format!("this key is in {region}, and the stack in {own}"));
                found.push(finding.help(format!("name a key of {own}; a multi-Region key has a replica of its own ARN there")));
            }
        });
    }
    found
}
