//! MON212: an alarm goes to a topic that it may not publish to.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::Alarm;
use crate::kinds::sns::topic::Topic;
use crate::rules::iam::grants::{is_like, members, statements};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON212",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm goes to a topic whose policy does not let CloudWatch publish.",
        why: "The alarm goes off and nobody hears of it: a policy of one's own replaces the one that lets the account publish.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "*", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }] }
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#],
            right: &[
                r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "cloudwatch.amazonaws.com" }, Action = "sns:Publish", Resource = "*", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }, { Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "*", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }] }
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sns:Publish", Resource = "*", Condition = { StringEquals = { "AWS:SourceOwner" = "123456789012" } } }] }
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let shut = view.all::<Topic>().filter_map(|(seen, spec)| {
        let policy = spec.policy.as_ref()?;
        if statements(policy).any(lets_alarms_in) {
            return None;
        }
        let is_it = |action: &String| view.target::<Topic>(action).is_some_and(|(topic, _)| topic.address == seen.address);
        let mut alarms = view.users::<Alarm>(seen.address);
        let (alarm, _) = alarms.find(|(_, alarm)| [&alarm.alarm_actions, &alarm.ok_actions].into_iter().flatten().any(is_it))?;
        let finding =
            seen.finding("policy", format!("`{}` goes to this topic, and its policy does not let CloudWatch publish", alarm.address));
        Some(finding.help("allow sns:Publish to the service cloudwatch.amazonaws.com, with aws:SourceAccount for your account"))
    });
    shut.collect()
}

/// True for a statement that lets alarms publish, or may: an account's own principals count, and what only names some is not read.
fn lets_alarms_in(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let mut services = members(&principal["Service"]).filter_map(Value::as_str);
    let publish = |pattern: &Value| pattern.as_str().is_some_and(|pattern| is_like(&pattern.to_ascii_lowercase(), "sns:publish"));
    let acts = members(&statement["Action"]).any(publish) || statement.get("NotAction").is_some();
    let who = *principal == "*" || principal.get("AWS").is_some() || services.any(|one| one == "cloudwatch.amazonaws.com");
    statement["Effect"] == "Allow" && acts && (who || statement.get("NotPrincipal").is_some())
}
