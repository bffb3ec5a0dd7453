//! The numbers of calls that things take, as `docs/api-calls.md` accounts for them: a budget each, and nothing that grows unseen.

use crate::stand::{Stand, graph, stack, stack_at};
use std::collections::BTreeMap;
use trueup::core::event::Outcome;

/// The calls since the last look, by operation.
fn calls(stand: &Stand) -> BTreeMap<String, u64> {
    let counts = stand.sandbox.call_counts();
    let changing = stand.sandbox.calls().iter().filter(|call| call.mutating).map(|call| call.operation.clone()).collect::<Vec<_>>();
    stand.sandbox.forget_calls();
    assert_eq!(changing, Vec::<String>::new(), "a plan changes nothing");
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_changes_of_the_flagship() {
    let stack = stack_at("stacks/registry.toml", Some("production"), &[]);
    let graph = graph(&stack);
    let stand = Stand::new(&stack).await;
    stand.bring(&graph).await;
    stand.sandbox.forget_calls();
    stand.settled(&graph).await;
    let counts = calls(&stand);
    // And one that asks whose credentials these are, before anything is read.
    let total = counts.values().sum::<u64>() + 1;
    assert!(total <= 60, "{total} calls: {counts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_of_the_flagship() {
    let stack = stack_at("stacks/registry.toml", Some("production"), &[]);
    let graph = graph(&stack);
    let stand = Stand::new(&stack).await;
    let plan = stand.plan(&graph).await;
    let reading = stand.sandbox.call_counts().values().sum::<u64>() as usize;
    stand.sandbox.forget_calls();
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let calls = stand.sandbox.calls();
    let mutating = calls.iter().filter(|call| call.mutating).count();
    // One and a half looks for each call that changes something: before creates, while waiting, and at the end.
    assert!(
        calls.len() <= mutating * 5 / 2 + reading,
        "{} calls, {mutating} of them change something; a reading takes {reading}",
        calls.len()
    );
}

/// A change of nearly everything: other tags. Whatever is changed is looked at just before, together with what begins at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_whole_flagship() {
    let stack = stack_at("stacks/registry.toml", Some("production"), &[]);
    let before = graph(&stack);
    let stand = Stand::new(&stack).await;
    stand.bring(&before).await;
    let after = graph(&stack_at("stacks/registry.toml", Some("production"), &["stack.tags.Team=\"other\""]));
    stand.sandbox.forget_calls();
    let plan = stand.plan(&after).await;
    let reading = stand.sandbox.call_counts().values().sum::<u64>() as usize;
    stand.sandbox.forget_calls();
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let calls = stand.sandbox.calls();
    let mutating = calls.iter().filter(|call| call.mutating).count();
    // Once over all of it in the end, and before, by id and so with the tags of each, one and a half times what a reading takes.
    assert!(calls.len() <= mutating + 3 * reading, "{} calls, {mutating} of them change something; a reading takes {reading}", calls.len());
}

/// Whatever a run makes itself is nobody else's: it is not looked at before, however much there is of it.
#[tokio::test(flavor = "multi_thread")]
async fn an_apply_of_a_hundred_new_resources() {
    let logs = (0..100).map(|n| format!("[resource.log-{n}]\nkind = \"logs.log_group\"\nretention_in_days = 30\n")).collect::<String>();
    let stack = stack(&format!("[stack]\nname = \"shop\"\nregion = \"eu-west-1\"\n{logs}"), None, &[]);
    let graph = graph(&stack);
    let stand = Stand::new(&stack).await;
    let plan = stand.plan(&graph).await;
    stand.sandbox.forget_calls();
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let reads = stand.sandbox.calls().iter().filter(|call| !call.mutating).map(|call| call.operation.clone()).collect::<Vec<_>>();
    assert!(reads.len() <= 10, "{reads:?}");
}

/// The operations that AWS answers one resource at a time, and the calls that each takes. Nothing else may grow with resources.
const FORCED: &[(&str, u64)] = &[("sns.GetTopicAttributes", 1), ("sns.ListSubscriptionsByTopic", 1)];

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_changes_of_a_thousand_small_resources() {
    const EACH: u64 = 200;
    let stack = stack_at("benches/thousand.toml", None, &[]);
    let graph = graph(&stack);
    assert_eq!(graph.len() as u64, 5 * EACH + 1);
    let stand = Stand::new(&stack).await;
    stand.bring(&graph).await;
    stand.sandbox.forget_calls();
    stand.settled(&graph).await;
    let mut counts = calls(&stand);
    for (operation, each) in FORCED {
        assert_eq!(counts.remove(*operation), Some(EACH * each), "{operation}");
    }
    let total = counts.values().sum::<u64>() + 1;
    assert!(total <= 30, "{total} calls besides what is forced: {counts:#?}");
}
