//! Pricing of a plan: a month before it, after it, and the difference, in total and by resource.

use super::catalog::Catalog;
use super::charge::HOURS;
use super::cost::{left_behind, price};
use super::estate::{Estate, Find};
use super::priced::Overlap;
use super::year::{is_same as is_charged_the_same, year, year_of};
use crate::core::address::Address;
use crate::core::bill::{Cost, Delta, Difference, Item, Line, Once, PlanCost, Share, Total};
use crate::core::diff::is_same;
use crate::core::graph::Graph;
use crate::core::kind::Compare;
use crate::core::money::Decimal;
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
    // AWS goes on billing what is only forgotten, and what an account pays is what is judged.
    let forgotten = plan.changes.iter().filter(|change| change.action == Action::Forget).map(|change| &change.address);
    let forgotten = forgotten.collect::<BTreeSet<_>>();
    let with_forgotten = |after: Cost, before: &Cost| {
        let stays = before.items.iter().filter(|item| forgotten.contains(&item.address)).cloned();
        Cost { items: after.items.into_iter().chain(stays).collect(), ..after }
    };
    let after = with_forgotten(after, &before);
    let at = |day: &str| with_forgotten(price(&wanted, usage, catalog, day), &price(&live, usage, catalog, day));
    let same = |day: &str| [&wanted, &live].iter().all(|estate| is_charged_the_same(estate, usage, [today, day]));
    let years = [year(&before, &live, usage, catalog).total, year_of(&after, same, at).total];
    let cost = plan_cost(plan, &before, &after, &left_behind(&live, usage, catalog, today), find);
    let delta = cost.delta.over_years([cost.before, cost.after], years);
    PlanCost { year: Some(Share { before: years[0], after: years[1], delta }), ..cost }
}

/// Returns the specs of what is live and stays, where they are not what the file says: a plan leaves alone what others set and
/// what the file does not say, and AWS bills what is there.
fn kept(plan: &Plan, graph: &Graph, snapshot: &Snapshot) -> BTreeMap<Address, Value> {
    let changed = plan.changes.iter().map(|change| (&change.address, change)).collect::<BTreeMap<_, _>>();
    let claimed = snapshot.resources.values().flatten().filter_map(|live| Some((&live.claim.as_ref()?.address, live)));
    let claimed = claimed.collect::<BTreeMap<_, _>>();
    let mut kept = BTreeMap::new();
    for node in graph.nodes() {
        let live = match changed.get(&node.address) {
            Some(Change { action: Action::Update | Action::Adopt | Action::Move, live, .. }) => live.as_ref(),
            Some(Change { action: Action::Wait, .. }) | None => claimed.get(&node.address).copied(),
            Some(_) => None,
        };
        let Some(live) = live else { continue };
        let mut spec = node.beside(&live.spec).into_owned();
        for field in node.kind.fields.iter().filter(|field| field.compare != Compare::Always) {
            let (wanted, there) = (&spec[field.name], &live.spec[field.name]);
            if !there.is_null() && is_same(field, wanted, there) {
                spec[field.name] = there.clone();
            }
        }
        if spec != node.spec {
            kept.insert(node.address.clone(), spec);
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
        let [old_lines, new_lines] = [&was, &will].map(|bills| bills.get(address).map(Bill::lines).unwrap_or_default());
        let [old, new] = [&old_lines, &new_lines].map(|lines| lines.iter().map(|line| line.total()).sum::<Total>());
        let change = changes.get(address).copied();
        let overlap = change.map(|change| overlap(change, old, new, find)).unwrap_or_default();
        let left = match change.map(|change| change.action) {
            Some(Action::Delete | Action::Replace { .. }) => left.get(address).cloned().unwrap_or_default(),
            Some(Action::Forget | Action::Create | Action::Update | Action::Adopt | Action::Move | Action::Wait) | None => Vec::new(),
        };
        let delta = Difference::between(&old_lines, &new_lines);
        if !delta.is_nothing() || !old.is_known() || !new.is_known() || overlap != Once::default() || !left.is_empty() {
            let lines = new_lines.into_iter().cloned().collect();
            resources.push(Delta { address: address.clone(), before: old, after: new, delta, overlap, left, lines });
        }
    }
    PlanCost {
        before: before.total(),
        after: after.total(),
        delta: resources.iter().map(|one| one.delta).sum(),
        year: None,
        modules: shares(before, after, &resources),
        overlap: resources.iter().map(|one| one.overlap).sum(),
        resources,
        budget: None,
        catalogue: after.catalogue.clone(),
        today: after.today.clone(),
        generated: after.generated.clone(),
    }
}

fn shares(before: &Cost, after: &Cost, resources: &[Delta]) -> BTreeMap<String, Share> {
    let mut shares = BTreeMap::<String, Share>::new();
    for (module, total) in before.by_module() {
        shares.entry(module.to_string()).or_default().before = total;
    }
    for (module, total) in after.by_module() {
        shares.entry(module.to_string()).or_default().after = total;
    }
    for Delta { address, delta, .. } in resources {
        if let Some(share) = shares.get_mut(address.group()) {
            share.delta = share.delta.plus(*delta);
        }
    }
    shares
}

/// The items that an address is billed for: one, or two while a replacement is broken off.
#[derive(Default)]
struct Bill<'a>(Vec<&'a Item>);

impl Bill<'_> {
    fn lines(&self) -> Vec<&Line> {
        self.0.iter().flat_map(|item| &item.lines).collect()
    }
}

fn by_address(cost: &Cost) -> BTreeMap<&Address, Bill<'_>> {
    let mut bills = BTreeMap::<_, Bill<'_>>::new();
    cost.items.iter().for_each(|item| bills.entry(&item.address).or_default().0.push(item));
    bills
}

/// Returns the cost of what runs twice meanwhile: the old one until the new one has taken over.
fn overlap(change: &Change, old: Total, new: Total, find: Find<'_>) -> Once {
    let Some(row) = find(&change.kind) else { return Once::default() };
    match change.action {
        Action::Replace { delete_first: false } => a_part(old, 100, minutes(change.minutes)),
        Action::Update => {
            let Overlap { share, minutes } = (row.overlap)(&change.wanted);
            a_part(new, share, minutes)
        }
        Action::Replace { delete_first: true }
        | Action::Create
        | Action::Delete
        | Action::Adopt
        | Action::Move
        | Action::Forget
        | Action::Wait => Once::default(),
    }
}

fn a_part(monthly: Total, percent: u32, minutes: u32) -> Once {
    let month = HOURS * Decimal::from(60);
    let part = Decimal::from(percent) / Decimal::ONE_HUNDRED * Decimal::from(minutes) / month;
    let unpriced = if part.is_zero() { 0 } else { monthly.unknown.lines };
    Once { usd: (monthly.list.likely * part).fixed(), unpriced }
}

fn minutes(typical: f32) -> u32 {
    // Typical minutes are small and positive.
    typical.ceil().clamp(0.0, 10_000.0) as u32
}
