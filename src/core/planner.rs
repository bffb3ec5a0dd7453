//! `plan(graph, snapshot, policy)` says what has to happen so that AWS holds what the file says.

use super::address::{Address, Pattern};
use super::decision::Decision;
use super::diff::{FieldChange, compare, diff, is_same};
use super::graph::{Graph, Links, Node, Outputs};
use super::identity::{Claim, digest};
use super::kind::{Field, Row};
use super::origin::Only;
use super::output;
use super::plan::{Action, Change, Plan, fingerprints};
use super::reason::{Cause, Reason, Refusal, Threat};
use super::reference::{Reference, resolve, resolve_text};
use super::rival::clash;
use super::snapshot::{Live, Snapshot, State};
use super::staying;
use super::steps;
use super::twins::Twins;
use super::unsettled;
use serde_json::Value;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Decisions of a person beyond the file. Time is an argument: planning reads no clock.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// True to delete everything instead.
    pub destroy: bool,
    /// Addresses whose deletion or replacement is accepted although it loses data.
    pub allow_delete: Vec<Pattern>,
    /// Addresses of services whose version may be deployed again although it was rolled back.
    pub retry: Vec<Pattern>,
    /// The one side that the plan is to be of, by the record of the last apply; both where there is none.
    pub only: Option<Only>,
    /// The time of planning, in RFC 3339.
    pub created: String,
    /// The name of whoever plans, by their own account.
    pub author: String,
}

/// Makes the plan. The same arguments give the same plan; neither is changed.
/// `find` looks up a kind by name: what is live may be of kinds that the graph no longer has.
pub fn plan(graph: &Graph, snapshot: &Snapshot, policy: &Policy, find: &dyn Fn(&str) -> Option<&'static Row>) -> Plan {
    let mut plan = Plan {
        version: Plan::VERSION,
        created: policy.created.clone(),
        scope: snapshot.scope.clone(),
        store: None,
        destroy: policy.destroy,
        masked: false,
        changes: Vec::new(),
        steps: Vec::new(),
        kept: 0,
        known: BTreeMap::new(),
        known_kinds: BTreeSet::new(),
        outputs: Outputs::new(),
        basis: BTreeMap::new(),
        refusals: Vec::new(),
        unread: snapshot.unread.clone(),
        notes: Vec::new(),
        approval: None,
        cost: None,
        rehearsal: None,
        ground: None,
    };
    let links = match graph.links() {
        Ok(links) => links,
        Err(cycle) => {
            plan.refusals.push(Refusal::Circle { path: cycle });
            return plan;
        }
    };
    let mut planner = Planner::new(graph, &links, snapshot, policy, find, plan);
    if !policy.destroy {
        planner.decide_all();
    }
    planner.delete_the_rest();
    let Planner { mut plan, mut decisions, .. } = planner;
    unsettled::judge(&mut plan, &links, &mut decisions, &policy.retry);
    steps::add(&mut plan, &links, &decisions, snapshot, find, &|reference| lasting(&links, &decisions, reference));
    rely(&mut plan, &links, &decisions, snapshot);
    name_the_watched(&mut plan, &links, &decisions);
    if !policy.destroy {
        plan.outputs = output::fill(&graph.outputs, &|reference| lasting(&links, &decisions, reference));
    }
    plan
}

struct Planner<'a> {
    links: &'a Links<'a>,
    snapshot: &'a Snapshot,
    policy: &'a Policy,
    find: &'a dyn Fn(&str) -> Option<&'static Row>,
    graph: &'a Graph,
    generations: Vec<String>,
    /// The live resources that claim to be a node, by node.
    hits: Vec<Vec<&'a Live>>,
    /// The live resources that are not ours, by kind and name.
    foreign: HashMap<(&'a str, &'a str), &'a Live>,
    /// The live resources that have moved, by kind and the generation that they bear since.
    away: HashMap<(&'a str, &'a str), &'a Live>,
    /// The live resources that are not ours, of kinds of which AWS has only one with certain values, by kind.
    rivals: HashMap<&'a str, Vec<&'a Live>>,
    /// The live resources that are on their way out, by kind.
    leaving: HashMap<&'a str, Vec<&'a Live>>,
    /// The ids of resources that the file takes over, by address.
    adopted: HashMap<&'a Address, &'a str>,
    /// Live resources that some node has taken, by their place in the snapshot.
    taken: HashSet<*const Live>,
    /// Live resources that another run made a second time, by their place in the snapshot, and the id of the one that is kept.
    duplicates: HashMap<*const Live, &'a str>,
    /// The choice among those that claim one address; made when two first do.
    twins: OnceCell<Twins<'a>>,
    decisions: Vec<Decision<'a>>,
    /// The values that the fields of a kind have if nobody says anything, in their order.
    defaults: HashMap<&'static str, Vec<Option<Value>>>,
    plan: Plan,
}

