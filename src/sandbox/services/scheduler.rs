//! EventBridge Scheduler: schedules and their groups.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
