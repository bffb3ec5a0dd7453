//! The record of an apply: what it was for, from which file, what it changed, and how it left each resource of the stack.
//!
//! ```text
//! begin ─▶ Record (wanted, not ended) ──kept before the first step──▶ store
//!               │
//! its events ─▶ Fate ──settle──▶ Record (as it came) ──kept at the end──▶ store
//! ```
//!
//! A record is kept before the first step already, so whoever finds one that was cut off settles it by what its journal tells. One record
//! has all that its stack manages, so the newest one alone answers what was applied last: [`applied`]. It is history and no state: plans are
//! right without it, and say then only that something differs, and not which side has changed ([`threeway`](super::threeway)).

use super::address::{Address, Pattern};
use super::applied::{Applied, Ground, Text, Texts};
use super::diff::{FieldChange, diff};
use super::event::{Envelope, Event, Outcome};
use super::graph::Graph;
use super::identity::Scope;
use super::kind::Row;
use super::origin::Since;
use super::plan::{Action, Change, Plan, Verb};
use super::private::{masked, masked_spec};
use super::reference::{Reference, resolve};
use super::snapshot::{Snapshot, State};
use super::total::Difference;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The form of records.
pub const VERSION: u32 = 1;

/// The record of one apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    /// Counts the applies of a stack; its journal has the same number.
    pub apply: u64,
    pub run: String,
    /// The digest of the plan that was run.
    pub plan: String,
    pub at: Timestamp,
    /// The holder of the lock: `anna on build-7 (process 4242)`.
    pub by: String,
    /// The ARN by which AWS knows who ran it.
    pub caller: String,
    pub scope: Scope,
    /// True for a destroy.
    pub destroy: bool,
    /// The texts that its plan was made from; none where the stack was built in code.
    pub texts: Texts,
    /// The apply whose stack file it went back to, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<Since>,
    /// The newest apply before it that did all that it was to do, and that has a file to go back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Since>,
    /// True where only a journal is left of it, as of applies of before there were records: nothing else is known then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bare: bool,
    /// The amount that a month costs more or less by it, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Difference>,
    /// The principals whose approvals it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<String>,
    pub changes: Vec<Changed>,
    /// The number of resources that it left as they were.
    pub kept: usize,
    /// The end of it; none for one that was cut off, or has not come to it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// True where `resources` are all that the stack has: what is not among them was not applied. Where it is false, nobody knows.
    pub whole: bool,
    /// The resources of the stack, in order of address: as they came, or, before its end, as they are wanted.
    pub resources: Vec<Applied>,
    /// Those that it changes, as they were left before; empty once it is settled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Applied>,
}

/// One change of an apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    pub address: Address,
    pub kind: String,
    pub action: Action,
    /// The id of the live resource that it is of; empty for a new one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The fields that differed; of a new resource none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The address that it had before, where it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Address>,
    /// True when it loses data.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub data_loss: bool,
    /// Its steps by their places in the plan.
    pub steps: Vec<(usize, Verb)>,
    /// The way it went, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<Went>,
}

/// The way in which a change went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Went {
    Done,
    /// Nothing of it was begun.
    NotBegun,
    /// It failed, or was cut off in the middle: a part of it may be done.
    InPart,
}

/// The end of an apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub at: Timestamp,
    pub outcome: Outcome,
    /// Steps by how they ended.
    pub done: usize,
    pub failed: usize,
    pub skipped: usize,
    pub seconds: f64,
}

/// The apply that a record is of: its number, and who runs it.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    pub apply: u64,
    pub run: &'a str,
    pub plan: &'a str,
    pub at: Timestamp,
    pub by: &'a str,
    pub caller: &'a str,
    pub approvals: Vec<String>,
}

/// Finds a kind by its name.
pub type Find<'a> = dyn Fn(&str) -> Option<&'static Row> + 'a;

