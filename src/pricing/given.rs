//! Amounts of a measure: what `[usage]` says, shared by all that are billed by it, or a default.

use crate::core::money::{Decimal, Range, shown};
use crate::core::usage::Measure;

/// An amount, who says so, and the measures of `[usage]` that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub amount: Range<Decimal>,
    /// The assumption in words: `nat_gb = 10 GB, the default`.
    pub said: String,
    pub measures: Vec<Counted>,
}

/// A measure that an amount comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub measure: &'static str,
    /// The reason, where what is said cannot be.
    pub doubt: Option<Doubt>,
}

/// A reason why an amount cannot be as it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// AWS keeps to a limit, and less or more counts than what is said: `autoscaling runs 1 to 3 tasks`.
    Bound(String),
    /// It is part of another amount that is said to be less: `` `nat_gb` ``. It counts as it is said.
    Part(String),
}

impl Given {
    /// Makes an amount that no measure says.
    pub fn assumed(amount: Range<Decimal>, said: impl Into<String>) -> Self {
        Given { amount, said: said.into(), measures: Vec::new() }
    }
    pub fn map(self, each: impl Fn(Decimal) -> Decimal) -> Self {
        Given { amount: self.amount.map(each), ..self }
    }
    /// Returns another amount that follows from this one; `how` is added to what is said.
    pub fn becomes(self, how: &str, each: impl Fn(Decimal) -> Decimal) -> Self {
        Given { said: format!("{}, {how}", self.said), ..self.map(each) }
    }
    /// Counts it by the ten thousand or the million, as AWS counts requests.
    pub fn per(self, many: u32) -> Self {
        self.map(|amount| amount / Decimal::from(many))
    }
    pub fn join(self, other: Given, each: impl Fn(Decimal, Decimal) -> Decimal) -> Self {
        let measures = self.measures.into_iter().chain(other.measures).collect();
        Given { amount: self.amount.with(other.amount, each), said: format!("{}; {}", self.said, other.said), measures }
    }
    /// Keeps it between two amounts that AWS keeps it between. `why` says so, where that changes it.
    pub fn within(self, least: Decimal, most: Decimal, why: &str) -> Self {
        let amount = self.amount.map(|amount| amount.max(least).min(most));
        if amount == self.amount {
            return self;
        }
        let measures = self.measures.into_iter().map(|one| Counted { doubt: Some(Doubt::Bound(why.to_owned())), ..one }).collect();
        Given { amount, said: format!("{}, {why}", self.said), measures }
    }
    /// Doubts it where it is part of an amount that is said to be less.
    pub fn part_of(mut self, whole: Option<&Given>) -> Self {
        whole.into_iter().for_each(|whole| doubt_parts([&mut self], whole));
        self
    }

    /// Makes the part of an amount of a label that falls to one of `count` that share it.
    pub(super) fn shared(measure: &Measure, label: &str, amount: Range<Decimal>, place: usize, count: usize) -> Self {
        let shared = if count > 1 { format!(", shared by {count}") } else { String::new() };
        Given {
            amount: amount.map(|all| share(all, place, count)),
            said: format!("{} in [usage.\"{label}\"]{shared}", words(measure, amount)),
            measures: vec![Counted { measure: measure.name, doubt: None }],
        }
    }
    /// Makes the default of a measure; nothing, if it has none or `bare` leaves defaults out.
    pub(super) fn default(measure: &Measure, bare: bool) -> Self {
        let (amount, said) = match measure.default.filter(|_| !bare) {
            None => (Range::only(Decimal::ZERO), format!("{} is not given", measure.name)),
            Some(default) => {
                let [low, likely, high] = default.map(Decimal::from);
                let amount = Range { low, likely, high };
                (amount, format!("{}, the default", words(measure, amount)))
            }
        };
        Given { amount, said, measures: vec![Counted { measure: measure.name, doubt: None }] }
    }
}

