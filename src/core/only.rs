//! Plans of one side alone: `--only-drift` puts back what somebody has changed in AWS, `--only-file` brings what the file has changed.
//!
//! Both need the record of the last apply, which alone tells the sides apart. A field that the other side has changed stays as it is live,
//! and so does one that both have changed, since neither of its values is of one side alone.

use super::address::Address;
use super::applied::Ground;
use super::codes::OF_ONE_SIDE;
use super::graph::Graph;
use super::history::Record;
use super::origin::{Only, Origin};
use super::plan::{Action, Change, Plan, Step};
use super::reason::{Cause, Found, Note, Reason, Refusal};
use super::reference;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The fields that a plan of one side leaves as they are live, each with the value that the last apply gave it.
pub type Left = BTreeMap<Address, BTreeMap<String, Value>>;

/// Returns a graph that wants of each live resource what one side has changed, and else what is live; and what is left so.
/// `plan` is that of the whole graph, told which side has changed.
#[must_use]
pub fn narrowed(graph: &Graph, plan: &Plan, last: &Record, only: Only) -> (Graph, Left) {
    let (mut graph, mut left) = (graph.clone(), Left::new());
    for change in &plan.changes {
        let others = change.fields.iter().filter(|field| field.origin.is_some_and(|origin| !only.is_of(origin)));
        let others = others.map(|field| field.field.to_string()).collect::<Vec<_>>();
        let Some(node) = graph.get_mut(&change.address).filter(|_| change.live.is_some() && !others.is_empty()) else { continue };
        for field in others {
            if let Some(value) = last.get(&change.address).and_then(|applied| applied.spec.get(&field)) {
                left.entry(change.address.clone()).or_default().insert(field.clone(), value.clone());
            }
            node.ignore.push(field);
        }
    }
    (graph, left)
}

/// Takes out of a plan what is not of one side. It is refused where something that stays in needs what is taken out.
/// `whole` is the plan of the whole graph, `plan` that of the narrowed one, both told.
pub fn keep(plan: &mut Plan, whole: &Plan, only: Only) {
    let kept = kept(plan, only);
    let out = plan.changes.iter().filter(|change| !kept.contains(&change.address)).cloned().collect::<Vec<_>>();
    refuse_what_needs(plan, &out, &kept, only);
    take_out(plan, &kept);
    let both = whole.changes.iter().flat_map(|change| {
        let both = change.fields.iter().filter(|field| field.origin == Some(Origin::Both));
        both.map(|field| format!("{}.{}", change.address, field.field))
    });
    let both = both.collect::<Vec<_>>();
    let still = plan.changes.iter().map(|change| &change.address).collect::<BTreeSet<_>>();
    let left = whole.changes.iter().filter(|change| change.action != Action::Wait && !still.contains(&change.address));
    let left = left.map(|change| change.address.clone()).collect::<Vec<_>>();
    plan.notes.push(Note::Narrowed { only, left, both });
}

/// Returns the addresses of what stays: what is of the side, what waits, and what only follows something that stays.
fn kept(plan: &Plan, only: Only) -> BTreeSet<Address> {
    let is_of = |change: &&Change| change.action == Action::Wait || change.origin.is_some_and(|origin| only.is_of(origin));
    let mut kept = plan.changes.iter().filter(is_of).map(|change| change.address.clone()).collect::<BTreeSet<_>>();
    loop {
        let follows = |change: &&Change| {
            let causes = change.why.iter().filter_map(|why| {
                if let Reason::Refers { cause } | Reason::Fixed { cause: Some(cause), .. } = why { Some(cause) } else { None }
            });
            let cause = |cause: &Cause| match cause {
                Cause::Replaced { address } | Cause::New { address } | Cause::Renewed { address, .. } => kept.contains(address),
            };
            change.origin.is_none() && !kept.contains(&change.address) && causes.into_iter().any(cause)
        };
        let more = plan.changes.iter().filter(follows).map(|change| change.address.clone()).collect::<Vec<_>>();
        if more.is_empty() {
            return kept;
        }
        kept.extend(more);
    }
}

