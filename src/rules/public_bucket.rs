//! SEC204: a bucket may be made public.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph, Node};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::s3::bucket::{Bucket, PublicAccessBlock};

pub const RULE: Rule = Rule {
    code: "SEC204",
    severity: Severity::Warning,
    about: "A bucket does not block public access.",
    why: "One policy or ACL written by mistake then shows its objects to everybody. A CDN can serve a private bucket.",
    example: r#"
        [resource.files]
        kind = "s3.bucket"
        public_access_block = { block_public_policy = false }
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let open = of_kind::<Bucket>(graph).filter(|(_, spec)| spec.public_access_block != PublicAccessBlock::default());
    let finding = |(node, _): (&Node, _)| {
        let problem = Problem::new("public_access_block", "the bucket does not block all public access");
        Finding { address: node.address.clone(), problem: problem.help("leave all four settings on, and serve it through CloudFront") }
    };
    open.map(finding).collect()
}
