//! Secrets Manager: secrets and their versions.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
