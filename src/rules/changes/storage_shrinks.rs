//! PLAN207: the storage of a database would shrink.

use super::in_place;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::kind::OnChange;
use crate::core::plan::Plan;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN207",
        category: Category::Plan,
        about: "The storage of a database would shrink.",
        why: "RDS grows storage and never takes any back, so that only another database has less. Mostly somebody has grown it by hand.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html",
        example: Example::Scenario("storage-grown-by-hand"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (change, seen) in in_place(plan, view) {
        let only_grows = |name: &str| seen.kind.field(name).is_some_and(|field| matches!(field.on_change, OnChange::Grow));
        for field in change.fields.iter().filter(|field| only_grows(&field.field)) {
            let (Some(before), Some(after)) = (field.before.as_f64(), field.after.as_f64()) else { continue };
            if after < before {
                let finding = seen.finding(field.field.as_ref(), format!("it has {before}, and RDS does not go back to {after}"));
                findings.push(finding.help(format!("write {before}; for less, make another database and take the data over")));
            }
        }
    }
    findings
}
