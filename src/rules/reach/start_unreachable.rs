//! REACH204: tasks cannot reach what they need to start.

use super::{Pairs, Why, gathered};
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH204",
        category: Category::Network,
        about: "The tasks of a service cannot reach what they are started with: their image, their secrets or their log.",
        why: "ECS stops each task before its first line runs, with CannotPullContainerError or ResourceInitializationError, and starts the next one.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        subnets = "public"
        [override."service.web.service"]
        assign_public_ip = false
    "#,
                r#"
        [network]
        nat = "none"
        endpoints = ["s3", "ecr.api", "ecr.dkr"]
        [service.web]
        port = 80
        subnets = "private"
    "#,
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[override.\"service.web.security-group\"]\negress = []",
            ],
            right: &[
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nsubnets = \"public\"",
                r#"
        [network]
        nat = "none"
        endpoints = ["s3", "ecr.api", "ecr.dkr", "logs"]
        [service.web]
        port = 80
        subnets = "private"
    "#,
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    gathered(view, &view.derived(Pairs::of), Why::Start, "cannot start without")
}
