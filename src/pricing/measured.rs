//! Amounts of `[usage]` from what was measured day by day.

use super::HOURS;
use crate::core::money::Range;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// The values of some days, the oldest first; None for a day of which nothing is known.
pub type Days = Vec<Option<f64>>;

/// The meaning of a day's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// So much went through in a day: a month has more of it.
    Flow,
    /// So much was there on average: a month has as much.
    Level,
}

/// The use of a stack, as far as it was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// The tables by module: `service.api`.
    pub tables: BTreeMap<String, Table>,
}

/// The use of one module.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The amounts of a month, by measure.
    pub amounts: BTreeMap<&'static str, Amount>,
    /// The resources of which a measure was asked for, and nothing is known.
    pub silent: BTreeMap<&'static str, BTreeSet<String>>,
    /// The measures that a default stands for, as nobody measures them.
    pub unknown: BTreeSet<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    pub month: Range<f64>,
    /// The way in which the figure differs from the measure; empty where it does not.
    pub note: &'static str,
}

/// Fills the days after the first with nothing, for what is reported only when there is something.
pub fn filled(days: Days) -> Days {
    let first = days.iter().position(Option::is_some).unwrap_or(days.len());
    days.into_iter().enumerate().map(|(at, day)| if at > first { day.or(Some(0.0)) } else { day }).collect()
}

/// Adds the values of two resources. A day that only one of them is known of has that one's value: the other was not there.
pub fn added(one: Days, other: &Days) -> Days {
    let sum = |(one, other): (Option<f64>, &Option<f64>)| match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(*other),
    };
    one.into_iter().zip(other).map(sum).collect()
}

/// True when so many days are taken by the week: one of them has working days and a weekend, as a month has.
pub fn by_week(days: usize) -> bool {
    days >= 14
}

/// Returns the month of the quietest, the median and the busiest whole week, or day where there are fewer than two weeks. None
/// where nothing is known.
pub fn month(days: &[Option<f64>], shape: Shape) -> Option<Range<f64>> {
    let size = if by_week(days.len()) { 7 } else { 1 };
    let average = |days: &[Option<f64>]| {
        let known = days.iter().flatten().copied().collect::<Vec<_>>();
        // The number of days fits a float.
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let mut averages = days.rchunks_exact(size).filter_map(average).collect::<Vec<_>>();
    averages.sort_by(f64::total_cmp);
    let hours = HOURS.try_into().unwrap_or(730.0_f64);
    let times = match shape {
        Shape::Flow => hours / 24.0,
        Shape::Level => 1.0,
    };
    let (low, high) = (*averages.first()?, *averages.last()?);
    let middle = averages.len() / 2;
    let likely =
        if averages.len() % 2 == 1 { *averages.get(middle)? } else { f64::midpoint(*averages.get(middle - 1)?, *averages.get(middle)?) };
    Some(Range { low, likely, high }.map(|value| rounded(value * times)))
}

/// Rounds to four digits, for what nobody knows better.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(text: &str) -> Days {
        text.split(' ').map(|day| day.parse().ok()).collect()
    }

    #[test]
    fn a_month_is_that_of_the_quietest_the_median_and_the_busiest_week() {
        let week = |value: &str| [value; 7].join(" ");
        // Two days too many at the front, which belong to no whole week.
        let four = days(&format!("999 999 {} {} {} {}", week("24"), week("48"), week("12"), week("36")));
        assert_eq!(month(&four, Shape::Level), Some(Range { low: 12.0, likely: 30.0, high: 48.0 }));
        assert_eq!(month(&four, Shape::Flow), Some(Range { low: 365.0, likely: 912.5, high: 1460.0 }));
        assert_eq!(month(&days("3 1 2"), Shape::Level), Some(Range { low: 1.0, likely: 2.0, high: 3.0 }));
        assert_eq!(month(&days("- 123456 -"), Shape::Level), Some(Range { low: 123_500.0, likely: 123_500.0, high: 123_500.0 }));
    }

    #[test]
    fn unknown_is_not_nothing() {
        assert_eq!(month(&days("- - -"), Shape::Flow), None);
        assert_eq!(month(&[], Shape::Flow), None);
        assert_eq!(month(&days("- 4 -"), Shape::Level), Some(Range { low: 4.0, likely: 4.0, high: 4.0 }));
        assert_eq!(filled(days("- 4 - 2")), days("- 4 0 2"));
        assert_eq!(filled(days("- -")), days("- -"));
        assert_eq!(added(days("- 1 2 -"), &days("- - 3 4")), days("- 1 5 4"));
    }

    proptest! {
        #[test]
        fn a_range_rises_and_lies_within_its_days(days in prop::collection::vec(prop::option::of(0.0..1e9_f64), 0..80)) {
            let known = days.iter().flatten().copied().collect::<Vec<_>>();
            if let Some(Range { low, likely, high }) = month(&days, Shape::Level) {
                prop_assert!(low <= likely && likely <= high);
                let (least, most) = known.iter().fold((f64::MAX, 0.0_f64), |(least, most), day| (least.min(*day), most.max(*day)));
                prop_assert!(low >= least * 0.999 && high <= most * 1.001);
            } else {
                let size = if by_week(days.len()) { 7 } else { 1 };
                prop_assert!(days.rchunks_exact(size).flatten().all(Option::is_none));
            }
        }
    }
}
