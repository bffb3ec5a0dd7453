//! The process ends after any call; the next one finds the world as that call left it.

use super::{Recorded, SMALL, Wanted, all, frozen};
use crate::stand::{stack, stack_at};
use std::collections::BTreeSet;
use std::sync::Arc;
use trueup::core::plan::Action;
use trueup::ops::plan::Planned;
use trueup::sandbox::world::World;

/// Resumes from the world after every call of a recorded run that `picked` picks.
async fn resumes(wanted: &Wanted, run: Recorded, picked: impl Fn(usize) -> bool) -> Vec<Planned> {
    let like = Arc::new(run.end);
    let worlds = run.calls.into_iter().enumerate().filter(|(at, _)| picked(*at));
    let cases = worlds.map(|(at, (operation, world))| (format!("killed at call {}, after {operation}", at + 1), world));
    all(cases, |world: World| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move { wanted.resumed(&frozen(&world), &like).await }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_killed_at_any_call_is_finished_by_the_next_run() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let run = wanted.recorded(None).await;
    let plans = resumes(&wanted, run, |_| true).await;
    // Resources that the killed run had begun, and others need, are waited for.
    let waited = plans.iter().flat_map(|plan| &plan.changes).filter(|change| change.action == Action::Wait);
    let waited = waited.map(|change| change.kind.as_str()).collect::<BTreeSet<_>>();
    for kind in ["rds.instance", "elasticache.replication_group", "ec2.nat_gateway", "cloudfront.distribution"] {
        assert!(waited.contains(kind), "{waited:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroy_killed_at_any_call_is_finished_by_the_next_run() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let made = wanted.recorded(None).await;
    let wanted = wanted.gone();
    let run = wanted.recorded(Some(&made.end)).await;
    resumes(&wanted, run, |_| true).await;
}

/// Another port of the service, another node type of the cache, another engine of the database: some are replaced
/// create-first, some delete-first, some change in place.
#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_killed_at_any_call_is_finished_by_the_next_run() {
    let made = Wanted::new(stack(SMALL, None, &[])).recorded(None).await;
    let sets = [
        "service.api.port=9090",
        "cache.main.engine=valkey",
        "cache.main.version='8'",
        "database.main.name=other",
        "secrets.key.description=new",
    ];
    let wanted = Wanted::new(stack(SMALL, None, &sets));
    let run = wanted.recorded(Some(&made.end)).await;
    resumes(&wanted, run, |_| true).await;
}

/// The marks of resources change, and what is called after them; a role has its mark twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_renaming_killed_at_any_call_is_finished_by_the_next_run() {
    let made = Wanted::new(stack(SMALL, None, &[])).recorded(None).await;
    let moved = "[[moved]]\nfrom = \"service.api\"\nto = \"service.web\"\n";
    let wanted = Wanted::new(stack(&format!("{}\n{moved}", SMALL.replace("service.api", "service.web")), None, &[]));
    let run = wanted.recorded(Some(&made.end)).await;
    assert!(run.counts().contains_key("iam.TagRole"), "{:?}", run.counts());
    resumes(&wanted, run, |_| true).await;
}

/// Kills at every seventh of some twelve dozen calls: the flagship only has more of what the small stack has.
#[tokio::test(flavor = "multi_thread")]
async fn the_flagship_killed_at_some_call_is_finished_by_the_next_run() {
    let wanted = Wanted::new(stack_at("stacks/registry.toml", Some("production"), &[]));
    let run = wanted.recorded(None).await;
    resumes(&wanted, run, |at| at % 7 == 3).await;
}
