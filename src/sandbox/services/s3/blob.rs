//! The contents of objects, apart from what is said of them: no listing and no change of an object carries them along.

use crate::world::Call;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// By a name of its own: the content in base64.
const BLOBS: &str = "s3.blob";

/// Keeps a content that is in base64, as blobs in requests are, and answers its name.
pub fn keep(call: &mut Call<'_>, encoded: &str) -> String {
    let id = call.hex(32);
    call.put(BLOBS, &id, json!(encoded));
    id
}

/// The content of something that has one, in base64.
pub fn encoded<'c>(call: &'c Call<'_>, holder: &Value) -> &'c str {
    holder["_blob"].as_str().and_then(|id| call.get(BLOBS, id)).and_then(Value::as_str).unwrap_or_default()
}

pub fn bytes(call: &Call<'_>, holder: &Value) -> Vec<u8> {
    STANDARD.decode(encoded(call, holder)).unwrap_or_default()
}

/// Lets go of the content of something that is no more.
pub fn forget(call: &mut Call<'_>, holder: &Value) {
    if let Some(id) = holder["_blob"].as_str() {
        call.remove(BLOBS, id);
    }
}
