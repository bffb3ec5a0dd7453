//! Reading: every kind at once, one paged call a kind wherever AWS allows it.

use crate::aws::{Aws, Class, Error, Result, Select, arn_matches};
use crate::core::address::Address;
use crate::core::backoff::Backoff;
use crate::core::event::Event;
use crate::core::graph::Graph;
use crate::core::identity::{Claim, Scope};
use crate::core::kind::Row;
use crate::core::reference::{Piece, pieces};
use crate::core::snapshot::{Live, Snapshot, Unread};
use crate::engine::events::Events;
use crate::engine::store::Before;
use crate::kinds::{Entry, KINDS};
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most kinds that are read at once. Each sends a handful of calls, to services that count them apart.
const AT_ONCE: usize = 40;

/// Resources of CloudFront are tagged in us-east-1, whatever region a stack is in.
/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
const GLOBAL: &str = "cloudfront:";

/// The most repeats of a listing that is throttled or goes unanswered.
const TRIES: usize = 4;

/// Says what to read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// True to read every kind there is, not only `kinds` and those that the tagging API names for this stack.
    pub sweep: bool,
    pub kinds: BTreeSet<String>,
    /// Physical names that are wanted, by kind: for kinds that AWS finds only by name.
    pub names: BTreeMap<String, Vec<String>>,
    /// Wanted names that are the only ones of a place, and not of the account.
    pub places: Vec<Place>,
    /// Ids to read although they are not ours yet, by kind.
    pub adopt: BTreeMap<String, Vec<String>>,
    /// The number of nodes of each kind that are wanted. Without it, no kind relies on the tagging API alone to know all of them.
    pub counts: BTreeMap<String, usize>,
    /// Ids of what an earlier apply made, by kind: the tagging API may not show them yet.
    pub made: BTreeMap<String, BTreeSet<String>>,
}

/// A wanted name, and the place in which it has to be free.
#[derive(Debug, Clone)]
pub struct Place {
    kind: &'static Row,
    name: String,
    within: Within,
}

#[derive(Debug, Clone)]
enum Within {
    /// The value of `named_within`.
    Known(Value),
    /// An output of a node; its resource may bear one of several addresses so far, or is yet to be taken over.
    Of { output: String, addresses: BTreeSet<Address>, adopt: Option<String> },
}

impl Reading {
    /// Answers what a graph needs read; `before` is what an earlier apply left behind.
    pub fn of(graph: &Graph, scope: &Scope, before: Before, sweep: bool) -> Self {
        let Before { kinds, made, cut_off } = before;
        let mut reading = Reading { sweep, kinds, made, ..Reading::default() };
        let Ok(links) = graph.links() else { return reading };
        for (node, generation) in links.nodes.iter().zip(links.generations()) {
            let name = match node.spec.get("name").and_then(Value::as_str) {
                Some(name) => name.to_owned(),
                None => scope.physical_name(node.kind.about.naming, &Claim::new(node.address.clone(), generation)),
            };
            reading.kinds.insert(node.kind.name.to_owned());
            if !sweep && !cut_off {
                *reading.counts.entry(node.kind.name.to_owned()).or_default() += 1;
            }
            let field = node.kind.about.named_within;
            if !field.is_empty() {
                reading.places.push(Place { kind: node.kind, name: name.clone(), within: Within::of(graph, &node.spec[field]) });
            }
            if !name.is_empty() {
                reading.names.entry(node.kind.name.to_owned()).or_default().push(name);
            }
        }
        for adopt in &graph.adopt {
            if let Some(node) = graph.get(&adopt.address) {
                reading.adopt.entry(node.kind.name.to_owned()).or_default().push(adopt.id.clone());
            }
        }
        reading
    }
}

impl Within {
    fn of(graph: &Graph, value: &Value) -> Self {
        let parts = value.as_str().map(pieces).unwrap_or_default();
        let [Piece::Reference(reference)] = parts.as_slice() else { return Within::Known(value.clone()) };
        let mut addresses = BTreeSet::from([reference.address.clone()]);
        addresses.extend(graph.moved.iter().filter_map(|moved| moved.back(&reference.address)));
        let adopt = graph.adopt.iter().find(|adopt| adopt.address == reference.address).map(|adopt| adopt.id.clone());
        Within::Of { output: reference.output.clone(), addresses, adopt }
    }

    /// True for a value that a resource of this place has.
    fn is(&self, value: &Value, all: &BTreeMap<String, Vec<Live>>) -> bool {
        match self {
            Within::Known(known) => known == value,
            Within::Of { output, addresses, adopt } => all.values().flatten().any(|live| {
                let is_it = live.claim.as_ref().is_some_and(|claim| addresses.contains(&claim.address)) || adopt.as_ref() == Some(&live.id);
                is_it && live.outputs.get(output).is_some_and(|output| value == output)
            }),
        }
    }
}

/// Leaves out what bears a wanted name elsewhere than where it is wanted, and is in nobody's way.
fn leave_out_elsewhere(snapshot: &mut Snapshot, reading: &Reading) {
    let all = &snapshot.resources;
    let mut elsewhere = BTreeSet::new();
    for (kind, live) in all.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind, live))) {
        let asked = live.claim.is_some() || reading.adopt.get(kind).is_some_and(|ids| ids.contains(&live.id));
        let mut places = reading.places.iter().filter(|place| place.kind.name == kind && place.name == live.name).peekable();
        let in_the_way = |place: &Place| place.within.is(&live.spec[place.kind.about.named_within], all);
        if !asked && places.peek().is_some() && !places.any(in_the_way) {
            elsewhere.insert((kind.clone(), live.id.clone()));
        }
    }
    for (kind, list) in &mut snapshot.resources {
        list.retain(|live| !elsewhere.contains(&(kind.clone(), live.id.clone())));
    }
}

