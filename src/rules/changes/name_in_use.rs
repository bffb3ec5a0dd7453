//! PLAN203: something is replaced under its own name while another resource uses it.

use super::in_place;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::plan::{Action, Change, Plan};
use crate::core::reason::Reason;
use crate::core::rule::{Look, Rule};
use crate::core::snapshot::Live;
use crate::core::view::{Origin, Seen, View};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN203",
        category: Category::Plan,
        about: "Something with a name in the file is to be replaced while another resource uses it.",
        why: "Two cannot have one name, so the old one would have to go first, and AWS deletes nothing of this kind that is in use.",
        page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html",
        example: Example::Scenario("replaced-under-its-name"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for seen in view.resources().filter(|seen| seen.kind.about.held) {
        let replaced = plan.changes.iter().find(|change| change.address == *seen.address && goes_first_by_name(change));
        let Some(live) = replaced.and_then(|change| change.live.as_ref()) else { continue };
        let users =
            in_place(plan, view).filter(|(change, user)| refers(user, seen) && change.live.as_ref().is_some_and(|own| names(own, live)));
        let users = users.map(|(change, _)| format!("`{}`", change.address)).collect::<Vec<_>>();
        if !users.is_empty() {
            let message = format!("{} still uses the one of that name, so that AWS does not delete it", users.join(", "));
            let help = "take `name` out, or give it another one: then the new one is made before the old one goes";
            findings.push(seen.finding("name", message).help(help));
        }
    }
    findings
}

fn goes_first_by_name(change: &Change) -> bool {
    let by_name = |reason: &Reason| matches!(reason, Reason::Exclusive { fields } if fields.iter().any(|field| field == "name"));
    change.action == Action::Replace { delete_first: true } && change.why.iter().any(by_name)
}

fn refers(user: &Seen<'_>, target: &Seen<'_>) -> bool {
    matches!(user.from, Origin::Wanted(node) if node.links().iter().any(|(_, reference)| reference.address == *target.address))
}

/// True when what is live of one names the other by one of its outputs.
fn names(user: &Live, target: &Live) -> bool {
    fn any(value: &Value, named: &dyn Fn(&str) -> bool) -> bool {
        match value {
            Value::String(text) => named(text),
            Value::Array(list) => list.iter().any(|item| any(item, named)),
            Value::Object(fields) => fields.values().any(|item| any(item, named)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    any(&user.spec, &|text| target.outputs.values().any(|output| output == text))
}
