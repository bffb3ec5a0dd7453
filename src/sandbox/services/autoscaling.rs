//! Application Auto Scaling: scalable targets, policies, scheduled actions.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