/// A live resource that is ours, and that the file has no more or an earlier run has made another for.
struct Rest<'a> {
    row: &'static Row,
    live: &'a Live,
    /// The address where it stands after the file's renames.
    address: Address,
    superseded: bool,
    /// True when the file has said that it stays in AWS.
    retained: bool,
    /// The address of something that was let go before, and uses it.
    used: Option<Address>,
}

impl<'a> Planner<'a> {
    fn new(
        graph: &'a Graph,
        links: &'a Links<'a>,
        snapshot: &'a Snapshot,
        policy: &'a Policy,
        find: &'a dyn Fn(&str) -> Option<&'static Row>,
        plan: Plan,
    ) -> Self {
        let mut hits = vec![Vec::new(); links.nodes.len()];
        let (mut foreign, mut away) = (HashMap::new(), HashMap::new());
        let (mut rivals, mut leaving) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (kind, list) in &snapshot.resources {
            let rivalling = find(kind).is_some_and(|row| !row.about.exclusive.is_empty());
            for live in list {
                match &live.claim {
                    _ if live.state == State::Deleting => leaving.entry(kind.as_str()).or_default().push(live),
                    None => {
                        if !live.name.is_empty() {
                            foreign.entry((kind.as_str(), live.name.as_str())).or_insert(live);
                        }
                        if rivalling {
                            rivals.entry(kind.as_str()).or_default().push(live);
                        }
                    }
                    Some(claim) => {
                        if claim.made() != claim.generation {
                            away.insert((kind.as_str(), claim.generation.as_str()), live);
                        }
                        let at = links.at(&claim.address).or_else(|| links.at(&moved(graph, links, &claim.address)));
                        if let Some(at) = at.filter(|at| links.nodes[*at].kind.name == kind) {
                            hits[at].push(live);
                        }
                    }
                }
            }
        }
        let adopted = graph.adopt.iter().rev().map(|adopt| (&adopt.address, adopt.id.as_str())).collect();
        let generations = links.generations();
        let decisions = vec![Decision::Open; links.nodes.len()];
        Planner {
            links,
            snapshot,
            policy,
            find,
            graph,
            generations,
            hits,
            foreign,
            away,
            rivals,
            leaving,
            adopted,
            taken: HashSet::new(),
            duplicates: HashMap::new(),
            twins: OnceCell::new(),
            decisions,
            defaults: HashMap::new(),
            plan,
        }
    }

    fn decide_all(&mut self) {
        for &at in &self.links.order {
            self.decide(at);
        }
        // Late fields in a circle: what they name is decided only now.
        for at in (0..self.links.nodes.len()).filter(|at| !self.links.late[*at].is_empty()) {
            self.decide_late(at);
        }
    }

    fn decide(&mut self, at: usize) {
        let node = self.links.nodes[at];
        if self.plan.unread.iter().any(|unread| unread.kind == node.kind.name) {
            return;
        }
        let hits = std::mem::take(&mut self.hits[at]);
        let live = match self.choose(at, &hits) {
            Ok(live) => live,
            Err(refusal) => {
                self.refuse(*refusal);
                hits.iter().for_each(|live| self.take(live));
                return;
            }
        };
        let Some(live) = live else {
            return match self.adopted.get(&node.address).copied() {
                Some(id) => self.adopt(at, id),
                None => self.create(at),
            };
        };
        // Whatever else claims this address was superseded: `delete_the_rest` deletes it.
        self.take(live);
        let fields = self.differences(at, live);
        if fields.iter().any(|field| field.replaces) { self.replace(at, live, fields) } else { self.update(at, live, fields) }
    }

