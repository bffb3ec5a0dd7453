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

/// Shares what the quantities of a key cost together. None of them falls from a quiet month to a busy one.
pub(super) fn share(tiers: &[Tier], quantities: &[Range<Decimal>]) -> Vec<Part> {
    let [quiet, ordinary, busy] = steps(quantities);
    let likely = total(&quiet).saturating_add(total(&ordinary));
    let steps = [(Decimal::ZERO, &quiet), (total(&quiet), &ordinary), (likely, &busy)];
    let [quiet, ordinary, busy] = steps.map(|(from, added)| step(tiers, from, added));
    let lines = quiet.into_iter().zip(ordinary).zip(busy);
    let parts = lines.map(|(((low, below), (more, above)), (most, _))| {
        let cost = Range { low, likely: low + more, high: low + more + most };
        Part { cost, bands: merged(tiers, below.into_iter().chain(above)) }
    });
    parts.collect()
}

/// Shares an allowance by the amounts that it is for, none of which falls from a quiet month to a busy one.
pub(super) fn allot(allowance: Decimal, amounts: &[Range<Decimal>]) -> Vec<Range<Decimal>> {
    let mut left = allowance;
    let [quiet, ordinary, busy] = steps(amounts).map(|added| {
        let all = total(&added);
        let part = |added: &Decimal| if all <= left { *added } else { (left.saturating_mul(*added) / all).min(*added) };
        let parts = added.iter().map(part).collect::<Vec<_>>();
        left -= all.min(left);
        parts
    });
    let lines = quiet.into_iter().zip(ordinary).zip(busy);
    lines.map(|((low, more), most)| Range { low, likely: low + more, high: low + more + most }).collect()
}

/// Returns what a quantity costs that is all there is of a key.
pub(super) fn whole(tiers: &[Tier], quantity: Decimal) -> Money {
    bands(tiers, Decimal::ZERO, quantity).iter().map(|band| band.usd * band.quantity).sum::<Money>().fixed()
}

/// Returns what there is in a quiet month, and what an ordinary month and a busy one add.
fn steps(quantities: &[Range<Decimal>]) -> [Vec<Decimal>; 3] {
    let of = |step: fn(&Range<Decimal>) -> Decimal| quantities.iter().map(step).collect();
    [of(|one| one.low), of(|one| one.likely - one.low), of(|one| one.high - one.likely)]
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
fn merged(tiers: &[Tier], parts: impl Iterator<Item = Band>) -> Vec<Band> {
    let parts = parts.collect::<Vec<_>>();
    let of = |tier: &Tier| {
        let quantity = parts.iter().filter(|part| part.from == tier.from).map(|part| part.quantity).sum::<Decimal>();
        Band { from: tier.from, usd: tier.usd, quantity }
    };
    let used = tiers.iter().map(of).filter(|band| !band.quantity.is_zero()).collect::<Vec<_>>();
    if used.is_empty() { tiers.iter().take(1).map(of).collect() } else { used }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tiers() -> impl Strategy<Value = Vec<Tier>> {
        // Some rise: a refreshed price list may have such.
        proptest::collection::vec((1u32..100_000, 1u32..1_000_000), 1..6).prop_map(|mut tiers| {
            tiers.sort_unstable();
            tiers.dedup_by_key(|(from, _)| *from);
            let tier = |(at, (from, usd)): (usize, (u32, u32))| Tier {
                from: if at == 0 { Decimal::ZERO } else { from.into() },
                usd: Money::new(Decimal::new(usd.into(), 7)),
            };
            tiers.into_iter().enumerate().map(tier).collect()
        })
    }

    fn quantity() -> impl Strategy<Value = Decimal> {
        prop_oneof![Just(Decimal::ZERO), (0u32..300_000).prop_map(Decimal::from), (0i64..9_000_000_000).prop_map(|n| Decimal::new(n, 5))]
    }

    fn ranges() -> impl Strategy<Value = Vec<Range<Decimal>>> {
        let one = [quantity(), quantity(), quantity()].prop_map(|mut amounts| {
            amounts.sort();
            let [low, likely, high] = amounts;
            Range { low, likely, high }
        });
        proptest::collection::vec(one, 1..8)
    }

    fn sum(ranges: &[Range<Decimal>]) -> Range<Decimal> {
        ranges.iter().fold(Range::default(), |sum, one| sum.with(*one, |one, other| one + other))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
        #[test]
        fn parts_add_up_to_what_the_account_pays(tiers in tiers(), quantities in ranges()) {
            let parts = share(&tiers, &quantities);
            let all = parts.iter().map(|part| part.cost).sum::<Range<Money>>();
            prop_assert_eq!(all, sum(&quantities).map(|quantity| whole(&tiers, quantity)));
            for (part, quantity) in parts.iter().zip(&quantities) {
                let banded = part.bands.iter().map(|band| band.quantity).sum::<Decimal>();
                prop_assert!((banded - quantity.likely).abs() < Decimal::new(1, 9), "{:?} of {:?}", part, quantity);
                let nothing = |quantity: Decimal, cost: Money| !quantity.is_zero() || cost == Money::ZERO;
                prop_assert!(nothing(quantity.low, part.cost.low) && nothing(quantity.likely, part.cost.likely));
            }
        }

        #[test]
        fn no_part_falls_where_no_quantity_does(tiers in tiers(), quantities in ranges()) {
            for Part { cost: Range { low, likely, high }, .. } in share(&tiers, &quantities) {
                prop_assert!(Money::ZERO <= low && low <= likely && likely <= high, "{low} {likely} {high}");
            }
        }

        #[test]
        fn an_order_changes_nothing(tiers in tiers(), quantities in ranges()) {
            let turned = quantities.iter().rev().copied().collect::<Vec<_>>();
            let (parts, other) = (share(&tiers, &quantities), share(&tiers, &turned));
            for (one, other) in parts.iter().zip(other.iter().rev()) {
                // Rounding leaves a rest, which goes to one of those that are equal.
                prop_assert!((one.cost.likely - other.cost.likely).dollars().abs() <= Decimal::new(1, 11), "{:?} {:?}", one, other);
            }
        }

        #[test]
        fn an_allowance_is_given_out_whole_and_to_nobody_twice(allowance in 0u32..500_000, amounts in ranges()) {
            let allowance = Decimal::from(allowance);
            let parts = allot(allowance, &amounts);
            let given = sum(&parts).with(sum(&amounts), |given, amount| (given - amount.min(allowance)).abs() < Decimal::new(1, 12));
            prop_assert!(given.low && given.likely && given.high, "{:?}", parts);
            for (part, amount) in parts.iter().zip(&amounts) {
                prop_assert!(part.low <= amount.low && part.likely <= amount.likely && part.high <= amount.high, "{:?} {:?}", part, amount);
            }
        }
    }
}