fn refuse_what_needs(plan: &mut Plan, out: &[Change], kept: &BTreeSet<Address>, only: Only) {
    let made = |address: &Address| {
        let of = |change: &&Change| change.address == *address && matches!(change.action, Action::Create | Action::Replace { .. });
        out.iter().any(|change| of(&change))
    };
    let mut refusals = Vec::new();
    for change in plan.changes.iter().filter(|change| kept.contains(&change.address)) {
        let mut needs = BTreeSet::new();
        reference::visit(&change.wanted, &mut |reference| needs.extend([reference.address]));
        for address in needs.iter().filter(|address| made(address)) {
            let side = if only == Only::Drift { "new in the file" } else { "gone from AWS" };
            let message = format!("it needs `{address}`, which is {side} and is left out");
            let help = Some(format!("apply both sides, without `{}`", only.flag()));
            refusals.push(Refusal::Found(Found { code: OF_ONE_SIDE.id.to_owned(), address: change.address.clone(), message, help }));
        }
    }
    plan.refusals.extend(refusals);
}

/// Takes changes and their steps out. Each step that stays is still behind those that were before it.
fn take_out(plan: &mut Plan, kept: &BTreeSet<Address>) {
    let stays = plan.changes.iter().map(|change| kept.contains(&change.address)).collect::<Vec<_>>();
    let mut changes = vec![0; stays.len()];
    let mut count = 0;
    for (at, stays) in stays.iter().enumerate() {
        changes[at] = count;
        count += usize::from(*stays);
    }
    // The steps that stay and that each one comes behind, by their new places.
    let (mut places, mut steps) = (Vec::<BTreeSet<usize>>::new(), Vec::<Step>::new());
    for step in &plan.steps {
        let before = step.after.iter().flat_map(|after| places[*after].iter().copied()).collect::<BTreeSet<_>>();
        if stays[step.change] {
            places.push(BTreeSet::from([steps.len()]));
            steps.push(Step { change: changes[step.change], after: before.into_iter().collect(), ..step.clone() });
        } else {
            places.push(before);
        }
    }
    plan.steps = steps;
    let mut at = 0..;
    plan.changes.retain(|_| at.next().is_some_and(|at: usize| stays[at]));
    let mut relied = plan.known.keys().map(ToString::to_string).collect::<BTreeSet<_>>();
    for change in &plan.changes {
        relied.insert(change.address.to_string());
        if let Some(live) = &change.live {
            relied.insert(live.claim.as_ref().map_or_else(|| format!("{} {}", change.kind, live.id), |claim| claim.address.to_string()));
        }
    }
    plan.basis.retain(|key, _| relied.contains(key));
}

/// Refuses a plan of one side where nobody has a record of the last apply.
pub fn refuse_unknown(plan: &mut Plan, only: Only) {
    let address = plan.changes.first().map(|change| change.address.clone());
    let Some(address) = address else { return };
    let message = "no apply has left a record, so nobody knows which side has changed".to_owned();
    let help = Some(format!("apply both sides, without `{}`: from then on there is one", only.flag()));
    plan.refusals.push(Refusal::Found(Found { code: OF_ONE_SIDE.id.to_owned(), address, message, help }));
}

/// Keeps in a record what the last apply gave the fields that are left as they are: they have drifted as before.
pub fn remember(ground: &mut Ground, left: Left, last: &Record) {
    ground.left = left;
    let mut kept = std::mem::take(&mut ground.kept);
    for applied in &mut kept {
        ground.recall(&applied.address, &mut applied.spec);
    }
    kept.retain(|applied| last.get(&applied.address).is_none_or(|before| before.differs(applied)));
    ground.kept = kept;
}
