//! Caches: nodes by the hour. <https://aws.amazon.com/elasticache/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Charge, Given, HOURS};

/// Nodes of one type; a replica costs what the primary does. `engine` is `redis`, `valkey` or `memcached`.
pub fn nodes(engine: &str, node_type: &str, count: u32) -> Charge {
    let stem = format!("elasticache.node.{engine}.");
    let what = if count == 1 { format!("node {node_type}") } else { format!("{count} nodes {node_type}") };
    Charge::fixed(what, format!("{stem}{node_type}"), "hour", HOURS * Decimal::from(count)).choice(&stem)
}

/// Snapshots that are kept; one of each cache is free.
pub fn snapshots(size: Given, kept: u32) -> Charge {
    let beyond = kept.saturating_sub(1);
    let size = size.becomes(&format!("{beyond} of them billed"), |gb| gb * Decimal::from(beyond));
    Charge::usage("snapshots beyond the first", "elasticache.backup", "GB-month", size)
}

/// Returns the first day without standard support of a major version of Redis.
pub fn ended(major: &str) -> Option<&'static str> {
    days(major).map(|(begins, _)| begins)
}

/// The day from which Extended Support of a Redis is billed, and the day from which its third year is.
fn days(major: &str) -> Option<(&'static str, &'static str)> {
    match major {
        "4" | "5" => Some(("2026-02-01", "2028-02-01")),
        "6" => Some(("2027-02-01", "2029-02-01")),
        _ => None,
    }
}

/// Returns what AWS bills on top for a Redis that its makers no longer support, more from the third year on:
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support-versions.html>
pub fn extended_support(engine: &str, version: &str, node_type: &str, count: u32, today: &str) -> Option<Charge> {
    let major = version.split('.').next().unwrap_or_default();
    let (begins, third) = if engine == "redis" { days(major)? } else { return None };
    let year = if today < third { "year_1_2" } else { "year_3" };
    let stem = format!("elasticache.extended_support.redis.{year}.");
    let charge =
        || Charge::fixed(format!("Extended Support of Redis {major}"), format!("{stem}{node_type}"), "hour", HOURS * Decimal::from(count));
    (today >= begins).then(|| charge().choice(&stem))
}
