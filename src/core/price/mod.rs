//! What a stack costs a month: list prices from a dated catalogue, exact, every line with where its price comes from.
//!
//! A kind says what AWS bills (`Charge`: so much of that key); `cost` looks the prices up and makes `Line`s. A price that
//! the catalogue does not have makes an unpriced line: it is shown and counted, and never taken for nothing.

pub mod age;
pub mod budget;
pub mod catalog;
pub mod change;
pub mod charge;
pub mod cost;
pub mod estate;
pub mod refresh;
pub mod usage;

use super::money::Decimal;

/// A month has 730 hours everywhere in AWS's own estimates.
pub const HOURS: Decimal = Decimal::from_parts(730, 0, 0, false, 0);
