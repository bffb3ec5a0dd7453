//! A year of a stack: twelve months, each at the prices of its own first day, since some charges begin or rise on a day that is known.

use super::catalog::Catalog;
use super::cost::{charges as charged, price};
use super::estate::Estate;
use crate::core::address::Address;
use crate::core::bill::{Cost, Total, Unknown};
use crate::core::money::{Money, Range};
use crate::core::usage::Usage;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The twelve calendar months that follow a day; the first is its own where it is the first of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    pub total: Total,
    /// The part of it that twelve months as they are now would not have.
    pub rises: Range<Money>,
    /// The charges that begin, rise or end on a day in it, in order of the days.
    pub changes: Vec<Change>,
    /// The prices that some month lacks: the region, the key and AWS's code of the service.
    pub lacks: BTreeSet<(String, String, String)>,
}

/// A charge that is another one from some day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The first day of the other one: `2027-03-01`.
    pub day: String,
    pub address: Address,
    /// The charge in words: `Extended Support of postgresql 14.12`.
    pub what: String,
    /// A month before that day, and a month after it.
    pub before: Total,
    pub after: Total,
}

/// Prices the year that follows the day of `cost`, which is the month of the same estate at that day.
pub fn year(cost: &Cost, estate: &Estate<'_>, usage: &Usage, catalog: &Catalog) -> Year {
    let same = |day: &str| is_same(estate, usage, [&cost.today, day]);
    year_of(cost, same, |day| price(estate, usage, catalog, day))
}

/// True when an estate is charged for the same on two days.
pub(super) fn is_same(estate: &Estate<'_>, usage: &Usage, days: [&str; 2]) -> bool {
    let [one, other] = days.map(|day| charged(estate, usage, day, |kind| kind.price));
    let lasting = |day: &str| usage.committed.iter().filter(|(_, one)| one.lasts(day)).map(|(name, _)| name.clone()).collect::<Vec<_>>();
    one == other && days.map(lasting).windows(2).all(|pair| pair[0] == pair[1])
}

/// Does the same of what `price` prices on a day. `same` says that the first of a month is charged for as the day of `cost` is.
pub(super) fn year_of(cost: &Cost, same: impl Fn(&str) -> bool, price: impl Fn(&str) -> Cost) -> Year {
    let months = cost.today.parse::<Date>().map(months).unwrap_or_default();
    let at = |day: Date| price(&day.to_string());
    let today = charges(cost);
    // A charge that begins on a day stays, so a year that ends as it begins has none of them.
    let [Some(first), Some(last)] = [months.first(), months.last()] else {
        return Year::even(cost);
    };
    if same(&first.to_string()) && same(&last.to_string()) {
        return Year::even(cost);
    }
    let even = sum(&today).times(12).list;
    let mut year = Year { total: Total::default(), rises: Range::default(), changes: Vec::new(), lacks: lacks(cost) };
    let mut before = (cost.today.parse::<Date>().unwrap_or(*first), today);
    for month in months {
        let cost = at(month);
        year.lacks.extend(lacks(&cost));
        let charges = charges(&cost);
        year.total = plus(year.total, sum(&charges));
        if charges != before.1 {
            let day = begin(before.0, month, |day| self::charges(&at(day)) != before.1);
            year.changes.extend(changes(&before.1, &charges, day));
        }
        before = (month, charges);
    }
    Year { rises: year.total.list - even, ..year }
}

impl Year {
    /// Returns the year whose months are all the same.
    fn even(month: &Cost) -> Year {
        Year { total: month.total().times(12), rises: Range::default(), changes: Vec::new(), lacks: lacks(month) }
    }
}

fn lacks(cost: &Cost) -> BTreeSet<(String, String, String)> {
    cost.unpriced().map(|(_, line)| (line.region.clone(), line.key.clone(), line.service.clone())).collect()
}

/// The charges of a month, each with its sum, by the resource and by what they are for.
type Charges = BTreeMap<(Address, String), Total>;

fn charges(cost: &Cost) -> Charges {
    let mut charges = Charges::new();
    for (address, line) in cost.lines() {
        let total = charges.entry((address.clone(), line.what.clone())).or_default();
        *total = total.plus(line.total());
    }
    charges
}

fn sum(charges: &Charges) -> Total {
    charges.values().copied().sum()
}

/// Adds a month. A line without a price is the same line in each of them.
fn plus(year: Total, month: Total) -> Total {
    let Total { list, free, unknown } = year.plus(month);
    let [lines, unbounded] = [|total: Total| total.unknown.lines, |total: Total| total.unknown.unbounded].map(|of| of(year).max(of(month)));
    Total { list, free, unknown: Unknown { lines, unbounded, ..unknown } }
}

/// Returns the first days of the twelve months that follow a day.
fn months(day: Date) -> Vec<Date> {
    let first = if day.day() == 1 { day } else { day.last_of_month().tomorrow().unwrap_or(day) };
    (0..12).filter_map(|month| first.checked_add(month.months()).ok()).collect()
}

/// Returns the first day after one, up to another, on which something holds that holds from some day on.
fn begin(mut before: Date, mut after: Date, holds: impl Fn(Date) -> bool) -> Date {
    while let Ok(days) = before.until(after) {
        let Some(middle) = before.checked_add((days.get_days() / 2).days()).ok().filter(|middle| *middle != before) else { break };
        if holds(middle) { after = middle } else { before = middle }
    }
    after
}

fn changes(before: &Charges, after: &Charges, day: Date) -> Vec<Change> {
    let names = before.keys().chain(after.keys()).collect::<BTreeSet<_>>();
    let of = |charges: &Charges, name: &(Address, String)| charges.get(name).copied().unwrap_or_default();
    let differing = names.into_iter().map(|name| (name, of(before, name), of(after, name))).filter(|(_, one, other)| one != other);
    let change = |((address, what), before, after): (&(Address, String), Total, Total)| Change {
        day: day.to_string(),
        address: address.clone(),
        what: what.clone(),
        before,
        after,
    };
    differing.map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_is_the_twelve_months_that_follow() {
        let ends = |day: &str| {
            let months = months(date(day));
            (months.len(), months[0].to_string(), months[11].to_string())
        };
        assert_eq!(ends("2026-11-21"), (12, "2026-12-01".into(), "2027-11-01".into()));
        assert_eq!(ends("2027-03-01"), (12, "2027-03-01".into(), "2028-02-01".into()));
        assert_eq!(ends("2026-12-31"), (12, "2027-01-01".into(), "2027-12-01".into()));
    }

    #[test]
    fn a_day_is_found_between_two() {
        for wanted in ["2027-02-02", "2027-02-17", "2027-03-01"] {
            assert_eq!(begin(date("2027-02-01"), date("2027-03-01"), |day| day >= date(wanted)).to_string(), wanted);
        }
    }
}
