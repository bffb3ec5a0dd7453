//! ElastiCache: replication groups, subnet groups, parameter groups.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
