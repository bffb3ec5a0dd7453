//! `[stack.budget]`: judges a month's cost, and what a plan adds to it, by what was agreed.

use super::money::{Decimal, Money, from_float};
use super::settings::Budget;
use serde::{Deserialize, Serialize};

/// A budget's word on a cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Verdict {
    Within {
        used: Used,
    },
    /// The cost is above the share at which a warning was asked for, or over the limit with no increase: a plan that adds nothing
    /// is not refused.
    Warn {
        used: Used,
    },
    /// The cost is over the limit, or its increase is larger than allowed.
    Over {
        used: Used,
        reasons: Vec<Excess>,
    },
    /// The cost is over the limit, and the very figure was accepted.
    Accepted {
        used: Used,
        reasons: Vec<Excess>,
    },
}

/// One way in which a cost is over its budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "over")]
pub enum Excess {
    /// A month costs more than the limit; so many lines have no price and are in neither figure.
    Limit { monthly: Money, limit: Money, unpriced: usize },
    /// The plan adds more to a month than one plan may.
    Increase { adds: Money, largest: Money },
    /// A month costs more than the figure that was accepted.
    Accepted { accepted: Money, monthly: Money },
}

/// The part of a limit that a month takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub monthly: Money,
    pub limit: Money,
    /// Whole per cent, rounded down; more than 100 when it is over.
    pub percent: u32,
    /// Lines without a price, which are in no figure.
    pub unpriced: usize,
}

/// The cost that a budget looks at: likely, at list price. Lines without a price are not in it.
#[derive(Debug, Clone, Copy)]
pub struct Claimed {
    pub monthly: Money,
    /// The part that a plan adds; None where no plan is judged, but a file or what is live.
    pub increase: Option<Increase>,
    /// Lines without a price.
    pub unpriced: usize,
    /// The figure that a person has accepted.
    pub accepted: Option<Money>,
}

/// The amount that a plan adds to a month.
#[derive(Debug, Clone, Copy)]
pub struct Increase {
    pub monthly: Money,
    /// True when there are more lines without a price than before.
    pub unpriced: bool,
}

/// Judges a cost. Accepting a figure covers a cost of up to that figure, as it is printed, and nothing above.
pub fn judge(budget: &Budget, claimed: Claimed) -> Verdict {
    let Claimed { monthly, increase, unpriced, accepted } = claimed;
    let limit = exact(budget.monthly);
    let share = if limit.dollars().is_zero() { Decimal::ZERO } else { monthly.dollars() / limit.dollars() };
    let percent = (share * Decimal::ONE_HUNDRED).trunc().try_into().unwrap_or(u32::MAX);
    let used = Used { monthly, limit, percent, unpriced };
    let mut reasons = Vec::new();
    let adds = increase.is_none_or(|increase| increase.monthly > Money::ZERO || increase.unpriced);
    if monthly > limit && adds {
        reasons.push(Excess::Limit { monthly, limit, unpriced });
    }
    if let (Some(Increase { monthly: adds, .. }), Some(largest)) = (increase, budget.largest_increase.map(exact))
        && adds > largest
    {
        reasons.push(Excess::Increase { adds, largest });
    }
    let covered = accepted.is_some_and(|accepted| covers(accepted, monthly));
    if let Some(accepted) = accepted.filter(|_| !covered && !reasons.is_empty()) {
        reasons.push(Excess::Accepted { accepted, monthly });
    }
    match (reasons.is_empty(), covered) {
        (false, true) => Verdict::Accepted { used, reasons },
        (false, false) => Verdict::Over { used, reasons },
        (true, _) if share >= exact(budget.warn_at).dollars() => Verdict::Warn { used },
        (true, _) => Verdict::Within { used },
    }
}

/// True when somebody who accepts a figure accepts a cost: as both are printed, to the cent.
pub fn covers(accepted: Money, monthly: Money) -> bool {
    monthly.cents() <= accepted.cents()
}

