//! Two runs of one stack at once, that know of each other only what the account shows.

use super::turns::Turns;
use super::{Recorded, SMALL, Wanted, all, empty, frozen};
use crate::stand::{SPEED, Stand, find, sealed, stack as stack_of, stack_at, text};
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trueup::core::address::Pattern;
use trueup::core::event::{Event, Outcome};
use trueup::core::plan::Action;
use trueup::core::planner::{self, Policy};
use trueup::core::reason::Refusal;
use trueup::core::snapshot::Snapshot;
use trueup::sandbox::world::World;
use trueup::sandbox::{Sandbox, Speed};

/// How many live resources claim each address.
async fn claimants(stand: &Stand, wanted: &Wanted) -> BTreeMap<String, usize> {
    let snapshot = stand.read_all(&wanted.graph, true).await;
    let mut count = BTreeMap::new();
    for claim in snapshot.resources.values().flatten().filter_map(|live| live.claim.as_ref()) {
        *count.entry(claim.address.to_string()).or_default() += 1;
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_from_two_machines_make_each_thing_once_or_the_next_run_clears_the_second() {
    let wanted = Wanted::new(stack_at("stacks/registry.toml", Some("production"), &[]));
    let sandbox = empty();
    let (one, other) = (Stand::over(sandbox.clone(), &wanted.stack).await, Stand::over(sandbox.clone(), &wanted.stack).await);
    // Both have planned before either begins, from two directories that know nothing of each other.
    let (first, second) = (wanted.plan(&one).await, wanted.plan(&other).await);
    sandbox.set_speed(Speed::Times(SPEED));
    let (_, _) = tokio::join!(one.apply(&first), other.apply(&second));
    // What each could not do is for the next run, which is neither refused nor left with two of anything.
    let third = Stand::over(sandbox.clone(), &wanted.stack).await;
    let plan = wanted.plan(&third).await;
    assert_eq!(plan.refusals, [], "{}", text(&plan));
    let applied = third.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{}\n{:#?}", text(&plan), applied.trouble());
    let twice = claimants(&third, &wanted).await.into_iter().filter(|(_, count)| *count > 1).collect::<Vec<_>>();
    assert_eq!(twice, [], "after {}", text(&plan));
    third.settled(&wanted.graph).await;
}

/// Worlds that two runs begin in: one for each to plan in, and the one that both run in.
struct Ground {
    planned: [World; 2],
    shared: World,
}

impl Ground {
    async fn empty(wanted: &Wanted) -> Self {
        let stand = Stand::over(empty(), &wanted.stack).await;
        // A region has its default network from the first look on.
        stand.read(&wanted.graph).await;
        let nothing = stand.sandbox.look(World::clone);
        Ground { planned: [nothing.clone(), nothing.clone()], shared: nothing }
    }

    /// Each run has made its network already, and knows nothing of the other's: what either makes may stand in both.
    async fn two_networks(run: &Recorded, wanted: &Wanted) -> Self {
        let (_, one) = run.calls.iter().find(|(operation, _)| operation == "ec2.CreateVpc").unwrap();
        let stand = Stand::over(frozen(one), &wanted.stack).await;
        let snapshot = stand.read(&wanted.graph).await;
        let vpc = &snapshot.resources["ec2.vpc"][0];
        let tags = stand.aws.scope.claim_tags(vpc.claim.as_ref().unwrap());
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
        let tags = TagSpecification::builder().resource_type(ResourceType::Vpc).set_tags(Some(tags)).build();
        let cidr = vpc.spec["cidr"].as_str().unwrap();
        stand.aws.ec2.create_vpc().cidr_block(cidr).tag_specifications(tags).send().await.unwrap();
        let shared = stand.sandbox.look(World::clone);
        stand.aws.ec2.delete_vpc().vpc_id(&vpc.id).send().await.unwrap();
        Ground { planned: [one.clone(), stand.sandbox.look(World::clone)], shared }
    }
}

/// Two runs take turns until each is done, fails or is killed: the world that they leave behind.
async fn at_once(wanted: &Wanted, ground: &Ground, seed: u64, lives: [usize; 2]) -> Sandbox {
    let (sandbox, turns) = (frozen(&ground.shared), Turns::new(seed, lives));
    let run = async |run: usize| {
        let alone = Stand::over(frozen(&ground.planned[run]), &wanted.stack).await;
        let plan = alone.plan(&wanted.graph).await;
        let stand = Stand::through(turns.client(&sandbox, run), sandbox.clone(), &wanted.stack, SPEED).await;
        (stand, plan)
    };
    let ((one, first), (other, second)) = (run(0).await, run(1).await);
    sandbox.set_speed(Speed::Times(SPEED));
    turns.begin();
    tokio::join!(
        async {
            tokio::select! { _ = one.apply(&first) => {}, () = turns.killed(0) => {} }
        },
        async {
            tokio::select! { _ = other.apply(&second) => {}, () = turns.killed(1) => {} }
        }
    );
    sandbox
}

/// Returns the networks that something stands in which is protected or holds data, and cannot leave it.
fn homes(snapshot: &Snapshot) -> BTreeSet<String> {
    let of = |kind: &str| snapshot.resources.get(kind).into_iter().flatten().map(|live| live.spec["vpc_id"].to_string());
    let caches = snapshot.resources.get("elasticache.replication_group").is_some_and(|list| !list.is_empty());
    let groups = of("elasticache.subnet_group").filter(|_| caches);
    of("elbv2.load_balancer").chain(groups).collect()
}

/// Plans and applies what mends a world: nothing that holds data or is protected goes, and then all is as after one run alone.
async fn healed(wanted: &Wanted, sandbox: Sandbox, like: &World) -> Result<(), String> {
    let stand = Stand::over(sandbox, &wanted.stack).await;
    let mut plan = stand.plan(&wanted.graph).await;
    let homes = homes(&plan.snapshot);
    let mut shown = text(&plan);
    if !plan.refusals.is_empty() {
        if homes.len() < 2 {
            return Err(format!("refused: {shown}"));
        }
        // Each run put something into its network that cannot move: a person says which may go, in the words of the refusal.
        let mut allow_delete = Vec::new();
        for refusal in &plan.refusals {
            match refusal {
                Refusal::Protected { address, .. } => allow_delete.push(address.clone()),
                Refusal::ClaimedTwice { data: [_, on_other], .. } => allow_delete.extend(on_other.iter().cloned()),
                other => return Err(format!("{other:?} of {shown}")),
            }
        }
        if let Some(unsaid) = allow_delete.iter().find(|address| !shown.contains(&format!("--allow-delete {address}"))) {
            return Err(format!("{unsaid} is not told: {shown}"));
        }
        let allow_delete = allow_delete.into_iter().map(Pattern::from).collect();
        let policy = Policy { destroy: false, allow_delete, created: String::new(), ..Policy::default() };
        plan = sealed(planner::plan(&wanted.graph, &plan.snapshot, &policy, &find), plan.snapshot.clone());
        shown = text(&plan);
        if !plan.refusals.is_empty() {
            return Err(format!("refused again: {shown}"));
        }
    }
    let dear = |address| wanted.graph.get(address).is_some_and(|node| node.protect || node.kind.about.stateful);
    let gone = |change: &&trueup::core::plan::Change| matches!(change.action, Action::Replace { .. } | Action::Delete);
    if let Some(lost) = plan.changes.iter().filter(gone).find(|change| homes.len() < 2 && dear(&change.address)) {
        return Err(format!("{} goes: {shown}", lost.address));
    }
    let applied = stand.apply(&plan).await;
    if applied.outcome != Outcome::Complete {
        return Err(format!("{:#?} of {shown}", applied.trouble()));
    }
    // Each run registers a revision of the family; the older ones stay for whoever runs them.
    let mut like = like.clone();
    stand.sandbox.look(|world| {
        like.tables.extend(world.tables.iter().filter(|(table, _)| table.ends_with("/ecs.task_definition")).map(cloned));
        like.tags.extend(world.tags.iter().filter(|(arn, _)| arn.contains(":task-definition/")).map(cloned));
    });
    wanted.as_if_undisturbed(&stand, &like).await.map_err(|wrong| format!("{wrong}\nafter {shown}"))
}

fn cloned<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_runs_left_at_any_moment_is_healed_and_keeps_what_stands_in_use() {
    let sets = ["database.main.protect=true", "storage.files.protect=true", "secrets.key.protect=true", "service.api.protect=true"];
    let wanted = Wanted::new(stack_of(SMALL, None, &sets));
    let run = wanted.recorded(None).await;
    let grounds = [Arc::new(Ground::empty(&wanted).await), Arc::new(Ground::two_networks(&run, &wanted).await)];
    let like = Arc::new(run.end);
    const DONE: usize = usize::MAX;
    let killed = || (0..8).map(|nth| 8 + 30 * nth);
    let lives = || killed().map(|calls| [calls, DONE]).chain(killed().map(|calls| [calls, calls + 5])).chain([[DONE, DONE]; 4]);
    let cases = grounds.iter().flat_map(|ground| lives().map(|lives| (lives, ground.clone()))).zip(0..);
    let cases = cases.map(|((lives, ground), seed)| (format!("turns {seed}, killed after {lives:?} calls"), (lives, ground, seed)));
    all(cases, |(lives, ground, seed)| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move { healed(&wanted, at_once(&wanted, &ground, seed, lives).await, &like).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_begins_while_another_goes_on_takes_over_what_it_finds() {
    let wanted = Wanted::new(stack_at("stacks/registry.toml", Some("production"), &[]));
    let sandbox = empty();
    let (one, other) = (Stand::over(sandbox.clone(), &wanted.stack).await, Stand::over(sandbox.clone(), &wanted.stack).await);
    let (first, second) = (wanted.plan(&one).await, wanted.plan(&other).await);
    sandbox.set_speed(Speed::Times(SPEED));
    // The first is done with all of it when the second begins, from a plan that was made against nothing.
    assert_eq!(one.apply(&first).await.outcome, Outcome::Complete);
    let before = claimants(&one, &wanted).await;
    other.apply(&second).await;
    assert_eq!(claimants(&other, &wanted).await, before, "nothing is made a second time");
    other.settled(&wanted.graph).await;
}

/// A stack that wants things by names which another stack wants as well.
fn sharing(stack: &str, days: u32) -> Wanted {
    let text = format!(
        r#"
        [stack]
        name = "{stack}"
        region = "us-east-1"
        [resource.files]
        kind = "s3.bucket"
        name = "shared-by-two-stacks"
        [resource.cluster]
        kind = "ecs.cluster"
        name = "shared"
        [resource.alarm]
        kind = "cloudwatch.alarm"
        name = "shared"
        namespace = "Shared"
        metric_name = "Errors"
        statistic = "Sum"
        period = 60
        evaluation_periods = {days}
        comparison_operator = "GreaterThanThreshold"
        threshold = 1
        [resource.topic]
        kind = "sns.topic"
        name = "shared"
        [resource.log]
        kind = "logs.log_group"
        name = "/shared"
        retention_in_days = {days}
        "#
    );
    Wanted::new(stack_of(&text, None, &[]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_stack_made_since_the_plan_is_neither_taken_nor_overwritten() {
    let (ours, theirs) = (sharing("ours", 7), sharing("theirs", 5));
    let sandbox = empty();
    let (one, other) = (Stand::over(sandbox.clone(), &ours.stack).await, Stand::over(sandbox.clone(), &theirs.stack).await);
    // Both are planned against nothing; the other one is quicker.
    let (late, first) = (ours.plan(&one).await, theirs.plan(&other).await);
    sandbox.set_speed(Speed::Times(SPEED));
    assert_eq!(other.apply(&first).await.outcome, Outcome::Complete);
    let applied = one.apply(&late).await;
    let failed = applied.events.iter().filter(|event| matches!(event, Event::Failed { .. })).count();
    assert_eq!(failed, ours.graph.len(), "{:#?}", applied.trouble());
    assert_eq!(claimants(&one, &ours).await, BTreeMap::new(), "nothing of it is ours");
    other.settled(&theirs.graph).await;
}
