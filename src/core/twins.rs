//! Live resources of one claim: a second one that a run beside ours made, told apart from a conflict that a person must solve.
//!
//! Two runs that know nothing of each other both make what has no name in AWS. One of each pair is then kept and the other is
//! deleted, which is safe where it holds no data, is what the file wants, and nothing with data stands on it. AWS refuses by
//! itself to delete what somebody else's resources use.

use super::kind::Row;
use super::mentions::Mentions;
use super::snapshot::{Live, Snapshot};
use std::collections::{HashMap, HashSet};

/// The live resources of a stack and those that stand on them, by what their specs mention.
pub(super) struct Standing<'a> {
    resources: Vec<(&'a Live, bool)>,
    /// By resource, those that mention it.
    holders: Vec<Vec<usize>>,
    /// The number of live resources that have the claim of an address.
    claimants: HashMap<&'a str, usize>,
}

/// All that stands on a resource, and would be lost or made anew if it went. The more, the better a reason to keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Weight {
    /// Those that hold data.
    pub stateful: usize,
    /// Those that are the only one of their address.
    alone: usize,
    all: usize,
}

impl<'a> Standing<'a> {
    pub fn new(snapshot: &'a Snapshot, find: &dyn Fn(&str) -> Option<&'static Row>) -> Self {
        let mut standing = Standing { resources: Vec::new(), holders: Vec::new(), claimants: HashMap::new() };
        let mut mentions = Mentions::new(snapshot);
        let mut rows = Vec::new();
        for (kind, list) in &snapshot.resources {
            let row = find(kind);
            for live in list {
                let Some(claim) = &live.claim else { continue };
                mentions.add_ids(live, standing.resources.len());
                standing.resources.push((live, row.is_some_and(|row| row.about.stateful)));
                *standing.claimants.entry(claim.address.as_str()).or_default() += 1;
                rows.push(row);
            }
        }
        standing.holders = vec![Vec::new(); standing.resources.len()];
        for (holder, ((live, _), row)) in standing.resources.iter().zip(rows).enumerate() {
            for held in mentions.held_by(row, live).into_keys().filter(|held| *held != holder) {
                standing.holders[held].push(holder);
            }
        }
        standing
    }

    /// Weighs all that stands on a resource, however far up.
    pub fn weigh(&self, live: &Live) -> Weight {
        let mut open = Vec::from_iter(self.resources.iter().position(|(one, _)| std::ptr::eq(*one, live)));
        let mut seen = HashSet::<usize>::from_iter(open.iter().copied());
        let mut weight = Weight::default();
        while let Some(at) = open.pop() {
            for &holder in self.holders[at].iter().filter(|holder| seen.insert(**holder)) {
                let (live, stateful) = self.resources[holder];
                let alone = live.claim.as_ref().is_some_and(|claim| self.claimants.get(claim.address.as_str()) == Some(&1));
                weight.stateful += usize::from(stateful);
                weight.alone += usize::from(alone);
                weight.all += 1;
                open.push(holder);
            }
        }
        weight
    }
}
