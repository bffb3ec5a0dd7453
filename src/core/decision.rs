//! The planner's decision for one node; its changes, their steps and what is waited for follow from it.

use super::snapshot::Live;

/// The decision for one node.
#[derive(Debug, Clone)]
pub enum Decision<'a> {
    /// Not decided: the kind could not be read, or the file asks for the impossible.
    Open,
    Keep(&'a Live),
    /// Kept, and something waits until it is ready. The index is that of the plan's change.
    Await(&'a Live, usize),
    Update(&'a Live, usize),
    /// Its tags change, and nothing that others know of it.
    Retag(&'a Live, usize),
    Create(usize),
    Replace(usize, bool),
}

impl Decision<'_> {
    /// Returns the index, into the plan's changes, of the change that makes or changes it.
    pub fn change(&self) -> Option<usize> {
        match self {
            Decision::Update(_, index) | Decision::Retag(_, index) | Decision::Create(index) | Decision::Replace(index, _) => Some(*index),
            Decision::Open | Decision::Keep(_) | Decision::Await(..) => None,
        }
    }
}
