//! LIM208: a role has too many managed policies.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::iam::role::Role;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM208",
        level: Level::Warning,
        category: Category::Request,
        about: "A role has more managed policies than it may have by default.",
        why: "IAM refuses the eleventh with LimitExceeded; the quota can be raised to 25.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::123456789012:policy/p0", "arn:aws:iam::123456789012:policy/p1", "arn:aws:iam::123456789012:policy/p2", "arn:aws:iam::123456789012:policy/p3", "arn:aws:iam::123456789012:policy/p4", "arn:aws:iam::123456789012:policy/p5", "arn:aws:iam::123456789012:policy/p6", "arn:aws:iam::123456789012:policy/p7", "arn:aws:iam::123456789012:policy/p8", "arn:aws:iam::123456789012:policy/p9", "arn:aws:iam::123456789012:policy/p10"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#],
            right: &[r#"
        [resource.role]
        kind = "iam.role"
        managed_policy_arns = ["arn:aws:iam::123456789012:policy/p0"]
        [resource.role.assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

/// The most managed policies of a role, as of 2026-11-30.
const MOST: usize = 10;

fn find(view: &View<'_>) -> Vec<Finding> {
    let many = view.all::<Role>().filter(|(_, spec)| spec.managed_policy_arns.len() > MOST);
    let found = many.map(|(seen, spec)| {
        let message = format!("{} managed policies, and a role has {MOST} by default", spec.managed_policy_arns.len());
        seen.finding("managed_policy_arns", message)
            .help("put them together, write some of it as `inline_policies`, or ask for a higher quota")
    });
    found.collect()
}
