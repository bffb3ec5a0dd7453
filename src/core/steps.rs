//! Makes the steps that apply runs out of decisions, each after those that it needs.

use super::decision::Decision;
use super::diff::FieldChange;
use super::graph::Links;
use super::kind::{Hold, Row};
use super::lent;
use super::mentions::Mentions;
use super::order;
use super::plan::{Action, Change, Plan, Step, Verb};
use super::reason::{Reason, Refusal};
use super::reference::{Reference, resolve};
use super::rival::clash;
use super::snapshot::{Snapshot, State};
use super::unsettled;
use ipnet::IpNet;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Adds the steps of every change, in an order that respects what each waits for.
pub(super) fn add(
    plan: &mut Plan,
    links: &Links<'_>,
    decisions: &[Decision<'_>],
    snapshot: &Snapshot,
    find: &dyn Fn(&str) -> Option<&'static Row>,
    lasting: &dyn Fn(&Reference) -> Option<String>,
) {
    let mut draft = Draft {
        steps: Vec::new(),
        must: Vec::new(),
        room: Vec::new(),
        should: Vec::new(),
        may: Vec::new(),
        of: vec![Steps::default(); plan.changes.len()],
    };
    let leaned_on = leaned_on(plan, links, decisions);
    for (index, leaned_on) in leaned_on.into_iter().enumerate() {
        draft.steps_of(plan, links, index, leaned_on);
    }
    draft.waits(links, decisions);
    draft.creates_and_updates(links, decisions);
    draft.deletes(plan, links, decisions, snapshot, find);
    draft.forgets(plan);
    let rooms = draft.makes_room(plan, find, lasting);
    let (steps, refusals) = draft.sorted(plan, rooms, find);
    plan.steps = steps;
    plan.refusals.extend(refusals);
}

/// Returns the values of some fields, as a key of what has equal ones; None where one has none, which clashes with nothing.
fn values_of(group: &[&str], spec: &Value) -> Option<String> {
    let value = |field: &&str| spec.get(*field).filter(|value| !value.is_null()).map(Value::to_string);
    group.iter().map(value).collect::<Option<Vec<_>>>().map(|values| values.join("\n"))
}

/// True when AWS takes more than equal values for the same.
fn has_range(group: &[&str], spec: &Value) -> bool {
    group.iter().any(|field| spec[*field].as_str().is_some_and(|text| text.parse::<IpNet>().is_ok()))
}

/// The steps of one change, by what they do.
#[derive(Clone, Copy, Default)]
struct Steps {
    retag: Option<usize>,
    create: Option<usize>,
    update: Option<usize>,
    finish: Option<usize>,
    /// Takes away what dependents have let go of.
    release: Option<usize>,
    delete: Option<usize>,
    /// The wait until it is ready.
    wait: Option<usize>,
}

impl Steps {
    /// Returns the steps after which the resource has what others need of it.
    fn making(&self) -> impl Iterator<Item = usize> {
        [self.retag, self.create, self.update, self.wait].into_iter().flatten()
    }
    /// Returns the steps that may point it elsewhere.
    fn pointing(&self) -> impl Iterator<Item = usize> {
        [self.create, self.update, self.finish, self.release].into_iter().flatten()
    }
}

struct Draft {
    steps: Vec<Step>,
    /// Edges without which the step would fail.
    must: Vec<Vec<usize>>,
    /// Edges to what AWS would refuse beside it. They may close circles with the deletes of others, and then give way.
    room: Vec<Vec<usize>>,
    /// Edges that spare AWS a "still in use"; left out where they would close a circle.
    should: Vec<Vec<usize>>,
    /// The same for late fields, which close circles by their nature: they give way to the others.
    may: Vec<Vec<usize>>,
    /// The steps of each change.
    of: Vec<Steps>,
}

impl Draft {
    fn push(&mut self, change: usize, verb: Verb, fields: Vec<String>, after: Option<usize>) -> Option<usize> {
        self.steps.push(Step { change, verb, fields, after: Vec::new() });
        self.must.push(after.into_iter().collect());
        self.room.push(Vec::new());
        self.should.push(Vec::new());
        self.may.push(Vec::new());
        Some(self.steps.len() - 1)
    }

    /// `leaned_on`: something that changes or goes may use a part of it.
    fn steps_of(&mut self, plan: &Plan, links: &Links<'_>, index: usize, leaned_on: bool) {
        let change = &plan.changes[index];
        let at = links.at(&change.address).filter(|_| !change.wanted.is_null());
        let circle = |field: &str| {
            at.is_some_and(|at| !links.late[at].is_empty() && links.nodes[at].kind.field(field).is_some_and(|field| field.late))
        };
        let mut steps = Steps::default();
        match change.action {
            Action::Create | Action::Replace { .. } => {
                let late = late_fields(at, links);
                if let Action::Replace { delete_first } = change.action {
                    steps.delete = self.push(index, Verb::Delete, Vec::new(), None);
                    steps.create = self.push(index, Verb::Create, late.clone(), steps.delete.filter(|_| delete_first));
                    if !delete_first && let (Some(delete), Some(create)) = (steps.delete, steps.create) {
                        self.must[delete].push(create);
                    }
                } else {
                    // A create has a live one only if that is on its way out, and in the way.
                    let gone = change.live.as_ref().and_then(|_| self.push(index, Verb::Wait, Vec::new(), None));
                    steps.create = self.push(index, Verb::Create, late.clone(), gone);
                }
                let sets_any = late.iter().any(|field| !is_blank(&change.wanted[field]));
                if sets_any {
                    steps.finish = self.push(index, Verb::Finish, late, steps.create);
                }
            }
            Action::Update | Action::Adopt | Action::Move => {
                let row = at.map(|at| links.nodes[at].kind).filter(|_| leaned_on);
                let lent = |field: &str| row.is_some_and(|row| row.field(field).is_some_and(|field| field.lent));
                let shrinking = change.fields.iter().filter(|one| lent(&one.field) && lent::shrinks(&one.before, &one.after));
                let shrinking = shrinking.map(|one| one.field.to_string()).collect::<Vec<_>>();
                let before_others =
                    |one: &&FieldChange| !shrinking.contains(&one.field.to_string()) || lent::grows(&one.before, &one.after);
                let names = change.fields.iter().filter(before_others).map(|change| change.field.to_string());
                let kind = at.map(|at| links.nodes[at].kind);
                let later = kind.zip(change.live.as_ref()).map_or(&[][..], |(kind, live)| (kind.later)(&live.spec, &change.wanted));
                let (late, plain) = names.partition::<Vec<_>, _>(|field| circle(field) || later.contains(&field.as_str()));
                let settles = |field: &String| kind.and_then(|kind| kind.field(field)).is_some_and(|field| field.settled);
                let moving = change.live.as_ref().is_some_and(|live| matches!(live.state, State::Changing(_)));
                let still =
                    (moving && plain.iter().chain(&late).any(settles)).then(|| self.push(index, Verb::Wait, Vec::new(), None)).flatten();
                let retagged =
                    change.action != Action::Update || change.live.as_ref().and_then(|live| live.claim.as_ref()) != change.claim.as_ref();
                if retagged {
                    steps.retag = self.push(index, Verb::Retag, Vec::new(), still);
                }
                if !plain.is_empty() {
                    steps.update = self.push(index, Verb::Update, plain, steps.retag.or(still));
                }
                if !late.is_empty() {
                    steps.finish = self.push(index, Verb::Finish, late, steps.update.or(steps.retag).or(still));
                }
                if !shrinking.is_empty() {
                    steps.release = self.push(index, Verb::Release, shrinking, steps.finish.or(steps.update).or(steps.retag));
                }
            }
            Action::Forget => steps.retag = self.push(index, Verb::Retag, Vec::new(), None),
            Action::Delete => steps.delete = self.push(index, Verb::Delete, Vec::new(), None),
            Action::Wait => steps.wait = self.push(index, Verb::Wait, Vec::new(), None),
        }
        self.of[index] = steps;
    }

    /// Waits as well for what is changed while it is not ready yet, if others need it.
    fn waits(&mut self, links: &Links<'_>, decisions: &[Decision<'_>]) {
        let needed = unsettled::needed(links, decisions);
        for (at, decision) in decisions.iter().enumerate() {
            let (Decision::Update(live, index) | Decision::Retag(live, index)) = decision else { continue };
            if needed[at] && matches!(live.state, State::Changing(_)) {
                let Steps { retag, update, .. } = self.of[*index];
                self.of[*index].wait = self.push(*index, Verb::Wait, Vec::new(), update.or(retag));
            }
        }
    }

    /// A node is made or changed after what it needs; its late fields after what they name.
    fn creates_and_updates(&mut self, links: &Links<'_>, decisions: &[Decision<'_>]) {
        for (at, decision) in decisions.iter().enumerate() {
            let Some(own) = decision.change().map(|index| self.of[index]) else { continue };
            for need in links.needs[at].iter().filter_map(|need| step_maker(&decisions[*need])) {
                let need = self.of[need];
                for step in own.pointing() {
                    self.must[step].extend(need.making());
                    self.should[step].extend(need.finish);
                }
            }
            // A resource that has to go first goes when all is there that its successor needs: it is missed for as short as can be.
            if let (Some(delete), Decision::Replace(_, true)) = (own.delete, decision) {
                for need in links.needs[at].iter().filter_map(|need| step_maker(&decisions[*need])) {
                    self.should[delete].extend(self.of[need].making());
                }
            }
            for need in links.late[at].iter().filter_map(|need| step_maker(&decisions[*need])) {
                if let Some(finish) = own.finish {
                    self.must[finish].extend(self.of[need].making());
                }
            }
        }
    }

    /// A live resource goes after everything that still points to it has gone or points elsewhere.
    fn deletes(
        &mut self,
        plan: &Plan,
        links: &Links<'_>,
        decisions: &[Decision<'_>],
        snapshot: &Snapshot,
        find: &dyn Fn(&str) -> Option<&'static Row>,
    ) {
        if self.of.iter().all(|steps| steps.delete.is_none() && steps.release.is_none()) {
            return;
        }
        // The file says what of those that stay points to what goes.
        for (at, decision) in decisions.iter().enumerate() {
            let Some(own) = decision.change().map(|index| self.of[index]) else { continue };
            for &need in links.needs[at].iter().chain(&links.late[at]) {
                let Decision::Replace(index, delete_first) = decisions[need] else { continue };
                if let Some(delete) = self.of[index].delete.filter(|_| !delete_first) {
                    self.should[delete].extend(own.pointing());
                }
            }
        }
        // AWS says it too: a live spec that holds the id, ARN, name or an own output of what goes.
        let mut going = Mentions::new(snapshot);
        let mut changes = HashMap::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let Some(live) = &change.live else { continue };
            changes.insert((change.kind.as_str(), live.id.as_str()), index);
            let Steps { delete, release, .. } = self.of[index];
            delete.into_iter().chain(release).for_each(|step| going.add(live, step));
        }
        let followers = followers(links, decisions);
        for (kind, list) in &snapshot.resources {
            let row = find(kind);
            for live in list {
                let Some(&index) = changes.get(&(kind.as_str(), live.id.as_str())) else { continue };
                let own = self.of[index];
                // Those that take a new output of it over let go as well: a service is off the database once it runs the new task definition.
                let behind = followers.get(&index).into_iter().flatten().flat_map(|follower| self.of[*follower].pointing());
                let releasing =
                    [own.update, own.finish, own.release].into_iter().flatten().chain(behind).chain(own.delete).collect::<Vec<_>>();
                for (delete, late) in
                    going.held_by(row, live).into_iter().filter(|(step, _)| Some(*step) != own.delete && Some(*step) != own.release)
                {
                    if late { &mut self.may[delete] } else { &mut self.should[delete] }.extend(&releasing);
                    // As long as it is ours, deleting what its late fields name may take that out of them.
                    if let Some(retag) = own.retag.filter(|_| late && plan.changes[index].action == Action::Forget) {
                        self.should[retag].push(delete);
                    }
                }
            }
        }
        // The file says in which order those go that all go, and kinds say what is known of them.
        let deleted =
            plan.changes.iter().enumerate().filter_map(|(index, change)| Some((self.of[index].delete?, change))).collect::<Vec<_>>();
        let by_address = deleted.iter().map(|(step, change)| (&change.address, *step)).collect::<HashMap<_, _>>();
        for (step, change) in &deleted {
            if let Some(at) = links.at(&change.address) {
                for &need in &links.needs[at] {
                    if let Some(&other) = by_address.get(&links.nodes[need].address).filter(|other| *other != step) {
                        self.should[other].push(*step);
                    }
                }
            }
            let after = find(&change.kind).map(|row| row.about.deleted_after).unwrap_or_default();
            if !after.is_empty() {
                self.should[*step].extend(
                    deleted
                        .iter()
                        .filter(|(other, change)| other != step && after.contains(&change.kind.as_str()))
                        .map(|(other, _)| *other),
                );
            }
        }
    }

    /// A resource that is forgotten since something uses it goes before that: a run that is killed between finds again why it stays.
    fn forgets(&mut self, plan: &Plan) {
        for (index, change) in plan.changes.iter().enumerate() {
            let user = change.why.iter().find_map(|why| if let Reason::Used { address } = why { Some(address) } else { None });
            let (Some(user), Some(retag)) = (user, self.of[index].retag) else { continue };
            let users = plan.changes.iter().zip(&self.of).filter(|(change, _)| change.address == *user);
            let users = users.filter_map(|(_, steps)| steps.retag).collect::<Vec<_>>();
            users.into_iter().for_each(|user| self.must[user].push(retag));
        }
    }

    /// A name, a range or a port, which AWS gives only once, is taken when whoever has it has gone, or has let it go.
    fn makes_room(
        &mut self,
        plan: &Plan,
        find: &dyn Fn(&str) -> Option<&'static Row>,
        lasting: &dyn Fn(&Reference) -> Option<String>,
    ) -> Vec<Room> {
        // Names and equal values are looked up; where ranges overlap, or a kind judges by itself, each is held against each.
        let mut judged = HashMap::<_, Vec<_>>::new();
        let mut names = HashMap::<_, Vec<_>>::new();
        let mut values = HashMap::<_, Vec<_>>::new();
        let mut kinds = HashSet::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let (Some(live), Some(row)) = (&change.live, find(&change.kind)) else { continue };
            let Some(step) = self.of[index].delete.or_else(|| self.exchange(row, change, index)) else { continue };
            kinds.insert(row.name);
            if row.crowds.is_some() || row.about.exclusive.iter().any(|group| has_range(group, &live.spec)) {
                judged.entry(row.name).or_default().push((step, live));
            }
            for key in row.about.exclusive.iter().filter_map(|group| values_of(group, &live.spec)) {
                values.entry((row.name, key)).or_default().push((step, live));
            }
            if !live.name.is_empty() {
                names.entry((row.name, live.name.as_str())).or_default().push((step, live));
            }
        }
        let mut rooms = Vec::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let Some(row) = find(&change.kind).filter(|row| kinds.contains(row.name)) else { continue };
            let Some(taking) = self.of[index].create.or_else(|| self.exchange(row, change, index)) else { continue };
            // The name that a file gives, which is the one that an update brings.
            let name = change.wanted["name"].as_str().unwrap_or(&change.name);
            let wanted = resolve(&change.wanted, &|reference: &Reference| lasting(reference));
            let equal = row.about.exclusive.iter().filter_map(|group| values.get(&(row.name, values_of(group, &wanted)?)));
            let holders = judged.get(row.name).into_iter().chain(names.get(&(row.name, name))).chain(equal).flatten();
            for (leaving, live) in holders.filter(|(step, _)| self.steps[*step].change != index).collect::<Vec<_>>() {
                if !self.room[taking].contains(leaving)
                    && let Some(fields) = clash(row, &wanted, name, live)
                {
                    self.room[taking].push(*leaving);
                    rooms.push(Room { taking, leaving: *leaving, fields });
                }
            }
        }
        rooms
    }

    /// Returns the update by which a resource gives up something that AWS gives only once, for something else of the kind.
    fn exchange(&self, row: &Row, change: &Change, index: usize) -> Option<usize> {
        let groups = row.about.exclusive.iter().flat_map(|group| group.iter().copied());
        let mut single = groups.chain(["name"]).filter(|name| row.field(name).is_some_and(|field| !field.together));
        let update = self.of[index].update?;
        single.any(|name| change.fields.iter().any(|field| field.field == name)).then_some(update)
    }

    /// Returns the steps in their order, and what keeps AWS from taking them in any order.
    fn sorted(self, plan: &Plan, rooms: Vec<Room>, find: &dyn Fn(&str) -> Option<&'static Row>) -> (Vec<Step>, Vec<Refusal>) {
        let firm = order::join(self.must, self.room);
        let needs = order::join(firm.clone(), self.should.clone());
        let address = |step: usize| plan.changes[self.steps[step].change].address.clone();
        let stays = |leaving: usize| {
            let dropped = self.should[leaving].iter().filter(|holder| !needs[leaving].contains(holder));
            dropped.copied().find(|holder| !lets_go(plan, find, self.steps[*holder].change, self.steps[leaving].change))
        };
        let refused = rooms.into_iter().filter_map(|Room { taking, leaving, fields }| {
            let holder = if firm[taking].contains(&leaving) { Some(stays(leaving)?) } else { None };
            Some(Refusal::NoRoom { address: address(taking), fields, other: address(leaving), holder: holder.map(address) })
        });
        let refusals = refused.collect();
        let needs = order::join(needs, self.may);
        // The edges that must hold follow the graph, which has no circle; the others were dropped where they would close one.
        let order = order::sort(&needs).unwrap_or_else(|_| (0..needs.len()).collect());
        let mut place = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            place[*old] = new;
        }
        let mut steps = self.steps.into_iter().map(Some).collect::<Vec<_>>();
        let in_order = |old: &usize| {
            let mut after = needs[*old].iter().map(|need| place[*need]).collect::<Vec<_>>();
            after.sort_unstable();
            Some(Step { after, ..steps[*old].take()? })
        };
        (order.iter().filter_map(in_order).collect(), refusals)
    }
}

