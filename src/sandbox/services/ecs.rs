//! ECS: clusters, task definitions, services, tasks.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
