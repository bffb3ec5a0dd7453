//! Drift: what somebody has changed in AWS since the last apply, told apart from what has changed in the file.
//!
//! Where a record of the last apply is there, drift is what differs between that and what is live; what the file wants says only what
//! an apply would make of it. Without one, live and file are all that can be compared, and nobody knows which side has changed.

use super::address::Address;
use super::applied::Applied;
use super::diff::FieldChange;
use super::foreign::By;
use super::graph::Graph;
use super::history::{Find, Record, shown};
use super::kind::Row;
use super::origin::{Origin, Since};
use super::plan::{Action, Change, Plan};
use super::private::MASK;
use super::snapshot::{Live, Snapshot, State, Unread};
use super::threeway::drifted;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The form of the JSON.
pub const VERSION: u32 = 1;

/// All that differs, by whose doing it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The last apply, which it is held against; none where nobody has a record, so that live is held against the file.
    pub since: Option<Since>,
    /// Resources that are not as they were left.
    pub drifted: Vec<Drifted>,
    /// Resources that the file wants otherwise than they were left.
    pub in_file: Vec<InFile>,
    /// Resources that the last apply was cut off in the middle of: nobody knows how it left them.
    pub unknown: Vec<Address>,
    /// Kinds that could not be read: whatever they hold may have drifted.
    pub unread: Vec<Unread>,
}

/// A resource that is not as the last apply left it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drifted {
    pub address: Address,
    pub kind: String,
    pub id: String,
    /// Its name and ARN, where they are known: whoever asks who did it asks by those as well.
    #[serde(skip)]
    pub names: Vec<String>,
    #[serde(flatten)]
    pub was: Was,
    /// The apply that left it as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// Whoever did it, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<By>,
}

/// The way in which a resource has drifted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "was")]
pub enum Was {
    /// It is gone from AWS.
    Deleted,
    /// Another one of its kind bears its mark; this is its id.
    Replaced {
        by: String,
    },
    /// It is there and does not carry the mark of the stack.
    Unmarked,
    /// It carries the mark of the stack, and no apply made it.
    Added,
    Changed {
        fields: Vec<Differs>,
    },
}

/// A field that holds something else than it was left with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Differs {
    /// `before` is what the last apply left, or what the file wants where nobody knows that; `after` is what is live.
    #[serde(flatten)]
    pub change: FieldChange,
    pub file: File,
}

/// The word of the file on a field that has drifted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "wants")]
pub enum File {
    /// It wants what the last apply left: the next one puts it back.
    AsApplied,
    /// It wants what is live by now.
    AsLive,
    /// Something else, which the next apply brings.
    Other { value: Value },
}

/// A resource that the file has changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InFile {
    pub address: Address,
    pub action: Action,
    /// The fields that the file has changed; of a resource that comes or goes none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

impl Drift {
    /// True where all could be looked at and nothing has drifted.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.drifted.is_empty() && self.is_complete()
    }

    /// True where nothing is left of which nobody knows.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && self.unknown.is_empty()
    }
}

/// Finds what has drifted. `plan` is the one from the graph and the snapshot, told which side has changed.
#[must_use]
pub fn drift(plan: &Plan, graph: &Graph, snapshot: &Snapshot, last: Option<&Record>, find: &Find<'_>) -> Drift {
    match last {
        Some(last) => three_way(plan, graph, snapshot, last, find),
        None => two_way(plan, find),
    }
}

fn three_way(plan: &Plan, graph: &Graph, snapshot: &Snapshot, last: &Record, find: &Find<'_>) -> Drift {
    let mut unread = snapshot.unread.iter().map(|one| (one.kind.clone(), one.clone())).collect::<BTreeMap<_, _>>();
    let changes = plan.changes.iter().map(|change| (&change.address, change)).collect::<BTreeMap<_, _>>();
    let (mut drifted, mut unknown) = (Vec::new(), Vec::new());
    for applied in &last.resources {
        let kind = applied.kind.as_str();
        if unread.contains_key(kind) {
            continue;
        }
        // Unknown is not nothing: a kind that was never asked for may hold anything.
        if !snapshot.swept && !snapshot.resources.contains_key(kind) {
            let one = Unread { kind: kind.to_owned(), reason: "nobody asked for it".into(), hint: Some("pass --all-kinds".into()) };
            unread.insert(kind.to_owned(), one);
            continue;
        }
        if applied.spec.is_null() {
            unknown.push(applied.address.clone());
            continue;
        }
        let Some(row) = find(kind) else { continue };
        let live = standing(snapshot, applied);
        let Some(was) = was(applied, live, row, graph, changes.get(&applied.address).copied()) else { continue };
        let names = live.map(|live| vec![live.name.clone(), live.arn.clone()]).unwrap_or_default();
        let Applied { address, id, since, .. } = applied.clone();
        drifted.push(Drifted { address, kind: kind.to_owned(), id, names, was, since: Some(since), who: None });
    }
    if last.whole {
        drifted.extend(added(snapshot, last));
    }
    drifted.sort_by(|a, b| a.address.cmp(&b.address));
    let in_file = plan.changes.iter().filter_map(in_file).collect();
    Drift { since: Some(last.since()), drifted, in_file, unknown, unread: unread.into_values().collect() }
}

