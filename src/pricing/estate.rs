//! Everything that is priced together: the nodes of a graph, or what is live. One resource's bill may depend on others.

use super::given::Given;
use super::priced::PriceRow;
use super::sharers::Sharers;
use crate::core::address::Address;
use crate::core::graph::{Graph, Node};
use crate::core::kind::{Kind, from_value};
use crate::core::money::Range;
use crate::core::plan::Plan;
use crate::core::reference::{self, Piece, each_text};
use crate::core::snapshot::{Live, Snapshot, State};
use crate::core::usage::Usage;
use crate::core::view::{Seen, View};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Resources by address, and which mention which.
pub struct Estate<'a> {
    pub region: String,
    resources: Vec<Resource<'a>>,
    /// Live ids, names and ARNs to the resources that have them.
    names: HashMap<&'a str, Vec<usize>>,
    places: BTreeMap<Address, usize>,
    /// True when what runs right now counts, and not the range that it may move in.
    running: bool,
}

pub(super) struct Resource<'a> {
    pub address: Address,
    pub kind: &'static PriceRow,
    pub spec: &'a Value,
    /// The others that mention it, in their order.
    users: Vec<usize>,
}

static EMPTY: BTreeMap<Address, Value> = BTreeMap::new();

/// Looks up how a kind is priced, by its name.
pub type Find<'a> = &'a dyn Fn(&str) -> Option<&'static PriceRow>;

impl<'a> Estate<'a> {
    /// Gathers what a file wants. Here and below, a kind that `find` does not know is left out.
    pub fn wanted(graph: &'a Graph, region: &str, find: Find<'_>) -> Self {
        Estate::after(graph, &EMPTY, region, find)
    }
    /// Gathers what a file wants, where `kept` has the whole specs of what keeps values that the file does not say.
    pub fn after(graph: &'a Graph, kept: &'a BTreeMap<Address, Value>, region: &str, find: Find<'_>) -> Self {
        let resource = |node: &'a Node| {
            let (address, kind) = (node.address.clone(), find(node.kind.name)?);
            let spec = kept.get(&address).unwrap_or(&node.spec);
            Some(Resource { address, kind, spec, users: Vec::new() })
        };
        let resources = graph.nodes().filter_map(resource).collect();
        Estate::link(region, resources, HashMap::new(), false)
    }
    /// Gathers what a view shows of what a stack wants.
    pub fn of_view(view: &View<'a>, find: Find<'_>) -> Self {
        let resource = |seen: &Seen<'a>| {
            Some(Resource { address: seen.address.clone(), kind: find(seen.kind.name)?, spec: seen.spec, users: Vec::new() })
        };
        let mut resources = view.resources().filter_map(resource).collect::<Vec<_>>();
        resources.sort_by(|one, other| one.address.cmp(&other.address));
        Estate::link(&view.scope.region, resources, HashMap::new(), false)
    }
    /// Gathers what AWS holds for a stack, as it would be wanted: autoscaled services are ranges.
    pub fn live(snapshot: &'a Snapshot, find: Find<'_>) -> Self {
        Estate::of_snapshot(snapshot, find, &claimed, false)
    }
    /// Gathers what AWS holds for a stack as it runs right now.
    pub fn running(snapshot: &'a Snapshot, find: Find<'_>) -> Self {
        Estate::of_snapshot(snapshot, find, &claimed, true)
    }
    /// Gathers what is live before a plan, at the addresses that the plan gives it: what it renames is no other resource, and
    /// what it adopts is on the bill already.
    pub fn before(plan: &Plan, snapshot: &'a Snapshot, find: Find<'_>) -> Self {
        let touched = plan.changes.iter().filter_map(|change| Some(((change.kind.as_str(), change.live.as_ref()?.id.as_str()), change)));
        let touched = touched.collect::<HashMap<_, _>>();
        let place = |kind: &str, live: &Live| match touched.get(&(kind, live.id.as_str())) {
            Some(change) => Some(change.address.clone()),
            None => claimed(kind, live),
        };
        Estate::of_snapshot(snapshot, find, &place, false)
    }

    fn of_snapshot(snapshot: &'a Snapshot, find: Find<'_>, place: &dyn Fn(&str, &Live) -> Option<Address>, running: bool) -> Self {
        let mut found = Vec::new();
        for (kind, list) in &snapshot.resources {
            let Some(row) = find(kind) else { continue };
            for live in list.iter().filter(|live| live.state != State::Deleting) {
                if let Some(address) = place(kind, live) {
                    found.push((Resource { address, kind: row, spec: &live.spec, users: Vec::new() }, live));
                }
            }
        }
        found.sort_by(|(a, one), (b, other)| (&a.address, &one.id).cmp(&(&b.address, &other.id)));
        let mut names = HashMap::<_, Vec<_>>::new();
        for (at, (_, live)) in found.iter().enumerate() {
            let own = live.outputs.values().chain([&live.id, &live.name, &live.arn]).map(String::as_str);
            for name in own.filter(|name| !name.is_empty()) {
                let list = names.entry(name).or_default();
                if list.last() != Some(&at) {
                    list.push(at);
                }
            }
        }
        Estate::link(&snapshot.scope.region, found.into_iter().map(|(resource, _)| resource).collect(), names, running)
    }

    fn link(region: &str, resources: Vec<Resource<'a>>, names: HashMap<&'a str, Vec<usize>>, running: bool) -> Self {
        let places = resources.iter().enumerate().map(|(at, resource)| (resource.address.clone(), at)).collect();
        let mut estate = Estate { region: region.to_owned(), resources, names, places, running };
        for at in 0..estate.resources.len() {
            let mut mentions = Vec::new();
            each_text(estate.resources[at].spec, &mut |text| mentions.extend(estate.meant(text)));
            mentions.sort_unstable();
            mentions.dedup();
            mentions.retain(|other| *other != at);
            mentions.iter().for_each(|other| estate.resources[*other].users.push(at));
        }
        estate
    }

    /// Returns the resources that a text of a spec stands for.
    fn meant(&self, text: &str) -> Vec<usize> {
        if let Some(list) = self.names.get(text) {
            return list.clone();
        }
        let piece = |piece: Piece<'_>| match piece {
            Piece::Reference(reference) => self.places.get(&reference.address).copied(),
            Piece::Text(_) => None,
        };
        if text.contains("${") { reference::pieces(text).into_iter().filter_map(piece).collect() } else { Vec::new() }
    }

    pub(super) fn resources(&self) -> &[Resource<'a>] {
        &self.resources
    }
}

