//! Puts what is live on a twin: each resource is made there by its own kind's create, from the spec in which it was read, and then goes by
//! the names that it has in the account.
//!
//! No kind needs anything for this that it does not have anyway. What the twin refuses, or shows otherwise than it was read, is said.

use crate::aws::{Aws, Create, Error, Result, Select, Update};
use crate::core::address::Address;
use crate::core::diff::diff;
use crate::core::identity::{Claim, digest, own_tags};
use crate::core::kind::Kind;
use crate::core::rehearsal::Gap;
use crate::core::rehearse::{Placed, in_order, is_telling};
use crate::core::snapshot::{Live, Snapshot, State};
use crate::kinds::secretsmanager::driver::value;
use crate::kinds::secretsmanager::secret::Secret;
use crate::kinds::{self, Entry};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Gives all that goes by the first name of a pair the second, wherever it stands on the twin.
pub type Rename<'a> = &'a (dyn Fn(&[(String, String)]) + Sync);

/// The address of what is not of the stack: nothing there bears it.
const ELSEWHERE: &str = "elsewhere.resource";

/// Stands for the value of each secret, and would do as a password.
const PLACEHOLDER: &str = "a0placeholder0of0a0rehearsal0000";

/// The most looks at a resource until it is ready, and the time between two: on a twin it is at the first.
const LOOKS: usize = 20;
const PAUSE: Duration = Duration::from_secs(30);

/// A live resource that is to stand on the twin.
struct Part<'a> {
    entry: &'static Entry,
    placed: Placed<'a>,
    /// The fields that were left out of its create, since what they name was not there.
    left_out: Vec<&'static str>,
    /// None before it is made; then the error for which it is not, if it is not.
    end: Option<Option<Error>>,
}

/// Makes all of a reading that is live. Answers how much of it stands there, and what does not stand there as it is in the account.
pub async fn put(aws: &Aws, snapshot: &Snapshot, rename: Rename<'_>) -> (usize, Vec<Gap>) {
    let find = |kind: &str| kinds::find(kind).map(|entry| &entry.row);
    let placed = in_order(snapshot, &find).into_iter();
    let mut parts = placed
        .filter_map(|placed| Some(Part { entry: kinds::find(placed.kind)?, placed, left_out: Vec::new(), end: None }))
        .collect::<Vec<_>>();
    let mut names = Names { rename, open: Vec::new(), of: BTreeSet::new() };
    // Whoever needs something that no spec names, as a service needs a listener, is made once that is there.
    loop {
        let mut made = false;
        for at in 0..parts.len() {
            if matches!(parts[at].end, Some(None)) {
                continue;
            }
            let stands = |other: &usize| matches!(parts[*other].end, Some(None));
            let waits = parts[at].placed.needs.iter().any(|(other, late)| *late && !stands(other));
            // Its spec has the names of the account, which the twin has to know by now.
            if parts[at].placed.needs.keys().any(|other| names.of.contains(other)) {
                names.give();
            }
            let answer = make(aws, &mut parts[at], waits, &mut names).await;
            if answer.is_ok() {
                names.of.insert(at);
                made = true;
            }
            parts[at].end = Some(answer.err());
        }
        if !made {
            break;
        }
    }
    names.give();
    for part in parts.iter().filter(|part| matches!(part.end, Some(None)) && !part.left_out.is_empty()) {
        // Whatever does not take shows when it is read back.
        let _ = finish(aws, part).await;
    }
    aws.forget();
    let mut gaps = Vec::new();
    for part in &parts {
        let (kind, live) = (part.placed.kind.to_owned(), part.placed.live);
        let (address, id) = (live.claim.as_ref().map(|claim| claim.address.clone()), live.id.clone());
        if let Some(Some(error)) = &part.end {
            gaps.push(Gap::Absent { address: address.clone(), kind: kind.clone(), id: id.clone(), error: error.brief() });
        }
        if let State::Changing(state) | State::Failed(state) = &live.state {
            gaps.push(Gap::Arrived { address, kind, id, state: state.clone() });
        }
    }
    let leaving = snapshot.resources.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind, live)));
    gaps.extend(leaving.filter(|(_, live)| live.state == State::Deleting).map(|(kind, live)| {
        let address = live.claim.as_ref().map(|claim| claim.address.clone());
        Gap::Arrived { address, kind: kind.clone(), id: live.id.clone(), state: "deleting".into() }
    }));
    gaps.extend(snapshot.unread.iter().map(|unread| Gap::Unread { kind: unread.kind.clone() }));
    let standing = parts.iter().filter(|part| matches!(part.end, Some(None))).collect::<Vec<_>>();
    gaps.extend(compare(aws, &standing).await);
    (standing.len(), gaps)
}

/// New names that the twin does not have yet: they are given together, as soon as something relies on them.
struct Names<'a> {
    rename: Rename<'a>,
    open: Vec<(String, String)>,
    /// The places of those that they are of.
    of: BTreeSet<usize>,
}

