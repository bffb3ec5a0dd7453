//! SEC215: a topic is open to the world.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::sns::topic::Topic;
use crate::rules::iam::grants::{members, statements};

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC215",
        level: Level::Warning,
        category: Category::Security,
        about: "Everybody may publish to a topic, or subscribe to it.",
        why: "A policy that allows `*` without a condition is for every account of AWS: strangers send messages to your people, or read yours.",
        page: "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sns:Publish", Resource = "*" }] }
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#],
            right: &[r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "sns:Publish", Resource = "*", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }] }
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Topic>() {
        for (at, statement) in spec.policy.iter().flat_map(statements).enumerate() {
            let principal = &statement["Principal"];
            let everybody = *principal == "*" || members(&principal["AWS"]).any(|name| name == "*");
            if statement["Effect"] == "Allow" && everybody && statement.get("Condition").is_none() {
                let finding = seen.finding(format!("policy.Statement.{at}"), "everybody may use this topic");
                found.push(finding.help("name the service or the account, or add a condition on aws:SourceAccount"));
            }
        }
    }
    found
}
