//! IAM210: a managed policy of AWS is named as it is not called.

use super::reference::{self, Managed};
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::iam::role::Role;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM210",
        category: Category::Security,
        about: "A role has a managed policy of AWS that has another name, or another path.",
        why: "AttachRolePolicy finds no such policy and refuses. Those for the roles of services lie under `service-role/`.",
        page: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#,
                r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/AmazonS3ReadonlyAccess"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#,
            ],
            right: &[r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Role>() {
        for arn in &spec.managed_policy_arns {
            let Some((partition, path)) = arn.split_once(":iam::aws:policy/") else { continue };
            let Managed::Meant(meant) = reference::managed(path) else { continue };
            let finding = seen.finding("managed_policy_arns", format!("AWS has no managed policy `{path}`"));
            found.push(finding.help(format!("write {partition}:iam::aws:policy/{meant}")));
        }
    }
    found
}
