//! Container images. <https://aws.amazon.com/ecr/pricing/>

use crate::pricing::{Charge, Given};

/// Images that are kept. Pulling them within the region is free.
pub fn images(gb: Given) -> Charge {
    Charge::usage("images", "ecr.storage", "GB-month", gb)
}