/// Doubts amounts that are parts of one and together more than it.
pub fn doubt_parts<'a>(parts: impl IntoIterator<Item = &'a mut Given>, whole: &Given) {
    let parts = parts.into_iter().collect::<Vec<_>>();
    let sum = parts.iter().fold(Range::default(), |sum: Range<Decimal>, part| sum.with(part.amount, Decimal::saturating_add));
    let Range { low, likely, high } = sum.with(whole.amount, |parts, whole| parts > whole);
    if low || likely || high {
        let names = whole.measures.iter().map(|one| format!("`{}`", one.measure)).collect::<Vec<_>>().join(" and ");
        let measures = parts.into_iter().flat_map(|part| &mut part.measures);
        measures.for_each(|one| one.doubt = Some(Doubt::Part(names.clone())));
    }
}

fn words(measure: &Measure, amount: Range<Decimal>) -> String {
    let Measure { name, unit, .. } = measure;
    match amount.is_one() {
        true => format!("{name} = {} {unit}", shown(amount.likely)),
        false => format!("{name} = {} {unit} ({} to {})", shown(amount.likely), shown(amount.low), shown(amount.high)),
    }
}

/// The smallest part that amounts are shared in.
const GRAIN: Decimal = Decimal::from_parts(1, 0, 0, false, 12);

/// Returns an equal share. What does not divide is dealt out like cards, so that the shares add up to the whole, and no share is
/// smaller of a larger whole.
fn share(all: Decimal, place: usize, count: usize) -> Decimal {
    let (place, count) = (Decimal::from(place), Decimal::from(count.max(1)));
    let each = (all / count).trunc_with_scale(GRAIN.scale());
    let rest = all - each * count;
    each + (rest - place * GRAIN).max(Decimal::ZERO).min(GRAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::number;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
        #[test]
        fn shares_add_up_and_grow_with_the_whole(
            one in 0u64..=1_000_000_000_000, other in 0u64..=1_000_000_000_000, scale in 0u32..=14, count in 1usize..40,
        ) {
            let (less, more) = (Decimal::new(one.min(other) as i64, scale), Decimal::new(one.max(other) as i64, scale));
            let shares = |all| (0..count).map(|place| share(all, place, count)).collect::<Vec<_>>();
            prop_assert_eq!(shares(less).iter().sum::<Decimal>(), less);
            prop_assert_eq!(shares(more).iter().sum::<Decimal>(), more);
            prop_assert!(shares(less).iter().zip(shares(more)).all(|(less, more)| *less <= more));
        }
    }

    #[test]
    fn an_amount_is_kept_within_bounds_and_says_so() {
        let measure = Measure::new("tasks", "tasks", [0, 0, 0], "Tasks.");
        let amount = Range { low: number("1").unwrap(), likely: number("3").unwrap(), high: number("50").unwrap() };
        let given = || Given::shared(&measure, "service.api", amount, 0, 1);
        assert_eq!(given().within(Decimal::ONE, Decimal::from(50), "two at most"), given());
        let kept = given().within(Decimal::TWO, Decimal::from(4), "two to four");
        assert_eq!(kept.amount, Range { low: 2u32, likely: 3, high: 4 }.map(Decimal::from));
        assert_eq!(kept.measures[0].doubt, Some(Doubt::Bound("two to four".into())));
        assert!(kept.said.ends_with(", two to four"), "{}", kept.said);
        let part = |amount: u32| Given::shared(&Measure::new("idle", "tasks", [0, 0, 0], "Some."), "x", Range::only(amount.into()), 0, 1);
        assert_eq!(part(1).part_of(Some(&given())), part(1), "as many as there are at the least");
        assert_eq!(part(2).part_of(None), part(2));
        assert_eq!(part(2).part_of(Some(&given())).measures[0].doubt, Some(Doubt::Part("`tasks`".into())));
        let mut halves = [part(1), part(1)];
        doubt_parts(&mut halves, &given());
        assert!(halves.iter().all(|half| half.measures[0].doubt.is_some() && half.amount == part(1).amount), "{halves:?}");
    }
}