impl Verdict {
    /// True when it stands in the way.
    pub fn refuses(&self) -> bool {
        matches!(self, Verdict::Over { .. })
    }
    /// Returns the verdict once somebody has accepted a cost.
    pub fn accept(self, accepted: Option<Money>) -> Self {
        match self {
            Verdict::Over { used, reasons } if accepted.is_some_and(|accepted| covers(accepted, used.monthly)) => {
                Verdict::Accepted { used, reasons }
            }
            other => other,
        }
    }
    pub fn used(&self) -> Used {
        match self {
            Verdict::Within { used } | Verdict::Warn { used } | Verdict::Over { used, .. } | Verdict::Accepted { used, .. } => *used,
        }
    }
    pub fn reasons(&self) -> &[Excess] {
        match self {
            Verdict::Within { .. } | Verdict::Warn { .. } => &[],
            Verdict::Over { reasons, .. } | Verdict::Accepted { reasons, .. } => reasons,
        }
    }
}

// The file's checks keep it finite.
fn exact(value: f64) -> Money {
    Money::new(from_float(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(value: f64) -> Money {
        exact(value)
    }
    fn judged(monthly: f64, increase: Option<f64>, accepted: Option<f64>) -> (String, u32) {
        let budget = Budget { monthly: 150.0, warn_at: 0.8, largest_increase: Some(20.0) };
        let claimed = Claimed {
            monthly: money(monthly),
            increase: increase.map(|more| Increase { monthly: money(more), unpriced: false }),
            unpriced: 0,
            accepted: accepted.map(money),
        };
        let verdict = judge(&budget, claimed);
        let word = match &verdict {
            Verdict::Within { .. } => "within".to_owned(),
            Verdict::Warn { .. } => "warn".to_owned(),
            Verdict::Over { reasons, .. } => {
                let word = |reason: &Excess| match reason {
                    Excess::Limit { monthly, limit, .. } => format!("{monthly} over {limit}"),
                    Excess::Increase { adds, largest } => format!("{adds} more, {largest} at most"),
                    Excess::Accepted { accepted, monthly } => format!("{accepted} accepted, {monthly} asked"),
                };
                format!("over: {}", reasons.iter().map(word).collect::<Vec<_>>().join("; "))
            }
            Verdict::Accepted { .. } => "accepted".to_owned(),
        };
        assert_eq!(verdict.refuses(), word.starts_with("over"));
        (word, verdict.used().percent)
    }

    #[test]
    fn a_budget_warns_refuses_and_takes_a_named_figure() {
        assert_eq!(judged(110.385, None, None), ("within".into(), 73));
        assert_eq!(judged(119.99, Some(-5.0), None), ("within".into(), 79));
        assert_eq!(judged(120.0, Some(20.0), None), ("warn".into(), 80));
        assert_eq!(judged(150.0, None, None), ("warn".into(), 100));
        assert_eq!(judged(150.01, None, None).0, "over: $150.01 over $150.00");
        assert_eq!(judged(100.0, Some(20.01), None).0, "over: $20.01 more, $20.00 at most");
        assert_eq!(judged(160.204, Some(60.0), Some(160.2)).0, "accepted", "what is accepted is the figure that was printed");
        assert!(judged(160.21, None, Some(160.2)).0.ends_with("; $160.20 accepted, $160.21 asked"));
        assert_eq!(judged(100.0, Some(30.0), Some(100.0)).0, "accepted", "the new monthly total is what is named, not the increase");
        assert_eq!(judged(120.0, None, Some(1.0)), ("warn".into(), 80), "nothing has to be accepted");
    }

    #[test]
    fn a_plan_that_adds_nothing_is_not_refused_for_what_is_there() {
        for saves in [0.0, -5.0] {
            assert_eq!(judged(170.0, Some(saves), None), ("warn".into(), 113));
        }
        let budget = Budget { monthly: 150.0, warn_at: 0.8, largest_increase: None };
        let increase = Increase { monthly: Money::ZERO, unpriced: true };
        let claimed = Claimed { monthly: money(170.0), increase: Some(increase), unpriced: 2, accepted: None };
        assert!(judge(&budget, claimed).refuses(), "what it adds has no price");
    }
}
