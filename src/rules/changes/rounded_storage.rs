//! PLAN202: storage is to grow by less than RDS lets it grow.

use super::in_place;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::kind::Kind;
use crate::core::plan::Plan;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::{DbInstance, least_growth};

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN202",
        level: Level::Warning,
        category: Category::Plan,
        about: "Storage of a database is to grow by less than a tenth.",
        why: "RDS rounds it up to a tenth, and bills that. The next plan has nothing to do all the same.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html",
        example: Example::Scenario("storage-is-rounded-up"),
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (change, seen) in in_place(plan, view).filter(|(change, _)| change.kind == DbInstance::NAME) {
        let actual = change.live.as_ref().and_then(|live| live.outputs.get("allocated_storage")?.parse::<i64>().ok());
        let grown = change.fields.iter().find(|field| field.field == "allocated_storage").and_then(|field| field.after.as_i64());
        let (Some(actual), Some(wanted)) = (actual, grown) else { continue };
        let least = least_growth(actual);
        if (actual + 1..least).contains(&wanted) {
            let finding = seen.finding("allocated_storage", format!("RDS makes {least} GiB of the {wanted} that the file says"));
            findings.push(finding.help(format!("it grows storage by a tenth or more: write {least}")));
        }
    }
    findings
}
