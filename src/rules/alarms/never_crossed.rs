//! MON202: an alarm's threshold lies where its metric never comes.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::{Alarm, Comparison, Spec, Statistic};

/// Metrics that are per cent of a whole, with the page that says so.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html>,
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html>
const OF_A_WHOLE: [(&str, &[&str]); 5] = [
    ("AWS/ECS", &["CPUUtilization", "MemoryUtilization", "CPUReservation", "MemoryReservation", "EBSFilesystemUtilization"]),
    ("AWS/RDS", &["CPUUtilization", "BurstBalance", "EBSByteBalance%", "EBSIOBalance%"]),
    (
        "AWS/ElastiCache",
        &[
            "CPUUtilization",
            "EngineCPUUtilization",
            "DatabaseMemoryUsagePercentage",
            "DatabaseCapacityUsagePercentage",
            "MemoryFragmentationPercentage",
        ],
    ),
    ("AWS/ES", &["CPUUtilization", "JVMMemoryPressure", "MasterCPUUtilization", "MasterJVMMemoryPressure", "WarmCPUUtilization"]),
    ("AWS/EC2", &["CPUUtilization"]),
];

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON202",
        level: Level::Warning,
        category: Category::Observability,
        about: "The threshold of an alarm is one that its metric cannot cross.",
        why: "A share of a whole is never above 100 per cent, and no count is below 0: the alarm stays OK whatever happens.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        example: Example::Stack {
            wrong: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 180\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/RDS\"\nmetric_name = \"FreeStorageSpace\"\ndimensions = { DBInstanceIdentifier = \"d\" }\ncomparison_operator = \"LessThanThreshold\"\nthreshold = 0\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
            right: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"Shop\"\nmetric_name = \"Balance\"\ncomparison_operator = \"LessThanThreshold\"\nthreshold = -5\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let never = view.all::<Alarm>().filter_map(|(seen, spec)| {
        let (message, help) = never(spec)?;
        Some(seen.finding("threshold", message).help(help))
    });
    never.collect()
}

fn never(spec: &Spec) -> Option<(String, &'static str)> {
    let (namespace, metric) = (spec.namespace.as_deref()?, spec.metric_name.as_deref()?);
    // Sums and counts of samples have no whole.
    let single = !matches!(spec.statistic, Some(Statistic::Sum | Statistic::SampleCount));
    let whole = single && OF_A_WHOLE.iter().any(|(space, metrics)| *space == namespace && metrics.contains(&metric));
    let threshold = spec.threshold;
    let above = match spec.comparison_operator {
        Comparison::GreaterThanThreshold => threshold >= 100.0,
        Comparison::GreaterThanOrEqualToThreshold => threshold > 100.0,
        _ => false,
    };
    // A count of AWS's own is never negative; a metric of one's own may be.
    let below = namespace.starts_with("AWS/")
        && match spec.comparison_operator {
            Comparison::LessThanThreshold => threshold <= 0.0,
            Comparison::LessThanOrEqualToThreshold => threshold < 0.0,
            _ => false,
        };
    if whole && above {
        return Some((format!("`{metric}` is per cent of a whole, and never above {threshold}"), "80 leaves time to do something"));
    }
    below.then(|| (format!("`{metric}` is never below {threshold}"), "write the least that is still well"))
}
