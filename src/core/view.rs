//! Views of resources for rules. Each spec is read into its type once, however many rules ask for it.

use super::address::Address;
use super::graph::{Finding, Graph, Moved, Node};
use super::identity::Scope;
use super::kind::{Kind, Row, from_value};
use super::problem::Problem;
use super::reference::{Piece, each_text, pieces};
use super::snapshot::{Live, Snapshot, State};
use foldhash::HashMap;
use serde_json::Value;
use std::any::{Any, TypeId};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// The resources of one stack: all that it wants, or all of it that is live.
///
/// A rule that asks a view for specs, and follows what they refer to, holds for both. In a wanted spec a reference is text
/// (`${network.vpc.id}`); in a live one what AWS has in its place stands there. `target` knows both.
pub struct View<'a> {
    /// The stack that it is of. The account is empty where nothing has told it yet.
    pub scope: Scope,
    /// True when it shows what is live.
    pub live: bool,
    /// The renames that the file tells of, where it shows what is wanted.
    pub moved: &'a [Moved],
    seen: Vec<Seen<'a>>,
    by_kind: HashMap<&'static str, Vec<usize>>,
    by_address: HashMap<&'a Address, usize>,
    /// Live resources by what references to them resolve to.
    by_output: OnceCell<HashMap<&'a str, Vec<usize>>>,
    /// Resources by the address of each that they name.
    users: OnceCell<HashMap<&'a Address, Vec<usize>>>,
    /// The values that rules have worked out of it, by type.
    derived: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
}

/// One resource of a view.
pub struct Seen<'a> {
    pub address: &'a Address,
    pub kind: &'static Row,
    /// The spec in normal form.
    pub spec: &'a Value,
    pub from: Origin<'a>,
    typed: OnceCell<Option<Box<dyn Any>>>,
}

/// The node or the live resource that a view shows.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    Wanted(&'a Node),
    Live(&'a Live),
}

impl<'a> View<'a> {
    /// Shows what a stack wants, in order of address.
    pub fn of_graph(graph: &'a Graph, scope: Scope) -> Self {
        let seen = graph.nodes().map(|node| Seen::new(&node.address, node.kind, &node.spec, Origin::Wanted(node))).collect();
        View { moved: &graph.moved, ..View::new(scope, false, seen) }
    }

    /// Shows the same in the order of a key, and of address where that is the same.
    pub fn in_order<K: Ord>(graph: &'a Graph, scope: Scope, key: impl Fn(&Node) -> K) -> Self {
        let mut nodes = graph.nodes().collect::<Vec<_>>();
        nodes.sort_by_cached_key(|node| key(node));
        View::new(
            scope,
            false,
            nodes.into_iter().map(|node| Seen::new(&node.address, node.kind, &node.spec, Origin::Wanted(node))).collect(),
        )
    }

    /// Shows what is live and of the stack, in order of address; what is on its way out is not live. `kind` finds a kind by name.
    pub fn of_snapshot(snapshot: &'a Snapshot, kind: &dyn Fn(&str) -> Option<&'static Row>) -> Self {
        let mut seen = Vec::new();
        for (row, resources) in snapshot.resources.iter().filter_map(|(name, resources)| Some((kind(name)?, resources))) {
            let own = resources.iter().filter(|live| live.state != State::Deleting);
            let own = own.filter_map(|live| Some(Seen::new(&live.claim.as_ref()?.address, row, &live.spec, Origin::Live(live))));
            seen.extend(own);
        }
        seen.sort_by_key(|one| one.address);
        View::new(snapshot.scope.clone(), true, seen)
    }

    fn new(scope: Scope, live: bool, seen: Vec<Seen<'a>>) -> Self {
        let mut by_kind = HashMap::<_, Vec<_>>::default();
        let mut by_address = HashMap::default();
        for (at, one) in seen.iter().enumerate() {
            by_kind.entry(one.kind.name).or_default().push(at);
            by_address.entry(one.address).or_insert(at);
        }
        let (by_output, users, derived) = (OnceCell::new(), OnceCell::new(), RefCell::default());
        View { scope, live, moved: &[], seen, by_kind, by_address, by_output, users, derived }
    }

