//! SEC204: a bucket may be made public.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::kind::to_value;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::{Bucket, PublicAccessBlock};

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC204",
        level: Level::Warning,
        category: Category::Security,
        about: "A bucket does not block public access.",
        why: "One policy or ACL written by mistake then shows its objects to everybody. A CDN can serve a private bucket.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        public_access_block = { block_public_policy = false }
    "#],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        public_access_block = { block_public_policy = true }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let all = PublicAccessBlock::default();
    let open = view.all::<Bucket>().filter(|(_, spec)| spec.public_access_block != all);
    let findings = open.map(|(seen, _)| {
        let finding = seen.finding("public_access_block", "the bucket does not block all public access");
        finding.help("leave all four settings on, and serve it through CloudFront").set("public_access_block", to_value(&all))
    });
    findings.collect()
}
