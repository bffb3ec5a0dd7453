//! Answers that are a stream of events, each framed and checked.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html>

use super::xml;
use crate::model::{Kind, Model, Shape};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use serde_json::Value;

/// The frames of a list of events, each an object of one member: the event's name.
pub fn encode(model: &'static Model, shape: &Shape, events: &Value) -> Vec<u8> {
    let events = events.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
    events.flat_map(|(name, event)| frame(model, shape, name, event)).collect()
}

fn frame(model: &'static Model, shape: &Shape, name: &str, event: &Value) -> Vec<u8> {
    let inner = shape.members.get(name).map(|used| model.shape(&used.shape));
    let payload = inner.and_then(|inner| inner.members.iter().find(|(_, used)| used.eventpayload));
    let (kind, body) = match payload.map(|(member, used)| (model.shape(&used.shape), &event[member.as_str()])) {
        Some((content, value)) if content.kind == Kind::Blob => {
            (Some("application/octet-stream"), STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default())
        }
        Some((content, value)) => (Some("text/xml"), xml::document(model, content, name, value).into_bytes()),
        None => (None, Vec::new()),
    };
    let mut headers = header(":message-type", "event");
    headers.extend(header(":event-type", name));
    headers.extend(kind.into_iter().flat_map(|kind| header(":content-type", kind)));
    // Two lengths and their checksum come first, and a checksum of all comes last.
    let mut frame = Vec::new();
    frame.extend(length(headers.len() + body.len() + 16));
    frame.extend(length(headers.len()));
    frame.extend(checksum(&frame));
    frame.extend(headers);
    frame.extend(body);
    frame.extend(checksum(&frame));
    frame
}

/// A header whose value is a text, which is type 7.
fn header(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(name.len()).unwrap_or(u8::MAX)];
    bytes.extend(name.as_bytes());
    bytes.push(7);
    bytes.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(value.as_bytes());
    bytes
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes()
}

fn checksum(bytes: &[u8]) -> Vec<u8> {
    crc_fast::checksum(CrcAlgorithm::Crc32IsoHdlc, bytes).to_be_bytes()[4..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use serde_json::json;

    #[test]
    fn a_frame_says_how_long_it_is_and_what_it_holds() {
        let model = model::model("s3").unwrap();
        let shape = model.shape("SelectObjectContentEventStream");
        let bytes = encode(model, shape, &json!([{"Records": {"Payload": STANDARD.encode("hi\n")}}, {"End": {}}]));
        let total = usize::try_from(u32::from_be_bytes(bytes[..4].try_into().unwrap())).unwrap();
        let headers = usize::try_from(u32::from_be_bytes(bytes[4..8].try_into().unwrap())).unwrap();
        assert_eq!(&bytes[12 + headers..total - 4], b"hi\n");
        // The empty frame of the page above, but for its headers.
        assert_eq!(bytes[8..12], checksum(&bytes[..8])[..]);
        assert_eq!(bytes[total - 4..total], checksum(&bytes[..total - 4])[..]);
        let end = String::from_utf8_lossy(&bytes[total..]).into_owned();
        assert!(end.contains(":event-type") && end.contains("End"), "{end}");
    }
}
