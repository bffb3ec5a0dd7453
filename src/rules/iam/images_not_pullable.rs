//! IAM212: ECS may not pull the image of a container.

use super::grants::{field, may};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecr::repository::Repository;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::Role;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM212",
        level: Level::Warning,
        category: Category::Security,
        about: "The execution role of a task may not pull an image from ECR.",
        why: "ECS asks for a token, which is allowed on `*` alone, and fetches the layers of the image with the execution role. Where it may not, no task starts: CannotPullContainerError.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.images]
        kind = "ecr.repository"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.images]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = "*" }]
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        execution_role_arn = "${resource.role.arn}"
        containers = [{ name = "app", image = "${resource.images.uri}:v1" }]
    "#,
                r#"
        [resource.images]
        kind = "ecr.repository"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.images]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = "${resource.images.arn}" }]
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        execution_role_arn = "${resource.role.arn}"
        containers = [{ name = "app", image = "${resource.images.uri}:v1" }]
    "#,
            ],
            right: &[r#"
        [resource.images]
        kind = "ecr.repository"
        [resource.role]
        kind = "iam.role"
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
        [resource.role.inline_policies.images]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }, { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Resource = "${resource.images.arn}" }]
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        execution_role_arn = "${resource.role.arn}"
        containers = [{ name = "app", image = "${resource.images.uri}:v1" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (_, task) in view.all::<TaskDefinition>() {
        let Some((seen, role)) = task.execution_role_arn.as_ref().and_then(|arn| view.target::<Role>(arn)) else { continue };
        let Some(repository) = task.containers.iter().find_map(|container| repository(view, &container.image)) else { continue };
        let needed = [
            ("ecr:GetAuthorizationToken", "*"),
            ("ecr:BatchGetImage", repository.as_str()),
            ("ecr:GetDownloadUrlForLayer", repository.as_str()),
        ];
        let missing = needed.into_iter().filter(|(action, resource)| !may(role, action, resource)).map(|(action, _)| action);
        let missing = missing.collect::<Vec<_>>();
        if !missing.is_empty() && said.insert(seen.address) {
            let message = format!("the image comes from ECR, and this role does not allow {}", missing.join(" and "));
            let help =
                "ecr:GetAuthorizationToken on `*`, the others on the repository's ARN; AmazonECSTaskExecutionRolePolicy has them all";
            found.push(seen.finding(field(role), message).help(help));
        }
    }
    found
}

/// Returns an image without the tag or the digest behind its name.
pub fn without_tag(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rfind(['/', '}']).map_or(0, |at| at + 1);
    image[last..].find(':').map_or(image, |at| &image[..last + at])
}

/// Returns the ARN of the repository of an image, if that is one of ECR.
fn repository(view: &View<'_>, image: &str) -> Option<String> {
    if let Some((seen, _)) = view.target::<Repository>(without_tag(image)) {
        return seen.output("arn");
    }
    // 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:v1
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
    let (host, path) = image.split_once('/')?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.split('.').next()?;
    let name = path.split(['@', ':']).next()?;
    Some(format!("arn:{}:ecr:{region}:{account}:repository/{name}", view.scope.partition()))
}

#[cfg(test)]
mod tests {
    use super::without_tag;

    #[test]
    fn a_tag_or_a_digest_is_no_part_of_a_name() {
        for (image, name) in [
            ("nginx", "nginx"),
            ("nginx:1.29", "nginx"),
            ("localhost:5000/team/api:v1@sha256:ab", "localhost:5000/team/api"),
            ("${resource.images.uri}:v1", "${resource.images.uri}"),
            ("${resource.images.uri}", "${resource.images.uri}"),
        ] {
            assert_eq!(without_tag(image), name, "{image}");
        }
    }
}
