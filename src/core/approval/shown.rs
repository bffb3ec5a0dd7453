//! Plans that show one thing and send another. What a person reads of a plan are the fields of its changes; what apply sends are the
//! specs that are wanted, by its steps. Whoever makes a plan by hand can make the two differ, and so whoever approves one asks here.

use super::super::address::Address;
use super::super::diff::compare;
use super::super::kind::Row;
use super::super::plan::{Action, Change, Plan, Verb};
use super::super::reference::{Reference, resolve};
use serde_json::Value;

/// Something that a plan does and does not show: a field that it sets, or the step itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unshown {
    pub address: Address,
    pub what: String,
}

/// Returns all that a plan does and does not show. There is nothing of that in a plan as it is made.
pub fn unshown(plan: &Plan, find: &dyn Fn(&str) -> Option<&'static Row>) -> Vec<Unshown> {
    let mut found = Vec::new();
    for (at, change) in plan.changes.iter().enumerate() {
        let mut add = |what: &str| found.push(Unshown { address: change.address.clone(), what: what.to_owned() });
        let has = |verbs: &[Verb]| plan.steps.iter().any(|step| step.change == at && verbs.contains(&step.verb));
        let replaces = matches!(change.action, Action::Replace { .. });
        if has(&[Verb::Delete]) && !replaces && change.action != Action::Delete {
            add("that it is deleted");
        }
        if has(&[Verb::Create]) && !replaces && change.action != Action::Create {
            add("that it is created");
        }
        if !has(&[Verb::Create, Verb::Update, Verb::Finish, Verb::Release]) {
            continue;
        }
        let Some(kind) = find(&change.kind) else {
            add("what kind of resource it is");
            continue;
        };
        let resolved = |replaced: bool| {
            let spec = resolve(&change.wanted, &|reference: &Reference| lasting(plan, change, reference, find, replaced));
            (kind.normalise)(&spec).unwrap_or(spec)
        };
        let (sent, by_now) = (resolved(false), resolved(true));
        let live = change.live.as_ref().filter(|_| change.action != Action::Create).map_or(&Value::Null, |live| &live.spec);
        for field in kind.fields {
            let Some(sets) = compare(field, &sent[field.name], &live[field.name]) else { continue };
            // Two that refer to each other, and one of them becomes another: that one is shown.
            if field.late && compare(field, &by_now[field.name], &live[field.name]).is_none() {
                continue;
            }
            let raw = compare(field, &change.wanted[field.name], &live[field.name]);
            let mut shown = change.fields.iter().filter(|shown| shown.field == field.name);
            if !shown.any(|shown| shown.after == sets.after || raw.as_ref().is_some_and(|raw| shown.after == raw.after)) {
                add(&format!("`{}`", field.name));
            }
        }
    }
    found
}

/// Returns the output that a reference stands for, where the plan leaves it as it is; with `replaced`, also the one of today of what becomes
/// another.
fn lasting(
    plan: &Plan,
    own: &Change,
    reference: &Reference,
    find: &dyn Fn(&str) -> Option<&'static Row>,
    replaced: bool,
) -> Option<String> {
    let known = || plan.known.get(&reference.address)?.get(&reference.output).cloned();
    // One of two at an address may go, as after a replacement that was cut off: the other is the one that is known.
    let goes = |change: &Change| matches!(change.action, Action::Delete | Action::Forget);
    let mut changes = plan.changes.iter().filter(|change| change.address == reference.address && !goes(change));
    let Some(change) = changes.next() else { return known() };
    let stays = match change.action {
        Action::Update | Action::Adopt | Action::Move | Action::Wait => {
            let renewed = || find(&change.kind).is_some_and(|kind| kind.about.renewed.contains(&reference.output.as_str()));
            // One that gets other tags alone stays the same.
            change.address == own.address || change.fields.iter().all(|field| field.field == "tags") || !renewed()
        }
        Action::Replace { .. } => replaced,
        Action::Create | Action::Delete | Action::Forget => false,
    };
    change.live.as_ref().filter(|_| stays).and_then(|live| live.outputs.get(&reference.output).cloned())
}
