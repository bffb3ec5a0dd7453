//! MON215: an alarm watches what nothing in the stack sends.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::cluster::{Cluster, ContainerInsights};
use crate::kinds::rds::instance::{DbInstance, Engine};

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON215",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm watches a metric that comes with a setting which is off: Container Insights of a cluster, or the lag of a database that is no replica.",
        why: "CloudWatch takes the alarm, the metric never comes, and the alarm has no data for as long as it lives.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.cluster]
        kind = "ecs.cluster"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "ECS/ContainerInsights"
        metric_name = "PendingTaskCount"
        dimensions = { ClusterName = "${resource.cluster.name}" }
        threshold = 1
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
                r#"
        [checks]
        allow = ["MON206"]
        [network]
        [database.main]
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "AWS/RDS"
        metric_name = "ReplicaLag"
        dimensions = { DBInstanceIdentifier = "${database.main.instance.id}" }
        threshold = 30
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#,
            ],
            right: &[r#"
        [resource.cluster]
        kind = "ecs.cluster"
        container_insights = "enabled"
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "ECS/ContainerInsights"
        metric_name = "PendingTaskCount"
        dimensions = { ClusterName = "${resource.cluster.name}" }
        threshold = 1
        alarm_actions = ["arn:aws:sns:us-east-1:123456789012:people"]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view) {
        if one.namespace == "ECS/ContainerInsights"
            && let Some((cluster, spec)) = one.dimensions.get("ClusterName").and_then(|name| view.target::<Cluster>(name))
            && spec.container_insights == ContainerInsights::Disabled
        {
            let message = format!("`{}` sends none of its metrics: Container Insights is off", cluster.address);
            let finding = one.seen.finding(one.field("namespace"), message).or(cluster.address, "container_insights");
            found.push(finding.help("write container_insights = \"enabled\" for the cluster, or watch a metric of AWS/ECS"));
        }
        // A replica is made of another database, which no key of the file says; MySQL may follow one outside.
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
        if (one.namespace, one.metric) == ("AWS/RDS", "ReplicaLag")
            && let Some((database, spec)) = one.dimensions.get("DBInstanceIdentifier").and_then(|id| view.target::<DbInstance>(id))
            && spec.engine == Engine::Postgres
        {
            let message = format!("`{}` is no replica, and sends no `ReplicaLag`", database.address);
            found.push(one.seen.finding(one.field("metric_name"), message).help("leave the alarm out, or name a replica"));
        }
    }
    found
}
