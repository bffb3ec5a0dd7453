//! What a plan adds to a month, or saves: before, after, and the difference, in total and by resource.

use super::cost::{Cost, Line, Total};
use crate::core::address::Address;
use crate::core::kind::Row;
use crate::core::money::{Decimal, Money, Range};
use crate::core::plan::{Action, Change, Plan};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The cost of a plan. `delta` is `after - before` everywhere, and the sum of the resources' deltas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanCost {
    pub before: Total,
    pub after: Total,
    pub delta: Range<Money>,
    /// Every resource whose cost differs, whether or not the plan touches it: autoscaling changes what a service costs.
    pub resources: Vec<Delta>,
    /// What runs twice while resources are replaced or tasks roll, once.
    pub overlap: Money,
    pub today: String,
    pub generated: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub address: Address,
    pub before: Range<Money>,
    pub after: Range<Money>,
    pub delta: Range<Money>,
    /// Lines without a price, before and after.
    pub unpriced: (usize, usize),
    /// Once: what runs twice while it is replaced or rolls.
    pub overlap: Money,
    /// What a deletion leaves behind, each month until somebody deletes it.
    pub left: Vec<Line>,
}

/// How much of a resource runs twice while it is updated, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Per cent.
    pub share: u32,
    pub minutes: u32,
}

/// The cost of a plan from the cost of what is live and of what is wanted.
/// `left` is what deletions leave behind, by the address of what goes.
pub fn plan_cost(
    plan: &Plan,
    before: &Cost,
    after: &Cost,
    left: &BTreeMap<Address, Vec<Line>>,
    find: &dyn Fn(&str) -> Option<&'static Row>,
) -> PlanCost {
    let (was, will) = (by_address(before), by_address(after));
    let changes = plan.changes.iter().map(|change| (&change.address, change)).collect::<BTreeMap<_, _>>();
    let addresses = was.keys().chain(will.keys()).chain(changes.keys()).copied().collect::<BTreeSet<_>>();
    let mut resources = Vec::new();
    for address in addresses {
        let (old, new) = (was.get(address).copied().unwrap_or_default(), will.get(address).copied().unwrap_or_default());
        let change = changes.get(address).copied();
        let overlap = change.map(|change| overlap(change, old, new, find)).unwrap_or_default();
        let deleted = change.is_some_and(|change| matches!(change.action, Action::Delete | Action::Replace { .. }));
        let left = left.get(address).filter(|_| deleted).cloned().unwrap_or_default();
        let delta = new.list - old.list;
        if delta != Range::default() || old.unpriced != new.unpriced || overlap != Money::ZERO || !left.is_empty() {
            let (before, after, unpriced) = (old.list, new.list, (old.unpriced, new.unpriced));
            resources.push(Delta { address: address.clone(), before, after, delta, unpriced, overlap, left });
        }
    }
    let (before_total, after_total) = (before.total(), after.total());
    PlanCost {
        before: before_total,
        after: after_total,
        delta: after_total.list - before_total.list,
        overlap: resources.iter().map(|one| one.overlap).sum(),
        resources,
        today: after.today.clone(),
        generated: after.generated.clone(),
    }
}

impl PlanCost {
    /// What happens to one resource's cost; `None` where it stays the same.
    pub fn of(&self, address: &Address) -> Option<&Delta> {
        self.resources.iter().find(|one| &one.address == address)
    }
}

fn by_address(cost: &Cost) -> BTreeMap<&Address, Total> {
    let mut totals = BTreeMap::<_, Total>::new();
    for item in &cost.items {
        let total = totals.entry(&item.address).or_default();
        *total = total.plus(item.total());
    }
    totals
}

/// What runs twice meanwhile: the old one until the new one has taken over.
fn overlap(change: &Change, old: Total, new: Total, find: &dyn Fn(&str) -> Option<&'static Row>) -> Money {
    let Some(row) = find(&change.kind) else { return Money::ZERO };
    match change.action {
        Action::Replace { delete_first: false } => a_part(old.list.likely, 100, minutes(change.minutes)),
        Action::Update => {
            let Overlap { share, minutes } = (row.overlap)(&change.wanted);
            a_part(new.list.likely, share, minutes)
        }
        Action::Replace { delete_first: true } | Action::Create | Action::Delete | Action::Adopt | Action::Move | Action::Forget => {
            Money::ZERO
        }
    }
}

fn a_part(monthly: Money, percent: u32, minutes: u32) -> Money {
    let month = super::HOURS * Decimal::from(60);
    (monthly * (Decimal::from(percent) / Decimal::ONE_HUNDRED * Decimal::from(minutes) / month)).fixed()
}

fn minutes(typical: f32) -> u32 {
    // Typical minutes are small and positive.
    typical.ceil().clamp(0.0, 10_000.0) as u32
}