impl Names<'_> {
    fn give(&mut self) {
        (self.rename)(&self.open);
        self.open.clear();
        self.of.clear();
    }

    /// Notes what another resource than the live one is called there.
    fn note(&mut self, there: &Live, live: &Live) {
        let outputs = there.outputs.iter().filter_map(|(output, value)| Some((value, live.outputs.get(output)?)));
        let pairs = [(&there.id, &live.id), (&there.arn, &live.arn)].into_iter().chain(outputs);
        let other = pairs.filter(|(there, live)| there != live && is_telling(there) && !live.is_empty());
        self.open.extend(other.map(|(there, live)| (there.clone(), live.clone())));
    }
}

/// Makes one, and notes its names. `waits`: something that it names, and can be told of later, is not there yet.
async fn make(aws: &Aws, part: &mut Part<'_>, waits: bool, names: &mut Names<'_>) -> Result<()> {
    let (row, effects, live) = (&part.entry.row, &part.entry.effects, part.placed.live);
    let mut spec = live.spec.clone();
    part.left_out.clear();
    for field in row.fields.iter().filter(|field| waits && field.late) {
        let nothing = if spec[field.name].is_array() { Value::Array(Vec::new()) } else { Value::Null };
        if spec[field.name] != nothing {
            spec[field.name] = nothing;
            part.left_out.push(field.name);
        }
    }
    let own = own_tags(&texts(&live.spec["tags"]));
    let elsewhere = || Address::parse(ELSEWHERE).map(|address| Claim::new(address, ""));
    let (claim, tags) = match &live.claim {
        Some(claim) => (claim.clone(), aws.scope.claim_tags(claim)),
        None => (elsewhere().map_err(|error| Error::new("twin", "BadAddress", error.to_string()))?, BTreeMap::new()),
    };
    let token = digest(&["twin", part.placed.kind, &live.id], 32);
    let new = Create { claim, name: live.name.clone(), spec, tags: own.into_iter().chain(tags).collect(), token };
    let made = (effects.create)(aws, new).await?;
    for _ in 0..LOOKS {
        let found = (effects.list)(aws, &Select::Ids(vec![made.id.clone()])).await?;
        match found.into_iter().find(|found| found.id == made.id) {
            Some(there) if matches!(there.state, State::Ready | State::Failed(_)) => {
                // Nobody reads a secret's value, and others are made of it.
                if part.placed.kind == Secret::NAME && value::current(aws, &there.id).await?.is_none() {
                    value::put(aws, &there.id, PLACEHOLDER).await?;
                }
                names.note(&there, live);
                return Ok(());
            }
            _ => aws.clock.sleep(PAUSE).await,
        }
    }
    Err(Error::new("twin", "NotReady", "it was made, and does not become ready"))
}

/// Sets what its create left out.
async fn finish(aws: &Aws, part: &Part<'_>) -> Result<()> {
    let (effects, live) = (&part.entry.effects, part.placed.live);
    let found = (effects.list)(aws, &Select::Ids(vec![live.id.clone()])).await?;
    let Some(there) = found.into_iter().find(|found| found.id == live.id) else { return Ok(()) };
    let changed = part.left_out.iter().map(|field| (*field).to_owned()).collect();
    (effects.update)(aws, Update { live: there, wanted: live.spec.clone(), changed }).await?;
    Ok(())
}

/// Reads what stands there, mends what an update mends, and says in what it still differs.
async fn compare(aws: &Aws, standing: &[&Part<'_>]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for entry in kinds::KINDS {
        let parts = standing.iter().filter(|part| part.placed.kind == entry.row.name).map(|part| part.placed.live).collect::<Vec<_>>();
        if parts.is_empty() {
            continue;
        }
        let ids = Select::Ids(parts.iter().map(|live| live.id.clone()).collect());
        let found = (entry.effects.list)(aws, &ids).await.unwrap_or_default();
        let mut mended = false;
        for live in &parts {
            let Some(there) = found.iter().find(|there| there.id == live.id) else { continue };
            let differing =
                diff(&entry.row, &live.spec, &there.spec).into_iter().filter(|change| !change.replaces && change.field != "tags");
            let changed = differing.map(|change| change.field.into_owned()).collect::<Vec<_>>();
            if !changed.is_empty() {
                let update = Update { live: there.clone(), wanted: live.spec.clone(), changed };
                mended |= (entry.effects.update)(aws, update).await.is_ok();
            }
        }
        let found = if mended { (entry.effects.list)(aws, &ids).await.unwrap_or_default() } else { found };
        gaps.extend(parts.iter().filter_map(|live| {
            let fields = match found.iter().find(|there| there.id == live.id) {
                Some(there) => differing(entry, live, there),
                None => vec!["id".to_owned()],
            };
            let (address, kind, id) = (live.claim.as_ref().map(|claim| claim.address.clone()), entry.row.name.to_owned(), live.id.clone());
            (!fields.is_empty()).then_some(Gap::Differs { address, kind, id, fields })
        }));
    }
    gaps
}

/// The fields and outputs in which a resource on the twin is not the live one.
fn differing(entry: &Entry, live: &Live, there: &Live) -> Vec<String> {
    let fields = diff(&entry.row, &live.spec, &there.spec).into_iter().map(|change| change.field.into_owned());
    let claim = (live.claim != there.claim).then(|| "claim".to_owned());
    let outputs = live.outputs.iter().filter(|(output, value)| there.outputs.get(*output) != Some(value));
    fields.chain(claim).chain(outputs.map(|(output, _)| format!("output {output}"))).collect()
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let map = map.as_object().into_iter().flatten();
    map.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}
