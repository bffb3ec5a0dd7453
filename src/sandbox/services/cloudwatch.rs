//! CloudWatch: alarms, dashboards, metrics.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
