//! The reservations and Savings Plans of an account, beside what is used of them and what is paid at once.

use super::View;
use crate::core::bill::{Cost, Pledge};
use crate::core::money::{Decimal, Money, shown};

/// Says of each commitment how much of it is used, and what is paid on the day that it begins: a line each.
pub(super) fn lines(cost: &Cost, view: &View) -> Vec<String> {
    cost.commitments
        .iter()
        .map(|one| format!("Committed: {} ({}): {}{}", one.what, one.address, used(one, view), paid(one, view)))
        .collect()
}

fn used(one: &Pledge, view: &View) -> String {
    let Some(used) = one.used else { return "how much of it is used is not known".to_owned() };
    let amount = |amount: Decimal| match one.unit.as_str() {
        "USD" => view.money(Money::new(amount)),
        _ => format!("{} hours", shown(amount)),
    };
    let Pledge { committed, .. } = one;
    match (used.low == *committed, used.likely) {
        (true, _) => "all of it is used".to_owned(),
        (false, likely) if likely.is_zero() => "none of it is used, and it is paid all the same".to_owned(),
        (false, likely) if likely == *committed => format!("all of it is used, of which {} in a quiet month", amount(used.low)),
        (false, likely) => format!("{} of {} a month are used, and all of it is paid", amount(likely), amount(*committed)),
    }
}

fn paid(one: &Pledge, view: &View) -> String {
    match one.upfront {
        Some(upfront) if upfront == Money::ZERO => String::new(),
        None => ". What is paid at once has no price.".to_owned(),
        Some(upfront) => {
            let part = Money::new(upfront.dollars() / Decimal::from(one.months.max(1)));
            format!(". {} are paid on the day that it begins; each month has its part of them, {}.", view.money(upfront), view.money(part))
        }
    }
}