    /// Returns how a node differs from what is live; late fields in a circle are left for `decide_late`.
    fn differences(&self, at: usize, live: &Live) -> Vec<FieldChange> {
        let node = self.links.nodes[at];
        let waits = |field: &Field| field.late && !self.links.late[at].is_empty();
        let answer = |reference: &Reference| {
            if node.foretells(reference) {
                return live.outputs.get(&reference.output).cloned();
            }
            lasting(self.links, &self.decisions, reference)
        };
        // Most nodes stay as they are: that is found out field by field, without a copy of the spec.
        let same = |name: &str, wanted: &Value, live: &Value| {
            let linked = || node.links().iter().any(|(own, _)| own.name == name);
            let fits = |field: &Field| {
                waits(field) || if linked() { is_same(field, &resolve(wanted, &answer), live) } else { is_same(field, wanted, live) }
            };
            wanted == live || node.kind.field(name).is_some_and(fits)
        };
        let spec = node.beside(&live.spec);
        if let (Some(wanted), Some(live)) = (spec.as_object(), live.spec.as_object())
            && wanted.len() == live.len()
            && wanted.iter().zip(live).all(|((name, wanted), (other, live))| name == other && same(name, wanted, live))
        {
            return Vec::new();
        }
        let mut fields = diff(node.kind, &of_itself(node, &self.resolved(node, &spec), live), &live.spec);
        fields.retain(|change| !node.kind.field(&change.field).is_some_and(waits) && !self.unjudged(at, &change.field));
        fields
    }

    /// True when a field names something of which nobody can say what it will be: it is not shown as a change for that.
    fn unjudged(&self, at: usize, field: &str) -> bool {
        let links = self.links.nodes[at].links().iter().filter(|(own, _)| own.name == field);
        let mut targets = links.filter_map(|(_, reference)| self.links.at(&reference.address)).filter(|target| *target != at);
        targets.any(|target| matches!(self.decisions[target], Decision::Open))
    }

    fn create(&mut self, at: usize) {
        let node = self.links.nodes[at];
        let claim = self.apart(node, self.claim(at));
        let name = self.name(node, &claim);
        let foreign = self.foreign.get(&(node.kind.name, name.as_str())).copied();
        if let Some(foreign) = foreign {
            let (address, kind, id) = (node.address.clone(), node.kind.name.to_owned(), foreign.id.clone());
            return self.refuse(Refusal::NameTaken { address, kind, name, id });
        }
        let mut rivals = self.rivals.get(node.kind.name).into_iter().flatten();
        let rival = rivals.find_map(|live| Some((live.id.clone(), self.exclusive(node, live, "")?)));
        if let Some((id, fields)) = rival {
            return self.refuse(Refusal::Occupied { address: node.address.clone(), kind: node.kind.name.to_owned(), id, fields });
        }
        let usual = self.defaults.entry(node.kind.name).or_insert_with(|| defaults(node.kind));
        let set = |(field, usual): (&Field, &Option<Value>)| {
            let change = compare(field, &node.spec[field.name], &Value::Null)?;
            Some(FieldChange { usual: usual.as_ref() == Some(&change.after), replaces: false, ..change })
        };
        let fields = node.kind.fields.iter().zip(usual.iter()).filter_map(set).collect();
        let mut why = vec![Reason::NotInAws];
        let leaving = self.leaving.get(node.kind.name).into_iter().flatten();
        let before = leaving.copied().find(|live| self.exclusive(node, live, &name).is_some());
        if let Some(before) = before {
            why.push(Reason::InTheWay { id: before.id.clone() });
        }
        let index = self.push(node, Action::Create, (fields, why), before, claim, name);
        self.decisions[at] = Decision::Create(index);
    }

    fn update(&mut self, at: usize, live: &'a Live, fields: Vec<FieldChange>) {
        let node = self.links.nodes[at];
        // Without tags there is no place to remember it.
        let remembers = node.kind.field("tags").is_some();
        let settled = |old: &Claim| old.address == node.address && (old.retain == node.retain || !remembers);
        if fields.is_empty() && live.claim.as_ref().is_some_and(settled) {
            self.decisions[at] = Decision::Keep(live);
            self.plan.kept += 1;
            return;
        }
        let old = live.claim.clone().unwrap_or_else(|| self.claim(at));
        let retain = if remembers { node.retain } else { old.retain };
        let renamed = old.address != node.address;
        let generation = if renamed { old.on_the_move() } else { old.generation.clone() };
        let claim = Claim { address: node.address.clone(), generation, retain, used: old.used.clone() };
        let mut why = Vec::new();
        if renamed {
            why.push(Reason::Renamed { from: old.address });
        }
        if old.retain != node.retain {
            why.push(if node.retain { Reason::Retained } else { Reason::Released });
        }
        why.extend(failure(live));
        why.extend(self.reasons(node, &fields));
        let action = if renamed { Action::Move } else { Action::Update };
        let index = self.push(node, action, (fields, why), Some(live), claim, live.name.clone());
        self.decisions[at] = self.changed(live, index);
    }