/// A step that AWS refuses before another one, which lets go of what both want in these fields.
struct Room {
    taking: usize,
    leaving: usize,
    fields: Vec<String>,
}

/// True where AWS deletes the one although the other still names it.
fn lets_go(plan: &Plan, find: &dyn Fn(&str) -> Option<&'static Row>, holder: usize, going: usize) -> bool {
    let (holder, going) = (&plan.changes[holder], &plan.changes[going]);
    if !find(&going.kind).is_some_and(|row| row.about.held) {
        return true;
    }
    let (Some(row), Some(live), Some(going)) = (find(&holder.kind), &holder.live, &going.live) else { return false };
    let spec = live.spec.as_object().into_iter().flatten();
    let mut naming = spec.filter(|(_, value)| value.to_string().contains(&going.id)).peekable();
    naming.peek().is_some() && naming.all(|(field, _)| row.field(field).is_some_and(|field| field.hold != Hold::Fast))
}

/// True, by change, where others that change need it, or something goes that may: then what it lends is taken back last.
fn leaned_on(plan: &Plan, links: &Links<'_>, decisions: &[Decision<'_>]) -> Vec<bool> {
    let going = plan.changes.iter().any(|change| matches!(change.action, Action::Delete | Action::Replace { .. }));
    let mut leaned_on = vec![going; plan.changes.len()];
    // In order, each stands behind what it needs: from the last to the first, need hands on what is known.
    let mut above = decisions.iter().map(|decision| decision.change().is_some()).collect::<Vec<_>>();
    for &at in links.order.iter().rev() {
        for &need in links.needs[at].iter().chain(&links.late[at]).filter(|need| **need != at) {
            if above[at] {
                above[need] = true;
                if let Some(index) = decisions[need].change() {
                    leaned_on[index] = true;
                }
            }
        }
    }
    leaned_on
}

/// The change whose steps have to be awaited before a node is of use to others.
fn step_maker(decision: &Decision<'_>) -> Option<usize> {
    match decision {
        Decision::Await(_, index) => Some(*index),
        other => other.change(),
    }
}

/// The late fields that stand in a circle, which a create leaves out.
fn late_fields(at: Option<usize>, links: &Links<'_>) -> Vec<String> {
    let Some(at) = at.filter(|at| !links.late[*at].is_empty()) else { return Vec::new() };
    links.nodes[at].kind.fields.iter().filter(|field| field.late).map(|field| field.name.to_owned()).collect()
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Returns for each change the changes of those that need an output which it renews.
fn followers(links: &Links<'_>, decisions: &[Decision<'_>]) -> HashMap<usize, Vec<usize>> {
    let mut followers = HashMap::<_, Vec<_>>::new();
    for (at, decision) in decisions.iter().enumerate() {
        let Some(own) = decision.change() else { continue };
        let renewing = links.needs[at].iter().filter(|need| !links.nodes[**need].kind.about.renewed.is_empty());
        for need in renewing.filter_map(|need| decisions[*need].change()) {
            followers.entry(need).or_default().push(own);
        }
    }
    followers
}
