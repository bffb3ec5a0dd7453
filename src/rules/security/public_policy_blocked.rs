//! S3B203: a policy shows a bucket to everybody, and the bucket blocks such policies.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::Bucket;
use crate::rules::iam::grants::{members, statements};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "S3B203",
        category: Category::Security,
        about: "The policy of a bucket lets everybody in, and the bucket blocks public policies.",
        why: "PutBucketPolicy answers AccessDenied while `block_public_policy` is on, which it is for every new bucket.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${resource.files.arn}/*" }]
    "#,
                r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${resource.files.arn}/*", Condition = { Bool = { "aws:SecureTransport" = "true" } } }]
    "#,
            ],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        [resource.files.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${resource.files.arn}/*", Condition = { StringEquals = { "aws:SourceVpce" = "vpce-0123456789abcdef0" } } }]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Bucket>().filter(|(_, spec)| spec.public_access_block.block_public_policy) {
        let statements = spec.policy.iter().flat_map(statements).enumerate();
        for (at, _) in statements.filter(|(_, statement)| is_public(statement)) {
            let finding = seen.finding(format!("policy.Statement.{at}"), "everybody may do this, and the bucket blocks such policies");
            found.push(finding.help("name who may, serve it through CloudFront, or set public_access_block.block_public_policy = false"));
        }
    }
    found
}

/// Keys of conditions that say how a request comes, or for what, and never from whom. S3 counts fixed principals, networks and sources
/// alone as leaving few.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>, read in November 2026.
const SAY_NOT_WHO: &[&str] = &[
    "aws:securetransport",
    "aws:referer",
    "aws:useragent",
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "s3:authtype",
    "s3:delimiter",
    "s3:max-keys",
    "s3:prefix",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:x-amz-acl",
    "s3:x-amz-server-side-encryption",
];

// Other conditions may leave few; which ones, S3 judges.
fn is_public(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let everybody = principal == "*" || members(&principal["AWS"]).any(|one| one == "*");
    let operators = statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
    let mut keys = operators.filter_map(Value::as_object).flat_map(|keys| keys.keys());
    statement["Effect"] == "Allow" && everybody && keys.all(|key| SAY_NOT_WHO.contains(&key.to_ascii_lowercase().as_str()))
}