    fn replace(&mut self, at: usize, live: &'a Live, fields: Vec<FieldChange>) {
        let node = self.links.nodes[at];
        let mut claim = self.claim(at);
        // A resource changed behind its own digest: the new one must not get the old one's name.
        if live.claim.as_ref().is_some_and(|old| old.made() == claim.generation) {
            claim.generation = digest(&[&claim.generation, &live.id], 10);
        }
        let claim = self.apart(node, claim);
        let name = self.name(node, &claim);
        let mut why = Vec::from_iter(failure(live));
        why.extend(self.reasons(node, &fields));
        let alone = self.exclusive(node, live, &name);
        let follows = self.links.needs[at].iter().find(|need| matches!(self.decisions[**need], Decision::Replace(_, true)));
        let first = match (alone, follows) {
            (Some(fields), _) => Some(Reason::Exclusive { fields }),
            (None, Some(need)) => Some(Reason::GoesWith { address: self.links.nodes[*need].address.clone() }),
            (None, None) => None,
        };
        let delete_first = first.is_some();
        why.extend(first);
        let index = self.push(node, Action::Replace { delete_first }, (fields, why), Some(live), claim, name);
        self.guard(&node.address, node.protect, node.kind, Threat::Replace);
        if let Some(by) = live.claim.as_ref().and_then(|claim| claim.used.clone()).filter(|_| !self.allows(&node.address)) {
            self.refuse(Refusal::Used { address: node.address.clone(), by });
        }
        self.decisions[at] = Decision::Replace(index, delete_first);
    }

    fn adopt(&mut self, at: usize, id: &str) {
        let node = self.links.nodes[at];
        let mut all = self.snapshot.resources.get(node.kind.name).into_iter().flatten();
        let Some(live) = all.find(|live| live.id == id && live.state != State::Deleting) else {
            return self.refuse(Refusal::NothingToAdopt { address: node.address.clone(), kind: node.kind.name.into(), id: id.into() });
        };
        if let Some(claim) = &live.claim {
            return self.refuse(Refusal::AlreadyOurs { address: node.address.clone(), id: id.into(), owner: claim.address.clone() });
        }
        let fields = self.differences(at, live);
        if let Some(field) = fields.iter().find(|field| field.replaces) {
            let FieldChange { field, before, after, .. } = field.clone();
            return self.refuse(Refusal::AdoptReplaces {
                address: node.address.clone(),
                id: id.into(),
                field: field.into(),
                before,
                after,
            });
        }
        self.take(live);
        let claim = self.claim(at);
        let why = self.reasons(node, &fields);
        let index = self.push(node, Action::Adopt, (fields, why), Some(live), claim, live.name.clone());
        self.decisions[at] = self.changed(live, index);
    }

