//! COST206: a bucket logs that it logs.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::s3::bucket::Bucket;

pub const RULE: Rule = Rule {
    code: Code {
        id: "COST206",
        level: Level::Warning,
        category: Category::Cost,
        about: "A bucket writes its access logs into itself.",
        why: "Each log that is written is a request that is logged: the bucket fills by itself, and its objects are hard to find among the logs.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.files]
        kind = "s3.bucket"
        name = "shop-files-000000000001"
        logging = { target_bucket = "shop-files-000000000001" }
    "#],
            right: &[r#"
        [resource.files]
        kind = "s3.bucket"
        name = "shop-files-000000000001"
        logging = { target_bucket = "shop-logs-000000000001" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.all::<Bucket>().filter(|(seen, spec)| {
        let target = spec.logging.as_ref().map(|logging| &logging.target_bucket);
        target.is_some_and(|target| spec.name.as_ref() == Some(target) || seen.output("name").as_ref() == Some(target))
    });
    own.map(|(seen, _)| seen.finding("logging", "the bucket logs into itself").help("name another bucket in `target_bucket`")).collect()
}
