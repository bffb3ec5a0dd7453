//! RDS: instances, subnet groups, parameter groups, snapshots.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
