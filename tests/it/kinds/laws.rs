//! The laws of every kind.

use super::changes::{self, By, Change};
use super::examples;
use super::stage::Stage;
use crate::stand;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueup::aws::{Aws, Clock, Connection};
use trueup::cmd::sandbox::twin::Twin;
use trueup::core::event::{Event, Outcome};
use trueup::core::kind;
use trueup::core::plan::Plan;
use trueup::core::reason::Refusal;
use trueup::core::rehearsal::Gap;
use trueup::core::rehearse::named_elsewhere;
use trueup::core::snapshot::{Live, Snapshot};
use trueup::engine::twin::put;
use trueup::kinds::{Entry, KINDS};
use trueup::ops::rehearse;
use trueup::sandbox::world::World;

/// Holds a kind to all laws, and answers which operations its driver called. A law that is broken panics, with the kind's name in the
/// thread's message.
pub async fn hold(entry: &'static Entry) -> BTreeSet<String> {
    let mut stage = Stage::new(entry).await;
    let live = what_is_made_is_listed_as_it_was_wanted(&stage).await;
    let mirror = Mirror::of(&stage).await;
    mirror.shows(&stage, &live, "its example").await;
    who_bears_its_name_is_seen(&stage, &live).await;
    stage.delete(&live).await;
    fields(&mut stage, &mirror).await;
    nothing_is_left(&stage).await;
    no_call_was_refused_that_should_not(&stage);
    stage.called()
}

async fn what_is_made_is_listed_as_it_was_wanted(stage: &Stage) -> Live {
    let (row, wanted) = (&stage.entry.row, stage.example());
    let listed = stage.owned().await;
    let ours = listed.iter().find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == stage.address));
    let live = ours.unwrap_or_else(|| panic!("{}: the example is not listed", row.name)).clone();
    assert_eq!(stage.diff(&wanted, &live.spec), [], "{}", row.name);
    assert_eq!((row.normalise)(&live.spec).unwrap(), live.spec, "{}: a listed spec is in normal form", row.name);
    // Only an interface endpoint has these.
    let sometimes = |output: &&&str| row.name == "ec2.vpc_endpoint" && ["dns_name", "hosted_zone_id"].contains(*output);
    for output in row.about.outputs.iter().filter(|output| !sometimes(output)) {
        assert!(live.outputs.get(*output).is_some_and(|value| !value.is_empty()), "{}: no output `{output}`", row.name);
    }
    let foretold = (row.foretell)(&stage.stand.aws.scope, &live.name);
    assert!(foretold.keys().eq(row.about.foretold.iter().copied().collect::<BTreeSet<_>>()), "{}: {foretold:?}", row.name);
    let missed = foretold.iter().find(|(output, value)| live.outputs.get(*output) != Some(value));
    assert_eq!(missed, None, "{}: foretold otherwise", row.name);
    let unknown = live.outputs.keys().find(|output| !row.about.outputs.contains(&output.as_str()));
    assert_eq!(unknown, None, "{}: an output that the table does not name", row.name);
    live
}

/// The twin of a rehearsal, with all in it that a kind's example needs.
struct Mirror {
    twin: Twin,
    aws: Aws,
    base: World,
}

impl Mirror {
    async fn of(stage: &Stage) -> Self {
        let twin = Twin::new("123456789012").unwrap_or_else(|failure| panic!("{failure:?}"));
        let connection = Connection::over(rehearse::Twin::http(&twin), "us-east-1", Clock { speed: 1e6 }).await;
        let base = twin.sandbox().look(World::clone);
        let mut mirror = Mirror { aws: connection.clients(stage.stand.aws.scope.clone()), twin, base };
        stage.stand.aws.forget();
        let mut snapshot = stage.stand.read(&stage.graph).await;
        for live in snapshot.resources.values_mut() {
            live.retain(|live| live.claim.as_ref().is_none_or(|claim| claim.address != stage.address));
        }
        mirror.puts(stage, &snapshot, "all that its example needs").await;
        mirror.base = mirror.twin.sandbox().look(World::clone);
        mirror
    }

    /// It can be put there, and is the same, ids and outputs included.
    async fn shows(&self, stage: &Stage, live: &Live, at: &str) {
        let mut snapshot = Snapshot::empty(stage.stand.aws.scope.clone());
        snapshot.resources.insert(stage.entry.row.name.to_owned(), vec![live.clone()]);
        self.puts(stage, &snapshot, at).await;
    }

    async fn puts(&self, stage: &Stage, snapshot: &Snapshot, at: &str) {
        self.twin.sandbox().change(|world| *world = self.base.clone()).unwrap();
        for arn in named_elsewhere(snapshot, &stand::plan(&stage.graph, snapshot, false)) {
            rehearse::Twin::stand_in(&self.twin, &arn);
        }
        self.aws.forget();
        let (live, gaps) = put(&self.aws, snapshot, &|names| rehearse::Twin::rename(&self.twin, names)).await;
        // Of the ranges of addresses that somebody brings along the embedded AWS knows nothing, and says so.
        let unknown = |gap: &&Gap| matches!(gap, Gap::Absent { error, .. } if error.contains("PublicIpv4Pool is not in the sandbox"));
        let (unknown, others) = gaps.iter().partition::<Vec<_>, _>(unknown);
        assert_eq!(others, Vec::<&Gap>::new(), "{}: {at}", stage.entry.row.name);
        assert_eq!(live + unknown.len(), snapshot.resources.values().map(Vec::len).sum::<usize>());
        assert!(unknown.is_empty() || at == "ec2.eip.public_ipv4_pool", "{at}");
        assert_eq!(self.twin.sandbox().mismatches(), Vec::<String>::new());
    }
}

