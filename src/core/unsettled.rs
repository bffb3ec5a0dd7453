//! Resources that are live but not settled, still on their way to ready or given up by AWS: what waits for them is planned,
//! and the rest is told to a person.

use super::address::Pattern;
use super::decision::Decision;
use super::diff::FieldChange;
use super::graph::Links;
use super::kind::Shape;
use super::plan::{Action, Change, Plan};
use super::reason::{Note, Reason, Refusal, Unready};
use super::snapshot::{Live, State};
use serde_json::Value;

/// The field of a service that says its version.
const VERSION: &str = "task_definition_arn";

/// Turns what is kept, not ready, and needed by something that changes into a wait; names the rest.
pub(super) fn judge(plan: &mut Plan, links: &Links<'_>, decisions: &mut [Decision<'_>], retry: &[Pattern]) {
    for (at, decision) in decisions.iter().enumerate() {
        let Decision::Update(live, index) = decision else { continue };
        if let State::Failed(state) = &live.state
            && live.state.owes_a_command()
        {
            plan.notes.push(Note::OwesACommand { address: links.nodes[at].address.clone(), state: state.clone() });
        }
        let another = plan.changes[*index].fields.iter().any(|change| change.field == VERSION);
        if another && left_behind(links, at, &live.state) {
            plan.refusals.push(Refusal::Deploying { address: links.nodes[at].address.clone(), command: None });
        }
    }
    let needed = needed(links, decisions);
    let mut calm = Vec::new();
    for at in 0..links.nodes.len() {
        let Decision::Keep(live) = decisions[at] else { continue };
        match &live.state {
            State::Changing(state) if !needed[at] && !left_behind(links, at, &live.state) => {
                calm.push(Unready { address: links.nodes[at].address.clone(), state: state.clone() });
            }
            State::Changing(_) => {
                plan.changes.push(wait(links, at, live));
                decisions[at] = Decision::Await(live, plan.changes.len() - 1);
            }
            State::Failed(_) if retried(links, at, retry) && live.state.owes_a_command() => {
                let again = wait(links, at, live);
                plan.changes.push(again);
                decisions[at] = Decision::Await(live, plan.changes.len() - 1);
            }
            State::Failed(state) if retried(links, at, retry) => {
                plan.changes.push(anew(links, at, live, state));
                plan.kept -= 1;
                decisions[at] = Decision::Update(live, plan.changes.len() - 1);
            }
            State::Failed(state) => failed(plan, links, decisions, at, live, state),
            State::Ready | State::Deleting => {}
        }
    }
    if !calm.is_empty() {
        plan.notes.push(Note::NotReady { resources: calm });
    }
}

/// True where somebody has asked for what failed to be tried again.
fn retried(links: &Links<'_>, at: usize, retry: &[Pattern]) -> bool {
    links.nodes[at].rollout.is_some() && retry.iter().any(|pattern| pattern.matches(&links.nodes[at].address))
}

/// True for a service on its way to another version, by rules that somebody has to go by: whoever applies next takes it over.
fn left_behind(links: &Links<'_>, at: usize, state: &State) -> bool {
    links.nodes[at].rollout.is_some() && state.is_deploying()
}

/// Returns for each node whether something that changes refers to it.
pub(super) fn needed(links: &Links<'_>, decisions: &[Decision<'_>]) -> Vec<bool> {
    let mut needed = vec![false; links.nodes.len()];
    for at in (0..links.nodes.len()).filter(|at| decisions[*at].change().is_some()) {
        links.needs[at].iter().chain(&links.late[at]).for_each(|need| needed[*need] = true);
    }
    needed
}

fn wait(links: &Links<'_>, at: usize, live: &Live) -> Change {
    let node = links.nodes[at];
    Change {
        address: node.address.clone(),
        kind: node.kind.name.into(),
        action: Action::Wait,
        fields: Vec::new(),
        why: Vec::new(),
        downtime: String::new(),
        data_loss: false,
        minutes: (node.kind.minutes)(&node.spec).create,
        live: Some(live.clone()),
        wanted: Value::Null,
        claim: None,
        name: live.name.clone(),
        rollout: node.rollout.clone(),
        origin: None,
        since: None,
    }
}

/// A version of a service that failed, and that somebody has asked for once more: ECS is told it again.
fn anew(links: &Links<'_>, at: usize, live: &Live, state: &str) -> Change {
    let node = links.nodes[at];
    let version = live.spec[VERSION].clone();
    let field = FieldChange {
        field: VERSION.into(),
        before: version.clone(),
        after: version,
        shape: Shape::Value,
        replaces: false,
        usual: false,
        origin: None,
    };
    Change {
        action: Action::Update,
        fields: vec![field],
        why: vec![Reason::FailedInAws { state: state.to_owned() }],
        minutes: (node.kind.minutes)(&node.spec).update,
        wanted: node.beside(&live.spec).into_owned(),
        claim: live.claim.clone(),
        ..wait(links, at, live)
    }
}

// It is not replaced by itself: that would lose what it holds, and most often fail in the same way.
fn failed(plan: &mut Plan, links: &Links<'_>, decisions: &[Decision<'_>], at: usize, live: &Live, state: &str) {
    let (address, state) = (links.nodes[at].address.clone(), state.to_owned());
    let changing = links.nodes.iter().zip(decisions).filter(|(_, decision)| decision.change().is_some());
    let mut names = changing.flat_map(|(node, _)| node.links().iter().map(move |(_, link)| (node, link)));
    match names.find(|(_, link)| link.address == address && !live.outputs.contains_key(&link.output)) {
        Some((node, link)) => {
            let (by, output) = (node.address.clone(), link.output.clone());
            plan.refusals.push(Refusal::NeedsFailed { address, by, output, state });
        }
        None if live.state.owes_a_command() => plan.notes.push(Note::OwesACommand { address, state }),
        None => plan.notes.push(Note::FailedInAws { address, id: live.id.clone(), state }),
    }
}
