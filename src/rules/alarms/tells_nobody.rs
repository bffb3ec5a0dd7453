//! MON201: an alarm goes off and nobody hears of it.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::Alarm;
use crate::kinds::sns::topic::Topic;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON201",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm has no action, or its topic has no subscription.",
        why: "It changes its colour in the console and wakes nobody.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[database.main]\n[monitoring]",
                r#"
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = "jobs" }
        threshold = 100
    "#,
                r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = "jobs" }
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
        actions_enabled = false
    "#,
            ],
            right: &[
                "[network]\n[database.main]\n[monitoring]\nemails = [\"ops@example.com\"]",
                r#"
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = "jobs" }
        threshold = 100
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let silent = view.all::<Alarm>().filter_map(|(seen, spec)| {
        let (field, message, help) = if spec.alarm_actions.is_empty() {
            ("", "nobody hears of it when it goes off", "name a topic in `alarm_actions`")
        } else if !spec.actions_enabled {
            ("actions_enabled", "its actions are turned off", "take `actions_enabled` out")
        } else {
            return None;
        };
        Some(seen.finding(field, message).help(help))
    });
    let unheard = view.all::<Topic>().filter(|(seen, spec)| {
        let used = |alarm: &str| view.target::<Topic>(alarm).is_some_and(|(topic, _)| topic.address == seen.address);
        let mut alarms = view.users::<Alarm>(seen.address).flat_map(|(_, alarm)| &alarm.alarm_actions);
        spec.subscriptions.is_empty() && alarms.any(|action| used(action))
    });
    let unheard = unheard.map(|(seen, _)| {
        let finding = seen.finding("subscriptions", "alarms go to this topic, and nobody is subscribed to it");
        finding.help("add a subscription; a `[monitoring]` table has `emails` and `webhooks`")
    });
    silent.chain(unheard).collect()
}