/// Reads what is live. A kind that cannot be read is named in the snapshot; only credentials that do not work are an error.
/// Answers that kinds share are asked for once: before, by whoever opened the session, or now.
pub async fn read(aws: &Aws, reading: &Reading, events: &Events<'_>) -> Result<Snapshot> {
    let snapshot = snapshot(aws, reading, events).await;
    aws.forget();
    snapshot
}

async fn snapshot(aws: &Aws, reading: &Reading, events: &Events<'_>) -> Result<Snapshot> {
    let mut snapshot = Snapshot { swept: reading.sweep, ..Snapshot::empty(aws.scope.clone()) };
    let (first, rest) = KINDS.iter().partition::<Vec<_>, _>(|entry| reading.sweep || reading.kinds.contains(entry.row.name));
    events.say(Event::Reading { kinds: first.len() });
    let begun = async { collect(aws, reading, &first, events).await };
    let tagged = async {
        if reading.sweep {
            return Ok(Vec::new());
        }
        let tagged = aws.tagged.all(aws).await?;
        // Kinds that the tagging API does not know are asked for always: nothing else tells of what an earlier file left of them.
        let known = rest.into_iter().filter(|entry| {
            let prefix = entry.row.about.arn;
            let elsewhere = prefix.starts_with(GLOBAL) && aws.scope.region != "us-east-1";
            prefix.is_empty() || elsewhere || tagged.keys().any(|arn| arn_matches(arn, prefix))
        });
        collect(aws, reading, &known.collect::<Vec<_>>(), events).await
    };
    let (begun, tagged) = tokio::try_join!(begun, tagged)?;
    for (kind, found) in begun.into_iter().chain(tagged) {
        match found {
            Ok(live) => {
                snapshot.resources.insert(kind.to_owned(), live);
            }
            Err(error) => snapshot.unread.push(unread(kind, &error)),
        }
    }
    leave_out_elsewhere(&mut snapshot, reading);
    snapshot.unread.sort_by(|a, b| a.kind.cmp(&b.kind));
    Ok(snapshot)
}

type Found = Vec<(&'static str, Result<Vec<Live>>)>;

async fn collect(aws: &Aws, reading: &Reading, kinds: &[&'static Entry], events: &Events<'_>) -> Result<Found> {
    let mut waiting = kinds.iter();
    let mut running = waiting.by_ref().take(AT_ONCE).map(|entry| one(aws, reading, entry)).collect::<FuturesUnordered<_>>();
    let mut all = Vec::new();
    while let Some((entry, found)) = running.next().await {
        if let Err(error @ Error { class: Class::Credentials, .. }) = found {
            return Err(error);
        }
        let (count, error) = found.as_ref().map_or_else(|error| (0, Some(error.to_string())), |live| (live.len(), None));
        events.say(Event::Read { kind: entry.row.name.to_owned(), found: count, error });
        all.push((entry.row.name, found));
        running.extend(waiting.next().map(|entry| one(aws, reading, entry)));
    }
    Ok(all)
}

async fn one(aws: &Aws, reading: &Reading, entry: &'static Entry) -> (&'static Entry, Result<Vec<Live>>) {
    (entry, owned(aws, reading, entry).await)
}

async fn owned(aws: &Aws, reading: &Reading, entry: &Entry) -> Result<Vec<Live>> {
    let names = reading.names.get(entry.row.name).cloned().unwrap_or_default();
    let adopt = reading.adopt.get(entry.row.name).cloned().unwrap_or_default();
    let select = Select::Owned { names: names.clone(), count: reading.counts.get(entry.row.name).copied() };
    let mut found = list(aws, entry, &select).await?;
    let made = reading.made.get(entry.row.name).into_iter().flatten();
    let missing = adopt.iter().chain(made).filter(|id| !found.iter().any(|live| &live.id == *id)).cloned().collect::<Vec<_>>();
    if !missing.is_empty() {
        found.extend(list(aws, entry, &Select::Ids(missing)).await?);
    }
    // Others' resources matter only where they stand in our way or are to be adopted.
    let rivals = !entry.row.about.exclusive.is_empty();
    found
        .retain(|live| live.claim.is_some() || adopt.contains(&live.id) || rivals || (!live.name.is_empty() && names.contains(&live.name)));
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Lists, and waits out a short outage: the SDK has repeated each call by itself already.
async fn list(aws: &Aws, entry: &Entry, select: &Select) -> Result<Vec<Live>> {
    for pause in Backoff::seconds(1, 4).take(TRIES) {
        match (entry.effects.list)(aws, select).await {
            Err(Error { class: Class::Unknown | Class::Throttled, .. }) => aws.clock.sleep(pause).await,
            answer => return answer,
        }
    }
    (entry.effects.list)(aws, select).await
}

fn unread(kind: &str, error: &Error) -> Unread {
    Unread { kind: kind.to_owned(), reason: error.to_string(), hint: error.hint() }
}
