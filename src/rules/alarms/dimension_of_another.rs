//! MON211: a dimension names something else than it takes.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ecs::cluster::Cluster;
use crate::kinds::ecs::service::Service;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON211",
        level: Level::Warning,
        category: Category::Observability,
        about: "A dimension of an alarm has the value of something else: an ARN for a name, another resource, another output.",
        why: "CloudWatch takes any text. The metric of those dimensions is one that nobody sends, and the alarm never goes off.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations",
        example: Example::Stack {
            wrong: &[
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ApplicationELB"
        metric_name = "HTTPCode_Target_5XX_Count"
        statistic = "Sum"
        dimensions = { LoadBalancer = "${service.api.load-balancer.arn}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ECS"
        metric_name = "CPUUtilization"
        dimensions = { ClusterName = "${service.cluster.arn}", ServiceName = "${service.api.service.name}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ECS"
        metric_name = "CPUUtilization"
        dimensions = { ClusterName = "main", ServiceName = "${service.api.service.name}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "CPUUtilization"
        dimensions = { DBInstanceIdentifier = "${database.main.host}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ElastiCache"
        metric_name = "CPUUtilization"
        dimensions = { CacheClusterId = "${cache.main.replication-group.name}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
            ],
            right: &[
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ApplicationELB"
        metric_name = "HTTPCode_Target_5XX_Count"
        statistic = "Sum"
        dimensions = { LoadBalancer = "${service.api.load-balancer.arn_suffix}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ECS"
        metric_name = "CPUUtilization"
        dimensions = { ClusterName = "${service.cluster.name}", ServiceName = "${service.api.service.name}" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [database.main]
        [cache.main]
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.busy]
        kind = "cloudwatch.alarm"
        namespace = "AWS/ElastiCache"
        metric_name = "CPUUtilization"
        dimensions = { CacheClusterId = "${cache.main.replication-group.name}-001" }
        threshold = 80
        alarm_actions = ["${resource.people.arn}"]
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

/// A dimension, and what it takes: the outputs of a kind, and text that may follow.
struct Takes(&'static str, &'static str, &'static [&'static str]);

/// The dimensions of AWS's own namespaces that name what a stack makes.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/dimensions.html>,
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.html>,
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-cloudwatchmetrics.html>
const DIMENSIONS: &[Takes] = &[
    Takes("BucketName", "s3.bucket", &["name", "id"]),
    Takes("CacheClusterId", "elasticache.replication_group", &["name", "id"]),
    Takes("ClusterName", "ecs.cluster", &["name"]),
    Takes("DBInstanceIdentifier", "rds.instance", &["id", "name"]),
    Takes("DistributionId", "cloudfront.distribution", &["id"]),
    Takes("DomainName", "opensearch.domain", &["name", "id"]),
    Takes("LoadBalancer", "elbv2.load_balancer", &["arn_suffix"]),
    Takes("LogGroupName", "logs.log_group", &["name"]),
    Takes("NatGatewayId", "ec2.nat_gateway", &["id"]),
    Takes("ReplicationGroupId", "elasticache.replication_group", &["name", "id"]),
    Takes("ServiceName", "ecs.service", &["name"]),
    Takes("TargetGroup", "elbv2.target_group", &["arn_suffix"]),
    Takes("TopicName", "sns.topic", &["name"]),
];

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view).into_iter().filter(|one| one.namespace.starts_with("AWS/") || one.namespace == "ECS/ContainerInsights") {
        for (name, value) in one.dimensions {
            let Some(takes) = DIMENSIONS.iter().find(|takes| takes.0 == name) else { continue };
            let wrong = misfit(view, takes, value);
            found.extend(wrong.map(|(message, help)| one.seen.finding(one.field(&format!("dimensions.{name}")), message).help(help)));
        }
        let wrong = other_cluster(view, one.dimensions);
        found.extend(wrong.map(|(message, help)| one.seen.finding(one.field("dimensions.ClusterName"), message).help(help)));
    }
    found
}

/// Returns what is wrong with the value of a dimension, and the remedy.
fn misfit(view: &View<'_>, takes: &Takes, value: &str) -> Option<(String, String)> {
    let Takes(name, kind, outputs) = takes;
    let Some(target) = view.whole(value) else {
        let message = || (format!("`{name}` takes no ARN"), format!("write the {} of the {kind}", outputs[0]));
        return value.starts_with("arn:").then(message);
    };
    let is = |output: &&&str| target.output(output).is_some_and(|own| own == value);
    // The service knows its cluster's name as well.
    let cluster = *kind == "ecs.cluster" && target.kind.name == "ecs.service" && is(&&"cluster");
    if target.kind.name == *kind && outputs.iter().any(|output| is(&output)) || cluster {
        let node = *name == "CacheClusterId";
        let help = || {
            (
                String::from("this is a replication group, and the metric is one of its nodes"),
                format!("write \"{value}-001\" for the first node"),
            )
        };
        return node.then(help);
    }
    let output = target.kind.about.outputs.iter().find(is).unwrap_or(&"output");
    let message = format!("this is the {output} of {}, and `{name}` takes the {} of {}", a(target.kind.name), outputs[0], a(kind));
    let right = |seen: &Seen<'_>| seen.output(outputs[0]).map(|value| format!("\"{value}\""));
    let same = (target.kind.name == *kind).then(|| right(target)).flatten().map(|value| format!("write {value}"));
    let other = || view.of_kind(kind).next().and_then(right).map(|value| format!("such as {value}"));
    Some((message, same.or_else(other).unwrap_or_else(|| format!("name {}", a(kind)))))
}

/// A kind with its article.
fn a(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// Says that a service runs in another cluster than the one that stands beside it, where that is certain.
fn other_cluster(view: &View<'_>, dimensions: &BTreeMap<String, String>) -> Option<(String, String)> {
    let (cluster, service) = (dimensions.get("ClusterName")?, dimensions.get("ServiceName")?);
    let (service, spec) = view.target::<Service>(service)?;
    let (own, named) = (view.target::<Cluster>(&spec.cluster), view.target::<Cluster>(cluster));
    let same = match (own, named) {
        (Some((own, _)), Some((named, _))) => own.address == named.address,
        (Some((_, own)), None) if !is_symbolic(cluster) => match &own.name {
            Some(own) => own == cluster,
            // A name that is made begins with the stack's.
            None => cluster.starts_with(&format!("{}-", view.scope.stack)),
        },
        (None, None) if !is_symbolic(cluster) && !is_symbolic(&spec.cluster) => spec.cluster == *cluster,
        _ => true,
    };
    let right = own.and_then(|(own, _)| own.output("name")).unwrap_or_else(|| spec.cluster.clone());
    (!same && !cluster.starts_with("arn:"))
        .then(|| (format!("`{}` does not run in this cluster", service.address), format!("write \"{right}\"")))
}
