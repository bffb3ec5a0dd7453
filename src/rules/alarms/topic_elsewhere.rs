//! MON210: an alarm tells a topic of another region.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::Alarm;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON210",
        category: Category::Observability,
        about: "An alarm tells a topic of another region.",
        why: "PutMetricAlarm refuses it: \"Invalid region specified\". An alarm tells topics of its own region alone.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        statistic = "Maximum"
        threshold = 40
        alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:people"]
    "#],
            right: &[r#"
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Waiting"
        statistic = "Maximum"
        threshold = 40
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.scope.region.as_str();
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Alarm>() {
        let fields = [
            ("alarm_actions", &spec.alarm_actions),
            ("insufficient_data_actions", &spec.insufficient_data_actions),
            ("ok_actions", &spec.ok_actions),
        ];
        for (at, field, arn) in fields.into_iter().flat_map(|(field, arns)| arns.iter().enumerate().map(move |(at, arn)| (at, field, arn)))
        {
            let region = arn.strip_prefix("arn:aws").filter(|rest| rest.contains(":sns:")).and_then(|_| arn.split(':').nth(3));
            if let Some(region) = region.filter(|region| !own.is_empty() && *region != own && !region.contains('$')) {
                let finding = seen.finding(format!("{field}.{at}"), format!("this topic is in {region}, and the alarm in {own}"));
                found.push(finding.help(format!("name a topic of {own}, which may call a function that tells the other one")));
            }
        }
    }
    found
}
