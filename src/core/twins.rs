//! Live resources of one claim: a second one that a run beside ours made, told apart from a conflict that a person must solve.
//!
//! Two runs that know nothing of each other both make what has no name in AWS. What has one is made by either of them, and stands
//! on that one's doubles. So doubles are chosen together: what is kept belongs together, and as little as can be of what stands on
//! them has to be made anew, least of all what holds data or is protected. AWS refuses by itself to delete what somebody else's
//! resources use.

use super::address::Address;
use super::graph::Graph;
use super::kind::Row;
use super::mentions::Mentions;
use super::snapshot::{Live, Snapshot, State};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The live resources of a stack of which there are two or more of one claim, those of them that are kept, and the data on each.
pub(super) struct Twins<'a> {
    kept: HashSet<*const Live>,
    /// The addresses of what holds data and would be made anew if a double went, by its place in the snapshot.
    data: HashMap<*const Live, BTreeSet<&'a Address>>,
}

/// All that stands on a double. The more, the better a reason to keep it; what would be made anew without it counts before what
/// would only change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Weight {
    dear_fixed: usize,
    dear: usize,
    alone_fixed: usize,
    alone: usize,
    all: usize,
}

struct Resource<'a> {
    live: &'a Live,
    address: &'a Address,
    /// True when it holds data or is protected.
    dear: bool,
    stateful: bool,
    /// The number of its claim.
    claim: usize,
    /// The resources that it mentions, and whether in a field that is fixed at creation.
    holds: HashMap<usize, bool>,
}

impl<'a> Twins<'a> {
    /// `address` says where the claim of an address stands after the file's renames.
    pub fn new(
        snapshot: &'a Snapshot,
        graph: &'a Graph,
        find: &dyn Fn(&str) -> Option<&'static Row>,
        address: &dyn Fn(&Address) -> Address,
    ) -> Self {
        let mut numbers = HashMap::new();
        let mut mentions = Mentions::new(snapshot);
        let mut rows = Vec::new();
        let mut resources = Vec::new();
        for (kind, list) in &snapshot.resources {
            let row = find(kind);
            for live in list.iter().filter(|live| live.state != State::Deleting) {
                let Some(claim) = &live.claim else { continue };
                mentions.add_ids(live, resources.len());
                let now = address(&claim.address);
                let stateful = row.is_some_and(|row| row.about.stateful);
                let dear = stateful || graph.get(&now).is_some_and(|node| node.protect);
                let fresh = numbers.len();
                let claim_number = *numbers.entry((kind.as_str(), now, claim.made())).or_insert(fresh);
                rows.push(row);
                resources.push(Resource { live, address: &claim.address, dear, stateful, claim: claim_number, holds: HashMap::new() });
            }
        }
        for (at, (resource, row)) in resources.iter_mut().zip(rows).enumerate() {
            resource.holds = mentions.fixed_by(row, resource.live);
            resource.holds.remove(&at);
        }
        let mut choice = Choice::new(&resources, numbers.len());
        let data = choice.data();
        while let Some(double) = choice.heaviest() {
            choice.keep(double);
        }
        Twins { kept: choice.kept.iter().map(|at| std::ptr::from_ref(resources[*at].live)).collect(), data }
    }

    /// True when a double is the one of its claim that is kept.
    pub fn keeps(&self, live: &Live) -> bool {
        self.kept.contains(&std::ptr::from_ref(live))
    }

    /// Returns what holds data and would be made anew if a double went.
    pub fn data(&self, live: &Live) -> impl Iterator<Item = &'a Address> {
        self.data.get(&std::ptr::from_ref(live)).into_iter().flatten().copied()
    }
}

/// The choice among doubles, one by one: the heaviest first, and with each what stands on its rivals counts no more.
struct Choice<'r, 'a> {
    resources: &'r [Resource<'a>],
    /// The resources of each claim.
    claims: Vec<Vec<usize>>,
    /// By resource, the doubles that it stands on, however far down: true for those without which it would be made anew.
    stands: Vec<HashMap<usize, bool>>,
    /// By double, the resources that would be made anew without it.
    fixed: HashMap<usize, Vec<usize>>,
    weights: HashMap<usize, Weight>,
    /// The resources that are made anew whatever else is kept, as what they stand on goes.
    lost: HashSet<usize>,
    open: BTreeSet<usize>,
    kept: Vec<usize>,
}