/// What somebody else has made under a wanted name is seen by a plan; and where that was made before, the create that fails says what
/// `[[adopt]]` would take over.
async fn who_bears_its_name_is_seen(stage: &Stage, live: &Live) {
    let row = &stage.entry.row;
    if row.field("name").is_none() {
        return;
    }
    stage.forget(live).await;
    let mut snapshot = stage.stand.read(&stage.graph).await;
    let refusals = stand::plan(&stage.graph, &snapshot, false).refusals;
    let seen = |refusal: &Refusal| matches!(refusal, Refusal::NameTaken { address, id, .. } if *address == stage.address && *id == live.id);
    assert!(refusals.iter().any(seen), "{}: {refusals:?}", row.name);

    snapshot.resources.get_mut(row.name).unwrap().retain(|other| other.id != live.id);
    let mut plan = Plan { created: "2026-01-01T00:00:01Z".into(), ..stand::plan(&stage.graph, &snapshot, false) };
    // AWS would know the client token of the one that it replaces here.
    plan.changes.iter_mut().filter_map(|change| change.claim.as_mut()).for_each(|claim| claim.generation = "g2".into());
    let applied = stage.stand.apply(&stand::sealed(plan, snapshot)).await;
    assert_ne!(applied.outcome, Outcome::Complete, "{}", row.name);
    let failed = applied.events.iter().find_map(|event| match event {
        Event::Failed { address, error, .. } if *address == stage.address => Some(error),
        _ => None,
    });
    let hint = format!("[[adopt]] address = \"{}\", id = \"{}\"", stage.address, live.id);
    assert!(failed.is_some_and(|error| error.contains(&hint)), "{}: {:?}", row.name, applied.trouble());
}

/// Each field, changed by itself behind our back, is seen as exactly that change; one that AWS updates is updated back.
async fn fields(stage: &mut Stage, mirror: &Mirror) {
    let row = &stage.entry.row;
    let changes = changes::of(row.name).into_iter().chain(given(row));
    let mut subject = None;
    for (name, change) in changes {
        let at = format!("{}.{name}", row.name);
        let field = row.field(name).unwrap();
        let (base, other) = specs(stage, name, &change);
        let differing = names(&stage.diff(&base, &other));
        let declared = change.along.as_object().into_iter().flat_map(|along| along.keys().cloned()).chain([name.to_owned()]);
        let declared = declared.collect::<BTreeSet<_>>();
        assert!(differing.contains(name) && differing.is_subset(&declared), "{at}: the other value differs in {differing:?}");
        for spec in [&base, &other] {
            assert_eq!((row.validate)(spec), [], "{at}");
        }

        let replaces = stage.diff(&other, &base).iter().any(|change| change.replaces);
        let live = if replaces && matches!(change.by, By::Driver) {
            drop_subject(stage, &mut subject).await;
            stage.create(&other).await
        } else {
            let before = bring(stage, &mut subject, &base, &at).await;
            let live = match &change.by {
                By::Driver => {
                    stage.update(&before, &other, &names(&stage.diff(&other, &before.spec)).into_iter().collect::<Vec<_>>()).await
                }
                By::World { table, patch } => {
                    patch_row(stage, table, &before, patch);
                    stage.ready(&before.id).await
                }
            };
            assert_eq!((&live.id, &live.claim), (&before.id, &before.claim), "{at}");
            live
        };

        let seen = stage.diff(&base, &live.spec);
        assert_eq!(names(&seen), differing, "{at}: {seen:#?}");
        let is = seen.iter().find(|change| change.field == name).map(|change| change.before.clone());
        assert_eq!(is, Some(other[name].clone()), "{at}");
        let fixed = match field.on_change {
            kind::OnChange::Update | kind::OnChange::Grow => false,
            kind::OnChange::Replace => true,
            kind::OnChange::ReplaceIfSet => !other[name].is_null(),
            kind::OnChange::ReplaceUnless(allowed) => !allowed(&other[name], &base[name]),
        };
        assert_eq!(seen.iter().any(|change| change.field == name && change.replaces), fixed, "{at}");
        if field.compare == kind::Compare::IfSaid && change.along.as_object().is_none_or(serde_json::Map::is_empty) {
            let mut silent = base.clone();
            silent[name] = Value::Null;
            assert_eq!(stage.diff(&silent, &live.spec), [], "{at}: null in the file leaves it to AWS");
        }

        mirror.shows(stage, &live, &at).await;
        if seen.iter().any(|change| change.replaces) || change.one_way {
            stage.delete(&live).await;
            subject = None;
            continue;
        }
        let back = stage.update(&live, &base, &differing.into_iter().collect::<Vec<_>>()).await;
        assert_eq!(stage.diff(&base, &back.spec), [], "{at}: updated back");
        assert_eq!(back.outputs.keys().collect::<Vec<_>>(), live.outputs.keys().collect::<Vec<_>>(), "{at}");
        subject = Some(back);
    }
    drop_subject(stage, &mut subject).await;
}

