//! Tiers and allowances, which AWS counts for an account as a whole, shared by the lines that fill them.
//!
//! Tiers fill from the quiet month up: what there is in a quiet month lies in the first ones, what an ordinary month adds to it in
//! the next, and what a busy month adds in those above. Each of these three parts is shared in proportion by the lines that have
//! it, whatever their order. So no line costs less in a busier month although the average price falls, and the lines add up to
//! what AWS bills for all of them. Shares in proportion to each month as a whole could not do that: a line that stays the same would
//! become cheaper beside one that grows.

use super::catalog::Tier;
use crate::core::bill::Band;
use crate::core::money::{Decimal, Money, Range};
use std::cmp::Reverse;

/// The part that one line has in what all lines of a key cost together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub cost: Range<Money>,
    /// The tiers that its likely quantity lies in; the first with nothing in it, if there is no such quantity.
    pub bands: Vec<Band>,
}

/// Shares what the quantities of a key cost together.
pub(super) fn share(tiers: &[Tier], quantities: &[Range<Decimal>]) -> Vec<Part> {
    let steps = Steps::of(quantities);
    let mut parts = vec![(Money::ZERO, Vec::<Band>::new()); quantities.len()];
    let (mut from, mut costs) = (Decimal::ZERO, Vec::new());
    let mut likely = Vec::new();
    for (at, added) in steps.added.iter().enumerate() {
        if !steps.rising {
            (from, parts) = (Decimal::ZERO, vec![Default::default(); quantities.len()]);
        }
        for ((sum, bands), (cost, more)) in parts.iter_mut().zip(step(tiers, from, added)) {
            *sum += cost;
            bands.extend(more);
        }
        from = from.saturating_add(total(added));
        costs.push(parts.iter().map(|(sum, _)| *sum).collect::<Vec<_>>());
        if at == LIKELY {
            likely = parts.iter().map(|(_, bands)| merged(tiers, bands)).collect();
        }
    }
    let cost = |line: usize| Range { low: costs[0][line], likely: costs[LIKELY][line], high: costs[2][line] };
    likely.into_iter().enumerate().map(|(line, bands)| Part { cost: cost(line), bands }).collect()
}

/// Shares an allowance by the amounts that it is for.
pub(super) fn allot(allowance: Decimal, amounts: &[Range<Decimal>]) -> Vec<Range<Decimal>> {
    let steps = Steps::of(amounts);
    let mut given = vec![Decimal::ZERO; amounts.len()];
    let mut left = allowance;
    let each = steps.added.map(|added| {
        if !steps.rising {
            (given, left) = (vec![Decimal::ZERO; amounts.len()], allowance);
        }
        let all = total(&added);
        for (given, added) in given.iter_mut().zip(&added) {
            *given += if all <= left { *added } else { (left.saturating_mul(*added) / all).min(*added) };
        }
        left -= all.min(left);
        given.clone()
    });
    let [low, likely, high] = each;
    let lines = low.into_iter().zip(likely).zip(high);
    lines.map(|((low, likely), high)| Range { low, likely, high }).collect()
}

/// Returns what a quantity costs that is all there is of a key.
pub(super) fn whole(tiers: &[Tier], quantity: Decimal) -> Money {
    bands(tiers, Decimal::ZERO, quantity).iter().map(|band| band.usd * band.quantity).sum::<Money>().fixed()
}

const LIKELY: usize = 1;

/// The quantities of a quiet month, and what an ordinary one and a busy one add to them.
struct Steps {
    added: [Vec<Decimal>; 3],
    /// False if one of the lines has less in a busier month. Then each month is shared by itself, and `added` has all of it.
    rising: bool,
}

impl Steps {
    fn of(ranges: &[Range<Decimal>]) -> Self {
        let rising = ranges.iter().all(|Range { low, likely, high }| low <= likely && likely <= high);
        let below = |amount: Decimal| if rising { amount } else { Decimal::ZERO };
        let of = |each: fn(&Range<Decimal>) -> (Decimal, Decimal)| {
            let added = ranges.iter().map(each).map(|(more, less)| more - below(less));
            added.collect::<Vec<_>>()
        };
        Steps { added: [of(|one| (one.low, Decimal::ZERO)), of(|one| (one.likely, one.low)), of(|one| (one.high, one.likely))], rising }
    }
}

/// Shares what one step costs, which comes after so much of the same.
fn step(tiers: &[Tier], from: Decimal, added: &[Decimal]) -> Vec<(Money, Vec<Band>)> {
    let all = total(added);
    let filled = bands(tiers, from, all);
    let part = |quantity: Decimal| {
        let mut rest = quantity;
        let last = filled.len() - 1;
        let bands = filled.iter().enumerate().map(|(at, band)| {
            // The last takes what is left, so that the quantities add up; most often it is the only one.
            let share = if at == last { rest } else { (quantity / all * band.quantity).min(rest) };
            rest -= share;
            Band { quantity: share, ..band.clone() }
        });
        bands.collect::<Vec<_>>()
    };
    let parts = added.iter().map(|quantity| if quantity.is_zero() { Vec::new() } else { part(*quantity) }).collect::<Vec<_>>();
    let mut costs = parts.iter().map(|bands| bands.iter().map(|band| band.usd * band.quantity).sum::<Money>().fixed()).collect::<Vec<_>>();
    settle(&mut costs, added, whole(tiers, from.saturating_add(all)) - whole(tiers, from));
    costs.into_iter().zip(parts).collect()
}

/// Makes rounded costs add up to a sum, from the largest down: no cost falls below zero.
fn settle(costs: &mut [Money], added: &[Decimal], sum: Money) {
    let mut rest = sum - costs.iter().copied().sum();
    if rest == Money::ZERO {
        return;
    }
    let mut order = (0..costs.len()).collect::<Vec<_>>();
    order.sort_by_key(|at| Reverse((costs[*at], added[*at])));
    for at in order {
        let settled = (costs[at] + rest).max(Money::ZERO);
        rest = rest - (settled - costs[at]);
        costs[at] = settled;
    }
}

fn total(quantities: &[Decimal]) -> Decimal {
    quantities.iter().fold(Decimal::ZERO, |sum, quantity| sum.saturating_add(*quantity))
}

/// Returns the tiers that a quantity falls into which comes after so much of the same; the first, if there is none of it.
fn bands(tiers: &[Tier], from: Decimal, quantity: Decimal) -> Vec<Band> {
    let to = from.saturating_add(quantity);
    let ends = tiers.iter().skip(1).map(|tier| tier.from).chain([Decimal::MAX]);
    let bands = tiers.iter().zip(ends).map(|(tier, end)| {
        let quantity = (to.min(end) - from.max(tier.from)).max(Decimal::ZERO);
        Band { from: tier.from, usd: tier.usd, quantity }
    });
    let used = bands.clone().filter(|band| !band.quantity.is_zero()).collect::<Vec<_>>();
    if used.is_empty() { bands.take(1).collect() } else { used }
}

/// Puts the parts of a quantity together that lie in the same tier.
fn merged(tiers: &[Tier], parts: &[Band]) -> Vec<Band> {
    let of = |tier: &Tier| {
        let quantity = parts.iter().filter(|part| part.from == tier.from).map(|part| part.quantity).sum::<Decimal>();
        Band { from: tier.from, usd: tier.usd, quantity }
    };
    let used = tiers.iter().map(of).filter(|band| !band.quantity.is_zero()).collect::<Vec<_>>();
    if used.is_empty() { tiers.iter().take(1).map(of).collect() } else { used }
}