/// Returns what is live of a resource that was applied: what bears its mark, or at least its id.
fn standing<'a>(snapshot: &'a Snapshot, applied: &Applied) -> Option<&'a Live> {
    let there = || snapshot.resources.get(&applied.kind).into_iter().flatten().filter(|live| live.state != State::Deleting);
    let marked = |live: &&Live| live.claim.as_ref().is_some_and(|claim| claim.address == applied.address);
    let same = |live: &&Live| live.id == applied.id;
    there().find(|live| marked(live) && same(live)).or_else(|| there().find(marked)).or_else(|| there().find(same))
}

fn was(applied: &Applied, live: Option<&Live>, row: &Row, graph: &Graph, change: Option<&Change>) -> Option<Was> {
    let Some(live) = live else { return Some(Was::Deleted) };
    if live.claim.as_ref().is_none_or(|claim| claim.address != applied.address) {
        // One that has another address by now was given that by an apply that has left no record.
        return live.claim.is_none().then_some(Was::Unmarked);
    }
    if !applied.id.is_empty() && applied.id != live.id {
        return Some(Was::Replaced { by: live.id.clone() });
    }
    // It has not come to rest since the last apply.
    if matches!(live.state, State::Changing(_)) {
        return None;
    }
    let node = graph.get(&applied.address).filter(|node| node.kind.name == applied.kind);
    let mut left = applied.clone();
    if let Some(node) = node {
        node.spare(&mut left.spec, &live.spec);
    }
    let now = shown(row, &live.spec);
    let differs = |field: &'static super::kind::Field| {
        let (before, after) = (left.spec[field.name].clone(), now[field.name].clone());
        // A value that nobody may see says by itself that it differs.
        let after = if before == after { Value::String(format!("{MASK} (another)")) } else { after };
        let wanted = change.and_then(|change| change.fields.iter().find(|one| one.field == field.name));
        let file = match wanted {
            None => File::AsLive,
            Some(wanted) if wanted.origin == Some(Origin::Both) => {
                File::Other { value: shown(row, &one(field.name, &wanted.after))[field.name].clone() }
            }
            Some(_) => File::AsApplied,
        };
        let change =
            FieldChange { field: field.name.into(), before, after, shape: field.shape, replaces: false, usual: false, origin: None };
        Differs { change, file }
    };
    let fields = drifted(row, &left, &live.spec).filter(|field| !field.shared).map(differs).collect::<Vec<_>>();
    (!fields.is_empty()).then_some(Was::Changed { fields })
}

fn one(name: &str, value: &Value) -> Value {
    Value::Object([(name.to_owned(), value.clone())].into_iter().collect())
}

/// Returns what carries the mark of the stack and was made by no apply.
fn added(snapshot: &Snapshot, last: &Record) -> Vec<Drifted> {
    let known = last.resources.iter().map(|applied| &applied.address).collect::<BTreeSet<_>>();
    let all = snapshot.resources.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind, live)));
    let added = all.filter(|(_, live)| live.state != State::Deleting).filter_map(|(kind, live)| {
        let address = live.claim.as_ref().map(|claim| claim.address.clone()).filter(|address| !known.contains(address))?;
        let names = vec![live.name.clone(), live.arn.clone()];
        Some(Drifted { address, kind: kind.clone(), id: live.id.clone(), names, was: Was::Added, since: None, who: None })
    });
    added.collect()
}

fn in_file(change: &Change) -> Option<InFile> {
    if !matches!(change.origin, Some(Origin::File | Origin::Both)) {
        return None;
    }
    let of_file = change.fields.iter().filter(|field| matches!(field.origin, Some(Origin::File | Origin::Both)));
    let fields = if change.action == Action::Create { Vec::new() } else { of_file.map(|field| field.field.to_string()).collect() };
    Some(InFile { address: change.address.clone(), action: change.action, fields })
}

/// Holds live against the file, as a plan does.
fn two_way(plan: &Plan, find: &Find<'_>) -> Drift {
    let drifted = plan.changes.iter().filter_map(|change| {
        let was = match change.action {
            Action::Create => Was::Deleted,
            Action::Delete | Action::Forget => Was::Added,
            Action::Update | Action::Replace { .. } | Action::Move | Action::Adopt => {
                let row = find(&change.kind);
                let differs = |field: &FieldChange| {
                    let masked = |value: &Value| {
                        row.map_or_else(|| value.clone(), |row| shown(row, &one(&field.field, value))[field.field.as_ref()].clone())
                    };
                    let (before, after) = (masked(&field.after), masked(&field.before));
                    Differs { change: FieldChange { before, after, replaces: false, ..field.clone() }, file: File::AsApplied }
                };
                Was::Changed { fields: change.fields.iter().map(differs).collect() }
            }
            Action::Wait => return None,
        };
        let (id, names) = change.live.as_ref().map(|live| (live.id.clone(), vec![live.name.clone(), live.arn.clone()])).unwrap_or_default();
        let (address, kind) = (change.address.clone(), change.kind.clone());
        Some(Drifted { address, kind, id, names, was, since: None, who: None })
    });
    Drift { since: None, drifted: drifted.collect(), in_file: Vec::new(), unknown: Vec::new(), unread: plan.unread.clone() }
}