impl Record {
    /// Returns the record of an apply that is about to begin. `last` is the newest one before it, settled.
    #[must_use]
    pub fn begin(plan: &Plan, run: Run<'_>, last: Option<&Record>, find: &Find<'_>) -> Self {
        let Run { apply, run, plan: digest, at, by, caller, approvals } = run;
        let mut ground = plan.ground.as_deref().cloned().unwrap_or_default();
        let since = Since { apply, at };
        let mut resources = last.map(Record::by_address).unwrap_or_default();
        let kept = std::mem::take(&mut ground.kept);
        resources.extend(kept.into_iter().map(|kept| (kept.address.clone(), Applied { since, ..kept })));
        for gone in &ground.gone {
            resources.remove(gone);
        }
        let (mut changes, mut before) = (Vec::new(), Vec::new());
        for (at, change) in plan.changes.iter().enumerate() {
            let changed = Changed::of(plan, at, change);
            let address = changed.before();
            // Another resource than the one that is known may be left under the same address, and goes.
            if resources.get(address).is_some_and(|known| changed.is_of(known)) {
                before.extend(resources.remove(address));
            }
            changes.push(changed);
        }
        for change in plan.changes.iter().filter(|change| !change.wanted.is_null()) {
            let mut spec = wanted_spec(plan, change, find);
            ground.recall(&change.address, &mut spec);
            resources.insert(change.address.clone(), applied_of(change, spec, since));
        }
        Record {
            version: VERSION,
            apply,
            run: run.to_owned(),
            plan: digest.to_owned(),
            at,
            by: by.to_owned(),
            caller: caller.to_owned(),
            scope: plan.scope.clone(),
            destroy: plan.destroy,
            texts: ground.texts,
            back_to: ground.back_to,
            good: last.and_then(|last| last.is_good().then(|| last.since()).or(last.good)),
            bare: false,
            cost: plan.cost.as_ref().map(|cost| cost.delta),
            approvals,
            changes,
            kept: plan.kept,
            end: None,
            whole: plan.destroy || ground.whole || last.is_some_and(|last| last.whole),
            resources: resources.into_values().collect(),
            before,
        }
    }

    /// Returns the record as it came, by what is known of its apply. One that is settled stays as it is.
    #[must_use]
    pub fn settled(mut self, fate: &Fate) -> Self {
        if self.is_settled() {
            return self;
        }
        let since = Since { apply: self.apply, at: self.at };
        let mut resources = self.by_address();
        let before =
            std::mem::take(&mut self.before).into_iter().map(|before| (before.address.clone(), before)).collect::<BTreeMap<_, _>>();
        for change in &mut self.changes {
            let went = fate.of_change(change);
            change.went = Some(went);
            let address = &change.address;
            let earlier = before.get(change.before()).filter(|earlier| change.is_of(earlier));
            match went {
                _ if change.goes() && earlier.is_none() => {}
                Went::Done if change.goes() => {}
                Went::Done => {
                    if let Some(applied) = resources.get_mut(address) {
                        if let Some(Made { id, spec }) = fate.made.get(address) {
                            applied.id.clone_from(id);
                            if let Some(spec) = spec {
                                applied.spec.clone_from(spec);
                            }
                        }
                        if let Some(same) = earlier.filter(|earlier| !applied.differs(earlier)) {
                            applied.since = same.since;
                        }
                    }
                }
                Went::NotBegun => {
                    resources.remove(address);
                    resources.extend(earlier.map(|earlier| (earlier.address.clone(), earlier.clone())));
                }
                Went::InPart => {
                    let id = fate.made.get(address).map(|made| made.id.clone()).or_else(|| earlier.map(|earlier| earlier.id.clone()));
                    let (kind, id) = (change.kind.clone(), id.unwrap_or_default());
                    resources.insert(address.clone(), Applied { address: address.clone(), kind, id, spec: Value::Null, since });
                }
            }
        }
        self.end = self.end.or_else(|| fate.end.clone());
        self.resources = resources.into_values().collect();
        self
    }

