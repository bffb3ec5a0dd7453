//! MON202: an alarm's threshold lies where its metric never comes.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::{Alarm, Comparison, Spec, Statistic};
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::parameter_group::DbParameterGroup;

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
        why: "A share of a whole is never above 100 per cent, no count is below 0, and each answer of a load balancer is a 1 of its own, so that their average is 1 however many there are: the alarm stays OK whatever happens.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        example: Example::Stack {
            wrong: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 180\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/RDS\"\nmetric_name = \"FreeStorageSpace\"\ndimensions = { DBInstanceIdentifier = \"d\" }\ncomparison_operator = \"LessThanThreshold\"\nthreshold = 0\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"HTTPCode_Target_5XX_Count\"\nstatistic = \"Average\"\ndimensions = { LoadBalancer = \"app/a/1\" }\nthreshold = 10\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[network]\n[database.main]\n[monitoring]\nemails = [\"ops@example.com\"]\nthresholds = { connections = 5000 }",
            ],
            right: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"HTTPCode_Target_5XX_Count\"\nstatistic = \"Sum\"\ndimensions = { LoadBalancer = \"app/a/1\" }\nthreshold = 10\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"Shop\"\nmetric_name = \"Balance\"\ncomparison_operator = \"LessThanThreshold\"\nthreshold = -5\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let never = view.all::<Alarm>().filter_map(|(seen, spec)| {
        if let Some(message) = always_one(spec) {
            return Some(seen.finding("statistic", message).help("statistic = \"Sum\""));
        }
        let (message, help) = never(spec).map(|(message, help)| (message, help.to_owned())).or_else(|| beyond(view, spec))?;
        Some(seen.finding("threshold", message).help(help))
    });
    never.collect()
}

/// A database of the stack has no more connections than its class allows, unless its parameters say another number.
fn beyond(view: &View<'_>, spec: &Spec) -> Option<(String, String)> {
    let connections = spec.namespace.as_deref() == Some("AWS/RDS") && spec.metric_name.as_deref() == Some("DatabaseConnections");
    let above = matches!(spec.comparison_operator, Comparison::GreaterThanThreshold | Comparison::GreaterThanOrEqualToThreshold);
    let single = !matches!(spec.statistic, Some(Statistic::Sum | Statistic::SampleCount));
    let (seen, database) =
        view.target::<DbInstance>(spec.dimensions.get("DBInstanceIdentifier").filter(|_| connections && above && single)?)?;
    let group = database.db_parameter_group_name.as_ref();
    let own = group.is_some_and(|group| {
        view.target::<DbParameterGroup>(group).is_none_or(|(_, group)| group.parameters.contains_key("max_connections"))
    });
    let most = database.engine.max_connections(&database.instance_class);
    // The formula leaves out what the system takes: a threshold that is a little above it may be meant.
    (!own && spec.threshold > most * 1.1).then(|| {
        let message = format!("`{}` allows some {most} connections, and never more than {}", seen.address, spec.threshold);
        (message, format!("{} leaves time to do something", (most * 0.8).floor()))
    })
}

/// A load balancer sends each answer as a 1 of its own.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>: "Minimum, Maximum, and Average
/// all return 1."
fn always_one(spec: &Spec) -> Option<String> {
    let metric = spec.metric_name.as_deref().filter(|metric| metric.starts_with("HTTPCode_"))?;
    let statistic = match spec.statistic? {
        Statistic::Average => "average",
        Statistic::Maximum => "maximum",
        Statistic::Minimum => "minimum",
        Statistic::Sum | Statistic::SampleCount => return None,
    };
    let above = match spec.comparison_operator {
        Comparison::GreaterThanThreshold => spec.threshold >= 1.0,
        Comparison::GreaterThanOrEqualToThreshold => spec.threshold > 1.0,
        _ => false,
    };
    let here = spec.namespace.as_deref() == Some("AWS/ApplicationELB") && above;
    here.then(|| format!("the {statistic} of `{metric}` is 1 however many there are, and never above {}", spec.threshold))
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
