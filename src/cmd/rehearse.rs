//! Rehearsing a plan before it is shown: on a twin of the account, in this process.

use super::exit::Failure;
use super::sandbox::Place;
use crate::core::plan::Plan;
use crate::core::snapshot::Snapshot;
use crate::ops::plan::Wish;
use crate::ops::rehearse::{Beside, not_rehearsed, rehearse};
use crate::ops::stack::Loaded;
use crate::report;

/// Rehearses a plan that was made from this reading of an account, and puts into it what was found. One without steps stays as it is, and one that is
/// refused as it stands.
pub async fn rehearsed(
    place: &Place,
    loaded: &Loaded,
    wish: &Wish<'_>,
    plan: Plan,
    account: (&Snapshot, &Beside),
) -> Result<Plan, Failure> {
    let twin = place.of_stack(&loaded.graph)?.twin(&plan.scope.account)?;
    if let Some(why) = not_rehearsed(&plan) {
        report::warn(&format!("the plan was not rehearsed: {why}"), "a plan is rehearsed once nothing else stands in its way");
        return Ok(plan);
    }
    if plan.steps.is_empty() {
        return Ok(plan);
    }
    let rehearsal = rehearse(loaded, &plan, account, wish, &twin).await?;
    Ok(Plan { rehearsal: Some(rehearsal), ..plan })
}
