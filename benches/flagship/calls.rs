//! API calls: of an apply, and of the plan that follows it and finds nothing to do.

use crate::sheet::Sheet;
use crate::stand::{Stand, graph, stack_at};
use crate::{ENV, FILE};
use std::collections::BTreeMap;
use trueup::core::stack::Stack;

/// Groups, subnets, log groups, topics and alarms, two hundred each, in one VPC.
const THOUSAND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/thousand.toml");

/// The operations that AWS answers for one resource at a time only.
const FORCED: &[&str] = &["sns.GetTopicAttributes", "sns.ListSubscriptionsByTopic"];

pub async fn measure(sheet: &mut Sheet) {
    let flagship = counted(&stack_at(FILE, Some(ENV), &[])).await;
    sheet.figure("plan without changes, API calls", flagship.plan.values().sum::<u64>() as f64, "calls", Some(60.0));
    let reading = flagship.plan.values().sum::<u64>() as f64;
    // A look for each call that changes something, before creates and while waiting, and half as many again.
    let limit = flagship.mutating as f64 * 2.5 + reading;
    sheet.figure("apply, API calls", flagship.apply as f64, "calls", Some(limit));
    sheet.figure("apply, of them mutating", flagship.mutating as f64, "calls", None);

    let thousand = counted(&stack_at(THOUSAND, None, &[])).await;
    let all = thousand.plan.values().sum::<u64>();
    let forced = FORCED.iter().filter_map(|operation| thousand.plan.get(*operation)).sum::<u64>();
    sheet.figure("1,000 small resources, plan without changes", all as f64, "calls", None);
    sheet.figure("  of them not forced, resource by resource, by AWS", (all - forced) as f64, "calls", Some(100.0));
    sheet.figure("1,000 small resources, apply", thousand.apply as f64, "calls", None);
}

struct Counted {
    apply: u64,
    mutating: u64,
    /// The calls by operation.
    plan: BTreeMap<String, u64>,
}

/// Each run is a process of its own as far as AWS can see: it asks who it is, reads, and acts.
async fn counted(stack: &Stack) -> Counted {
    let graph = graph(stack);
    let stand = Stand::new(stack).await;
    stand.bring(&graph).await;
    let sandbox = stand.sandbox.clone();
    let apply = sandbox.call_counts().values().sum();
    let mutating = sandbox.calls().iter().filter(|call| call.mutating).count() as u64;
    sandbox.forget_calls();
    Stand::over(sandbox.clone(), stack).await.settled(&graph).await;
    Counted { apply, mutating, plan: sandbox.call_counts() }
}
