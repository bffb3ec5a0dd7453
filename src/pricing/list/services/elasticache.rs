//! Caches: nodes by engine and type.

use super::{Product, Wanted, one};

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    let usage = product.usage(region);
    let engine = product.cache_engine.to_ascii_lowercase();
    if usage == "ElastiCache:BackupUsage" {
        return one("elasticache.backup", "GB-month");
    }
    if let Some(node) = usage.strip_prefix("NodeUsage:").filter(|_| matches!(engine.as_str(), "redis" | "valkey" | "memcached")) {
        return one(format!("elasticache.node.{engine}.{node}"), "hour");
    }
    let years = [("ExtendedSupportYr1_Yr2-NodeUsage:", "year_1_2"), ("ExtendedSupportYr3-NodeUsage:", "year_3")];
    let found = years.into_iter().filter(|_| engine == "redis").find_map(|(prefix, year)| Some((usage.strip_prefix(prefix)?, year)));
    found.map_or_else(Vec::new, |(node, year)| one(format!("elasticache.extended_support.redis.{year}.{node}"), "hour"))
}
