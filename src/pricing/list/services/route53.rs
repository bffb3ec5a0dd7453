//! Names: zones and queries belong to no region, resolvers do.

use super::{Product, Wanted, one};

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    // The catalogue has a key for each of the two tiers.
    let queries = |name: &str| {
        let key = |over: &str| format!("route53.queries.{name}{over}");
        vec![Wanted::new(key(""), "1M queries").global().tier(0), Wanted::new(key("_over_1b"), "1M queries").global().tier(1)]
    };
    match product.whole_usage() {
        "HostedZone" => vec![Wanted::new("route53.hosted_zone.month", "zone-month").global()],
        "DNS-Queries" => queries("standard"),
        "LBR-Queries" => queries("latency"),
        "Geo-Queries" => queries("geo"),
        _ if product.usage(region) == "ResolverNetworkInterface" => one("route53.resolver_endpoint.eni_hour", "ENI-hour"),
        _ => Vec::new(),
    }
}