    /// Returns what a journal alone tells of an apply. Its actions are those of its steps, as far as these tell.
    #[must_use]
    pub fn of_journal(run: Run<'_>, scope: Scope, events: &[Envelope]) -> Self {
        let mut changes = Vec::<Changed>::new();
        for event in events.iter().map(|envelope| &envelope.event) {
            let Event::Began { step, address, kind, verb, .. } = event else { continue };
            let at = changes.iter().position(|change| change.address == *address).unwrap_or_else(|| {
                changes.push(Changed::bare(address, kind));
                changes.len() - 1
            });
            changes[at].steps.push((*step, *verb));
        }
        for change in &mut changes {
            change.steps.sort_unstable_by_key(|(step, _)| *step);
            change.action = action_of(&change.steps);
        }
        let Run { apply, run, plan, at, by, caller, approvals } = run;
        let record = Record {
            version: VERSION,
            apply,
            run: run.to_owned(),
            plan: plan.to_owned(),
            at,
            by: by.to_owned(),
            caller: caller.to_owned(),
            scope,
            destroy: false,
            texts: Texts::default(),
            back_to: None,
            good: None,
            bare: true,
            cost: None,
            approvals,
            changes,
            kept: 0,
            end: None,
            whole: false,
            resources: Vec::new(),
            before: Vec::new(),
        };
        let settled = record.settled(&Fate::of(events));
        Record { resources: Vec::new(), ..settled }
    }

    /// True for one whose file is worth going back to: it did all that it was to do.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let complete = self.end.as_ref().is_some_and(|end| end.outcome == Outcome::Complete);
        complete && !self.destroy && !self.texts.files.is_empty()
    }

    /// True once it is known how each of its changes went.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.before.is_empty() && self.changes.iter().all(|change| change.went.is_some())
    }

    /// The number of changes of each action, in the order of actions.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.action.verb()).or_default() += 1;
        }
        counts
    }

    /// This apply, for whatever refers to it.
    #[must_use]
    pub fn since(&self) -> Since {
        Since { apply: self.apply, at: self.at }
    }

    /// The resource of an address as the apply left it.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<&Applied> {
        // They stand in order of address.
        let at = self.resources.binary_search_by(|applied| applied.address.cmp(address)).ok()?;
        self.resources.get(at)
    }

    fn by_address(&self) -> BTreeMap<Address, Applied> {
        self.resources.iter().map(|applied| (applied.address.clone(), applied.clone())).collect()
    }
}

/// Returns every resource of the stack as the last apply left it, of settled records in the order of their applies. One record has all, so
/// the newest alone counts. Where it is not [`whole`](Record::whole), an address that is not there is one of which nobody knows.
#[must_use]
pub fn applied(records: &[Record]) -> BTreeMap<&Address, &Applied> {
    let last = records.iter().max_by_key(|record| record.apply);
    last.into_iter().flat_map(|record| &record.resources).map(|applied| (&applied.address, applied)).collect()
}

impl Changed {
    fn of(plan: &Plan, at: usize, change: &Change) -> Self {
        let steps = plan.steps.iter().enumerate().filter(|(_, step)| step.change == at).map(|(index, step)| (index, step.verb));
        let fields = match change.action {
            Action::Create => Vec::new(),
            _ => change.fields.iter().map(|field| field.field.to_string()).collect(),
        };
        let Change { address, kind, action, data_loss, .. } = change;
        Changed {
            address: address.clone(),
            kind: kind.clone(),
            action: *action,
            id: change.live.as_ref().map(|live| live.id.clone()).unwrap_or_default(),
            fields,
            from: moved_from(change),
            data_loss: *data_loss,
            steps: steps.collect(),
            went: None,
        }
    }

    fn bare(address: &Address, kind: &str) -> Self {
        let (address, kind, action) = (address.clone(), kind.to_owned(), Action::Update);
        let (id, fields, steps) = (String::new(), Vec::new(), Vec::new());
        Changed { address, kind, action, id, fields, from: None, data_loss: false, steps, went: None }
    }

