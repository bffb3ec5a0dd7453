//! The quotas that a plan needs room in, beside what the account has.

use super::stack::Loaded;
use crate::aws::Aws;
use crate::core::plan::Plan;
use crate::core::quota::Uses;
use crate::core::rule::{Judgement, judge_account};
use crate::core::view::View;
use crate::engine::quotas;
use crate::rules::RULES;
use crate::rules::limits::of_account::needs;

/// Reads the quotas that a plan needs. A plan that makes nothing needs none, and nothing is asked.
pub(super) async fn uses(aws: &Aws, loaded: &Loaded, plan: &Plan) -> Uses {
    let asked = needs(plan, &View::of_graph(&loaded.graph, plan.scope.clone())).into_iter().map(|demand| demand.quota).collect();
    quotas::read(aws, &asked).await
}

/// Adds to a plan what does not fit into its account, and what nobody could tell of that.
pub(super) fn judge(plan: &mut Plan, loaded: &Loaded, uses: &Uses) {
    let by = Judgement { accepted: &loaded.stack.accepted, checks: &loaded.stack.checks };
    let scope = plan.scope.clone();
    judge_account(plan, &View::of_graph(&loaded.graph, scope), RULES, uses, by);
}
