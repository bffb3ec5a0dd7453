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
    match usage.strip_prefix("ExtendedSupportYr1_Yr2-NodeUsage:").filter(|_| engine == "redis") {
        Some(node) => one(format!("elasticache.extended_support.redis.{node}"), "hour"),
        None => Vec::new(),
    }
}