    /// The address under which it was applied before.
    fn before(&self) -> &Address {
        self.from.as_ref().unwrap_or(&self.address)
    }

    /// True where it is of no use to the stack afterwards.
    fn goes(&self) -> bool {
        matches!(self.action, Action::Delete | Action::Forget)
    }

    /// True where it is this resource that it is about, as far as ids are known.
    fn is_of(&self, known: &Applied) -> bool {
        !self.goes() || known.id.is_empty() || known.id == self.id
    }
}

fn action_of(steps: &[(usize, Verb)]) -> Action {
    let at = |verb: Verb| steps.iter().position(|(_, other)| *other == verb);
    match (at(Verb::Create), at(Verb::Delete)) {
        (Some(create), Some(delete)) => Action::Replace { delete_first: delete < create },
        (Some(_), None) => Action::Create,
        (None, Some(_)) => Action::Delete,
        (None, None) if steps.iter().all(|(_, verb)| *verb == Verb::Wait) => Action::Wait,
        (None, None) => Action::Update,
    }
}

/// The applies that somebody asks for; without anything, all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The verb of an action: `create`, `replace`.
    pub action: Option<&'static str>,
    pub resource: Option<Pattern>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// A part of the name of whoever ran it, by their machine or by AWS, or of whoever approved it.
    pub by: Option<String>,
}

impl Filter {
    /// True where it asks for nothing, so that no record has to be read for it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let Filter { action, resource, since, until, by } = self;
        action.is_none() && resource.is_none() && since.is_none() && until.is_none() && by.is_none()
    }

    #[must_use]
    pub fn takes(&self, record: &Record) -> bool {
        let Filter { action, resource, since, until, by } = self;
        let of_change = |change: &Changed| {
            let named =
                |pattern: &Pattern| pattern.matches(&change.address) || change.from.as_ref().is_some_and(|from| pattern.matches(from));
            action.is_none_or(|action| change.action.verb() == action) && resource.as_ref().is_none_or(named)
        };
        let (lower, names) = (|text: &str| text.to_lowercase(), [&record.by, &record.caller].into_iter().chain(&record.approvals));
        let mut names = names.map(|name| lower(name));
        (action.is_none() && resource.is_none() || record.changes.iter().any(of_change))
            && since.is_none_or(|since| record.at >= since)
            && until.is_none_or(|until| record.at < until)
            && by.as_ref().is_none_or(|by| names.any(|name| name.contains(&lower(by))))
    }
}

/// One resource in two records.
#[derive(Debug, Clone, PartialEq)]
pub struct Between<'a> {
    pub address: &'a Address,
    pub kind: &'a str,
    /// None where the earlier one does not have it.
    pub before: Option<&'a Applied>,
    /// None where the later one does not have it.
    pub after: Option<&'a Applied>,
    /// The fields that differ, of one that both have.
    pub fields: Vec<FieldChange>,
}

/// Returns the resources that one record has otherwise than another, in order of address.
#[must_use]
pub fn between<'a>(before: &'a Record, after: &'a Record, find: &Find<'_>) -> Vec<Between<'a>> {
    let mut all = BTreeMap::<&Address, [Option<&Applied>; 2]>::new();
    for (side, record) in [before, after].into_iter().enumerate() {
        for applied in &record.resources {
            all.entry(&applied.address).or_default()[side] = Some(applied);
        }
    }
    let one = |(address, [before, after]): (&'a Address, [Option<&'a Applied>; 2])| {
        let kind = after.or(before).map(|applied| applied.kind.as_str()).unwrap_or_default();
        let fields = match (before, after, find(kind)) {
            (Some(before), Some(after), Some(row)) => diff(row, &after.spec, &before.spec),
            _ => Vec::new(),
        };
        let same = |(one, other): (&Applied, &Applied)| one.kind == other.kind && one.id == other.id && fields.is_empty();
        (!before.zip(after).is_some_and(same)).then_some(Between { address, kind, before, after, fields })
    };
    all.into_iter().filter_map(one).collect()
}

