//! Amounts of which a part may not be known, as they are printed: `?` stands for what lines without a price cost.

use super::{View, paint};
use crate::core::bill::{Difference, Sense, Total};
use crate::core::money::{Decimal, Money, Range};

impl View {
    /// Returns one amount of a total as a cell: `$12.00 + ?` where lines without a price come on top, `?` where none has one.
    pub(super) fn of(&self, total: &Total, amount: Money) -> String {
        match (total.is_known(), amount.cents().is_zero()) {
            (true, _) => self.money(amount),
            (false, true) => "?".into(),
            (false, false) => format!("{} + ?", self.money(amount)),
        }
    }

    /// Returns the likely amount of a total as prose: `at least $12.00`.
    pub(super) fn said(&self, total: &Total) -> String {
        let amount = total.list.likely;
        match (total.is_known(), amount.cents().is_zero()) {
            (true, _) => self.money(amount),
            (false, true) => "an unknown amount".into(),
            (false, false) => format!("at least {}", self.money(amount)),
        }
    }

    /// Returns one amount of a difference: empty where nothing differs, `?` where it may be more or less.
    pub(super) fn change(&self, difference: &Difference, pick: fn(Range<Money>) -> Money) -> String {
        match difference.known(pick) {
            (Sense::Exact, amount) if amount.cents().is_zero() => String::new(),
            (Sense::Exact, amount) => signed(self, amount),
            (Sense::AtLeast, amount) => format!("{} + ?", signed(self, amount)),
            (Sense::AtMost, amount) => format!("{} - ?", signed(self, amount)),
            (Sense::Unknown, _) => "?".into(),
        }
    }

    /// Returns the likely amount of a difference.
    pub(super) fn likely_change(&self, difference: &Difference) -> String {
        self.change(difference, |list| list.likely)
    }
}

/// An amount with its sign, for what is added or saved.
pub(super) fn signed(view: &View, amount: Money) -> String {
    let plus = if amount.cents() > Decimal::ZERO { "+" } else { "" };
    format!("{plus}{}", view.money(amount))
}

/// Returns the likely amount of a difference in its colour: no saving is shown where it may be none.
pub(in crate::report) fn painted(difference: &Difference) -> String {
    let text = View::default().likely_change(difference);
    match difference.likely() {
        (Sense::Exact, amount) if amount.cents().is_zero() => amount.signed(),
        (Sense::Exact, amount) if amount < Money::ZERO => paint::good(&text),
        (Sense::Exact | Sense::AtLeast, _) => paint::change(&text),
        (Sense::AtMost, _) => text,
        (Sense::Unknown, _) => paint::bad(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::bill::Unknown;
    use crate::core::money::Range;

    #[test]
    fn what_has_no_price_does_not_hide_a_saving_that_it_cannot_undo() {
        let dollars = |cents: i64| Range::only(Money::new(Decimal::new(cents, 2)));
        let said = |saves: i64, most: Option<i64>| {
            let comes = Unknown { lines: 2, unbounded: if most.is_some() { 0 } else { 2 }, bounds: dollars(most.unwrap_or_default()) };
            let difference = Difference { list: dollars(-saves), comes, goes: Unknown::default() };
            (View::default().likely_change(&difference), difference.likely().0)
        };
        assert_eq!(said(900, Some(702)), ("-$1.98 - ?".into(), Sense::AtMost));
        assert_eq!(said(900, Some(900)), ("?".into(), Sense::Unknown));
        assert_eq!(said(900, None), ("?".into(), Sense::Unknown));
    }
}
