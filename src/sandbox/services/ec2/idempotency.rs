//! Client tokens: the same request again finds what the first one made.

use super::kind::Kind;
use crate::services::members::text;
use crate::world::{Call, Fault};
use serde_json::Value;

/// The id of what an earlier call with this client token made, if there was one with the same parameters.
pub fn earlier(call: &Call<'_>, kind: &Kind) -> Result<Option<String>, Fault> {
    let token = call.text("ClientToken");
    if token.is_empty() {
        return Ok(None);
    }
    match call.all(kind.table).into_iter().find(|(_, row)| text(row, "_token") == token) {
        None => Ok(None),
        Some((id, row)) if text(row, "_request") == request(call) => Ok(Some(id.clone())),
        Some((id, _)) => Err(Fault::new(
            "IdempotentParameterMismatch",
            format!(
                "The client token '{token}' was used by {id} with other parameters. Try again with the same parameters or another token."
            ),
        )),
    }
}

/// Notes on a new resource which token and parameters made it.
pub fn remember(call: &Call<'_>, row: &mut Value) {
    row["_token"] = call.text("ClientToken").into();
    row["_request"] = request(call).into();
}

/// The parameters as one string, so that no id in them looks like a reference.
fn request(call: &Call<'_>) -> String {
    let mut input = call.input.clone();
    if let Value::Object(members) = &mut input {
        members.remove("ClientToken");
    }
    input.to_string()
}
