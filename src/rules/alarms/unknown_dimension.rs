//! MON205: an alarm names its metric by dimensions that it does not come with.

use super::metrics;
use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::suggest::nearest;
use crate::core::view::View;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON205",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm's metric does not come with these dimensions: one is misspelt, missing or too many.",
        why: "A metric is known by all its dimensions. With others it is another metric, which nobody sends, and the alarm never goes off.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations",
        example: Example::Stack {
            wrong: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { Cluster = \"c\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ES\"\nmetric_name = \"CPUUtilization\"\ndimensions = { DomainName = \"d\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ApplicationELB\"\nmetric_name = \"UnHealthyHostCount\"\ndimensions = { TargetGroup = \"targetgroup/a/1\" }\nthreshold = 0\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
            right: &[
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ECS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { ClusterName = \"c\", ServiceName = \"s\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
                "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/ES\"\nmetric_name = \"CPUUtilization\"\ndimensions = { DomainName = \"d\", ClientId = \"123456789012\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in watched(view) {
        // A metric that is not there has no dimensions.
        let Some(space) = metrics::namespace(one.namespace).filter(|space| space.metrics().any(|known| known == one.metric)) else {
            continue;
        };
        let sets = space.sets(one.metric);
        let given = one.dimensions.keys().map(String::as_str).collect::<BTreeSet<_>>();
        if sets.contains(&given) {
            continue;
        }
        let known = sets.iter().flatten().copied().collect::<BTreeSet<_>>();
        let strange = given.iter().find(|name| !known.contains(**name));
        let (field, message) = match strange {
            Some(name) => (one.field(&format!("dimensions.{name}")), format!("`{}` has no dimension `{name}`", one.metric)),
            None if given.is_empty() => (one.field("dimensions"), format!("`{}` comes with dimensions, and none is named", one.metric)),
            None => (one.field("dimensions"), format!("`{}` does not come with {}", one.metric, listed(&given))),
        };
        let near = strange
            .and_then(|name| nearest(name, known.iter().copied()).or_else(|| known.iter().copied().find(|known| known.starts_with(name))));
        // The set that has most of what is there, and least besides.
        let best = sets.iter().filter(|set| !set.is_empty()).min_by_key(|set| (given.symmetric_difference(set).count(), set.len()));
        let help = match (near, best) {
            (Some(near), _) => format!("it is `{near}`"),
            (None, Some(set)) => format!("it comes with {}", listed(set)),
            (None, None) => "leave them out".into(),
        };
        found.push(one.seen.finding(field, message).help(help));
    }
    found
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(" and ")
}
