//! MON204: an alarm watches a metric that nobody sends.

use super::metrics;
use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::suggest::alike;
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON204",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm watches a metric that its service does not send.",
        why: "CloudWatch takes any name: the alarm has no data for ever, and never goes off.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
        example: Example::Stack {
            wrong: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilisation\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/Rds\"\nmetric_name = \"CPUUtilization\"\ndimensions = { DBInstanceIdentifier = \"d\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
            right: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"Shop\"\nmetric_name = \"CPUUtilisation\"\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view).iter().filter(|one| !is_symbolic(one.namespace) && !is_symbolic(one.metric)) {
        if let Some(meant) = metrics::namespace_meant_by(one.namespace) {
            let finding = one.seen.finding(one.field("namespace"), format!("no service sends metrics as `{}`", one.namespace));
            found.push(finding.help(format!("it is `{meant}`")).set(one.field("namespace"), meant));
            continue;
        }
        let Some(space) = metrics::namespace(one.namespace).filter(|space| space.metrics().all(|known| known != one.metric)) else {
            continue;
        };
        let finding = one.seen.finding(one.field("metric_name"), format!("{} has no metric `{}`", space.name, one.metric));
        found.push(match space.meant_by(one.metric) {
            Some(near) => finding.help(format!("it has `{near}`")),
            None => finding.help(format!("such as {}", alike(one.metric, space.metrics(), 3).join(", "))),
        });
    }
    found
}
