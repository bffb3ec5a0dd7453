//! OPS205: an image that moves.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecr::repository::Repository;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::rules::environment::{Environment, environment};
use crate::rules::iam::images_not_pullable::without_tag;

pub const RULE: Rule = Rule {
    code: Code {
        id: "OPS205",
        level: Level::Warning,
        category: Category::Delivery,
        about: "A production service runs an image by a tag that moves, or by none.",
        why: "Which version runs is decided by the minute in which a task starts. After a restart it may be another one, and there is nothing to go back to.",
        page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
        example: Example::Stack {
            wrong: &[r#"
        [stack]
        name = "shop-production"
        region = "us-east-1"
        [network]
        [service.web]
        image = "nginx:latest"
        port = 80
    "#],
            right: &[
                r#"
        [stack]
        name = "shop-production"
        region = "us-east-1"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
    "#,
                r#"
        [network]
        [service.web]
        image = "nginx:latest"
        port = 80
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    if environment(&view.scope) != Some(Environment::Production) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (seen, spec) in view.all::<TaskDefinition>() {
        for (at, container) in spec.containers.iter().enumerate() {
            let image = container.image.as_str();
            let last = image.rsplit('/').next().unwrap_or_default();
            // The pipeline of a repository of the stack says which version runs; readiness asks for it.
            let own = view.target::<Repository>(without_tag(image)).is_some();
            if own || image.contains('@') || last.split_once(':').is_some_and(|(_, tag)| tag != "latest") {
                continue;
            }
            let finding = seen.finding(format!("containers.{at}.image"), format!("`{image}` is another image tomorrow"));
            found.push(finding.help("name a version, or a digest: name@sha256:…"));
        }
    }
    found
}
