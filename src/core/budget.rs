//! `[stack.budget]`: judges a month's cost, and what a plan adds to it, by what was agreed.

use super::money::{Decimal, Money, from_float};
use super::settings::Budget;
use super::total::{Difference, Total};
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
    /// Lines without a price may take it over, and nothing says that they do not.
    Unjudged {
        used: Used,
        reasons: Vec<Excess>,
    },
    /// The cost is over the limit or may be, and a figure was accepted that covers it.
    Accepted {
        used: Used,
        reasons: Vec<Excess>,
    },
}

/// True when a cost is more than the figure that is asked for, `monthly`, and nobody knows by how much.
pub fn is_open(monthly: Money, reasons: &[Excess]) -> bool {
    reasons.iter().any(|reason| match reason {
        Excess::MaybeLimit { at_most, .. } | Excess::MaybeIncrease { at_most, .. } => at_most.is_none(),
        // Where the lines without a price are bounded, the figure is the most, and not this.
        Excess::Limit { monthly: known, unpriced, .. } => *unpriced > 0 && *known == monthly,
        Excess::Increase { .. } | Excess::Accepted { .. } => false,
    })
}

/// One way in which a cost is over its budget, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "over")]
pub enum Excess {
    /// A month costs more than the limit; so many lines have no price and are in neither figure.
    Limit { monthly: Money, limit: Money, unpriced: usize },
    /// The plan adds more to a month than one plan may.
    Increase {
        adds: Money,
        largest: Money,
        /// Lines without a price that come with it, and are not in `adds`.
        #[serde(default)]
        unpriced: usize,
    },
    /// A month costs at least so much, which is within the limit, and so many lines have no price; `at_most`: what it costs at
    /// most with them, where that is sure.
    MaybeLimit { monthly: Money, at_most: Option<Money>, limit: Money, unpriced: usize },
    /// The lines without a price that come or go may make the plan add more to a month than one plan may; `adds`: what the
    /// others add, `at_most`: what all add at most, where that is sure.
    MaybeIncrease { adds: Money, at_most: Option<Money>, largest: Money, unpriced: usize },
    /// A month costs more than the figure that was accepted, or may.
    Accepted { accepted: Money, monthly: Money },
}

/// The part of a limit that a month takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// All that has a price.
    pub monthly: Money,
    pub limit: Money,
    /// Whole per cent, rounded down; more than 100 when it is over. Of the most that it may be, where that is sure.
    pub percent: u32,
    /// Lines without a price, which are not in `monthly`.
    pub unpriced: usize,
    /// The most that a month costs with these lines, where that is sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Money>,
}

/// The cost that a budget looks at: likely, at list price.
#[derive(Debug, Clone, Copy)]
pub struct Claimed {
    pub month: Total,
    /// The part that a plan adds; None where no plan is judged, but a file or what is live.
    pub increase: Option<Difference>,
    /// The figure that a person has accepted.
    pub accepted: Option<Money>,
}

/// Judges a cost. Accepting a figure covers a cost of up to that figure, as it is printed, and nothing above.
///
/// What has no price is no reason to let a cost pass: where the budget holds only if those lines cost little, and no bound says
/// so, it is not judged, and that refuses.
pub fn judge(budget: &Budget, claimed: Claimed) -> Verdict {
    let Claimed { month, increase, accepted } = claimed;
    let limit = exact(budget.monthly);
    let used = Used::of(month, limit);
    let Used { monthly, unpriced, at_most, .. } = used;
    let (mut sure, mut maybe) = (Vec::new(), Vec::new());
    // It adds nothing where what has no price cannot undo what is saved.
    let adds = increase.is_none_or(|increase| increase.most().is_none_or(|most| most.likely > Money::ZERO));
    if monthly > limit && adds {
        sure.push(Excess::Limit { monthly, limit, unpriced });
    } else if adds && unpriced > 0 && at_most.is_none_or(|most| most > limit) {
        maybe.push(Excess::MaybeLimit { monthly, at_most, limit, unpriced });
    }
    if let (Some(increase), Some(largest)) = (increase, budget.largest_increase.map(exact)) {
        let adds = increase.list.likely;
        let at_most = increase.most().map(|most| most.likely);
        let unpriced = increase.comes.lines + increase.goes.lines;
        if adds > largest && increase.goes.lines == 0 {
            sure.push(Excess::Increase { adds, largest, unpriced });
        } else if at_most.is_none_or(|most| most > largest) {
            maybe.push(Excess::MaybeIncrease { adds, at_most, largest, unpriced });
        }
    }
    let over = !sure.is_empty();
    let mut reasons = sure;
    reasons.append(&mut maybe);
    let covered = accepted.is_some_and(|accepted| used.is_covered_by(accepted));
    if let Some(accepted) = accepted.filter(|_| !covered && !reasons.is_empty()) {
        reasons.push(Excess::Accepted { accepted, monthly: used.to_accept() });
    }
    match (reasons.is_empty(), covered) {
        (false, true) => Verdict::Accepted { used, reasons },
        (false, false) if over => Verdict::Over { used, reasons },
        (false, false) => Verdict::Unjudged { used, reasons },
        (true, _) if used.share() >= exact(budget.warn_at).dollars() => Verdict::Warn { used },
        (true, _) => Verdict::Within { used },
    }
}

