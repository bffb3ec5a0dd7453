//! The flagship's whole life on moto: made, settled, changed, settled, destroyed. boto3 counts what is there meanwhile.

use super::moto::Moto;
use crate::stand::{Ground, SPEED, graph, stack_at};
use std::collections::BTreeMap;
use trueup::aws::Clock;
use trueup::core::event::Outcome;
use trueup::core::graph::Graph;
use trueup::core::plan::{Action, Change, Plan};

const FILE: &str = "stacks/registry.toml";

/// Changes in place all over, another port of a running service among them; two alarms that go.
const EDITS: &[&str] = &[
    "service.api.port=9090",
    "service.api.memory=1024",
    "service.api.scale.max=8",
    "service.api.health.path=/ready",
    "storage.uploads.expire_days=14",
    "database.main.parameters.log_min_duration_statement=\"250\"",
    "database.main.backup_days=21",
    "cache.main.parameters.maxmemory-policy=allkeys-lfu",
    "monitoring.alarms=[\"cpu\", \"errors\", \"latency\", \"database-cpu\", \"database-storage\", \"cache-memory\"]",
];

/// One more tag on everything that has tags.
const TAGGED: &[&str] = &["stack.tags.owner=platform"];

/// Kinds that have no tags.
const UNTAGGED: &[&str] = &["cloudfront.origin_access_control", "cloudwatch.dashboard"];

#[tokio::test(flavor = "multi_thread")]
async fn the_flagship_lives_on_moto() {
    let Some(moto) = Moto::start() else { return };
    let stack = stack_at(FILE, Some("production"), &[]);
    let region = stack.settings.region.as_str();
    let ground = Ground::new(&moto.connect(region, Clock { speed: SPEED }).await, &stack).await;
    let before = moto.count(region);

    let first = graph(&stack);
    let plan = ground.bring(&first).await;
    assert_eq!(actions(&plan), [("create", first.len())].into());
    ground.settled(&first).await;
    assert_eq!(since(&before, &moto.count(region)), kinds(&first));

    let edited = graph(&stack_at(FILE, Some("production"), EDITS));
    let plan = ground.bring(&edited).await;
    assert_eq!(of(&plan, "delete"), ["monitoring.database.main.connections", "monitoring.service.api.memory"]);
    assert_eq!(actions(&plan), [("delete", 2), ("update", 11)].into());
    ground.settled(&edited).await;
    assert_eq!(since(&before, &moto.count(region)), kinds(&edited));

    let tagged = graph(&stack_at(FILE, Some("production"), &[EDITS, TAGGED].concat()));
    let plan = ground.bring(&tagged).await;
    let untagged = tagged.nodes().filter(|node| UNTAGGED.contains(&node.kind.name)).count();
    assert_eq!(actions(&plan), [("update", tagged.len() - untagged)].into());
    ground.settled(&tagged).await;

    let plan = ground.plan_destroy(&tagged).await;
    assert_eq!((actions(&plan), plan.refusals.len()), ([("delete", tagged.len())].into(), 0));
    let applied = ground.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    assert_eq!(since(&before, &moto.count(region)), BTreeMap::new());
}

type Counts = BTreeMap<String, i64>;

/// Returns the numbers of resources that came since, by kind.
fn since(before: &Counts, now: &Counts) -> Counts {
    now.iter().map(|(kind, count)| (kind.clone(), count - before[kind])).filter(|(_, count)| *count != 0).collect()
}

fn kinds(graph: &Graph) -> Counts {
    let mut counts = Counts::new();
    graph.nodes().for_each(|node| *counts.entry(node.kind.name.to_owned()).or_default() += 1);
    counts
}

fn actions(plan: &Plan) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    plan.changes.iter().for_each(|change| *counts.entry(word(change)).or_default() += 1);
    counts
}

fn of<'a>(plan: &'a Plan, action: &str) -> Vec<&'a str> {
    plan.changes.iter().filter(|change| word(change) == action).map(|change| change.address.as_str()).collect()
}

fn word(change: &Change) -> &'static str {
    match change.action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace { .. } => "replace",
        Action::Delete => "delete",
        Action::Adopt | Action::Move | Action::Forget => "retag",
        Action::Wait => "wait",
    }
}
