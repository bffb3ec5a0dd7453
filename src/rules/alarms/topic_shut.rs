//! MON203: CloudWatch may not use the key of the topic that its alarms go to.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::{self, Alarm};
use crate::kinds::sns::topic::Topic;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON203",
        category: Category::Observability,
        about: "Alarms go to a topic that is encrypted with AWS's own key, which CloudWatch may not use.",
        why: "The policy of `alias/aws/sns` lets no other service encrypt with it and cannot be changed: each notification of an alarm fails.",
        page: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.people]
        kind = "sns.topic"
        kms_key_id = "alias/aws/sns"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = "jobs" }
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#],
            right: &[r#"
        [resource.people]
        kind = "sns.topic"
        kms_key_id = "alias/alarms"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions = { QueueName = "jobs" }
        threshold = 100
        alarm_actions = ["${resource.people.arn}"]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let shut = view.all::<Topic>().filter(|(_, spec)| spec.kms_key_id.as_deref().is_some_and(|key| key.ends_with("alias/aws/sns")));
    let used = shut.filter_map(|(seen, _)| {
        let is_it = |action: &String| view.target::<Topic>(action).is_some_and(|(topic, _)| topic.address == seen.address);
        let mut alarms = view.users::<Alarm>(seen.address);
        let of = |spec: &alarm::Spec| {
            let mut actions = [&spec.alarm_actions, &spec.ok_actions, &spec.insufficient_data_actions].into_iter().flatten();
            actions.any(is_it)
        };
        let (alarm, _) = alarms.find(|(_, spec)| of(spec))?;
        let finding =
            seen.finding("kms_key_id", format!("`{}` goes to this topic, and CloudWatch may not use AWS's own key", alarm.address));
        Some(finding.help("leave the key out, or name one of yours whose policy lets cloudwatch.amazonaws.com use it"))
    });
    used.collect()
}
