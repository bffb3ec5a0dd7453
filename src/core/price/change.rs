//! What a plan adds to a month, or saves: before, after, and the difference, in total and by resource.

use super::budget::{Claimed, Increase, Verdict, judge};
use super::catalog::Catalog;
use super::cost::{Cost, Item, Line, Total, left_behind, price};
use super::estate::Estate;
use super::usage::Usage;
use crate::core::address::Address;
use crate::core::graph::Graph;
use crate::core::kind::Row;
use crate::core::money::{Decimal, Money, Range};
use crate::core::plan::{Action, Change, Plan};
use crate::core::settings::Budget;
use crate::core::snapshot::Snapshot;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The cost of a plan. `delta` is `after - before` everywhere, and the sum of the resources' deltas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanCost {
    pub before: Total,
    pub after: Total,
    pub delta: Range<Money>,
    /// By `service.api`, `network`: each that costs something, before or after.
    pub modules: BTreeMap<String, Share>,
    /// In order of address, every resource whose cost differs, whether or not the plan touches it: autoscaling changes
    /// what a service costs. Those with lines without a price as well, so that they are never lost.
    pub resources: Vec<Delta>,
    /// What runs twice while resources are replaced or tasks roll, once.
    pub overlap: Money,
    /// What `[stack.budget]` says of it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Verdict>,
    /// The day it was made for: `2026-11-21`.
    pub today: String,
    /// Where prices come from: `embedded`, or a file.
    pub catalogue: String,
    /// The catalogue's own day.
    pub generated: String,
}

/// What a part of a stack costs before a plan and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    pub before: Total,
    pub after: Total,
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
    /// What stays on the bill although it goes, each month until somebody deletes it: the last snapshot of a database,
    /// or all of what is only forgotten.
    pub left: Vec<Line>,
    /// What it is billed for after the plan.
    pub lines: Vec<Line>,
}

/// How much of a resource runs twice while it is updated, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Per cent.
    pub share: u32,
    pub minutes: u32,
}

/// What prices are taken from, and for which day.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    pub catalog: &'a Catalog,
    /// `2026-11-21`.
    pub today: &'a str,
}

/// The cost of a plan: of what is live as the snapshot has it, and of what the graph wants.
pub fn price_plan(
    plan: &Plan,
    graph: &Graph,
    snapshot: &Snapshot,
    usage: &Usage,
    prices: Prices<'_>,
    find: &dyn Fn(&str) -> Option<&'static Row>,
) -> PlanCost {
    let Prices { catalog, today } = prices;
    let nothing = Graph::default();
    let live = Estate::before(plan, snapshot, find);
    let wanted = Estate::wanted(if plan.destroy { &nothing } else { graph }, &snapshot.scope.region);
    let (before, after) = (price(&live, usage, catalog, today), price(&wanted, usage, catalog, today));
    plan_cost(plan, &before, &after, &left_behind(&live, usage, catalog, today), find)
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
    // Where an address has two, the second deletes what a broken-off replacement left there.
    let changes = plan.changes.iter().rev().map(|change| (&change.address, change)).collect::<BTreeMap<_, _>>();
    let addresses = was.keys().chain(will.keys()).chain(changes.keys()).copied().collect::<BTreeSet<_>>();
    let mut resources = Vec::new();
    for address in addresses {
        let (old, new) = (was.get(address).map(Bill::total).unwrap_or_default(), will.get(address).map(Bill::total).unwrap_or_default());
        let change = changes.get(address).copied();
        let overlap = change.map(|change| overlap(change, old, new, find)).unwrap_or_default();
        let left = match change.map(|change| change.action) {
            Some(Action::Delete | Action::Replace { .. }) => left.get(address).cloned().unwrap_or_default(),
            Some(Action::Forget) => was.get(address).map(Bill::lines).unwrap_or_default(),
            Some(Action::Create | Action::Update | Action::Adopt | Action::Move | Action::Wait) | None => Vec::new(),
        };
        let delta = new.list - old.list;
        if delta != Range::default() || old.unpriced + new.unpriced > 0 || overlap != Money::ZERO || !left.is_empty() {
            resources.push(Delta {
                address: address.clone(),
                before: old.list,
                after: new.list,
                delta,
                unpriced: (old.unpriced, new.unpriced),
                overlap,
                left,
                lines: will.get(address).map(Bill::lines).unwrap_or_default(),
            });
        }
    }
    let (before_total, after_total) = (before.total(), after.total());
    PlanCost {
        before: before_total,
        after: after_total,
        delta: after_total.list - before_total.list,
        modules: shares(before, after),
        overlap: resources.iter().map(|one| one.overlap).sum(),
        resources,
        budget: None,
        catalogue: after.catalogue.clone(),
        today: after.today.clone(),
        generated: after.generated.clone(),
    }
}

impl PlanCost {
    /// With what a budget says of it; `accepted` is the figure that a person has accepted.
    pub fn judged(self, budget: Option<&Budget>, accepted: Option<Money>) -> Self {
        let increase = Increase { monthly: self.delta.likely, unpriced: self.after.unpriced > self.before.unpriced };
        let claimed = Claimed { monthly: self.after.list.likely, increase: Some(increase), unpriced: self.after.unpriced, accepted };
        PlanCost { budget: budget.map(|budget| judge(budget, claimed)), ..self }
    }
    /// What happens to one resource's cost; `None` where it stays the same.
    pub fn of(&self, address: &Address) -> Option<&Delta> {
        self.resources.binary_search_by(|one| one.address.cmp(address)).ok().map(|at| &self.resources[at])
    }
}

fn shares(before: &Cost, after: &Cost) -> BTreeMap<String, Share> {
    let mut shares = BTreeMap::<String, Share>::new();
    for (module, total) in before.by_module() {
        shares.entry(module.to_owned()).or_default().before = total;
    }
    for (module, total) in after.by_module() {
        shares.entry(module.to_owned()).or_default().after = total;
    }
    shares
}

/// What an address is billed for: by one resource, or by two while a replacement is broken off.
#[derive(Default)]
struct Bill<'a>(Vec<&'a Item>);

impl Bill<'_> {
    fn total(&self) -> Total {
        self.0.iter().map(|item| item.total()).sum()
    }
    fn lines(&self) -> Vec<Line> {
        self.0.iter().flat_map(|item| item.lines.iter().cloned()).collect()
    }
}

fn by_address(cost: &Cost) -> BTreeMap<&Address, Bill<'_>> {
    let mut bills = BTreeMap::<_, Bill<'_>>::new();
    cost.items.iter().for_each(|item| bills.entry(&item.address).or_default().0.push(item));
    bills
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
        Action::Replace { delete_first: true }
        | Action::Create
        | Action::Delete
        | Action::Adopt
        | Action::Move
        | Action::Forget
        | Action::Wait => Money::ZERO,
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
