//! The Resource Groups Tagging API, over the one tag store.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
