//! Money and amounts: exact decimals, rounded only where they are printed.

use rust_decimal::RoundingStrategy;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

pub use rust_decimal::Decimal;

/// US dollars, to the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Money(Decimal);

impl Money {
    pub const ZERO: Money = Money(Decimal::ZERO);

    pub const fn new(dollars: Decimal) -> Self {
        Money(dollars)
    }
    /// The dollars as a number.
    pub const fn dollars(self) -> Decimal {
        self.0
    }
    /// Rounds to 12 decimal places: amounts of this form add up exactly, whatever divisions they come from.
    pub fn fixed(self) -> Self {
        Money(self.0.round_dp_with_strategy(12, RoundingStrategy::MidpointAwayFromZero))
    }
    /// Rounds as it is printed: to a cent, half a cent away from zero.
    pub fn cents(self) -> Decimal {
        let mut cents = self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        cents.rescale(2);
        cents
    }
    /// Returns it as text, `1,234.50`, without a sign or a currency.
    pub fn grouped(self) -> String {
        let text = self.cents().abs().to_string();
        let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped + rest
    }
    /// The same with its sign, `+$1.20`, for what is added or saved.
    pub fn signed(self) -> String {
        let sign = if self.cents().is_zero() {
            "±"
        } else if self.0.is_sign_negative() {
            "-"
        } else {
            "+"
        };
        format!("{sign}${}", self.grouped())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0.is_sign_negative() && !self.cents().is_zero() { "-" } else { "" };
        f.pad(&format!("{sign}${}", self.grouped()))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}
impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}
impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
impl Mul<Decimal> for Money {
    type Output = Money;
    fn mul(self, times: Decimal) -> Money {
        Money(self.0.saturating_mul(times))
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(all: I) -> Money {
        all.fold(Money::ZERO, Add::add)
    }
}

// As text, so that no reader makes a binary fraction of it.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.normalize())
    }
}
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        number(&text).map(Money).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an amount")))
    }
}

/// A figure that is likely, between the least and the most that it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Range<T> {
    pub low: T,
    pub likely: T,
    pub high: T,
}

impl<T: Copy> Range<T> {
    pub const fn only(value: T) -> Self {
        Range { low: value, likely: value, high: value }
    }
    pub fn map<U>(self, each: impl Fn(T) -> U) -> Range<U> {
        Range { low: each(self.low), likely: each(self.likely), high: each(self.high) }
    }
    /// Joins two, low with low and high with high.
    pub fn with<U: Copy, V>(self, other: Range<U>, each: impl Fn(T, U) -> V) -> Range<V> {
        Range { low: each(self.low, other.low), likely: each(self.likely, other.likely), high: each(self.high, other.high) }
    }
}

impl<T: Copy + Ord> Range<T> {
    /// Returns a range that rises around its likely value, as one does not when a wider one was taken off.
    pub fn rising(self) -> Self {
        Range { low: self.low.min(self.likely), likely: self.likely, high: self.high.max(self.likely) }
    }
}

impl<T: Copy + PartialEq> Range<T> {
    pub fn is_one(&self) -> bool {
        self.low == self.likely && self.likely == self.high
    }
}

impl<T: Copy + Add<Output = T>> Add for Range<T> {
    type Output = Range<T>;
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}
impl<T: Copy + Sub<Output = T>> Sub for Range<T> {
    type Output = Range<T>;
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}
impl Sum for Range<Money> {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Range::only(Money::ZERO), Add::add)
    }
}

/// The largest amount that anything is computed with: a million million, of requests or gigabytes.
pub const LARGEST: f64 = 1e12;

/// A number as people write it, digit by digit: `0.1` is a tenth.
pub fn number(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A floating-point number as the shortest decimal that stands for it.
pub fn from_float(value: f64) -> Option<Decimal> {
    if value.abs() > LARGEST { None } else { number(&value.to_string()) }
}

/// A number as it is shown: up to four decimals, thousands apart.
pub fn shown(value: Decimal) -> String {
    let rounded = value.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize();
    let text = rounded.abs().to_string();
    let fraction = text.split_once('.').map(|(_, fraction)| format!(".{fraction}")).unwrap_or_default();
    let whole = Money(rounded.trunc()).grouped();
    let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
    format!("{sign}{}{fraction}", whole.trim_end_matches(".00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::new(number(text).unwrap())
    }

    #[test]
    fn money_rounds_only_when_it_is_printed() {
        for (exact, printed) in [
            ("110.385", "$110.39"),
            ("0.005", "$0.01"),
            ("0.0049", "$0.00"),
            ("-0.004", "$0.00"),
            ("-1234.5", "-$1,234.50"),
            ("1000000", "$1,000,000.00"),
            ("999.999", "$1,000.00"),
        ] {
            assert_eq!(money(exact).to_string(), printed);
        }
        let third = (0..3).map(|_| money("0.004")).sum::<Money>();
        assert_eq!(third.to_string(), "$0.01", "the sum of what is not rounded");
        assert_eq!(
            (money("1.2").signed(), money("-1.2").signed(), money("0.001").signed()),
            ("+$1.20".into(), "-$1.20".into(), "±$0.00".into())
        );
        assert_eq!(serde_json::to_string(&money("16.4250")).unwrap(), "\"16.425\"");
        assert_eq!(serde_json::from_str::<Money>("\"16.425\"").unwrap(), money("16.425"));
    }

    #[test]
    fn numbers_are_read_digit_by_digit() {
        assert_eq!(from_float(0.1), number("0.1"));
        assert_eq!(from_float(1e12), number("1000000000000"));
        assert_eq!(number("1.33334e-5"), number("0.0000133334"));
        assert_eq!((from_float(1e13), from_float(f64::NAN), number("x")), (None, None, None));
        for (value, text) in [("1460", "1,460"), ("1.369863", "1.3699"), ("0.25", "0.25"), ("10240.5", "10,240.5"), ("-3", "-3")] {
            assert_eq!(shown(number(value).unwrap()), text);
        }
    }
}
