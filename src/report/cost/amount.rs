//! Amounts of which a part may not be known, as they are printed: `?` stands for what lines without a price cost.

use super::{View, paint};
use crate::core::bill::{Difference, Sense, Total};
use crate::core::money::{Decimal, Money};

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
    pub(super) fn change(&self, difference: &Difference, amount: Money) -> String {
        match difference.sense_of(amount) {
            Sense::Exact if amount.cents().is_zero() => String::new(),
            Sense::Exact => signed(self, amount),
            Sense::AtLeast => format!("{} + ?", signed(self, amount)),
            Sense::AtMost => format!("{} - ?", signed(self, amount)),
            Sense::Unknown => "?".into(),
        }
    }
}

/// An amount with its sign, for what is added or saved.
pub(super) fn signed(view: &View, amount: Money) -> String {
    let plus = if amount.cents() > Decimal::ZERO { "+" } else { "" };
    format!("{plus}{}", view.money(amount))
}

/// Returns the likely amount of a difference in its colour: no saving is shown where it may be none.
pub(super) fn painted(difference: &Difference) -> String {
    let amount = difference.list.likely;
    let text = View::default().change(difference, amount);
    match difference.sense_of(amount) {
        Sense::Exact if amount.cents().is_zero() => amount.signed(),
        Sense::Exact if amount < Money::ZERO => paint::good(&text),
        Sense::Exact | Sense::AtLeast => paint::change(&text),
        Sense::AtMost => text,
        Sense::Unknown => paint::bad(&text),
    }
}