impl Used {
    /// Measures a month's cost by a limit.
    pub fn of(month: Total, limit: Money) -> Self {
        let monthly = month.list.likely;
        let at_most = month.most().filter(|_| !month.is_known()).map(|most| most.likely);
        let used = Used { monthly, limit, percent: 0, unpriced: month.unknown.lines, at_most };
        let percent = (used.share() * Decimal::ONE_HUNDRED).trunc().try_into().unwrap_or(u32::MAX);
        Used { percent, ..used }
    }
    fn share(&self) -> Decimal {
        let Used { limit, .. } = self;
        if limit.dollars().is_zero() { Decimal::ZERO } else { self.to_accept().dollars() / limit.dollars() }
    }
    /// Returns the figure that somebody has to accept: the most that it may be where that is sure, and else all that is known.
    pub fn to_accept(&self) -> Money {
        self.at_most.unwrap_or(self.monthly)
    }
    /// True when somebody who accepts a figure accepts this cost: as both are printed, to the cent. What nothing bounds costs
    /// something, so that the sum of all the rest does not cover it.
    pub fn is_covered_by(&self, accepted: Money) -> bool {
        let (asked, accepted) = (self.to_accept().cents(), accepted.cents());
        if self.is_open() { asked < accepted } else { asked <= accepted }
    }
    /// True when it is more than `monthly`, and nobody knows by how much.
    pub fn is_open(&self) -> bool {
        self.unpriced > 0 && self.at_most.is_none()
    }
}

impl Verdict {
    /// True when it stands in the way.
    pub fn refuses(&self) -> bool {
        matches!(self, Verdict::Over { .. } | Verdict::Unjudged { .. })
    }
    /// Returns the verdict once somebody has accepted a cost.
    pub fn accept(self, accepted: Option<Money>) -> Self {
        match self {
            Verdict::Over { used, reasons } | Verdict::Unjudged { used, reasons }
                if accepted.is_some_and(|accepted| used.is_covered_by(accepted)) =>
            {
                Verdict::Accepted { used, reasons }
            }
            other => other,
        }
    }
    pub fn used(&self) -> Used {
        match self {
            Verdict::Within { used }
            | Verdict::Warn { used }
            | Verdict::Over { used, .. }
            | Verdict::Unjudged { used, .. }
            | Verdict::Accepted { used, .. } => *used,
        }
    }
    pub fn reasons(&self) -> &[Excess] {
        match self {
            Verdict::Within { .. } | Verdict::Warn { .. } => &[],
            Verdict::Over { reasons, .. } | Verdict::Unjudged { reasons, .. } | Verdict::Accepted { reasons, .. } => reasons,
        }
    }
}

