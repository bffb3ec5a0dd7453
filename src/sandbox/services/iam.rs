//! IAM: roles, their policies, OpenID Connect providers.

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
