//! MON208: the threshold of an alarm is in another unit than its metric.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::{Comparison, Statistic};

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON208",
        level: Level::Warning,
        category: Category::Observability,
        about: "The threshold of an alarm is so small or large that it must be in another unit than the metric.",
        why: "Free storage of RDS is in bytes and that of OpenSearch in MiB, response times are in seconds, and shares in per cent: such an alarm is always on or never.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html",
        example: Example::Stack {
            wrong: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/RDS\"\nmetric_name = \"FreeStorageSpace\"\ndimensions = { DBInstanceIdentifier = \"d\" }\ncomparison_operator = \"LessThanThreshold\"\nthreshold = 10\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"TargetResponseTime\"\ndimensions = { LoadBalancer = \"app/a/1\" }\nthreshold = 500\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 0.8\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
            right: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/RDS\"\nmetric_name = \"FreeStorageSpace\"\ndimensions = { DBInstanceIdentifier = \"d\" }\ncomparison_operator = \"LessThanThreshold\"\nthreshold = 5368709120\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"TargetResponseTime\"\ndimensions = { LoadBalancer = \"app/a/1\" }\nthreshold = 0.5\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view).iter().filter(|one| one.is_alone()) {
        let threshold = one.spec.threshold;
        let above = matches!(one.spec.comparison_operator, Comparison::GreaterThanThreshold | Comparison::GreaterThanOrEqualToThreshold);
        let below = matches!(one.spec.comparison_operator, Comparison::LessThanThreshold | Comparison::LessThanOrEqualToThreshold);
        if matches!(one.spec.statistic, Some(Statistic::Sum | Statistic::SampleCount)) || threshold <= 0.0 {
            continue;
        }
        let (unit, help) = match (one.namespace, one.metric) {
            // Less than a mebibyte is nothing at all.
            ("AWS/RDS", "FreeStorageSpace" | "FreeableMemory" | "FreeLocalStorage") | ("AWS/ElastiCache", "FreeableMemory")
                if below && threshold < 1_048_576.0 =>
            {
                ("bytes", "write GiB as bytes: 5 GiB are 5368709120")
            }
            // A node stores 24 TiB at most, which are 25 million MiB.
            ("AWS/ES", "FreeStorageSpace" | "MasterFreeStorageSpace") if below && threshold > 26_000_000.0 => {
                ("MiB", "write GiB as MiB: 20 GiB are 20480")
            }
            // A load balancer waits for an answer for a minute.
            ("AWS/ApplicationELB" | "AWS/ECS", "TargetResponseTime") if above && threshold >= 60.0 => {
                ("seconds", "write milliseconds as seconds: 500 ms are 0.5")
            }
            ("AWS/RDS", "ReadLatency" | "WriteLatency") if above && threshold >= 1.0 => {
                ("seconds", "write milliseconds as seconds: 20 ms are 0.02")
            }
            (
                "AWS/ECS" | "AWS/RDS" | "AWS/ElastiCache" | "AWS/ES" | "AWS/EC2",
                "CPUUtilization" | "MemoryUtilization" | "EngineCPUUtilization" | "DatabaseMemoryUsagePercentage" | "JVMMemoryPressure",
            ) if above && threshold <= 1.0 => ("per cent", "write a share as per cent: 0.8 is 80"),
            _ => continue,
        };
        let finding = one.seen.finding("threshold", format!("`{}` is in {unit}, and {threshold} of them is not meant", one.metric));
        found.push(finding.help(help));
    }
    found
}
