//! smithy rpc-v2-cbor: JSON's twin with tagged timestamps and byte strings.

use super::path::Problem;
use super::{HttpResponse, Target, json, note, respond, set_header};
use crate::model::{Kind, Model, Shape};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

/// CBOR's tag for seconds since the epoch.
const EPOCH: u64 = 1;

pub fn decode(model: &'static Model, shape: &Shape, body: &[u8], problems: &mut Vec<Problem>) -> Value {
    if body.is_empty() {
        return Value::Object(Map::new());
    }
    match ciborium::from_reader::<Cbor, _>(body) {
        Ok(value) => json::decode(model, shape, to_json(value), problems),
        Err(error) => {
            note(problems, Problem::Malformed(format!("the body is not CBOR: {error}")));
            Value::Null
        }
    }
}

pub fn response(target: &Target, shape: Option<&Shape>, output: &Value) -> HttpResponse {
    let body = shape.map_or_else(|| Cbor::Map(Vec::new()), |shape| encode(target.model, shape, output));
    respond_with(200, &body)
}

pub(super) fn respond_with(status: u16, body: &Cbor) -> HttpResponse {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = ciborium::into_writer(body, &mut bytes);
    let mut response = respond(status, "application/cbor", bytes);
    set_header(&mut response, "smithy-protocol", "rpc-v2-cbor");
    response
}

fn to_json(value: Cbor) -> Value {
    match value {
        Cbor::Integer(number) => i64::try_from(number).map_or(Value::Null, Value::from),
        Cbor::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::Number),
        Cbor::Bytes(bytes) => Value::String(STANDARD.encode(bytes)),
        Cbor::Text(text) => Value::String(text),
        Cbor::Bool(value) => Value::Bool(value),
        Cbor::Array(items) => items.into_iter().map(to_json).collect(),
        Cbor::Map(entries) => {
            let named = |(key, value)| match key {
                Cbor::Text(key) => Some((key, to_json(value))),
                _ => None,
            };
            Value::Object(entries.into_iter().filter_map(named).collect())
        }
        Cbor::Tag(_, value) => to_json(*value),
        _ => Value::Null,
    }
}

fn encode(model: &'static Model, shape: &Shape, value: &Value) -> Cbor {
    let text = |text: &str| Cbor::Text(text.to_owned());
    match (shape.kind, value) {
        (Kind::Structure, Value::Object(members)) => Cbor::Map(
            shape
                .members
                .iter()
                .filter_map(|(name, used)| members.get(name).filter(|value| !value.is_null()).map(|value| (name, used, value)))
                .map(|(name, used, value)| (text(name), encode(model, model.shape(&used.shape), value)))
                .collect(),
        ),
        (Kind::List, Value::Array(items)) => {
            let member = model.shape(shape.member.as_ref().map_or("", |member| &member.shape));
            Cbor::Array(items.iter().map(|item| encode(model, member, item)).collect())
        }
        (Kind::Map, Value::Object(entries)) => {
            let content = model.shape(shape.value.as_ref().map_or("", |value| &value.shape));
            Cbor::Map(entries.iter().map(|(key, item)| (text(key), encode(model, content, item))).collect())
        }
        (Kind::Timestamp, Value::Number(number)) => Cbor::Tag(EPOCH, Box::new(Cbor::Float(number.as_f64().unwrap_or_default()))),
        (Kind::Integer | Kind::Long, Value::Number(number)) => super::scalar::whole(number).map_or(Cbor::Null, Cbor::from),
        (Kind::Float | Kind::Double, Value::Number(number)) => Cbor::Float(number.as_f64().unwrap_or_default()),
        (Kind::Blob, Value::String(encoded)) => Cbor::Bytes(STANDARD.decode(encoded).unwrap_or_default()),
        (_, Value::String(content)) => text(content),
        (_, Value::Bool(value)) => Cbor::Bool(*value),
        _ => Cbor::Null,
    }
}