    /// Returns every resource, in the view's order.
    pub fn resources(&self) -> impl Iterator<Item = &Seen<'a>> {
        self.seen.iter()
    }

    /// Returns every resource of one kind with its spec, in the view's order.
    pub fn all<K: Kind>(&self) -> impl Iterator<Item = (&Seen<'a>, &K::Spec)> {
        let places = self.by_kind.get(K::NAME).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|at| self.seen[*at].typed::<K>())
    }

    /// Returns every resource of a kind by its name, in the view's order.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Seen<'a>> {
        self.by_kind.get(kind).into_iter().flatten().map(|at| &self.seen[*at])
    }

    /// Returns the resource of an address, of whatever kind; the first, if several are live.
    pub fn at(&self, address: &Address) -> Option<&Seen<'a>> {
        self.by_address.get(address).map(|at| &self.seen[*at])
    }

    /// Returns the resource of an address, if it is of kind `K`; the first, if several are live.
    pub fn get<K: Kind>(&self, address: &Address) -> Option<(&Seen<'a>, &K::Spec)> {
        self.at(address)?.typed::<K>()
    }

    /// Returns the resource that a whole text refers to, if it does and the resource is of kind `K`.
    pub fn target<K: Kind>(&self, text: &str) -> Option<(&Seen<'a>, &K::Spec)> {
        self.named(text).iter().find_map(|at| self.seen[*at].typed::<K>())
    }

    /// Returns the resource that a whole text refers to, of whatever kind.
    pub fn whole(&self, text: &str) -> Option<&Seen<'a>> {
        self.named(text).first().map(|at| &self.seen[*at])
    }

    /// Returns every resource of kind `K` that names another one, wherever in its spec a whole text refers to it, in the view's order: the
    /// few that need to be asked by which field they do.
    pub fn users<K: Kind>(&self, of: &Address) -> impl Iterator<Item = (&Seen<'a>, &K::Spec)> {
        let users = self.users.get_or_init(|| self.all_users()).get(of);
        users.into_iter().flatten().filter_map(|at| self.seen[*at].typed::<K>())
    }

    /// True where no resource names another one by a whole text.
    pub fn is_idle(&self, address: &Address) -> bool {
        !self.users.get_or_init(|| self.all_users()).contains_key(address)
    }

    fn all_users(&self) -> HashMap<&'a Address, Vec<usize>> {
        let mut found = HashMap::<_, Vec<usize>>::default();
        for (at, one) in self.seen.iter().enumerate() {
            each_text(one.spec, &mut |text| {
                for named in self.named(text) {
                    let users = found.entry(self.seen[*named].address).or_default();
                    if users.last() != Some(&at) {
                        users.push(at);
                    }
                }
            });
        }
        found
    }

    /// Returns the places of what a whole text refers to: several, where several live resources have it as an output.
    fn named(&self, text: &str) -> &[usize] {
        if text.starts_with("${")
            && let [Piece::Reference(reference)] = pieces(text).as_slice()
        {
            return self.by_address.get(&reference.address).map(std::slice::from_ref).unwrap_or_default();
        }
        self.by_output.get_or_init(|| self.outputs()).get(text).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns a value that several rules work out of the whole view, such as who can reach whom. It is made once, for whoever asks
    /// first.
    pub fn derived<T: Any>(&self, make: impl FnOnce(&Self) -> T) -> Rc<T> {
        let known = self.derived.borrow().get(&TypeId::of::<T>()).cloned();
        if let Some(known) = known.and_then(|known| known.downcast::<T>().ok()) {
            return known;
        }
        let made = Rc::new(make(self));
        self.derived.borrow_mut().insert(TypeId::of::<T>(), made.clone());
        made
    }

    fn outputs(&self) -> HashMap<&'a str, Vec<usize>> {
        let mut found = HashMap::<_, Vec<_>>::default();
        for (at, one) in self.seen.iter().enumerate() {
            if let Origin::Live(live) = one.from {
                live.outputs.values().for_each(|value| found.entry(value.as_str()).or_default().push(at));
            }
        }
        found
    }
}

impl<'a> Seen<'a> {
    fn new(address: &'a Address, kind: &'static Row, spec: &'a Value, from: Origin<'a>) -> Self {
        Seen { address, kind, spec, from, typed: OnceCell::new() }
    }

    /// The spec in its type, if that is the one of `K`.
    fn typed<K: Kind>(&self) -> Option<(&Seen<'a>, &K::Spec)> {
        if self.kind.name != K::NAME {
            return None;
        }
        let read = || from_value::<K::Spec>(self.spec).ok().map(|spec| Box::new(spec) as Box<dyn Any>);
        let spec = self.typed.get_or_init(read).as_ref()?.downcast_ref::<K::Spec>()?;
        Some((self, spec))
    }

    /// Returns an output as other specs of the view have it: a reference to what is wanted, the value of what is live.
    pub fn output(&self, name: &str) -> Option<String> {
        match self.from {
            Origin::Wanted(_) => Some(format!("${{{}.{name}}}", self.address)),
            Origin::Live(live) => live.outputs.get(name).cloned(),
        }
    }

    /// Something wrong with one of its fields; empty for the whole.
    pub fn finding(&self, field: impl Into<String>, message: impl Into<String>) -> Finding {
        Finding::new(self.address.clone(), Problem::new(field, message))
    }
}
