//! MON213: an alarm goes off while all is well.

use super::watched::{Watched, watched};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::autoscaling::scalable_target::ScalableTarget;
use crate::kinds::cloudwatch::alarm::{Comparison, Missing, Statistic};
use crate::kinds::ecs::service::Service;
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::kinds::rds::instance::{DbInstance, memory_gib};

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
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        class = "db.t4g.micro"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "CPUUtilization"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 80
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        class = "db.t4g.micro"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "FreeableMemory"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 4294967296
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        class = "db.t4g.micro"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "CPUCreditBalance"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 1000
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
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        class = "db.t4g.micro"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "FreeableMemory"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 67108864
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        class = "db.t4g.micro"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "CPUCreditBalance"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 20
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        class = "db.t4g.micro"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "CPUUtilization"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        comparison_operator = "LessThanThreshold"
        threshold = 2
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
        } else if below && let Some((message, help)) = always_less(view, &one) {
            found.push(one.seen.finding("threshold", message).help(help));
        }
    }
    found
}

/// Returns a message and a remedy where a metric is below the threshold while all is well.
fn always_less(view: &View<'_>, one: &Watched<'_, '_>) -> Option<(String, String)> {
    let (metric, threshold) = (one.metric, one.spec.threshold);
    if matches!(one.spec.statistic, Some(Statistic::Sum | Statistic::SampleCount)) {
        return None;
    }
    // One that is less busy than that may be one too many; half of it is no sign of anything.
    let busy = metric == "CPUUtilization" && ["AWS/ECS", "AWS/RDS", "AWS/ElastiCache", "AWS/ES"].contains(&one.namespace);
    if busy && threshold >= 50.0 {
        let message = format!("it goes off while less than {threshold} % of the processors is busy");
        return Some((message, "comparison_operator = \"GreaterThanThreshold\"".into()));
    }
    if one.namespace == "AWS/RDS" {
        let (database, spec) = view.target::<DbInstance>(one.dimensions.get("DBInstanceIdentifier")?)?;
        let (most, what) = match metric {
            "FreeableMemory" => (memory(&spec.instance_class)?, "bytes of memory"),
            "CPUCreditBalance" => (credits(&spec.instance_class)?, "credits at most"),
            _ => return None,
        };
        return (threshold > most).then(|| {
            let message = format!("`{}` has {most} {what}, which is less: the alarm is always on", database.address);
            (message, format!("a tenth is {:.0}", most / 10.0))
        });
    }
    if metric != "HealthyHostCount" {
        return None;
    }
    let (group, _) = view.target::<TargetGroup>(one.dimensions.get("TargetGroup")?)?;
    let mut services = view.users::<Service>(group.address);
    let (service, spec) = services.next().filter(|_| services.next().is_none())?;
    let scaled = view.users::<ScalableTarget>(service.address).map(|(_, target)| target.max_capacity).max();
    let most = scaled.or(spec.desired_count)?;
    let less = match one.spec.comparison_operator {
        Comparison::LessThanThreshold => f64::from(most) < threshold,
        _ => f64::from(most) <= threshold,
    };
    less.then(|| {
        let message = format!("`{}` has {most} tasks at most: the alarm is always on", service.address);
        (message, "write the least number of tasks that is still well".into())
    })
}

/// Returns the memory of a class in bytes, where its family is one of those whose sizes are all alike.
fn memory(class: &str) -> Option<f64> {
    let family = class.split('.').nth(1)?;
    let known = family.starts_with(['t', 'm', 'r']);
    known.then(|| memory_gib(class) * 1024.0 * 1024.0 * 1024.0)
}

/// Returns the most credits that a burstable class gathers.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html>, read in November 2026.
fn credits(class: &str) -> Option<f64> {
    let (family, size) = class.strip_prefix("db.")?.split_once('.')?;
    let most = match (family, size) {
        ("t3" | "t4g", "micro") => 288.0,
        ("t3" | "t4g", "small" | "medium") => 576.0,
        ("t3" | "t4g", "large") => 864.0,
        ("t3" | "t4g", "xlarge") => 2304.0,
        ("t3" | "t4g", "2xlarge") => 4608.0,
        _ => return None,
    };
    Some(most)
}