    fn changed(&self, live: &'a Live, index: usize) -> Decision<'a> {
        let only_tags = self.plan.changes[index].fields.iter().all(|change| change.field == "tags");
        if only_tags { Decision::Retag(live, index) } else { Decision::Update(live, index) }
    }

    fn decide_late(&mut self, at: usize) {
        let node = self.links.nodes[at];
        let wanted = self.resolved(node, &node.spec);
        let late = |live: &Live| {
            let fields = node.kind.fields.iter().filter(|field| field.late);
            let fields = fields.filter_map(|field| compare(field, &wanted[field.name], &live.spec[field.name]));
            fields.filter(|change| !self.unjudged(at, &change.field)).collect::<Vec<_>>()
        };
        match self.decisions[at].clone() {
            Decision::Keep(live) => {
                let fields = late(live);
                if !fields.is_empty() {
                    self.plan.kept -= 1;
                    self.update(at, live, fields);
                }
            }
            Decision::Update(live, index) | Decision::Retag(live, index) => {
                let fields = late(live);
                let why = self.reasons(node, &fields);
                self.plan.changes[index].fields.extend(fields);
                self.plan.changes[index].why.extend(why);
                self.decisions[at] = self.changed(live, index);
            }
            Decision::Open | Decision::Await(..) | Decision::Create(_) | Decision::Replace(..) => {}
        }
    }

    /// Deletes everything proved ours that no node has taken.
    fn delete_the_rest(&mut self) {
        let rest = self.rest();
        let stays = |rest: &&Rest<'_>| rest.retained || rest.used.is_some();
        let staying = rest.iter().filter(stays).map(|rest| (rest.row, rest.live)).collect();
        let kept = self.kept();
        let replaced = self.plan.changes.iter().filter(|change| matches!(change.action, Action::Replace { .. }));
        let replaced = replaced.filter_map(|change| Some(((self.find)(&change.kind)?, change.live.as_ref()?, &change.address)));
        let replaced = replaced.collect::<Vec<_>>();
        let others = rest.iter().map(|rest| (rest.row, rest.live)).chain(replaced.iter().map(|(row, live, _)| (*row, *live)));
        let others = others.chain(kept.iter().map(|(at, live)| (self.links.nodes[*at].kind, *live)));
        let first_kept = rest.len() + replaced.len();
        let mut users = staying::users(staying, &others.collect::<Vec<_>>(), first_kept, self.snapshot);
        let used = replaced.iter().enumerate().filter_map(|(number, (_, _, address))| {
            users.remove(&(rest.len() + number)).map(|by| Refusal::Used { address: (*address).clone(), by })
        });
        let used = used.collect::<Vec<_>>();
        self.plan.refusals.extend(used);
        for (number, (at, live)) in kept.into_iter().enumerate() {
            if let Some(user) = users.remove(&(first_kept + number)) {
                self.mark_used(at, live, user);
            }
        }
        for (number, rest) in rest.into_iter().enumerate() {
            self.delete(rest, users.remove(&number));
        }
        let unjudged = self.links.nodes.iter().filter(|node| self.plan.unread.iter().any(|unread| unread.kind == node.kind.name)).count();
        let deletes = self.plan.changes.iter().any(|change| matches!(change.action, Action::Delete | Action::Replace { .. }));
        if !self.plan.unread.is_empty() && (deletes || unjudged > 0) {
            let kinds = self.plan.unread.iter().map(|unread| unread.kind.clone()).collect();
            self.refuse(Refusal::Unread { kinds });
        }
    }

    /// Returns what stays as it is, or changes in place, and can bear a mark.
    fn kept(&self) -> Vec<(usize, &'a Live)> {
        let kept = self.decisions.iter().enumerate().filter_map(|(at, decision)| match decision {
            Decision::Keep(live) | Decision::Update(live, _) | Decision::Retag(live, _) => Some((at, *live)),
            Decision::Open | Decision::Await(..) | Decision::Create(_) | Decision::Replace(..) => None,
        });
        kept.filter(|(at, _)| self.links.nodes[*at].kind.field("tags").is_some()).collect()
    }

    /// Has a resource of the file bear that something uses it which is let go: when it goes itself, nothing else will know.
    fn mark_used(&mut self, at: usize, live: &'a Live, user: Address) {
        let Some(claim) = live.claim.clone().filter(|claim| claim.used.is_none()) else { return };
        let why = Reason::Used { address: user.clone() };
        match self.decisions[at] {
            Decision::Update(_, index) | Decision::Retag(_, index) => {
                let change = &mut self.plan.changes[index];
                change.why.push(why);
                change.claim.iter_mut().for_each(|claim| claim.used = Some(user.clone()));
            }
            _ => {
                let claim = Claim { used: Some(user), ..claim };
                let index = self.push(self.links.nodes[at], Action::Update, (Vec::new(), vec![why]), Some(live), claim, live.name.clone());
                self.plan.kept -= 1;
                self.decisions[at] = self.changed(live, index);
            }
        }
    }

    /// Returns everything proved ours that no node has taken.
    fn rest(&self) -> Vec<Rest<'a>> {
        let mut rest = Vec::new();
        for (kind, list) in &self.snapshot.resources {
            let Some(row) = (self.find)(kind) else { continue };
            for live in list.iter().filter(|live| live.state != State::Deleting && !self.taken.contains(&std::ptr::from_ref(*live))) {
                let Some(claim) = &live.claim else { continue };
                let address = moved(self.graph, self.links, &claim.address);
                let node = self.graph.get(&address).filter(|node| node.kind == row);
                let superseded = node.is_some() && !self.policy.destroy;
                let retained = !superseded && node.map_or(claim.retain, |node| node.retain);
                let used = claim.used.clone().filter(|_| !self.allows(&address));
                rest.push(Rest { row, live, address, superseded, retained, used });
            }
        }
        rest
    }

