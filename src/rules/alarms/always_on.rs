//! MON213: an alarm goes off while all is well.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudwatch::alarm::{Comparison, Missing};
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON213",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm goes off while all is well.",
        why: "Whoever is woken by an alarm that means nothing soon sleeps through one that does.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ApplicationELB"
        metric_name = "HTTPCode_Target_5XX_Count"
        dimensions = { LoadBalancer = "app/a/1" }
        statistic = "Sum"
        threshold = 10
        treat_missing_data = "breaching"
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        storage = 20
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "FreeStorageSpace"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 53687091200
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "FreeStorageSpace"
        dimensions = { DBInstanceIdentifier = "d" }
        threshold = 2000000000
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
            ],
            right: &[
                r#"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ApplicationELB"
        metric_name = "HTTPCode_Target_5XX_Count"
        dimensions = { LoadBalancer = "app/a/1" }
        statistic = "Sum"
        threshold = 10
        treat_missing_data = "notBreaching"
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        storage = 20
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "FreeStorageSpace"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 2147483648
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

/// Counts that a load balancer sends only where they are not 0, by how they begin.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>
const SPARSE: &[&str] =
    &["HTTPCode_", "RejectedConnectionCount", "TargetConnectionErrorCount", "ClientTLSNegotiationErrorCount", "ELBAuthError"];

/// Metrics of which there is most while all is well.
const LEFT: &[(&str, &[&str])] = &[
    ("AWS/ApplicationELB", &["HealthyHostCount"]),
    ("AWS/ES", &["FreeStorageSpace"]),
    ("AWS/ElastiCache", &["FreeableMemory"]),
    ("AWS/NetworkELB", &["HealthyHostCount"]),
    ("AWS/RDS", &["BurstBalance", "CPUCreditBalance", "EBSByteBalance%", "EBSIOBalance%", "FreeStorageSpace", "FreeableMemory"]),
];

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view).into_iter().filter(super::watched::Watched::is_alone) {
        let above = matches!(one.spec.comparison_operator, Comparison::GreaterThanThreshold | Comparison::GreaterThanOrEqualToThreshold);
        let below = matches!(one.spec.comparison_operator, Comparison::LessThanThreshold | Comparison::LessThanOrEqualToThreshold);
        let sparse = one.namespace == "AWS/ApplicationELB" && SPARSE.iter().any(|start| one.metric.starts_with(start));
        if sparse && above && one.spec.treat_missing_data == Missing::Breaching {
            let message = format!("without a failure there is no `{}`, and that counts as one", one.metric);
            let finding = one.seen.finding("treat_missing_data", message).help("treat_missing_data = \"notBreaching\"");
            found.push(finding.set("treat_missing_data", "notBreaching"));
        }
        if above && LEFT.iter().any(|(namespace, metrics)| *namespace == one.namespace && metrics.contains(&one.metric)) {
            let message = format!("it goes off while there is more `{}` than that", one.metric);
            found.push(one.seen.finding("threshold", message).help("comparison_operator = \"LessThanThreshold\""));
        }
        let database = || view.target::<DbInstance>(one.dimensions.get("DBInstanceIdentifier")?);
        if below
            && one.metric == "FreeStorageSpace"
            && let Some((database, spec)) = database()
        {
            let whole = f64::from(spec.allocated_storage) * 1024.0 * 1024.0 * 1024.0;
            if one.spec.threshold >= whole {
                let message =
                    format!("`{}` has {} GiB, and this is no less: the alarm is always on", database.address, spec.allocated_storage);
                let help = format!("in bytes; a tenth of the disk is {:.0}", whole / 10.0);
                found.push(one.seen.finding("threshold", message).help(help));
            }
        }
    }
    found
}
