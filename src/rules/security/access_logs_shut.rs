//! S3B206: a bucket's access logs go where S3 may not write.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::{Bucket, ObjectOwnership};
use crate::rules::iam::grants::{is_like, members, statements};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "S3B206",
        level: Level::Warning,
        category: Category::Observability,
        about: "The bucket that another one's access logs go to does not let S3 write them.",
        why: "S3 takes the setting, and then not one record arrives. Access control lists are off, so that the bucket's policy alone can let the logging service in.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.records]
        kind = "s3.bucket"
        [resource.files]
        kind = "s3.bucket"
        logging = { target_bucket = "${resource.records.name}" }
    "#],
            right: &[r#"
        [resource.records]
        kind = "s3.bucket"
        [resource.records.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "logging.s3.amazonaws.com" }, Action = "s3:PutObject", Resource = "${resource.records.arn}/*" }]
        [resource.files]
        kind = "s3.bucket"
        logging = { target_bucket = "${resource.records.name}" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let found = view.all::<Bucket>().filter_map(|(seen, spec)| {
        let (bucket, logs) = view.target::<Bucket>(&spec.logging.as_ref()?.target_bucket)?;
        let shut = logs.object_ownership == ObjectOwnership::BucketOwnerEnforced && !logs.policy.iter().flat_map(statements).any(lets_in);
        let finding = || seen.finding("logging.target_bucket", format!("`{}` does not let S3 write the records", bucket.address));
        let help = "allow s3:PutObject on its objects to the service logging.s3.amazonaws.com";
        shut.then(|| finding().or(bucket.address, "policy").help(help))
    });
    found.collect()
}

/// True where a statement lets the logging service write, wherever in the bucket.
fn lets_in(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let names = members(principal).chain(members(&principal["Service"])).filter_map(Value::as_str);
    let mut actions = members(&statement["Action"]).filter_map(Value::as_str);
    let puts = statement.get("NotAction").is_some() || actions.any(|action| is_like(&action.to_ascii_lowercase(), "s3:putobject"));
    statement["Effect"] == "Allow" && puts && names.into_iter().any(|name| name == "*" || name == "logging.s3.amazonaws.com")
}