// The file's checks keep it finite.
fn exact(value: f64) -> Money {
    Money::new(from_float(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::money::Range;
    use super::super::total::Unknown;
    use super::*;

    fn money(value: f64) -> Money {
        exact(value)
    }
    fn only(value: f64) -> Range<Money> {
        Range::only(money(value))
    }
    /// So many lines without a price, which cost so much at most.
    fn unknown(lines: usize, most: Option<f64>) -> Unknown {
        Unknown { lines, unbounded: if most.is_some() { 0 } else { lines }, bounds: only(most.unwrap_or_default()) }
    }
    fn judged(month: (f64, Unknown), increase: Option<(f64, Unknown, Unknown)>, accepted: Option<f64>) -> (String, u32) {
        let budget = Budget { monthly: 150.0, warn_at: 0.8, largest_increase: Some(20.0) };
        let claimed = Claimed {
            month: Total { list: only(month.0), unknown: month.1, ..Total::default() },
            increase: increase.map(|(more, comes, goes)| Difference { list: only(more), comes, goes }),
            accepted: accepted.map(money),
        };
        let verdict = judge(&budget, claimed);
        let words = |reasons: &[Excess]| {
            let word = |reason: &Excess| match reason {
                Excess::Limit { monthly, limit, .. } => format!("{monthly} over {limit}"),
                Excess::Increase { adds, largest, .. } => format!("{adds} more, {largest} at most"),
                Excess::MaybeLimit { monthly, at_most, .. } => {
                    format!("{monthly} to {}", at_most.map_or("?".into(), |most| most.to_string()))
                }
                Excess::MaybeIncrease { adds, at_most, .. } => {
                    format!("{} to {} more", adds.signed(), at_most.map_or("?".into(), |most| most.to_string()))
                }
                Excess::Accepted { accepted, monthly } => format!("{accepted} accepted, {monthly} asked"),
            };
            reasons.iter().map(word).collect::<Vec<_>>().join("; ")
        };
        let word = match &verdict {
            Verdict::Within { .. } => "within".to_owned(),
            Verdict::Warn { .. } => "warn".to_owned(),
            Verdict::Over { reasons, .. } => format!("over: {}", words(reasons)),
            Verdict::Unjudged { reasons, .. } => format!("unjudged: {}", words(reasons)),
            Verdict::Accepted { .. } => "accepted".to_owned(),
        };
        assert_eq!(verdict.refuses(), word.contains(": "));
        (word, verdict.used().percent)
    }
    fn known(monthly: f64, increase: Option<f64>, accepted: Option<f64>) -> (String, u32) {
        judged((monthly, Unknown::default()), increase.map(|more| (more, Unknown::default(), Unknown::default())), accepted)
    }

    #[test]
    fn a_budget_warns_refuses_and_takes_a_named_figure() {
        assert_eq!(known(110.385, None, None), ("within".into(), 73));
        assert_eq!(known(119.99, Some(-5.0), None), ("within".into(), 79));
        assert_eq!(known(120.0, Some(20.0), None), ("warn".into(), 80));
        assert_eq!(known(150.0, None, None), ("warn".into(), 100));
        assert_eq!(known(150.01, None, None).0, "over: $150.01 over $150.00");
        assert_eq!(known(100.0, Some(20.01), None).0, "over: $20.01 more, $20.00 at most");
        assert_eq!(known(160.204, Some(60.0), Some(160.2)).0, "accepted", "what is accepted is the figure that was printed");
        assert!(known(160.21, None, Some(160.2)).0.ends_with("; $160.20 accepted, $160.21 asked"));
        assert_eq!(known(100.0, Some(30.0), Some(100.0)).0, "accepted", "the new monthly total is what is named, not the increase");
        assert_eq!(known(120.0, None, Some(1.0)), ("warn".into(), 80), "nothing has to be accepted");
    }

    #[test]
    fn a_plan_that_adds_nothing_is_not_refused_for_what_is_there() {
        for saves in [0.0, -5.0] {
            assert_eq!(known(170.0, Some(saves), None), ("warn".into(), 113));
        }
        let (none, one) = (Unknown::default(), unknown(1, None));
        assert_eq!(judged((100.0, one), Some((-5.0, none, none)), None).0, "within", "the line without a price was there before");
        assert!(judged((170.0, one), Some((0.0, one, none)), None).0.starts_with("over: "), "what it adds has no price");
        // The line that comes without a price costs less than the one that goes, in a month of which nobody knows the most.
        let (open, bounded) = (unknown(3, None), |most: f64| unknown(1, Some(most)));
        for most in [7.0, 9.0] {
            assert_eq!(judged((100.0, open), Some((-9.0, bounded(most), none)), None), ("within".into(), 66));
            assert_eq!(judged((170.0, open), Some((-9.0, bounded(most), none)), None), ("warn".into(), 113));
        }
        assert_eq!(judged((100.0, open), Some((-9.0, bounded(9.01), none)), None).0, "unjudged: $100.00 to ?");
    }

    #[test]
    fn what_has_no_price_is_not_within_a_budget() {
        let (none, one) = (Unknown::default(), unknown(1, None));
        assert_eq!(judged((88.0, one), None, None), ("unjudged: $88.00 to ?".into(), 58));
        assert_eq!(judged((88.0, unknown(1, Some(40.0))), None, None), ("warn".into(), 85), "a bound shows that it is kept");
        assert_eq!(judged((88.0, unknown(1, Some(70.0))), None, None).0, "unjudged: $88.00 to $158.00");
        assert_eq!(
            judged((88.0, unknown(1, Some(70.0))), None, Some(157.99)).0,
            "unjudged: $88.00 to $158.00; $157.99 accepted, $158.00 asked"
        );
        assert_eq!(judged((88.0, unknown(1, Some(70.0))), None, Some(158.0)).0, "accepted");
        assert_eq!(judged((88.0, one), None, Some(200.0)).0, "accepted", "somebody names what it may cost");
        assert_eq!(judged((88.0, one), None, Some(88.0)).0, "unjudged: $88.00 to ?; $88.00 accepted, $88.00 asked", "it is more than that");
        assert_eq!(judged((88.0, one), None, Some(88.01)).0, "accepted");
        assert_eq!(judged((160.0, one), None, Some(160.0)).0, "over: $160.00 over $150.00; $160.00 accepted, $160.00 asked");
        assert_eq!(judged((160.0, one), None, Some(160.01)).0, "accepted");
        assert_eq!(judged((88.0, one), Some((-161.95, one, none)), None).0, "unjudged: $88.00 to ?; -$161.95 to ? more");
        assert_eq!(judged((88.0, none), Some((25.0, none, one)), None).0, "unjudged: +$25.00 to $25.00 more", "what goes had its cost");
        assert_eq!(judged((88.0, none), Some((15.0, none, one)), None).0, "within");
        assert_eq!(
            judged((100.0, unknown(1, Some(20.0))), Some((5.0, unknown(1, Some(20.0)), none)), None).0,
            "unjudged: +$5.00 to $25.00 more"
        );
    }
}
