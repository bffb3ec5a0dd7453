//! REACH205: tasks cannot reach what they are to use later.

use super::{Pairs, Why, gathered};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH205",
        level: Level::Warning,
        category: Category::Network,
        about: "The tasks of a service cannot reach a bucket, a topic or a host of the internet that their environment names, or the service that opens shells.",
        why: "The task starts and is well, and each such call waits until it times out.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        nat = "none"
        endpoints = ["s3", "ecr.api", "ecr.dkr", "logs"]
        [service.worker]
        subnets = "private"
        environment = { PAYMENTS = "https://api.stripe.com/v1" }
    "#],
            right: &[r#"
        [network]
        [service.worker]
        subnets = "private"
        environment = { PAYMENTS = "https://api.stripe.com/v1" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    gathered(view, &view.derived(Pairs::of), Why::Later, "cannot use")
}
