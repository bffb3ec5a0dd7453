//! PLAN206: a database or a cache would lose the subnets that it stands in.

use super::in_place;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::kind::Kind;
use crate::core::plan::{Action, Plan};
use crate::core::rule::{Look, Rule};
use crate::core::view::{Origin, Seen, View};
use crate::kinds::elasticache::subnet_group::CacheSubnetGroup;
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN206",
        category: Category::Plan,
        about: "A subnet group would keep none of the subnets that a database or a cache stands in.",
        why: "AWS takes no subnet out of a group in which something stands, and moves nothing by itself: each apply would stop there.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html",
        example: Example::Scenario("subnets-of-a-database"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_group = |kind: &str| [DbSubnetGroup::NAME, CacheSubnetGroup::NAME].contains(&kind);
    for (change, seen) in in_place(plan, view).filter(|(change, _)| is_group(&change.kind)) {
        let Some(field) = change.fields.iter().find(|field| field.field == "subnet_ids") else { continue };
        let (before, after) = (list(&field.before), list(&field.after));
        if before.is_empty() || before.iter().any(|subnet| after.contains(subnet)) {
            continue;
        }
        let is_live = |user: &&Seen<'_>| !plan.changes.iter().any(|one| one.address == *user.address && one.action == Action::Create);
        if let Some(user) = view.resources().filter(|user| stands_in(user, seen)).find(is_live) {
            let finding = seen.finding("subnet_ids", format!("`{}` stands in the subnets that the group would lose", user.address));
            findings.push(finding.help("keep one of its subnets; or make another one in the new subnets, and take its data over"));
        }
    }
    findings
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// True for a node that refers to the group.
fn stands_in(user: &Seen<'_>, group: &Seen<'_>) -> bool {
    matches!(user.from, Origin::Wanted(node) if node.links().iter().any(|(_, reference)| reference.address == *group.address))
}