/// All that is known of how an apply went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fate {
    /// Steps that were begun.
    pub begun: BTreeSet<usize>,
    /// Steps that came to a good end.
    pub done: BTreeSet<usize>,
    /// The resources that addresses have become.
    pub made: BTreeMap<Address, Made>,
    pub end: Option<End>,
}

/// A resource that an apply has made or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub id: String,
    /// The spec that was sent, with its references filled in and its secrets masked; none where only the journal tells.
    pub spec: Option<Value>,
}

impl Fate {
    /// Reads it from the events of a journal.
    #[must_use]
    pub fn of(events: &[Envelope]) -> Self {
        let mut fate = Fate::default();
        for Envelope { at, event, .. } in events {
            match event {
                Event::Began { step, .. } => drop(fate.begun.insert(*step)),
                Event::Done { step, address, verb, id, .. } => {
                    fate.done.insert(*step);
                    if *verb != Verb::Delete {
                        fate.made.insert(address.clone(), Made { id: id.clone(), spec: None });
                    }
                }
                // It was begun, and nothing was sent.
                Event::Foreign { step, .. } => drop(fate.begun.remove(step)),
                Event::Finished { outcome, done, failed, skipped, seconds, .. } => {
                    let (at, outcome, seconds) = (*at, *outcome, *seconds);
                    fate.end = Some(End { at, outcome, done: *done, failed: *failed, skipped: *skipped, seconds });
                }
                _ => {}
            }
        }
        fate
    }

    fn of_change(&self, change: &Changed) -> Went {
        let ends = change.goes();
        // A replacement counts once the new one is there; the old one is deleted by the next run at the latest.
        let counts = |verb: Verb| ends || change.action == Action::Wait || !matches!(verb, Verb::Delete | Verb::Wait);
        let mut steps = change.steps.iter().filter(|(_, verb)| counts(*verb)).map(|(step, _)| step).peekable();
        if steps.peek().is_none() {
            return Went::Done;
        }
        let all = steps.collect::<Vec<_>>();
        if all.iter().all(|step| self.done.contains(step)) {
            return Went::Done;
        }
        // A replacement that deletes first has begun with that.
        let begun = change.steps.iter().any(|(step, verb)| self.begun.contains(step) && *verb != Verb::Wait);
        if begun || all.iter().any(|step| self.begun.contains(step)) { Went::InPart } else { Went::NotBegun }
    }
}

/// Returns all that a plan tells a record of its apply: the texts that it was made from, and the resources that it leaves as they are, as
/// far as the last record does not have them so.
#[must_use]
pub fn ground(plan: &Plan, graph: &Graph, snapshot: &Snapshot, texts: Texts, last: Option<&Record>) -> Ground {
    let mut ground = Ground { texts, last: last.map(Record::since), ..Ground::default() };
    // Such a plan leaves no record.
    if plan.steps.is_empty() {
        return ground;
    }
    let changed =
        plan.changes.iter().flat_map(|change| [Some(change.address.clone()), moved_from(change)]).flatten().collect::<BTreeSet<_>>();
    let mut live = BTreeMap::new();
    for (kind, list) in &snapshot.resources {
        for one in list.iter().filter(|one| one.state != State::Deleting) {
            if let Some(claim) = &one.claim {
                live.insert((&claim.address, kind.as_str()), one);
            }
        }
    }
    let lookup = |reference: &Reference| {
        let kind = graph.get(&reference.address)?.kind.name;
        live.get(&(&reference.address, kind))?.outputs.get(&reference.output).cloned()
    };
    // Nobody knows yet when it will be applied.
    let since = Since { apply: 0, at: Timestamp::UNIX_EPOCH };
    let mut unseen = 0;
    let kept = graph.nodes().filter(|node| !plan.destroy && !changed.contains(&node.address));
    for node in kept {
        let Some(one) = live.get(&(&node.address, node.kind.name)) else {
            // A kind that could not be read, or one that a refusal speaks of.
            unseen += 1;
            continue;
        };
        let spec = resolve(&node.beside(&one.spec), &lookup);
        let spec = shown(node.kind, &(node.kind.normalise)(&spec).unwrap_or(spec));
        let (address, kind, id) = (node.address.clone(), node.kind.name.to_owned(), one.id.clone());
        let applied = Applied { address, kind, id, spec, since };
        if last.and_then(|last| last.get(&node.address)).is_none_or(|before| before.differs(&applied)) {
            ground.kept.push(applied);
        }
    }
    let lives = live.keys().map(|(address, _)| *address).collect::<BTreeSet<_>>();
    let known = last.into_iter().flat_map(|last| &last.resources).map(|applied| &applied.address);
    let gone = known.filter(|address| !changed.contains(*address) && graph.get(address).is_none() && !lives.contains(*address));
    ground.gone = gone.cloned().collect();
    ground.whole = unseen == 0;
    ground
}

