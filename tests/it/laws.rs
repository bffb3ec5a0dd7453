//! The laws of any stack on the embedded AWS. The laws of planning alone stand in `src/testing/laws.rs`.

use crate::designs::{Design, config, design, edited};
use crate::stand::{Stand, WHOLE, fast, graph, sealed, stack};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use trueup::core::address::Pattern;
use trueup::core::event::Outcome;
use trueup::core::graph::Graph;
use trueup::core::plan::Plan;
use trueup::core::planner::{self, Policy};
use trueup::core::snapshot::Snapshot;
use trueup::core::stack::Stack;
use trueup::kinds;
use trueup::ops::plan::Planned;
use trueup::report;

proptest! {
    #![proptest_config(config(6, 12))]

    #[test]
    fn any_stack_and_any_edit_of_it_settle_and_go(case in edited()) {
        block_on(async {
            let (before, after) = (parsed(&case.before), parsed(&case.after));
            let stand = Stand::new(&before).await;
            bring(&stand, &graph(&before)).await?;
            settled(&stand, &graph(&stack(&case.before.text_backwards(), None, &[]))).await?;
            bring(&stand, &graph(&after)).await?;
            settled(&stand, &graph(&after)).await?;
            gone(&stand, &graph(&after)).await
        })?;
    }
}

proptest! {
    #![proptest_config(config(2, 6))]

    /// Stack `web`, env `prod-eu` beside stack `web-prod`, env `eu`, in one account.
    #[test]
    fn like_sounding_stacks_do_not_see_each_other(design in design()) {
        block_on(async {
            let named = |name: &str, env: &str| {
                stack(&format!("{}\n[env.{env}]\n", design.named(name).text()), Some(env), &[])
            };
            let sandbox = fast();
            let (web, web_prod) = (named("web", "prod-eu"), named("web-prod", "eu"));
            let (one, other) = (Stand::over(sandbox.clone(), &web).await, Stand::over(sandbox, &web_prod).await);
            let (web, web_prod) = (graph(&web), graph(&web_prod));
            bring(&one, &web).await?;
            let plan = all_allowed(&web_prod, &other.read_all(&web_prod, true).await, false);
            prop_assert_eq!(plan.changes.len(), web_prod.len(), "it sees what is not its own:\n{}", text(&plan));
            bring(&other, &web_prod).await?;
            settled(&one, &web).await?;
            settled(&other, &web_prod).await?;
            gone(&one, &web).await?;
            settled(&other, &web_prod).await?;
            gone(&other, &web_prod).await
        })?;
    }
}

fn block_on(law: impl Future<Output = Result<(), TestCaseError>>) -> Result<(), TestCaseError> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(law)
}

fn parsed(design: &Design) -> Stack {
    stack(&design.text(), None, &[])
}

/// A plan to which every deletion is allowed.
fn all_allowed(graph: &Graph, snapshot: &Snapshot, destroy: bool) -> Plan {
    let live = snapshot.resources.values().flatten().filter_map(|live| live.claim.as_ref()).map(|claim| claim.address.clone());
    let allow_delete = live.chain(graph.nodes().map(|node| node.address.clone())).map(Pattern::from).collect::<Vec<_>>();
    let policy = Policy { destroy, allow_delete, created: "2026-01-01T00:00:00Z".into(), ..Policy::default() };
    planner::plan(graph, snapshot, &policy, &|name| kinds::find(name).map(|entry| &entry.row))
}

async fn bring(stand: &Stand, graph: &Graph) -> Result<(), TestCaseError> {
    let snapshot = stand.read(graph).await;
    run(stand, &sealed(all_allowed(graph, &snapshot, false), snapshot)).await
}

async fn run(stand: &Stand, plan: &Planned) -> Result<(), TestCaseError> {
    prop_assert_eq!(&plan.refusals, &[]);
    let applied = stand.apply(plan).await;
    prop_assert!(applied.outcome == Outcome::Complete, "{:#?}\nof\n{}", applied.trouble(), text(plan));
    Ok(())
}

/// Nothing is left to do, and every answer fitted AWS's own model.
async fn settled(stand: &Stand, graph: &Graph) -> Result<(), TestCaseError> {
    let plan = all_allowed(graph, &stand.read_all(graph, true).await, false);
    prop_assert!(plan.is_empty() && plan.is_complete(), "not settled:\n{}", text(&plan));
    prop_assert_eq!(stand.sandbox.mismatches(), Vec::<String>::new());
    Ok(())
}

/// A destroy leaves nothing that is ours.
async fn gone(stand: &Stand, graph: &Graph) -> Result<(), TestCaseError> {
    let snapshot = stand.read_all(graph, true).await;
    run(stand, &sealed(all_allowed(graph, &snapshot, true), snapshot)).await?;
    let left = stand.read_all(graph, true).await;
    let left = left.resources.into_values().flatten().filter(|live| live.claim.is_some()).map(|live| live.id).collect::<Vec<_>>();
    prop_assert_eq!(left, Vec::<String>::new());
    Ok(())
}

fn text(plan: &Plan) -> String {
    report::plan::render(plan, WHOLE)
}
