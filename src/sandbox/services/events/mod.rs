//! EventBridge: rules and their targets on the default bus, archives of its events, and connections.

mod archive;
mod connection;
mod rule;

use super::Handler;
use crate::world::{Call, Fault};

const RULES: &str = "events.rule";
const ARCHIVES: &str = "events.archive";
const CONNECTIONS: &str = "events.connection";

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "PutRule" => rule::put_rule,
        "DeleteRule" => rule::delete_rule,
        "DescribeRule" => rule::describe_rule,
        "ListRules" => rule::list_rules,
        "PutTargets" => rule::put_targets,
        "RemoveTargets" => rule::remove_targets,
        "ListTargetsByRule" => rule::list_targets,
        "PutEvents" => rule::put_events,
        "TagResource" => rule::tag,
        "UntagResource" => rule::untag,
        "ListTagsForResource" => rule::list_tags,
        "CreateArchive" => archive::create,
        "UpdateArchive" => archive::update,
        "DescribeArchive" => archive::describe,
        "DeleteArchive" => archive::delete,
        "ListArchives" => archive::list,
        "CreateConnection" => connection::create,
        "UpdateConnection" => connection::update,
        "DescribeConnection" => connection::describe,
        "DeleteConnection" => connection::delete,
        "ListConnections" => connection::list,
        _ => return None,
    };
    Some(handler)
}

/// The key of a call, which is there and enabled; an empty one is AWS's own.
fn check_key(call: &mut Call<'_>) -> Result<(), Fault> {
    let name = call.text("KmsKeyIdentifier").to_owned();
    if name.is_empty() || super::kms::key_arn(call, &name).is_some() {
        return Ok(());
    }
    Err(Fault::new("ValidationException", format!("The KMS key {name} does not exist or is not enabled.")))
}