/// Returns the texts that a stack was made from, with their secrets masked: the stack file, each argument that was set over it, and
/// other files, all by their names in messages.
#[must_use]
pub fn texts<'a>(file: &str, text: &str, others: impl IntoIterator<Item = (&'a str, &'a str)>, set: &[String]) -> Texts {
    let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let own = Text { path: name(file), text: masked(text) };
    let others = others.into_iter().map(|(path, text)| Text { path: name(path), text: masked(text) });
    Texts { files: std::iter::once(own).chain(others).collect(), set: set.iter().map(|set| masked(set)).collect() }
}

/// Returns a spec as it is kept: what AWS masks is masked, and whatever looks like a secret.
#[must_use]
pub fn shown(kind: &Row, spec: &Value) -> Value {
    masked_spec(&kind.shown(spec))
}

fn moved_from(change: &Change) -> Option<Address> {
    let claim = change.live.as_ref().filter(|_| change.action == Action::Move)?.claim.as_ref()?;
    (claim.address != change.address).then(|| claim.address.clone())
}

fn applied_of(change: &Change, spec: Value, since: Since) -> Applied {
    // A replacement, or what is in the way of a new one, has another id.
    let stays = matches!(change.action, Action::Update | Action::Adopt | Action::Move | Action::Wait);
    let id = change.live.as_ref().filter(|_| stays).map(|live| live.id.clone()).unwrap_or_default();
    Applied { address: change.address.clone(), kind: change.kind.clone(), id, spec, since }
}