    /// `user` is what stays in AWS and cannot be without it.
    fn delete(&mut self, rest: Rest<'a>, user: Option<Address>) {
        let Rest { row, live, address, superseded, retained, used } = rest;
        let kept = self.duplicates.get(&std::ptr::from_ref(live)).map(|kept| (*kept).to_owned());
        let (action, why) = match (used.or(user), kept) {
            _ if retained => (Action::Forget, Some(Reason::Forgotten)),
            (Some(address), _) => (Action::Forget, Some(Reason::Used { address })),
            (None, Some(kept)) if superseded => (Action::Delete, Some(Reason::Duplicate { kept })),
            (None, _) if superseded => (Action::Delete, Some(Reason::Superseded)),
            (None, _) if self.policy.destroy => (Action::Delete, None),
            (None, _) => (Action::Delete, Some(Reason::GoneFromFile)),
        };
        if action == Action::Delete && !superseded {
            let node = self.graph.get(&address).filter(|node| node.kind == row);
            let alone = address.module() == "resource" || !row.about.incidental;
            let protect = node.map_or(row.about.stateful && alone, |node| node.protect);
            let threat = if self.graph.get(&address).is_some() { Threat::Delete } else { Threat::GoneFromFile };
            self.guard(&address, protect, row, threat);
        }
        let minutes = if action == Action::Delete { (row.minutes)(&live.spec).delete } else { 0.0 };
        self.plan.changes.push(Change {
            address,
            kind: row.name.into(),
            action,
            fields: Vec::new(),
            why: why.into_iter().collect(),
            downtime: String::new(),
            data_loss: action == Action::Delete && row.about.stateful,
            minutes,
            live: Some(live.clone()),
            wanted: Value::Null,
            claim: None,
            name: live.name.clone(),
            rollout: None,
            origin: None,
            since: None,
        });
    }

    /// True when a person has accepted that the resource is deleted or replaced.
    fn allows(&self, address: &Address) -> bool {
        self.policy.allow_delete.iter().any(|pattern| pattern.matches(address))
    }

    fn guard(&mut self, address: &Address, protect: bool, row: &Row, threat: Threat) {
        if protect && !self.allows(address) {
            self.refuse(Refusal::Protected { address: address.clone(), threat, data_loss: row.about.stateful });
        }
    }

    fn push(
        &mut self,
        node: &Node,
        action: Action,
        (fields, why): (Vec<FieldChange>, Vec<Reason>),
        live: Option<&Live>,
        claim: Claim,
        name: String,
    ) -> usize {
        let about = node.kind.about;
        let downtime =
            fields.iter().filter_map(|change| node.kind.field(&change.field)).map(|field| field.downtime).find(|text| !text.is_empty());
        let typical = (node.kind.minutes)(&node.spec);
        let (downtime, data_loss, minutes) = match action {
            Action::Create => ("", false, typical.create),
            Action::Replace { delete_first } => (
                if delete_first { "gone until the new one is there" } else { "" },
                about.stateful,
                typical.create + live.map_or(typical, |live| (node.kind.minutes)(&live.spec)).delete,
            ),
            Action::Update | Action::Adopt | Action::Move => {
                (downtime.unwrap_or(""), false, if fields.is_empty() { 0.0 } else { typical.update })
            }
            Action::Delete | Action::Forget | Action::Wait => ("", false, 0.0),
        };
        let wanted = match (action, live) {
            (Action::Update | Action::Adopt | Action::Move, Some(live)) => node.beside(&live.spec).into_owned(),
            _ => node.spec.clone(),
        };
        self.plan.changes.push(Change {
            address: node.address.clone(),
            kind: node.kind.name.into(),
            action,
            fields,
            why,
            downtime: downtime.into(),
            data_loss,
            minutes,
            live: live.cloned(),
            wanted,
            claim: Some(claim),
            name,
            rollout: node.rollout.clone(),
            origin: None,
            since: None,
        });
        self.plan.changes.len() - 1
    }

    /// Returns the spec with every output filled in that will still hold after this plan.
    fn resolved(&self, node: &Node, spec: &Value) -> Value {
        if node.links().is_empty() {
            return spec.clone();
        }
        let spec = resolve(spec, &|reference: &Reference| lasting(self.links, &self.decisions, reference));
        // The value that a reference stands for may sort elsewhere than its name.
        (node.kind.normalise)(&spec).unwrap_or(spec)
    }

    /// Says of each field that differs because what it names changes what that is, and of each that cannot change in place, so.
    fn reasons(&self, node: &Node, fields: &[FieldChange]) -> Vec<Reason> {
        let mut why = Vec::new();
        for change in fields {
            let cause = node.links().iter().filter(|(field, _)| field.name == change.field).find_map(|(_, reference)| {
                let target = self.links.at(&reference.address)?;
                let Reference { address, output } = reference.clone();
                match self.decisions[target] {
                    Decision::Replace(..) => Some(Cause::Replaced { address }),
                    Decision::Create(_) => Some(Cause::New { address }),
                    Decision::Update(..) if self.links.nodes[target].kind.about.renewed.contains(&output.as_str()) => {
                        Some(Cause::Renewed { address, output })
                    }
                    Decision::Update(..) | Decision::Retag(..) | Decision::Keep(_) | Decision::Await(..) | Decision::Open => None,
                }
            });
            match (cause, change.replaces) {
                (cause, true) => why.push(Reason::Fixed { field: change.field.to_string(), cause }),
                (Some(cause), false) => why.push(Reason::Refers { cause }),
                (None, false) => {}
            }
        }
        why.dedup();
        why
    }

