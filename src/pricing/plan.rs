//! Pricing of a plan: a month before it, after it, and the difference, in total and by resource.

use super::catalog::Catalog;
use super::charge::HOURS;
use super::cost::{left_behind, price};
use super::estate::{Estate, Find};
use super::priced::Overlap;
use crate::core::address::Address;
use crate::core::bill::{Cost, Delta, Item, Line, PlanCost, Share, Total};
use crate::core::graph::Graph;
use crate::core::kind::Compare;
use crate::core::money::{Decimal, Money, Range};
use crate::core::plan::{Action, Change, Plan};
use crate::core::snapshot::Snapshot;
use crate::core::usage::Usage;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The catalogue that prices are taken from, and the day that they are taken for.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    pub catalog: &'a Catalog,
    /// The day to price for: `2026-11-21`.
    pub today: &'a str,
}

/// Prices a plan: what is live as the snapshot has it, and what the graph wants.
pub fn price_plan(plan: &Plan, graph: &Graph, snapshot: &Snapshot, usage: &Usage, prices: Prices<'_>, find: Find<'_>) -> PlanCost {
    let Prices { catalog, today } = prices;
    let nothing = Graph::default();
    let live = Estate::before(plan, snapshot, find);
    let kept = kept(plan, graph, snapshot);
    let wanted = Estate::after(if plan.destroy { &nothing } else { graph }, &kept, &snapshot.scope.region, find);
    let (before, after) = (price(&live, usage, catalog, today), price(&wanted, usage, catalog, today));
    plan_cost(plan, &before, &after, &left_behind(&live, usage, catalog, today), find)
}

/// Returns the specs of what stays and keeps values that the file does not say, with those values: they are billed as before.
fn kept(plan: &Plan, graph: &Graph, snapshot: &Snapshot) -> BTreeMap<Address, Value> {
    let changed = plan.changes.iter().map(|change| (&change.address, change)).collect::<BTreeMap<_, _>>();
    let claimed = snapshot.resources.values().flatten().filter_map(|live| Some((&live.claim.as_ref()?.address, live)));
    let claimed = claimed.collect::<BTreeMap<_, _>>();
    let mut kept = BTreeMap::new();
    for node in graph.nodes() {
        let live = match changed.get(&node.address) {
            Some(Change { action: Action::Update | Action::Adopt | Action::Move, live, .. }) => live.as_ref(),
            Some(_) => None,
            None => claimed.get(&node.address).copied(),
        };
        let Some(live) = live else { continue };
        let unsaid = node.kind.fields.iter().map(|field| (field.name, field.compare));
        let unsaid =
            unsaid.filter(|(name, compare)| *compare == Compare::IfSaid && node.spec[*name].is_null() && !live.spec[*name].is_null());
        for (name, _) in unsaid {
            kept.entry(node.address.clone()).or_insert_with(|| node.spec.clone())[name] = live.spec[name].clone();
        }
    }
    kept
}

/// Makes the cost of a plan from the cost of what is live and of what is wanted.
/// `left` is what deletions leave behind, by the address of what goes.
pub fn plan_cost(plan: &Plan, before: &Cost, after: &Cost, left: &BTreeMap<Address, Vec<Line>>, find: Find<'_>) -> PlanCost {
    let (was, will) = (by_address(before), by_address(after));
    // If an address has two, the second deletes what a broken-off replacement left there.
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

fn shares(before: &Cost, after: &Cost) -> BTreeMap<String, Share> {
    let mut shares = BTreeMap::<String, Share>::new();
    for (module, total) in before.by_module() {
        shares.entry(module.to_string()).or_default().before = total;
    }
    for (module, total) in after.by_module() {
        shares.entry(module.to_string()).or_default().after = total;
    }
    shares
}

/// The items that an address is billed for: one, or two while a replacement is broken off.
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

/// Returns the cost of what runs twice meanwhile: the old one until the new one has taken over.
fn overlap(change: &Change, old: Total, new: Total, find: Find<'_>) -> Money {
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
    let month = HOURS * Decimal::from(60);
    (monthly * (Decimal::from(percent) / Decimal::ONE_HUNDRED * Decimal::from(minutes) / month)).fixed()
}

fn minutes(typical: f32) -> u32 {
    // Typical minutes are small and positive.
    typical.ceil().clamp(0.0, 10_000.0) as u32
}
