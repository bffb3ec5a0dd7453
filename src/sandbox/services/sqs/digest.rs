//! The MD5 digests that SDKs compare.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>

use crate::services::members::text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub fn of_body(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

/// The digest of attributes, by name: each part with its length before it; `None` where there are none.
pub fn of_attributes(attributes: &Map<String, Value>) -> Option<String> {
    let sorted: BTreeMap<&String, &Value> = attributes.iter().collect();
    let mut all = Md5::new();
    for (name, value) in &sorted {
        let kind = text(value, "DataType");
        let binary = kind.starts_with("Binary");
        let content = match binary {
            true => STANDARD.decode(text(value, "BinaryValue")).unwrap_or_default(),
            false => text(value, "StringValue").as_bytes().to_vec(),
        };
        for part in [name.as_bytes(), kind.as_bytes()] {
            all.update(length(part));
            all.update(part);
        }
        all.update([if binary { 2 } else { 1 }]);
        all.update(length(&content));
        all.update(&content);
    }
    (!sorted.is_empty()).then(|| hex(&all.finalize()))
}

fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn digests_are_those_of_other_clients() {
        assert_eq!(of_body("derp"), "58fd9edd83341c29f1aebba81c31e257");
        let attributes = json!({"SOME_Valid.attribute-Name": {"DataType": "Number", "StringValue": "1493147359900"}});
        assert_eq!(of_attributes(attributes.as_object().unwrap()).unwrap(), "36655e7e9d7c0e8479fa3f3f42247ae7");
        assert_eq!(of_attributes(&Map::new()), None);
    }
}