/// All that a resource's bill depends on besides its own spec.
pub struct Facts<'a> {
    pub(super) estate: &'a Estate<'a>,
    pub(super) at: usize,
    pub(super) usage: &'a Usage,
    /// The resources that share what is said; none while these are looked for, so that each takes all.
    pub(super) sharers: Option<&'a Sharers>,
    /// The day to price for, as `2026-11-21`: some prices begin on one.
    pub today: &'a str,
}

impl Facts<'_> {
    pub fn region(&self) -> &str {
        &self.estate.region
    }
    /// True when what runs right now counts, and not the range that it may move in.
    pub fn running(&self) -> bool {
        self.estate.running
    }
    /// Returns what is said of one of its own kind's measures, or that measure's default. It is billed by the measure when it makes a
    /// charge of this: an amount that is said of a module is shared by those of its resources that do.
    pub fn usage(&self, measure: &str) -> Given {
        self.said(measure).unwrap_or_else(|| {
            let resource = &self.estate.resources[self.at];
            let known = resource.kind.usage.iter().find(|known| known.name == measure);
            debug_assert!(known.is_some(), "{} has no measure {measure}", resource.kind.name);
            known.map_or_else(|| Given::assumed(Default::default(), ""), |known| Given::default(known, self.usage.bare))
        })
    }
    /// Returns what the file says of a measure, and nothing where there is only its default.
    pub fn said(&self, measure: &str) -> Option<Given> {
        let resource = &self.estate.resources[self.at];
        let known = resource.kind.usage.iter().find(|known| known.name == measure)?;
        let (label, amount) = self.usage.said(resource.address.as_str(), measure)?;
        Some(match self.sharers {
            None => Given::shared(known, label, amount, 0, 1),
            Some(sharers) => match sharers.place(label, known.name, self.at) {
                Some((place, count)) => Given::shared(known, label, amount, place, count),
                // It makes no charge of it, and so takes no share.
                None => Given::shared(known, label, Range::default(), 0, 1),
            },
        })
    }
    /// Returns what a text of its spec stands for, if that is a resource of kind `K`.
    pub fn target<K: Kind>(&self, text: &str) -> Option<K::Spec> {
        let meant = self.estate.meant(text).into_iter().map(|at| &self.estate.resources[at]);
        meant.filter(|resource| resource.kind.name == K::NAME).find_map(|resource| from_value(resource.spec).ok())
    }
    /// Returns the resources of kind `K` that mention this one.
    pub fn users<K: Kind>(&self) -> Vec<K::Spec> {
        let resources = &self.estate.resources;
        let users = resources[self.at].users.iter().map(|at| &resources[*at]).filter(|other| other.kind.name == K::NAME);
        users.filter_map(|user| from_value(user.spec).ok()).collect()
    }
}

fn claimed(_: &str, live: &Live) -> Option<Address> {
    live.claim.as_ref().map(|claim| claim.address.clone())
}
