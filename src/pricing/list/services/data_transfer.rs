//! Data on its way out of a region or between its zones.

use super::{Product, Wanted, one};

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    let usage = product.usage(region);
    match product.transfer_type.as_str() {
        "AWS Outbound" if usage == "DataTransfer-Out-Bytes" && product.to_location == "External" => one("datatransfer.out.internet", "GB"),
        "IntraRegion" if usage == "DataTransfer-Regional-Bytes" => one("datatransfer.intra_region.gb", "GB"),
        "InterRegion Outbound" if usage.ends_with("AWS-Out-Bytes") => match (region, destination(product)) {
            ("us-east-1", Some("us-east-2")) => one("datatransfer.out.us_east_to_us_east.gb", "GB"),
            // The price of most other regions. A few far ones cost more, which the catalogue does not tell apart.
            ("us-east-1" | "us-west-1", Some("us-west-2")) => one("datatransfer.out.other_region.gb", "GB"),
            (other, Some("us-west-1")) if other != "us-east-1" => one("datatransfer.out.other_region.gb", "GB"),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn destination(product: &Product) -> Option<&str> {
    match (product.to_region_code.as_str(), product.to_location.as_str()) {
        ("", "US East (Ohio)") => Some("us-east-2"),
        ("", "US West (N. California)") => Some("us-west-1"),
        ("", "US West (Oregon)") => Some("us-west-2"),
        ("", _) => None,
        (code, _) => Some(code),
    }
}
