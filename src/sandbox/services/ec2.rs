//! EC2: networks, security groups, addresses, endpoints.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
