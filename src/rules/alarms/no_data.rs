//! MON209: an alarm looks at a metric more often than it is sent, or takes its absence for health.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::{Comparison, Missing};

const DAY: u32 = 86_400;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON209",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm has no data when it matters: its period is shorter than the metric's, or no data counts as health.",
        why: "AWS's services send their metrics each minute, S3 its sizes once a day, and a group without targets has no count of healthy ones.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        example: Example::Stack {
            wrong: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/S3\"\nmetric_name = \"BucketSizeBytes\"\ndimensions = { BucketName = \"b\", StorageType = \"StandardStorage\" }\nthreshold = 1e12\nperiod = 300\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 80\nperiod = 10\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"HealthyHostCount\"\ndimensions = { LoadBalancer = \"app/a/1\", TargetGroup = \"targetgroup/a/1\" }\ncomparison_operator = \"LessThanThreshold\"\nthreshold = 1\ntreat_missing_data = \"notBreaching\"\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
            right: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/S3\"\nmetric_name = \"BucketSizeBytes\"\ndimensions = { BucketName = \"b\", StorageType = \"StandardStorage\" }\nthreshold = 1e12\nperiod = 86400\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"HealthyHostCount\"\ndimensions = { LoadBalancer = \"app/a/1\", TargetGroup = \"targetgroup/a/1\" }\ncomparison_operator = \"LessThanThreshold\"\nthreshold = 1\ntreat_missing_data = \"breaching\"\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view) {
        let daily = one.namespace == "AWS/S3" && ["BucketSizeBytes", "NumberOfObjects"].contains(&one.metric);
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudwatch-monitoring.html
        if daily && one.period < DAY {
            let finding = one.seen.finding(one.field("period"), format!("S3 sends `{}` once a day", one.metric));
            found.push(finding.help("period = 86400").set(one.field("period"), DAY));
        } else if one.namespace.starts_with("AWS/") && one.period < 60 {
            let finding = one.seen.finding(one.field("period"), format!("{} sends its metrics once a minute", one.namespace));
            let help = "period = 60; less is for metrics of one's own in high resolution";
            found.push(finding.help(help).set(one.field("period"), 60));
        }
        let healthy = matches!(one.metric, "HealthyHostCount" | "RunningTaskCount");
        let below = matches!(one.spec.comparison_operator, Comparison::LessThanThreshold | Comparison::LessThanOrEqualToThreshold);
        if one.is_alone() && healthy && below && one.spec.treat_missing_data == Missing::NotBreaching {
            let finding = one
                .seen
                .finding("treat_missing_data", format!("where all are gone there is no `{}`, and that counts as health", one.metric));
            found.push(finding.help("treat_missing_data = \"breaching\"").set("treat_missing_data", "breaching"));
        }
    }
    found
}
