//! The arithmetic of commitments: who takes how much of what was promised, in one month.

use crate::core::money::Decimal;
use std::cmp::Ordering;

/// One way to spend a Savings Plan: on a line at the plan's rate, where it costs the price on demand otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Offer {
    pub plan: usize,
    pub line: usize,
    pub rate: Decimal,
    pub price: Decimal,
}

/// A quantity of a line that a plan covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spent {
    pub plan: usize,
    pub line: usize,
    pub quantity: Decimal,
}

/// Shares an amount by those that want it, in proportion; none takes more than it wants. Where there is enough each has all of it, and
/// else the shares add up to what there is, to the last digit.
pub(super) fn share(there: Decimal, wanted: &[Decimal]) -> Vec<Decimal> {
    let all = wanted.iter().fold(Decimal::ZERO, |sum, one| sum.saturating_add(*one));
    if all <= there {
        return wanted.to_vec();
    }
    // Parts of twelve decimal places are added and taken off without rounding; what they leave goes to the last that want it.
    let part = |one: &Decimal| (there / all).saturating_mul(*one).trunc_with_scale(12).min(*one);
    let mut parts = wanted.iter().map(part).collect::<Vec<_>>();
    let mut left = there - parts.iter().sum::<Decimal>();
    for (part, one) in parts.iter_mut().zip(wanted).rev() {
        let more = left.min(*one - *part);
        *part += more;
        left -= more;
    }
    parts
}

/// Spends plans on a month. AWS does so where it saves the largest percentage first, and at the lowest rate where that is the same:
/// <https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html>. Lines at the same price and rate share a plan.
///
/// `plans`: the dollars of each. `quantities`: what is left of each line on demand.
pub(super) fn spend(plans: &[Decimal], quantities: &[Decimal], offers: &[Offer]) -> Vec<Spent> {
    let mut offers = offers.to_vec();
    offers.sort_by(|one, other| better(one, other).then(one.plan.cmp(&other.plan)).then(one.line.cmp(&other.line)));
    let (mut plans, mut quantities) = (plans.to_vec(), quantities.to_vec());
    let mut spent = Vec::new();
    for group in offers.chunk_by(|one, other| one.plan == other.plan && better(one, other) == Ordering::Equal) {
        let Some(Offer { plan, rate, .. }) = group.first().copied() else { continue };
        let wanted = group.iter().map(|offer| quantities[offer.line].saturating_mul(rate)).collect::<Vec<_>>();
        for ((offer, dollars), all) in group.iter().zip(share(plans[plan], &wanted)).zip(&wanted) {
            let quantity = if dollars == *all { quantities[offer.line] } else { (dollars / rate).min(quantities[offer.line]) };
            plans[plan] = (plans[plan] - dollars).max(Decimal::ZERO);
            quantities[offer.line] -= quantity;
            if !quantity.is_zero() {
                spent.push(Spent { plan, line: offer.line, quantity });
            }
        }
    }
    spent
}

