//! PLAN208: a rename leads to a resource of another kind, so nothing would be kept.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::{Finding, Moved};
use crate::core::plan::{Action, Change, Plan};
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN208",
        category: Category::Plan,
        about: "`[[moved]]` leads from what is live to something of another kind.",
        why: "A rename keeps a resource, and no resource becomes one of another kind: it would be deleted, and another one made.",
        example: Example::Scenario("moved-to-another-kind"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    view.moved.iter().filter_map(|entry| of_entry(entry, plan, view)).collect()
}

/// A module that loses or gains some of its resources while it is renamed is no mistake; one of which nothing is kept is.
fn of_entry(entry: &Moved, plan: &Plan, view: &View<'_>) -> Option<Finding> {
    let from = |change: &Change| change.live.as_ref()?.claim.as_ref().map(|claim| claim.address.clone());
    let to = |change: &Change| entry.carries(&from(change)?);
    let own = |change: &&Change| to(change).is_some();
    let (gone, kept) = plan.changes.iter().filter(own).partition::<Vec<_>, _>(|change| change.action == Action::Delete);
    let at = |change: &Change| to(change).and_then(|to| view.at(&to));
    let (change, seen) = match gone.iter().find_map(|change| Some((*change, at(change)?))) {
        Some(other) => other,
        None if kept.is_empty() => (*gone.first()?, view.resources().find(|seen| is_below(seen, &entry.to))?),
        None => return None,
    };
    let (from, kind) = (from(change)?, &change.kind);
    let message = format!("is no {kind}, as `{from}` is, so `[[moved]]` keeps nothing: `{from}` would be deleted");
    Some(seen.finding("", message).help("take the `[[moved]]` entry out if that is meant, or give the new one another name"))
}

fn is_below(seen: &Seen<'_>, prefix: &str) -> bool {
    seen.address.as_str().strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
