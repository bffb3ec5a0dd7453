//! LIM201: a stack has more of a kind than a new account may have.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM201",
        level: Level::Warning,
        category: Category::Request,
        about: "A stack has more resources of a kind than an account may have in a region by default.",
        why: "Where nobody has raised the quota, AWS refuses what is beyond it in the middle of an apply: VpcLimitExceeded, AddressLimitExceeded, LimitExceeded.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        count = 6
        cidr = "10.${count.index}.0.0/16"
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        count = 5
        cidr = "10.${count.index}.0.0/16"
    "#],
        },
    },
    look: Look::Resources(find),
};

/// Kinds with what an account may have of them in a region by default, as people call them, and the page that says so. All can
/// be raised. They were read on 2026-11-30; CloudFront and OpenSearch had less before.
const MOST: &[(&str, usize, &str, &str)] = &[
    ("ec2.vpc", 5, "VPCs", "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"),
    ("ec2.eip", 5, "elastic IP addresses", "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"),
    (
        "elbv2.load_balancer",
        50,
        "load balancers of a type",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
    ),
    ("rds.instance", 40, "databases", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html"),
    ("rds.parameter_group", 50, "parameter groups", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html"),
    ("rds.subnet_group", 50, "subnet groups", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html"),
    ("opensearch.domain", 500, "search domains", "https://docs.aws.amazon.com/general/latest/gr/opensearch-service.html#opensearch-limits"),
    (
        "cloudfront.distribution",
        500,
        "distributions",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
    ),
    ("iam.role", 1000, "roles", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"),
];

fn find(view: &View<'_>) -> Vec<Finding> {
    let beyond = MOST.iter().filter_map(|(kind, most, words, page)| {
        let all = view.of_kind(kind).collect::<Vec<_>>();
        let finding = all.get(*most)?.finding("", format!("{} {words}, and an account has {most} by default", all.len()));
        Some(finding.help(format!("ask for a higher quota first, and accept this: {page}")))
    });
    beyond.collect()
}
