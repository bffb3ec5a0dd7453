//! What each AWS service does with a decoded request: one file per service, one table of operations each.
//!
//! A handler reads `call.input` (members by their model names), changes the world, and answers JSON with
//! the output's model member names. It may assume that the input fits its model. Members that start with `_` are
//! private to the sandbox: the codec never sends them.

use super::world::{Call, Fault};
use serde_json::Value;

pub type Handler = fn(&mut Call<'_>) -> Result<Value, Fault>;

/// The handler of an operation; `None` means the sandbox does not have it.
/// `service` is the model's file name, such as `elbv2`.
pub fn handler(service: &str, operation: &str) -> Option<Handler> {
    let _ = operation;
    match service {
        _ => None,
    }
}
