//! Data on its way out of a region or between its zones. <https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer>

use crate::core::money::Decimal;
use crate::pricing::{Allowance, Charge, Given};

/// One allowance serves all services and regions together, CloudFront excepted.
pub static INTERNET: Allowance = Allowance { name: "data out to the internet", amount: 100 };

/// Data sent to the internet. Data that comes in is free.
pub fn internet(sent: Given) -> Charge {
    Charge::usage("data out to the internet", "datatransfer.out.internet", "GB", sent).free(&INTERNET)
}

/// Data between two zones of a region: each gigabyte is billed where it leaves and where it arrives.
pub fn between_zones(crossing: Given) -> Charge {
    let both = crossing.becomes("billed on both sides", |gb| gb * Decimal::TWO);
    Charge::usage("data between zones", "datatransfer.intra_region.gb", "GB", both)
}

/// Data sent to another region.
pub fn other_region(sent: Given) -> Charge {
    Charge::usage("data out to other regions", "datatransfer.out.other_region.gb", "GB", sent)
}