impl<'r, 'a> Choice<'r, 'a> {
    fn new(resources: &'r [Resource<'a>], claims: usize) -> Self {
        let mut by_claim = vec![Vec::new(); claims];
        for (at, resource) in resources.iter().enumerate() {
            by_claim[resource.claim].push(at);
        }
        let open = by_claim.iter().filter(|list| list.len() > 1).flatten().copied().collect::<BTreeSet<_>>();
        let stands = (0..resources.len()).map(|at| stands(resources, &open, at)).collect::<Vec<_>>();
        let mut choice = Choice {
            resources,
            claims: by_claim,
            fixed: HashMap::new(),
            weights: open.iter().map(|at| (*at, Weight::default())).collect(),
            lost: HashSet::new(),
            open,
            kept: Vec::new(),
            stands,
        };
        for (at, resource) in resources.iter().enumerate() {
            for (&double, &fixed) in &choice.stands[at] {
                choice.weights.entry(double).or_default().change(resource, choice.open.contains(&at), fixed, |count| *count += 1);
                if fixed {
                    choice.fixed.entry(double).or_default().push(at);
                }
            }
        }
        // Made of the things of both runs: it is made anew in any case.
        for at in 0..resources.len() {
            let mut claims = HashSet::new();
            let fixed = choice.stands[at].iter().filter(|(_, fixed)| **fixed);
            if !fixed.map(|(double, _)| resources[*double].claim).all(|claim| claims.insert(claim)) {
                choice.lose(at);
            }
        }
        choice
    }

    fn data(&self) -> HashMap<*const Live, BTreeSet<&'a Address>> {
        let on = |double: &usize| {
            let holders = self.fixed.get(double).into_iter().flatten().map(|at| &self.resources[*at]);
            holders.filter(|resource| resource.stateful).map(|resource| resource.address).collect()
        };
        self.open.iter().map(|double| (std::ptr::from_ref(self.resources[*double].live), on(double))).collect()
    }

    /// Returns the double that most stands on. Of equal ones it is the first by id, so that whoever plans keeps the same one.
    fn heaviest(&self) -> Option<usize> {
        let weight = |double: &usize| {
            let Resource { live, holds, .. } = &self.resources[*double];
            let sound = !self.lost.contains(double) && !matches!(live.state, State::Failed(_));
            // One that was killed before it was attached holds on to nothing.
            (sound, self.weights.get(double), holds.len(), Reverse(&live.id))
        };
        self.open.iter().copied().max_by(|one, other| weight(one).cmp(&weight(other)))
    }

    fn keep(&mut self, double: usize) {
        self.kept.push(double);
        for rival in std::mem::take(&mut self.claims[self.resources[double].claim]) {
            self.open.remove(&rival);
            if rival != double {
                self.fixed.remove(&rival).into_iter().flatten().for_each(|at| self.lose(at));
            }
        }
    }

    /// Takes what is lost in any case out of the weights.
    fn lose(&mut self, at: usize) {
        if !self.lost.insert(at) {
            return;
        }
        let double = self.weights.contains_key(&at);
        for (on, fixed) in &self.stands[at] {
            self.weights.entry(*on).or_default().change(&self.resources[at], double, *fixed, |count| *count -= 1);
        }
    }
}

impl Weight {
    fn change(&mut self, resource: &Resource<'_>, double: bool, fixed: bool, change: impl Fn(&mut usize)) {
        let Weight { dear_fixed, dear, alone_fixed, alone, all } = self;
        let counts = [(resource.dear && fixed, dear_fixed), (resource.dear, dear), (!double && fixed, alone_fixed), (!double, alone)];
        counts.into_iter().filter(|(counts, _)| *counts).for_each(|(_, count)| change(count));
        change(all);
    }
}

/// Returns the doubles that a resource stands on, itself among them if it is one.
fn stands(resources: &[Resource<'_>], doubles: &BTreeSet<usize>, at: usize) -> HashMap<usize, bool> {
    let mut seen = HashMap::from([(at, true)]);
    let mut open = vec![(at, true)];
    while let Some((at, fixed)) = open.pop() {
        for (&next, &held) in &resources[at].holds {
            let fixed = fixed && held;
            let before = seen.get(&next).copied();
            if before.is_none_or(|before| fixed && !before) {
                seen.insert(next, fixed);
                open.push((next, fixed));
            }
        }
    }
    seen.retain(|at, _| doubles.contains(at));
    seen
}
