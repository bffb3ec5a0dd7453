//! The CDN, billed by where viewers are. <https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/>

use crate::pricing::{Allowance, Charge, Given};

pub static DATA: Allowance = Allowance { name: "CloudFront data", amount: 1024 };
pub static PATHS: Allowance = Allowance { name: "CloudFront invalidations", amount: 1_000 };
pub static REQUESTS: Allowance = Allowance { name: "CloudFront requests", amount: 10_000_000 };

/// The edge locations that a distribution uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// North America, Europe, Israel.
    AmericaEurope,
    /// All but South America, Australia and New Zealand.
    Most,
    All,
}

/// Data to viewers. `place` is a geography of the catalogue: `us`, `europe`, `japan`.
pub fn data(place: &str, gb: Given) -> Charge {
    let key = format!("cloudfront.data_out.internet.{place}");
    Charge::usage(format!("data to viewers, {}", words(place)), key, "GB", gb).choice("cloudfront.data_out.internet.").global().free(&DATA)
}

/// Data to the origin: uploads through the CDN.
pub fn data_to_origin(place: &str, gb: Given) -> Charge {
    let key = format!("cloudfront.data_out.origin.{place}");
    Charge::usage(format!("data to the origin, {}", words(place)), key, "GB", gb).choice("cloudfront.data_out.origin.").global()
}

pub fn requests(scheme: &str, place: &str, requests: Given) -> Charge {
    let stem = format!("cloudfront.requests.{scheme}.");
    let what = format!("{} requests, {}", scheme.to_uppercase(), words(place));
    Charge::usage(what, format!("{stem}{place}"), "10k requests", requests.per(10_000)).choice(&stem).global().free(&REQUESTS)
}

/// Returns the place whose price viewers of another have under a price class: what lies outside the class is billed as the class's
/// cheapest, wherever it was served. North America is the cheapest of every class.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html>,
/// <https://aws.amazon.com/cloudfront/pricing/pay-as-you-go/>
pub fn billed(place: &str, class: Class) -> &str {
    match (class, place) {
        (Class::AmericaEurope, "us" | "europe") | (Class::All, _) => place,
        (Class::Most, "south_america" | "australia") | (Class::AmericaEurope, _) => "us",
        (Class::Most, _) => place,
    }
}

/// Returns where most viewers of a region are, as far as anyone can tell.
pub fn place_of(region: &str) -> &'static str {
    match region {
        "ap-northeast-1" | "ap-northeast-3" => "japan",
        "ap-south-1" | "ap-south-2" => "india",
        "ap-southeast-2" | "ap-southeast-4" | "ap-southeast-6" => "australia",
        "sa-east-1" => "south_america",
        "af-south-1" | "me-south-1" | "me-central-1" => "south_africa",
        region if region.starts_with("ap-") => "asia_pacific",
        region if region.starts_with("eu-") || region.starts_with("il-") => "europe",
        _ => "us",
    }
}

/// Paths that caches forget before their time; a thousand a month are free.
pub fn invalidations(paths: Given) -> Charge {
    Charge::usage("invalidated paths", "cloudfront.invalidation.path_over_1000", "path", paths).global().free(&PATHS)
}

fn words(place: &str) -> String {
    match place {
        "us" => "North America".into(),
        "europe" => "Europe".into(),
        "south_africa" => "Africa and Middle East".into(),
        other => other.split('_').map(capital).collect::<Vec<_>>().join(" "),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