/// The changes that need no entry: every kind has these fields alike, and what AWS fills in place may be empty.
fn given(row: &kind::Row) -> Vec<(&'static str, Change)> {
    let name = row.field("name").map(|_| ("name", changes::to("law-two").from(json!({ "name": "law-one" }))));
    let tags = row.field("tags").map(|_| ("tags", changes::to(json!({ "Name": "other", "team": "core" }))));
    let emptied = row
        .fields
        .iter()
        .filter(|field| matches!(field.on_change, kind::OnChange::ReplaceIfSet) && field.compare != kind::Compare::IfSaid)
        .map(|field| (field.name, changes::to(Value::Null)));
    name.into_iter().chain(tags).chain(emptied).collect()
}

/// The spec to begin with, and the one that differs from it.
fn specs(stage: &Stage, name: &str, change: &Change) -> (Value, Value) {
    let mut base = stage.graph.get(&stage.address).unwrap().spec.clone();
    merge(&mut base, &change.base);
    let mut other = base.clone();
    merge(&mut other, &change.along);
    other[name] = change.to.clone();
    (stage.resolved(&base), stage.resolved(&other))
}

fn merge(spec: &mut Value, fields: &Value) {
    for (field, value) in fields.as_object().unwrap() {
        assert!(spec.get(field).is_some(), "there is no field `{field}`");
        spec[field] = examples::here(value);
    }
}

/// Something that is as `wanted`: what there is, brought there by its driver if AWS can, or a new one.
async fn bring(stage: &mut Stage, subject: &mut Option<Live>, wanted: &Value, at: &str) -> Live {
    if let Some(live) = subject.take() {
        let changes = stage.diff(wanted, &live.spec);
        if changes.is_empty() {
            return live;
        }
        if !changes.iter().any(|change| change.replaces) {
            let live = stage.update(&live, wanted, &names(&changes).into_iter().collect::<Vec<_>>()).await;
            assert_eq!(stage.diff(wanted, &live.spec), [], "{at}: brought there");
            return live;
        }
        stage.delete(&live).await;
    }
    let live = stage.create(wanted).await;
    assert_eq!(stage.diff(wanted, &live.spec), [], "{at}: made so");
    live
}

async fn drop_subject(stage: &Stage, subject: &mut Option<Live>) {
    if let Some(live) = subject.take() {
        stage.delete(&live).await;
    }
}

/// Changes what the embedded AWS holds, where its own API has no way to.
fn patch_row(stage: &Stage, table: &str, live: &Live, patch: &Value) {
    let changed = stage.stand.sandbox.change(|world| {
        let row = world.tables.get_mut(table).and_then(|rows| rows.get_mut(&live.id));
        let row = row.unwrap_or_else(|| panic!("no row {} in {table}", live.id));
        for (member, value) in patch.as_object().unwrap() {
            assert!(row.get(member).is_some(), "{table} has no member {member}");
            row[member] = value.clone();
        }
    });
    changed.unwrap();
}

async fn nothing_is_left(stage: &Stage) {
    let plan = stage.stand.plan_destroy(&stage.graph).await;
    let applied = stage.stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let left = stage.stand.read_all(&stage.graph, true).await;
    let left = left.resources.into_values().flatten().filter(|live| live.claim.is_some()).map(|live| live.id).collect::<Vec<_>>();
    assert!(left.is_empty(), "{left:?}");
}

/// AWS's front door took every request that changes something, but for what is gone, taken, or passes by itself; and
/// every answer fitted its model.
fn no_call_was_refused_that_should_not(stage: &Stage) {
    assert_eq!(stage.stand.sandbox.mismatches(), Vec::<String>::new());
    let codes = KINDS.iter().flat_map(|Entry { effects, .. }| [effects.absent, effects.passing, effects.taken]).flatten();
    let known = codes.copied().collect::<BTreeSet<_>>();
    // A secret that is on its way out refuses to be deleted once more, SNS a second topic of a name and ECS a second service, in
    // their words for everything that they refuse.
    let told =
        [("DeleteSecret", "InvalidRequestException"), ("CreateTopic", "InvalidParameter"), ("CreateService", "InvalidParameterException")];
    let changing = stage.stand.sandbox.calls().into_iter().filter(|call| call.mutating);
    let refused = changing.filter_map(|call| Some((call.operation, call.code?)));
    let refused =
        refused.filter(|(operation, code)| !known.contains(code.as_str()) && !told.contains(&(operation, code))).collect::<BTreeSet<_>>();
    assert_eq!(refused, BTreeSet::new());
}

fn names(changes: &[trueup::core::diff::FieldChange]) -> BTreeSet<String> {
    changes.iter().map(|change| change.field.to_string()).collect()
}
