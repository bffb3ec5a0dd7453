//! Up to ten calls in one: each entry succeeds or fails on its own.

use super::{message, receive, wanted};
use crate::services::members::{items, joined, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

type One = fn(&mut Call<'_>, &str, &Value) -> Result<Value, Fault>;

const MOST: usize = 10;
/// The bytes of all messages of a batch together.
const LARGEST: usize = 1_048_576;

pub fn send(call: &mut Call<'_>) -> Result<Value, Fault> {
    let size: usize = items(call.input, "Entries").iter().map(message::size).sum();
    if size > LARGEST {
        let text = format!("Batch requests cannot be longer than {LARGEST} bytes. You have sent {size} bytes.");
        return Err(Fault::new("BatchRequestTooLong", text));
    }
    each(call, message::put)
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    each(call, receive::remove)
}

pub fn change_visibility(call: &mut Call<'_>) -> Result<Value, Fault> {
    each(call, receive::hide)
}

fn each(call: &mut Call<'_>, one: One) -> Result<Value, Fault> {
    let queue = wanted(call)?;
    let entries = items(call.input, "Entries");
    check(call.operation, entries)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match one(call, &queue, entry) {
            Ok(answer) => successful.push(joined(json!({"Id": entry["Id"]}), answer)),
            Err(fault) => failed.push(json!({"Id": entry["Id"], "SenderFault": true, "Code": fault.code, "Message": fault.message})),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}

fn check(operation: &str, entries: &[Value]) -> Result<(), Fault> {
    if entries.is_empty() {
        return Err(Fault::new("EmptyBatchRequest", format!("There should be at least one {operation}RequestEntry in the request.")));
    }
    if entries.len() > MOST {
        let text = format!("Maximum number of entries per request are {MOST}. You have sent {}.", entries.len());
        return Err(Fault::new("TooManyEntriesInBatchRequest", text));
    }
    let plain = |id: &str| (1..=80).contains(&id.len()) && id.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign));
    if !entries.iter().all(|entry| plain(text(entry, "Id"))) {
        let text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.";
        return Err(Fault::new("InvalidBatchEntryId", text));
    }
    let mut seen = BTreeSet::new();
    match entries.iter().map(|entry| text(entry, "Id")).find(|id| !seen.insert(*id)) {
        Some(id) => Err(Fault::new("BatchEntryIdsNotDistinct", format!("Id {id} repeated."))),
        None => Ok(()),
    }
}