fn wanted_spec(plan: &Plan, change: &Change, find: &Find<'_>) -> Value {
    let row = find(&change.kind);
    let lookup = |reference: &Reference| {
        let known = plan.known.get(&reference.address).and_then(|outputs| outputs.get(&reference.output)).cloned();
        known.or_else(|| change.foretold(row?, &plan.scope, reference))
    };
    let spec = resolve(&change.wanted, &lookup);
    match row {
        Some(row) => shown(row, &(row.normalise)(&spec).unwrap_or(spec)),
        None => masked_spec(&spec),
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::Node;
    use super::super::identity::Claim;
    use super::super::kind::{About, Field, Kind, replace, update};
    use super::super::planner::{Policy, plan};
    use super::super::snapshot::Live;
    use super::*;
    use schemars::JsonSchema;
    use serde_json::json;

    struct Thing;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Spec {
        size: u32,
        #[serde(default)]
        of: Option<String>,
        #[serde(default)]
        environment: BTreeMap<String, String>,
    }

    impl Kind for Thing {
        type Spec = Spec;
        const NAME: &'static str = "test.thing";
        const ABOUT: About = About { outputs: &["id"], ..About::NEW };
        const FIELDS: &'static [Field] = &[update("size"), replace("of"), update("environment")];
        fn example() -> Spec {
            Spec { size: 1, of: None, environment: BTreeMap::new() }
        }
    }

    const ROW: Row = Row::of::<Thing>();

    fn find(name: &str) -> Option<&'static Row> {
        (name == Thing::NAME).then_some(&ROW)
    }

    fn address(name: &str) -> Address {
        Address::parse(&format!("resource.{name}")).unwrap()
    }

    fn scope() -> Scope {
        Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() }
    }

    fn graph(nodes: &[(&str, Value)]) -> Graph {
        let mut graph = Graph::default();
        for (name, spec) in nodes {
            graph.add(Node::new(address(name), &ROW, spec, *name).unwrap()).unwrap();
        }
        graph
    }

    fn live(name: &str, id: &str, spec: &Value) -> Live {
        let [_, spec] = (ROW.read)(spec).unwrap();
        let outputs = [("id".to_owned(), id.to_owned())].into();
        let claim = Some(Claim::new(address(name), ""));
        Live { id: id.into(), name: String::new(), arn: String::new(), claim, state: State::Ready, spec, outputs }
    }

    fn snapshot(all: &[Live]) -> Snapshot {
        let resources = [(Thing::NAME.to_owned(), all.to_vec())].into();
        Snapshot { resources, ..Snapshot::empty(scope()) }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Plans and begins an apply, whose record is held against the last one.
    fn begin(graph: &Graph, snapshot: &Snapshot, last: Option<&Record>) -> Record {
        let mut plan = plan(graph, snapshot, &Policy { allow_delete: Vec::new(), ..Policy::default() }, &find);
        plan.ground = Some(Box::new(ground(&plan, graph, snapshot, Texts::default(), last)));
        let apply = last.map_or(1, |last| last.apply + 1);
        let run = Run { apply, run: "r", plan: "p", at: at("2026-11-28T08:00:00Z"), by: "anna", caller: "arn", approvals: Vec::new() };
        Record::begin(&plan, run, last, &find)
    }

    fn all_done(record: Record, ids: &[(&str, &str)]) -> Record {
        let steps = record.changes.iter().flat_map(|change| change.steps.iter().map(|(step, _)| *step)).collect::<BTreeSet<_>>();
        let made = ids.iter().map(|(name, id)| (address(name), Made { id: (*id).to_owned(), spec: None }));
        record.settled(&Fate { begun: steps.clone(), done: steps, made: made.collect(), end: None })
    }

    fn told(record: &Record) -> Vec<(String, String, u64, Value)> {
        let one = |one: &Applied| {
            let name = one.address.as_str().trim_start_matches("resource.").to_owned();
            (name, one.id.clone(), one.since.apply, one.spec.get("size").cloned().unwrap_or(Value::Null))
        };
        record.resources.iter().map(one).collect()
    }

    fn row(name: &str, id: &str, apply: u64, size: impl Into<Value>) -> (String, String, u64, Value) {
        (name.into(), id.into(), apply, size.into())
    }

    #[test]
    fn each_record_has_all_that_the_stack_has_whoever_applied_it() {
        let one = graph(&[("a", json!({ "size": 1 })), ("b", json!({ "size": 1, "of": "${resource.a.id}" }))]);
        let first = all_done(begin(&one, &snapshot(&[]), None), &[("a", "a-1"), ("b", "b-1")]);
        assert_eq!(told(&first), [row("a", "a-1", 1, 1), row("b", "b-1", 1, 1)]);
        assert!(first.whole && first.is_settled());
        let (a, b) = (live("a", "a-1", &json!({ "size": 1 })), live("b", "b-1", &json!({ "size": 1, "of": "a-1" })));
        let two = graph(&[("a", json!({ "size": 2 })), ("b", json!({ "size": 1, "of": "${resource.a.id}" })), ("c", json!({ "size": 3 }))]);
        let second = all_done(begin(&two, &snapshot(&[a.clone(), b.clone()]), Some(&first)), &[("a", "a-1"), ("c", "c-1")]);
        assert_eq!(
            told(&second),
            [row("a", "a-1", 2, 2), row("b", "b-1", 2, 1), row("c", "c-1", 2, 3)],
            "b has its reference filled in now"
        );
        assert_eq!(second.get(&address("b")).unwrap().spec["of"], "a-1");
        let now = [live("a", "a-1", &json!({ "size": 2 })), b, live("c", "c-1", &json!({ "size": 3 }))];
        let third = all_done(begin(&one, &snapshot(&now), Some(&second)), &[("a", "a-1")]);
        assert_eq!(told(&third), [row("a", "a-1", 3, 1), row("b", "b-1", 2, 1)], "c was deleted, b is as it was");
        let all = [first, second, third];
        assert_eq!(applied(&all).keys().map(|address| address.as_str()).collect::<Vec<_>>(), ["resource.a", "resource.b"]);
    }

    #[test]
    fn a_stack_of_before_there_were_records_is_taken_down_as_it_is() {
        let both = graph(&[("a", json!({ "size": 1 })), ("b", json!({ "size": 2 }))]);
        let now = [live("a", "a-1", &json!({ "size": 1 })), live("b", "b-1", &json!({ "size": 1 }))];
        let first = all_done(begin(&both, &snapshot(&now), None), &[("b", "b-1")]);
        assert_eq!(told(&first), [row("a", "a-1", 1, 1), row("b", "b-1", 1, 2)]);
        assert!(first.whole);
    }

    #[test]
    fn what_was_cut_off_tells_only_what_its_journal_tells() {
        let one = graph(&[("a", json!({ "size": 1 })), ("b", json!({ "size": 1 })), ("c", json!({ "size": 1 }))]);
        let first = all_done(begin(&one, &snapshot(&[]), None), &[("a", "a-1"), ("b", "b-1"), ("c", "c-1")]);
        let now = ["a", "b", "c"].map(|name| live(name, &format!("{name}-1"), &json!({ "size": 1 })));
        let two = graph(&[("a", json!({ "size": 2 })), ("b", json!({ "size": 2 })), ("d", json!({ "size": 2 }))]);
        let second = begin(&two, &snapshot(&now), Some(&first));
        assert_eq!(told(&second), [row("a", "a-1", 2, 2), row("b", "b-1", 2, 2), row("d", "", 2, 2)], "this is what it is to become");
        let step = |name: &str| second.changes.iter().find(|change| change.address == address(name)).unwrap().steps[0].0;
        let fate = Fate { begun: [step("a"), step("b")].into(), done: [step("a")].into(), ..Fate::default() };
        let settled = second.clone().settled(&fate);
        assert_eq!(told(&settled), [row("a", "a-1", 2, 2), row("b", "b-1", 2, Value::Null), row("c", "c-1", 1, 1)]);
        let went = settled.changes.iter().map(|change| (change.address.as_str(), change.went.unwrap())).collect::<BTreeMap<_, _>>();
        let wanted = [("a", Went::Done), ("b", Went::InPart), ("c", Went::NotBegun), ("d", Went::NotBegun)];
        assert_eq!(went, wanted.map(|(name, went)| (["resource.", name].concat(), went)).iter().map(|(n, w)| (n.as_str(), *w)).collect());
        assert_eq!(settled.clone().settled(&Fate::default()), settled, "it stays as it is");
        let nothing = second.settled(&Fate::default());
        assert_eq!(told(&nothing), told(&first));
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_holds_no_secret() {
        let one = graph(&[("a", json!({ "size": 1, "environment": { "DB_PASSWORD": "hunter2", "PORT": "80" } }))]);
        let record = all_done(begin(&one, &snapshot(&[]), None), &[("a", "a-1")]);
        let text = serde_json::to_string(&record).unwrap();
        assert!(!text.contains("hunter2") && text.contains("\"PORT\":\"80\""), "{text}");
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
