//! A product of an offer file, as far as it matters here.

use serde::Deserialize;

/// A thing that is sold. An attribute that a product does not have is empty.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Product {
    #[serde(rename = "productFamily", default)]
    pub(super) family: String,
    #[serde(default)]
    attributes: Attributes,
}

/// The attributes by AWS's own names; there are many more.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attributes {
    #[serde(rename = "usagetype")]
    usage_type: String,
    pub operation: String,
    pub group: String,
    pub location: String,
    pub location_type: String,
    pub region_code: String,
    pub from_location_type: String,
    pub from_region_code: String,
    pub to_location: String,
    pub to_region_code: String,
    pub transfer_type: String,
    pub instance_type: String,
    pub database_engine: String,
    pub deployment_option: String,
    pub deployment_model: String,
    pub cache_engine: String,
    pub operating_system: String,
    pub tenancy: String,
    #[serde(rename = "preInstalledSw")]
    pub pre_installed_software: String,
    #[serde(rename = "capacitystatus")]
    pub capacity_status: String,
    #[serde(rename = "marketoption")]
    pub market_option: String,
    pub volume_type: String,
    pub storage_media: String,
    pub queue_type: String,
    pub request_description: String,
}

impl std::ops::Deref for Product {
    type Target = Attributes;

    fn deref(&self) -> &Attributes {
        &self.attributes
    }
}

impl Product {
    /// Makes the product that a usage type of a bill most likely is: a bill has no other attributes.
    pub(super) fn of_usage(usage_type: &str) -> Self {
        let attributes = Attributes { usage_type: usage_type.to_owned(), volume_type: "Standard".into(), ..Attributes::default() };
        Product { family: String::new(), attributes }
    }
    /// Its usage type without the region in front of it: `LoadBalancerUsage` for `EUW2-LoadBalancerUsage`. AWS's oldest
    /// region has none in most services, and KMS writes it out: `eu-west-2-KMS-Keys`.
    pub(super) fn usage(&self, region: &str) -> &str {
        let usage = self.usage_type.as_str();
        if let Some(rest) = usage.strip_prefix(region).and_then(|rest| rest.strip_prefix('-')) {
            return rest;
        }
        match usage.split_once('-') {
            Some((before, rest)) if is_region(before) => rest,
            _ => usage,
        }
    }
    /// Its usage type as it is.
    pub(super) fn whole_usage(&self) -> &str {
        &self.usage_type
    }
    /// True when it is sold in a region itself, not in a local zone, at the edge, or in a rack of the customer's.
    pub(super) fn is_in(&self, region: &str) -> bool {
        let ordinary = |kind: &str| kind.is_empty() || kind == "AWS Region";
        let here = |code: &str| code.is_empty() || code == region;
        ordinary(&self.location_type) && ordinary(&self.from_location_type) && here(&self.region_code) && here(&self.from_region_code)
    }
    /// True when its price holds in every region.
    pub(super) fn is_anywhere(&self) -> bool {
        self.region_code.is_empty() && self.location == "Any"
    }
}

/// Returns what AWS's bills call a region: `EU`, `USE1`, `APN1`, `UGW1`.
fn is_region(text: &str) -> bool {
    const PARTS: [&str; 11] = ["US", "EU", "AP", "CA", "SA", "AF", "ME", "IL", "MX", "UG", "CN"];
    let Some(rest) = PARTS.iter().find_map(|part| text.strip_prefix(part)) else { return false };
    let letters = rest.trim_end_matches(|letter: char| letter.is_ascii_digit());
    letters.len() <= 2 && rest.len() - letters.len() <= 1 && letters.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_in_front_of_a_usage_type_is_taken_off() {
        for (usage, rest) in [
            ("LoadBalancerUsage", "LoadBalancerUsage"),
            ("EU-LoadBalancerUsage", "LoadBalancerUsage"),
            ("APN1-CW:Requests", "CW:Requests"),
            ("eu-west-2-KMS-Keys", "KMS-Keys"),
            ("UGW1-RDS:GP3-Storage", "RDS:GP3-Storage"),
            ("IA-TimedStorage-ByteHrs", "IA-TimedStorage-ByteHrs"),
            ("USE1-Tables-TimedStorage-ByteHrs", "Tables-TimedStorage-ByteHrs"),
            ("Global-Request", "Global-Request"),
            ("TS-LoadBalancerUsage", "TS-LoadBalancerUsage"),
            ("USE1-USW2-AWS-Out-Bytes", "USW2-AWS-Out-Bytes"),
            ("EUROPE-x", "EUROPE-x"),
            ("", ""),
        ] {
            let product = Product { attributes: Attributes { usage_type: usage.into(), ..Attributes::default() }, ..Product::default() };
            assert_eq!(product.usage("eu-west-2"), rest, "{usage}");
        }
    }
}
