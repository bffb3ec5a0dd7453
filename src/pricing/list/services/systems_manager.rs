//! Parameters.

use super::{Product, Wanted, row};

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(&[("PS-Param-Processed-Tier2", "ssm.advanced_parameter.api", "10k interactions")], product.usage(region))
}
