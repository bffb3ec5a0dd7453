//! Container images. <https://aws.amazon.com/ecr/pricing/>

use crate::core::price::charge::Charge;
use crate::core::price::usage::Given;

/// Images that are kept. Pulling them within the region is free.
pub fn images(gb: Given) -> Charge {
    Charge::usage("images", "ecr.storage", "GB-month", gb)
}