    /// Returns the fields by which AWS would take the new one and the live one for the same, if they clash.
    fn exclusive(&self, node: &Node, live: &Live, name: &str) -> Option<Vec<String>> {
        clash(node.kind, &self.resolved(node, &node.spec), name, live)
    }

    /// Returns the live resource that is this node now: the one that needs no replacement, and among several of those the one of
    /// the wanted generation. If each needs one, the newest attempt cannot be told, so any may be replaced; all others are
    /// superseded either way. The error is two of one generation of which neither may go.
    fn choose(&mut self, at: usize, hits: &[&'a Live]) -> Result<Option<&'a Live>, Box<Refusal>> {
        let [first, rest @ ..] = hits else { return Ok(None) };
        if rest.is_empty() {
            return Ok(Some(first));
        }
        let generation = |live: &'a Live| live.claim.as_ref().map(Claim::made).unwrap_or_default();
        let fitting =
            hits.iter().copied().filter(|live| !self.differences(at, live).iter().any(|field| field.replaces)).collect::<Vec<_>>();
        let of_generation = |live: &&&'a Live| generation(live) == self.generations[at];
        let chosen = fitting.iter().find(of_generation).or(fitting.first()).or(Some(first)).copied();
        let Some(chosen) = chosen else { return Ok(None) };
        let twins = hits.iter().copied().filter(|live| generation(live) == generation(chosen)).collect::<Vec<_>>();
        match twins.as_slice() {
            [_, _, ..] => self.keep_one(at, &twins, &fitting).map(Some),
            _ => Ok(Some(chosen)),
        }
    }

    /// Returns which one of those that another run made as well is kept; the others are duplicates. The error is two that a
    /// person must tell apart: they hold data, or both have data on them, or more differs between them than a second run explains.
    fn keep_one(&mut self, at: usize, twins: &[&'a Live], fitting: &[&'a Live]) -> Result<&'a Live, Box<Refusal>> {
        let fits = |live: &Live| fitting.iter().any(|one| std::ptr::eq(*one, live));
        let (snapshot, graph, links, find) = (self.snapshot, self.graph, self.links, self.find);
        let choice = self.twins.get_or_init(|| Twins::new(snapshot, graph, find, &|address| moved(graph, links, address)));
        let mut ranked = twins.to_vec();
        ranked.sort_by_key(|live| Reverse((fits(live), choice.keeps(live))));
        let node = links.nodes[at];
        // The generation stands for all that is fixed at creation but what references resolve to: no run of ours made it otherwise.
        let strange = |change: &FieldChange| change.replaces && !node.links().iter().any(|(own, _)| own.name == change.field);
        let current = |live: &Live| live.claim.as_ref().is_some_and(|claim| claim.made() == self.generations[at]);
        let data = |live: &Live| choice.data(live).filter(|address| !self.allows(address)).cloned().collect::<Vec<_>>();
        let (kept, others) = (ranked[0], &ranked[1..]);
        let on_kept = data(kept);
        for other in others {
            let on_other = data(other);
            let data = node.kind.about.stateful || !on_kept.is_empty() && !on_other.is_empty();
            if data || current(other) && self.differences(at, other).iter().any(strange) {
                let (address, ids) = (node.address.clone(), [kept.id.clone(), other.id.clone()]);
                return Err(Box::new(Refusal::ClaimedTwice { address, ids, data: [on_kept, on_other] }));
            }
        }
        self.duplicates.extend(others.iter().map(|live| (std::ptr::from_ref(*live), kept.id.as_str())));
        Ok(kept)
    }

    fn claim(&self, at: usize) -> Claim {
        let node = self.links.nodes[at];
        Claim { address: node.address.clone(), generation: self.generations[at].clone(), retain: node.retain, used: None }
    }

    /// Returns the claim of a new resource, apart from those that were made by it and have moved since: what AWS knows them by is
    /// not given again.
    fn apart(&self, node: &Node, mut claim: Claim) -> Claim {
        while let Some(live) = self.away.get(&(node.kind.name, claim.on_the_move().as_str())) {
            claim.generation = digest(&[&claim.generation, &live.id], 10);
        }
        claim
    }

    fn name(&self, node: &Node, claim: &Claim) -> String {
        match node.spec.get("name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => self.snapshot.scope.physical_name(node.kind.about.naming, claim),
        }
    }

    fn take(&mut self, live: &'a Live) {
        self.taken.insert(std::ptr::from_ref(live));
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.plan.refusals.push(refusal);
    }
}

/// Returns a wanted spec in which what it says of itself is filled in from the live resource that it is compared with.
fn of_itself<'a>(node: &Node, wanted: &'a Value, live: &Live) -> Cow<'a, Value> {
    if !node.links().iter().any(|(_, reference)| node.foretells(reference)) {
        return Cow::Borrowed(wanted);
    }
    let own = |reference: &Reference| live.outputs.get(&reference.output).filter(|_| node.foretells(reference)).cloned();
    let spec = resolve(wanted, &own);
    Cow::Owned((node.kind.normalise)(&spec).unwrap_or(spec))
}

