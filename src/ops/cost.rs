//! Costing: what a stack costs a month as its file says, with other values set over it, or as it runs.

use super::Error;
use super::stack::{Choice, Loaded, parse};
use crate::core::address::Address;
use crate::core::bill::{Cost, Pledge};
use crate::core::budget::{Claimed, Verdict, judge};
use crate::core::diagnostic::Rejected;
use crate::core::file::environments;
use crate::core::money::Money;
use crate::core::snapshot::Snapshot;
use crate::core::source::Source;
use crate::kinds;
use crate::pricing::Estate;
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::{price, price_together};
use crate::pricing::year::{Year, year};
use std::collections::BTreeSet;

/// The basis of costs.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    pub catalog: &'a Catalog,
    /// The day to price for: `2026-11-21`.
    pub today: &'a str,
    /// The monthly total that is agreed to although the budget does not allow it.
    pub accepted: Option<Money>,
}

/// A cost, and what the stack's budget says of it.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The stack and its environment: `shop/production`.
    pub owner: String,
    pub cost: Cost,
    /// The year that begins with it.
    pub year: Year,
    /// None where the stack has no budget.
    pub verdict: Option<Verdict>,
    /// Warnings of amounts that the cost does not follow, though the file's `[usage]` says them.
    pub remarks: Rejected,
}

/// Prices what a stack wants.
pub fn wanted(loaded: &Loaded, basis: Basis<'_>) -> Priced {
    let estate = Estate::wanted(&loaded.graph, &loaded.stack.settings.region, &kinds::priced);
    Priced { remarks: loaded.remarks(basis.today), ..priced(loaded, &estate, basis) }
}

/// Prices what a stack wants for a month, and no more.
pub fn month(loaded: &Loaded, basis: Basis<'_>) -> Cost {
    let estate = Estate::wanted(&loaded.graph, &loaded.stack.settings.region, &kinds::priced);
    price(&estate, &loaded.stack.usage, basis.catalog, basis.today)
}

/// Prices what runs of a stack.
pub fn running(loaded: &Loaded, snapshot: &Snapshot, basis: Basis<'_>) -> Priced {
    priced(loaded, &Estate::running(snapshot, &kinds::priced), basis)
}

/// Prices one environment of a file.
pub fn one(source: &Source, choice: Choice<'_>, basis: Basis<'_>) -> Result<Priced, Error> {
    Ok(wanted(&parse(source.clone(), choice)?, basis))
}

/// Prices the environment that is chosen, or else each that the file has.
pub fn each(source: &Source, choice: Choice<'_>, basis: Basis<'_>) -> Result<Vec<Priced>, Error> {
    let all = if choice.env.is_some() { Vec::new() } else { environments(source) };
    if all.is_empty() {
        return Ok(vec![one(source, choice, basis)?]);
    }
    all.iter().map(|env| one(source, Choice { env: Some(env), ..choice }, basis)).collect()
}

/// Answers the resources of which the edits of a question change what an apply leaves as it is once they are live: what the file says
/// to ignore, and what counts only when something is made.
pub fn left_alone(source: &Source, choice: Choice<'_>) -> Result<Vec<Address>, Error> {
    let (before, after) = (parse(source.clone(), Choice { edits: &[], ..choice })?, parse(source.clone(), choice)?);
    let kept = after.graph.nodes().filter(|node| before.graph.get(&node.address).is_some_and(|live| *node.beside(&live.spec) != node.spec));
    Ok(kept.map(|node| node.address.clone()).collect())
}

/// Prices all environments of a file as one account is billed for them, which has its tiers and its free tier once.
pub fn together(source: &Source, choice: Choice<'_>, basis: Basis<'_>) -> Result<Vec<Priced>, Error> {
    let loaded = environments(source).into_iter().map(|env| parse(source.clone(), Choice { env: Some(&env), ..choice }));
    let loaded = loaded.collect::<Result<Vec<_>, _>>()?;
    let stacks = loaded.iter().map(|one| {
        let estate = Estate::wanted(&one.graph, &one.stack.settings.region, &kinds::priced);
        (estate, &one.stack.usage)
    });
    let stacks = stacks.collect::<Vec<_>>();
    let costs = price_together(&stacks, basis.catalog, basis.today);
    let all = loaded.iter().zip(&stacks).zip(costs);
    let priced = all.map(|((one, (estate, usage)), cost)| {
        // The year is that of the environment alone: its share of the account's tiers and free tier is no change in it.
        let alone = price(estate, usage, basis.catalog, basis.today);
        let year = year(&alone, estate, usage, basis.catalog);
        Priced { remarks: one.remarks(basis.today), ..judged(one, cost, year, basis) }
    });
    let mut priced = priced.collect::<Vec<_>>();
    // Another environment may use what one leaves of a commitment: only what all of them together leave is said.
    let used_up = |pledge: &&Pledge| pledge.used.is_some_and(|used| used.likely >= pledge.committed);
    let all = priced.iter().flat_map(|one| &one.cost.commitments).filter(used_up).map(|one| format!("stack.{}", one.address));
    let used_up = all.collect::<BTreeSet<_>>();
    for one in &mut priced {
        one.remarks.diagnostics.retain(|remark| !used_up.contains(&remark.path.to_string()));
    }
    Ok(priced)
}

fn priced(loaded: &Loaded, estate: &Estate<'_>, basis: Basis<'_>) -> Priced {
    let cost = price(estate, &loaded.stack.usage, basis.catalog, basis.today);
    let year = year(&cost, estate, &loaded.stack.usage, basis.catalog);
    judged(loaded, cost, year, basis)
}

fn judged(loaded: &Loaded, cost: Cost, year: Year, basis: Basis<'_>) -> Priced {
    let total = cost.total();
    let claimed = Claimed { month: total, increase: None, accepted: basis.accepted };
    let verdict = loaded.stack.settings.budget.as_ref().map(|budget| judge(budget, claimed));
    let remarks = Rejected { sources: Vec::new(), diagnostics: Vec::new() };
    Priced { owner: loaded.scope("").owner(), cost, year, verdict, remarks }
}
