//! PLAN205: a database is to move to a subnet group that RDS does not let it move to.

use super::in_place;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::kind::{Kind, from_value};
use crate::core::plan::{Action, Change, Plan};
use crate::core::reference::{Reference, resolve};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::{DbInstance, Spec};
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN205",
        category: Category::Plan,
        about: "A database is to have another subnet group in the VPC that it is in, or has a standby while it moves.",
        why: "RDS moves a database to a group of another VPC alone, and only while it stands in one zone; it refuses anything else.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.VPC2VPC.html",
        example: Example::Scenario("database-moves-to-another-vpc"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (change, seen) in in_place(plan, view).filter(|(change, _)| change.kind == DbInstance::NAME) {
        let Some(field) = change.fields.iter().find(|field| field.field == "db_subnet_group_name") else { continue };
        let wanted = seen.spec["db_subnet_group_name"].as_str().unwrap_or_default();
        let finding = |message: &str, help: &str| seen.finding("db_subnet_group_name", message).help(help);
        if field.before.as_str().is_some_and(|before| stays(plan, view, before, wanted)) {
            let help = "keep the group that it has, and change the subnets of that one";
            findings.push(finding("its new subnet group is in the VPC that it is in already", help));
        } else if change.live.as_ref().and_then(|live| from_value::<Spec>(&live.spec).ok()).is_some_and(|live| live.multi_az) {
            let help = "set multi_az = false in an apply of its own, and turn it on again afterwards";
            findings.push(finding("it has a standby, and RDS moves it to another VPC only without one", help));
        }
    }
    findings
}

/// True when the group that is wanted is known to be in the VPC of the group that is live.
fn stays(plan: &Plan, view: &View<'_>, before: &str, wanted: &str) -> bool {
    let Some((group, spec)) = view.target::<DbSubnetGroup>(wanted) else { return false };
    let of_group = |change: &&Change| change.kind == DbSubnetGroup::NAME;
    let replaced = plan.changes.iter().filter(of_group).find(|change| change.address == *group.address);
    if let Some(Change { action: Action::Replace { .. }, fields, .. }) = replaced {
        return fields.iter().all(|field| field.field != "vpc_id");
    }
    let live = plan.changes.iter().filter(of_group).filter_map(|change| change.live.as_ref()).find(|live| live.name == before);
    let known = |reference: &Reference| plan.known.get(&reference.address)?.get(&reference.output).cloned();
    let vpc = spec.vpc_id.clone().map(|vpc| resolve(&Value::String(vpc), &known));
    live.zip(vpc).is_some_and(|(live, vpc)| live.spec["vpc_id"] == vpc)
}
