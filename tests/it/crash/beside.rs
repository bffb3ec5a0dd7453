//! Two runs of one stack at once, that know of each other only what the account shows.

use super::{Wanted, empty};
use crate::stand::{SPEED, Stand, stack as stack_of, stack_at, text};
use std::collections::BTreeMap;
use trueup::core::event::{Event, Outcome};
use trueup::sandbox::Speed;

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
