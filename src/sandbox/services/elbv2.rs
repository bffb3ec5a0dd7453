//! Elastic Load Balancing: load balancers, target groups, listeners, rules.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
