//! The units that the catalogue counts by.

use crate::core::money::Decimal;

/// Returns the unit without the remark behind it: `GB-hour (above 20 GB)`.
pub fn counts(unit: &str) -> &str {
    unit.split(" (").next().unwrap_or(unit)
}

/// Returns how many single requests or objects a unit stands for.
pub fn per(unit: &str) -> Decimal {
    let many = unit.split(' ').next().unwrap_or_default();
    let thousand = |text: &str, times: u32| text.parse::<u32>().ok().map(|number| Decimal::from(number) * Decimal::from(times));
    let known = match many.split_at(many.len().saturating_sub(1)) {
        (number, "k") => thousand(number, 1_000),
        (number, "M") => thousand(number, 1_000_000),
        _ => None,
    };
    known.unwrap_or(Decimal::ONE)
}
