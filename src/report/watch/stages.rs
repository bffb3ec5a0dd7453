//! The way that a rollout goes, and the place where it is.

use super::{Ink, View};
use crate::core::rollout::decide::State;

/// Where a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Over,
    Here,
    /// It is where it went back from.
    Failed,
    Ahead,
}

impl Place {
    pub(super) fn letter(self) -> (char, Ink) {
        match self {
            Place::Over => ('✓', Ink::Good),
            Place::Here => ('●', Ink::Strong),
            Place::Failed => ('✗', Ink::Bad),
            Place::Ahead => ('○', Ink::Calm),
        }
    }
}

/// More shares than these are one stage that counts them.
const FEW: usize = 5;

/// Returns the stages in their order, by the names that people call them by.
pub(super) fn stages(view: &View) -> Vec<(String, Place)> {
    let policy = &view.release.policy;
    let steps = policy.shift.steps();
    let mut names = Vec::new();
    if !policy.expand.is_empty() {
        names.push(("command before".to_owned(), 0));
    }
    names.extend([("scale up".to_owned(), 1), ("test".to_owned(), 2)]);
    let few = steps.len() <= FEW;
    if few {
        names.extend(steps.iter().enumerate().map(|(at, share)| (format!("{} %", round(*share)), 3 + at)));
    } else {
        names.push((format!("{} shares", steps.len()), 3));
    }
    let end = 3 + steps.len();
    names.extend([("bake".to_owned(), end), ("clean up".to_owned(), end + 1)]);
    if !policy.contract.is_empty() {
        names.push(("command after".to_owned(), end + 2));
    }
    let way = view.release.phases.iter().filter_map(|phase| phase.state.as_ref());
    let reached = way.filter_map(|state| number(state, end)).next_back().unwrap_or(0);
    let (over, back) = match view.release.state() {
        Some(State::Promoted) => (true, false),
        Some(State::RollingBack | State::RolledBack | State::RollbackFailed | State::Stopped | State::MigrationFailed) => (false, true),
        Some(State::ContractFailed) => (false, true),
        _ => (false, false),
    };
    let last = |at: usize| if few || at != 3 { at } else { end - 1 };
    let place = |at: usize| match () {
        () if over || last(at) < reached => Place::Over,
        () if at > reached => Place::Ahead,
        () if back => Place::Failed,
        () => Place::Here,
    };
    names.into_iter().map(|(name, at)| (name, place(at))).collect()
}

/// Returns the number of the stage that a state is of; none for the way back and for ends.
fn number(state: &State, end: usize) -> Option<usize> {
    match state {
        State::Expanding => Some(0),
        State::Ready | State::Scaling => Some(1),
        State::Testing => Some(2),
        State::Shifting { step, .. } => Some(2 + (*step).max(1)),
        State::Baking => Some(end),
        State::Finishing => Some(end + 1),
        State::Contracting => Some(end + 2),
        State::Promoted
        | State::RollingBack
        | State::RolledBack
        | State::RollbackFailed
        | State::Stopped
        | State::MigrationFailed
        | State::ContractFailed
        | State::Superseded
        | State::Occupied => None,
    }
}

/// A share without needless zeros: `10`, `33.4`.
pub(super) fn round(share: f64) -> f64 {
    (share * 10.0).round() / 10.0
}
