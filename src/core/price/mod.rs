//! What a kind says of its bill: charges, measures of use, and what is known of its neighbours.

pub mod charge;
pub mod estate;
pub mod usage;
pub mod change {
    pub use super::charge::Overlap;
}

use super::money::Decimal;

/// A month has 730 hours everywhere in AWS's own estimates.
pub const HOURS: Decimal = Decimal::from_parts(730, 0, 0, false, 0);
