//! AWS's public price list, turned into the catalogue.
//!
//! For each service AWS publishes an *offer file* a region, of up to some hundred megabytes: the products first, each with
//! attributes, then the terms that they are sold under.
//! <https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html>
//!
//! A service's own file says which products are which keys of the catalogue. `read` goes through an offer file once, keeps
//! those products and looks their prices up; `catalog::refresh` puts them in place of what a catalogue had. A key that
//! no product stands for stays what it was, with its old date.

mod guard;
mod index;
mod product;
mod read;
mod services;
#[cfg(test)]
mod specimens;
mod unit;

pub use index::{INDEX, OfferFile, files, region_indexes};
pub use read::{DEAREST, Damaged, Doubt, Offer, Place, read};
pub use services::SERVICES;

use product::Product;

/// One offer of AWS's, and what of it the catalogue has.
#[derive(Debug)]
pub struct Service {
    /// AWS's code of the offer: `AmazonRDS`.
    pub offer: &'static str,
    /// The code that the catalogue keeps its prices under.
    pub code: &'static str,
    pub files: Files,
    /// Returns the keys that a product of a region stands for; most stand for none.
    keys: fn(&Product, region: &str) -> Vec<Wanted>,
}

/// An offer is split into files in one of two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// One a region.
    ByRegion,
    /// One for all: much of it belongs to no region.
    One,
}

/// A key of the catalogue that a product stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    key: String,
    /// The catalogue counts it by this.
    unit: &'static str,
    /// One price for all of AWS.
    global: bool,
    /// One of the product's tiers alone, where the catalogue has a key for each.
    tier: Option<usize>,
}

impl Wanted {
    fn new(key: impl Into<String>, unit: &'static str) -> Self {
        Wanted { key: key.into(), unit, global: false, tier: None }
    }
    fn global(self) -> Self {
        Wanted { global: true, ..self }
    }
    fn tier(self, tier: usize) -> Self {
        Wanted { tier: Some(tier), ..self }
    }
}

/// The offers that a service's prices are in, by the catalogue's code of it, or one offer by AWS's own.
pub fn find(code: &str) -> Vec<&'static Service> {
    let is = |name: &str| name.eq_ignore_ascii_case(code);
    let by_code = SERVICES.iter().filter(|service| is(service.code)).collect::<Vec<_>>();
    if by_code.is_empty() { SERVICES.iter().filter(|service| is(service.offer)).collect() } else { by_code }
}

/// The offers that may have the price of a key: none for spot capacity, whose price follows demand and is in no list, and none for
/// what nobody knows how it is billed. The rates of Savings Plans stand in
/// lists of their own, which are not read.
pub fn offers(code: &str, key: &str) -> Vec<&'static Service> {
    if key.starts_with("savings_plan.") || key.contains(".spot.") || key.contains(".unknown.") { Vec::new() } else { find(code) }
}

/// Returns the keys of the catalogue that a usage type of a bill stands for, as far as it tells by itself: a product of the price
/// list has more attributes.
pub fn keys_of(usage_type: &str, region: &str) -> Vec<String> {
    let product = Product::of_usage(usage_type);
    let more: &[&str] = match product.usage(region) {
        "DataTransfer-Out-Bytes" => &["datatransfer.out.internet"],
        "DataTransfer-Regional-Bytes" => &["datatransfer.intra_region.gb"],
        "LCUUsage" => &["elb.alb.lcu_hour", "elb.nlb.nlcu_hour"],
        "LoadBalancerUsage" => &["elb.alb.hour", "elb.nlb.hour"],
        _ => &[],
    };
    let known = SERVICES.iter().flat_map(|service| (service.keys)(&product, region)).map(|wanted| wanted.key);
    more.iter().map(|key| (*key).to_owned()).chain(known).collect()
}