fn better(one: &Offer, other: &Offer) -> Ordering {
    // The smaller part of the price comes first, without dividing.
    let parts = one.rate.saturating_mul(other.price).cmp(&other.rate.saturating_mul(one.price));
    parts.then(one.rate.cmp(&other.rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::number;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        number(text).unwrap()
    }

    /// AWS's own example, with its illustrative prices of an hour: an instance at $4 and $2, one at $10 and $8, ten vCPU of Fargate at
    /// $1.50 and $1, and five gigabytes at $2 and $1.
    /// <https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html>, as it was before 2024
    fn example(commitment: &str) -> (Vec<(usize, Decimal)>, Decimal) {
        let lines = [("1", "4", "2"), ("1", "10", "8"), ("10", "1.5", "1"), ("5", "2", "1")];
        let lines = lines.map(|(quantity, price, rate)| (decimal(quantity), decimal(price), decimal(rate)));
        let offers = lines.iter().enumerate().map(|(line, (_, price, rate))| Offer { plan: 0, line, rate: *rate, price: *price });
        let quantities = lines.map(|(quantity, ..)| quantity);
        let spent = spend(&[decimal(commitment)], &quantities, &offers.collect::<Vec<_>>());
        let on_demand = lines.iter().map(|(quantity, price, _)| quantity * price).sum::<Decimal>();
        let covered = spent.iter().map(|one| one.quantity * lines[one.line].1).sum::<Decimal>();
        let bill = decimal(commitment) + on_demand - covered;
        (spent.into_iter().map(|one| (one.line, one.quantity)).collect(), bill)
    }

    #[test]
    fn plans_are_spent_as_in_the_example_of_aws() {
        let all = vec![(3, decimal("5")), (0, decimal("1")), (2, decimal("10")), (1, decimal("1"))];
        assert_eq!(example("25"), (all, decimal("25")), "a plan that covers everything");
        // Gigabytes and the first instance save half, the lower rate first; vCPUs a third; two dollars are left for a quarter of the other.
        let some = vec![(3, decimal("5")), (0, decimal("1")), (2, decimal("10")), (1, decimal("0.25"))];
        assert_eq!(example("19"), (some, decimal("26.5")));
    }

    #[test]
    fn what_there_is_is_shared_to_the_last_digit() {
        let wanted = ["1", "0", "1", "1", "0"].map(decimal);
        let parts = share(decimal("1"), &wanted);
        assert_eq!(parts.iter().sum::<Decimal>(), decimal("1"));
        assert_eq!((parts[1], parts[4]), (Decimal::ZERO, Decimal::ZERO));
        assert_eq!(share(decimal("3"), &wanted), wanted);
        assert_eq!(share(Decimal::ZERO, &wanted).iter().sum::<Decimal>(), Decimal::ZERO);
        assert_eq!(share(decimal("3"), &[]), Vec::<Decimal>::new());
    }

    fn amount() -> impl Strategy<Value = Decimal> {
        prop_oneof![Just(Decimal::ZERO), (1i64..9_000_000).prop_map(|n| Decimal::new(n, 3)), (1u32..1000).prop_map(Decimal::from)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
        #[test]
        fn shares_add_up_and_nobody_has_more_than_it_wants(there in amount(), wanted in proptest::collection::vec(amount(), 0..8)) {
            let parts = share(there, &wanted);
            prop_assert_eq!(parts.iter().sum::<Decimal>(), there.min(wanted.iter().sum()));
            prop_assert!(parts.iter().zip(&wanted).all(|(part, wanted)| *part >= Decimal::ZERO && part <= wanted), "{parts:?}");
        }

        #[test]
        fn plans_are_spent_no_further_than_they_go_and_a_busier_month_costs_no_less(
            plans in proptest::collection::vec(amount(), 1..3),
            lines in proptest::collection::vec((amount(), amount(), 1i64..5_000, 1i64..1_000), 1..6),
        ) {
            let price = |at: usize| Decimal::new(lines[at].2, 3);
            let offers = (0..plans.len()).flat_map(|plan| {
                let lines = &lines;
                (0..lines.len()).map(move |line| {
                    // The second plan has other rates than the first.
                    let part = Decimal::new(if plan == 0 { lines[line].3 } else { 1_000 - lines[line].3 / 2 }, 3);
                    Offer { plan, line, rate: price(line) * part, price: price(line) }
                })
            });
            let offers = offers.collect::<Vec<_>>();
            let bill = |quantities: Vec<Decimal>| {
                let spent = spend(&plans, &quantities, &offers);
                let rest = |at: usize| quantities[at] - spent.iter().filter(|one| one.line == at).map(|one| one.quantity).sum::<Decimal>();
                let rests = (0..quantities.len()).map(rest).collect::<Vec<_>>();
                for (plan, there) in plans.iter().enumerate() {
                    let of = |one: &Spent| offers.iter().find(|offer| (offer.plan, offer.line) == (plan, one.line)).unwrap().rate * one.quantity;
                    let used = spent.iter().filter(|one| one.plan == plan).map(of).sum::<Decimal>();
                    assert!(used <= there + Decimal::new(1, 12), "{used} of {there}");
                    // A plan is left over only where nothing is left that it could cover.
                    assert!(used >= there - Decimal::new(1, 12) || rests.iter().all(|rest| *rest <= Decimal::new(1, 12)), "{used} of {there}");
                }
                rests
            };
            let quiet = bill(lines.iter().map(|line| line.0).collect());
            let busy = bill(lines.iter().map(|line| line.0 + line.1).collect());
            prop_assert!(quiet.iter().all(|rest| *rest >= Decimal::ZERO), "{quiet:?}");
            prop_assert!(quiet.iter().zip(&busy).all(|(quiet, busy)| *quiet <= *busy + Decimal::new(1, 9)), "{quiet:?} {busy:?}");
        }
    }
}