fn defaults(kind: &Row) -> Vec<Option<Value>> {
    let schema = (kind.schema)();
    kind.fields.iter().map(|field| Some(schema.get("properties")?.get(field.name)?.get("default")?.clone())).collect()
}

fn failure(live: &Live) -> Option<Reason> {
    if let State::Failed(state) = &live.state
        && !live.state.owes_a_command()
    {
        Some(Reason::FailedInAws { state: state.clone() })
    } else {
        None
    }
}

/// Returns where an address stands after the file's renames, which count only if the old one is gone from the file and the
/// new one is in it.
fn moved(graph: &Graph, links: &Links<'_>, address: &Address) -> Address {
    if links.at(address).is_some() {
        return address.clone();
    }
    let renamed = graph.moved.iter().find_map(|entry| entry.carries(address));
    renamed.filter(|to| links.at(to).is_some()).unwrap_or_else(|| address.clone())
}

/// Returns what a reference resolves to once the plan is done, if that is known now.
fn lasting(links: &Links<'_>, decisions: &[Decision<'_>], reference: &Reference) -> Option<String> {
    let target = links.at(&reference.address)?;
    match &decisions[target] {
        Decision::Keep(live) | Decision::Await(live, _) | Decision::Retag(live, _) => live.outputs.get(&reference.output).cloned(),
        Decision::Update(..) if links.nodes[target].kind.about.renewed.contains(&reference.output.as_str()) => None,
        Decision::Update(live, _) => live.outputs.get(&reference.output).cloned(),
        Decision::Open | Decision::Create(_) | Decision::Replace(..) => None,
    }
}

/// Fills in the names by which the rules of rollouts know other nodes: those that are live, and those that this plan gives.
fn name_the_watched(plan: &mut Plan, links: &Links<'_>, decisions: &[Decision<'_>]) {
    let foretold = |plan: &Plan, reference: &Reference| {
        let at = links.at(&reference.address)?;
        let (Decision::Create(index) | Decision::Replace(index, _)) = decisions[at] else { return None };
        (links.nodes[at].kind.foretell)(&plan.scope, &plan.changes[index].name).remove(&reference.output)
    };
    for at in 0..plan.changes.len() {
        let Some(policy) = plan.changes[at].rollout.take() else { continue };
        let lookup = |reference: &Reference| lasting(links, decisions, reference).or_else(|| foretold(plan, reference));
        let policy = policy.renamed(|text| resolve_text(text, &lookup));
        plan.changes[at].rollout = Some(Box::new(policy));
    }
}

/// Fills in what changing nodes need of others, and the fingerprints of all that is touched or relied on.
fn rely(plan: &mut Plan, links: &Links<'_>, decisions: &[Decision<'_>], snapshot: &Snapshot) {
    let absent = digest(&[], 16);
    let mut keys = HashSet::new();
    for change in &plan.changes {
        keys.insert(change.address.to_string());
        if let Some(live) = &change.live {
            keys.insert(live.claim.as_ref().map_or_else(|| format!("{} {}", change.kind, live.id), |claim| claim.address.to_string()));
        }
        let Some(node) = links.at(&change.address).map(|at| links.nodes[at]).filter(|_| !change.wanted.is_null()) else { continue };
        for (_, reference) in node.links() {
            if let Some(value) = lasting(links, decisions, reference) {
                keys.insert(reference.address.to_string());
                plan.known_kinds.extend(links.at(&reference.address).map(|at| links.nodes[at].kind.name.to_owned()));
                plan.known.entry(reference.address.clone()).or_default().insert(reference.output.clone(), value);
            }
        }
    }
    let prints = fingerprints(snapshot, |key| keys.contains(key));
    let print = |key: String| {
        let print = prints.get(&key).unwrap_or(&absent).clone();
        (key, print)
    };
    plan.basis = keys.into_iter().map(print).collect();
}
