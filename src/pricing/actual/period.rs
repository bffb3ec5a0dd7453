//! The days that a bill is of.

use crate::core::money::{Decimal, Money};
use crate::pricing::HOURS;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

/// Days of a bill, and whether its amounts are those of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    pub is: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A calendar month that is over: its amounts are those of AWS's invoice.
    Month,
    /// A calendar month so far, scaled to 730 hours.
    MonthSoFar,
    /// So many days up to yesterday, scaled to 730 hours.
    Days,
}

impl Period {
    /// Returns the last whole month before a day.
    pub fn last_month(today: Date) -> Self {
        let to = today.first_of_month();
        Period { from: to.saturating_sub(1.month()), to, is: Kind::Month }
    }

    /// Reads `2026-10` or `30d`. The error says what is wrong.
    pub fn parse(text: &str, today: Date) -> Result<Self, String> {
        const FORM: &str = "write a month as 2026-10, or days as 30d";
        if let Some(days) = text.strip_suffix('d') {
            let days = days.parse::<i64>().ok().filter(|days| (1..=365).contains(days)).ok_or("write from 1d to 365d")?;
            return Ok(Period { from: today.saturating_sub(days.days()), to: today, is: Kind::Days });
        }
        let from = format!("{text}-01").parse::<Date>().map_err(|_| FORM)?;
        let end = from.saturating_add(1.month());
        match () {
            () if end <= today => Ok(Period { from, to: end, is: Kind::Month }),
            () if from < today => Ok(Period { from, to: today, is: Kind::MonthSoFar }),
            () => Err(format!("no day of {text} is over")),
        }
    }

    pub fn days(&self) -> u32 {
        u32::try_from((self.to - self.from).get_days()).unwrap_or_default()
    }

    pub fn hours(&self) -> u32 {
        self.days() * 24
    }

    /// Returns the number by which an amount of it becomes that of a month.
    pub fn factor(&self) -> Decimal {
        match self.is {
            Kind::Month => Decimal::ONE,
            Kind::MonthSoFar | Kind::Days => HOURS.checked_div(Decimal::from(self.hours())).unwrap_or(Decimal::ONE),
        }
    }

    pub fn scale(&self, amount: Money) -> Money {
        (amount * self.factor()).fixed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_or_days_that_are_over() {
        let today = "2026-11-29".parse::<Date>().unwrap();
        let of = |text: &str| {
            Period::parse(text, today).map(|period| format!("{} {} {:?} {}", period.from, period.to, period.is, period.hours()))
        };
        assert_eq!(of("2026-10").unwrap(), "2026-10-01 2026-11-01 Month 744");
        assert_eq!(of("2026-11").unwrap(), "2026-11-01 2026-11-29 MonthSoFar 672");
        assert_eq!(of("30d").unwrap(), "2026-10-30 2026-11-29 Days 720");
        assert_eq!(of("2026-12").unwrap_err(), "no day of 2026-12 is over");
        for wrong in ["", "d", "0d", "366d", "-1d", "2026", "2026-13", "2026-10-01", "month"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Period::last_month(today), Period::parse("2026-10", today).unwrap());
        let january = Period::last_month("2027-01-01".parse().unwrap());
        assert_eq!((january.from.to_string(), january.days()), ("2026-12-01".into(), 31));
    }

    #[test]
    fn only_what_is_no_whole_month_is_scaled() {
        let today = "2026-11-29".parse::<Date>().unwrap();
        let scaled = |text: &str| Period::parse(text, today).unwrap().scale(Money::new(Decimal::from(72))).to_string();
        assert_eq!((scaled("2026-10"), scaled("30d"), scaled("2026-11")), ("$72.00".into(), "$73.00".into(), "$78.21".into()));
    }
}
