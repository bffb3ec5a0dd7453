//! EventBridge: rules and targets.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
