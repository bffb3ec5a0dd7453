//! SQS: queues, standard and FIFO, and the messages in them.

mod attribute;
mod batch;
mod digest;
mod message;
mod queue;
mod receive;

#[cfg(test)]
mod tests;

pub use message::{Sent, deliver};

use super::Handler;
use crate::services::members::{last_part, text};
use crate::world::{Call, Fault};

/// Queues by name. Private members: `_attributes`, those that were set; `_created`, `_changed` and `_purged` are times in seconds.
const QUEUES: &str = "sqs.queue";
/// Messages by `queue/number`, in the order in which they came. Times are in milliseconds.
const MESSAGES: &str = "sqs.message";
/// Deleted names, which stay taken for a minute.
const DELETED: &str = "sqs.deleted";

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateQueue" => queue::create,
        "DeleteQueue" => queue::delete,
        "GetQueueUrl" => queue::url,
        "ListQueues" => queue::list,
        "ListDeadLetterSourceQueues" => queue::list_sources,
        "PurgeQueue" => queue::purge,
        "TagQueue" => queue::tag,
        "UntagQueue" => queue::untag,
        "ListQueueTags" => queue::list_tags,
        "GetQueueAttributes" => attribute::get,
        "SetQueueAttributes" => attribute::set,
        "SendMessage" => message::send,
        "ReceiveMessage" => receive::receive,
        "DeleteMessage" => receive::delete,
        "ChangeMessageVisibility" => receive::change_visibility,
        "SendMessageBatch" => batch::send,
        "DeleteMessageBatch" => batch::delete,
        "ChangeMessageVisibilityBatch" => batch::change_visibility,
        _ => return None,
    };
    Some(handler)
}

fn missing() -> Fault {
    Fault::new("QueueDoesNotExist", "The specified queue does not exist.")
}

fn invalid(value: impl std::fmt::Display, parameter: &str, reason: &str) -> Fault {
    Fault::new("InvalidParameterValue", format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

fn absent(parameter: &str) -> Fault {
    Fault::new("MissingParameter", format!("The request must contain the parameter {parameter}."))
}

/// The name of the queue that the call's URL names. Whatever its host, the URL ends with the account and the name; a bare name will do, too.
fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let url = call.text("QueueUrl");
    let mut parts = url.rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next());
    let own = account.is_none_or(|account| account == call.world.account) && call.get(QUEUES, name).is_some();
    own.then(|| name.to_owned()).ok_or_else(missing)
}

/// The name of the queue of an ARN, if it is one of this account and region.
fn named<'a>(call: &Call<'_>, arn: &'a str) -> Option<&'a str> {
    let name = last_part(arn);
    call.get(QUEUES, name).is_some_and(|row| text(row, "_arn") == arn).then_some(name)
}

fn is_fifo(name: &str) -> bool {
    name.ends_with(".fifo")
}
