//! PLAN201: a version would go back.

use super::in_place;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::kind::Compare;
use crate::core::plan::Plan;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use std::cmp::Ordering;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN201",
        category: Category::Plan,
        about: "A version would go back to an older one.",
        why: "RDS, ElastiCache and OpenSearch only upgrade: the request is refused. Mostly AWS or somebody else has upgraded meanwhile.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
        example: Example::Scenario("version-cannot-go-back"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (change, seen) in in_place(plan, view) {
        // Versions of two engines have no order.
        if change.fields.iter().any(|field| field.field == "engine") {
            continue;
        }
        for field in &change.fields {
            let is_version = seen.kind.field(&field.field).is_some_and(|own| own.compare == Compare::Version);
            let (Some(before), Some(after)) = (field.before.as_str(), field.after.as_str()) else { continue };
            if is_version && order(after, before) == Some(Ordering::Less) {
                let finding = seen.finding(field.field.as_ref(), format!("it runs {before}, and AWS does not go back to {after}"));
                findings.push(finding.help(format!("write {before}; an older one takes a new resource, and a copy of the data")));
            }
        }
    }
    findings
}

/// Compares two versions as far as both say, by their numbers. There is no order where something else differs first.
fn order(one: &str, other: &str) -> Option<Ordering> {
    let part = |text: &str| text.parse::<u64>().ok();
    let (one, other) = (numbers(one), numbers(other));
    for (one, other) in one.into_iter().zip(other) {
        match (part(one), part(other)) {
            (Some(one), Some(other)) if one != other => return Some(one.cmp(&other)),
            (None, _) | (_, None) if one != other => return None,
            _ => {}
        }
    }
    Some(Ordering::Equal)
}

/// Returns the parts of a version: the engine's name, where it has one, and the numbers.
fn numbers(version: &str) -> Vec<&str> {
    version.split(['_', '.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        for (one, other, want) in [
            ("16.4", "16.10", Some(Ordering::Less)),
            ("16", "16.10", Some(Ordering::Equal)),
            ("17", "16.10", Some(Ordering::Greater)),
            ("8.0", "8.4.3", Some(Ordering::Less)),
            ("OpenSearch_2.9", "OpenSearch_2.19", Some(Ordering::Less)),
            ("OpenSearch_1.3", "Elasticsearch_7.10", None),
            ("6.x", "6.2", None),
        ] {
            assert_eq!(order(one, other), want, "{one} and {other}");
        }
    }
}
