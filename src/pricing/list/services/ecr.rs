//! Container images.

use super::{Product, Wanted, row};

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(&[("TimedStorage-ByteHrs", "ecr.storage", "GB-month")], product.usage(region))
}
