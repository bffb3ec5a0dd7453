//! JSON bodies, of json 1.0/1.1 and of rest-json.

use super::path::{Path, Problem};
use super::{HttpResponse, Target, note, respond, scalar};
use crate::model::{Kind, Model, Ref, Shape};
use serde_json::{Map, Value};

pub fn decode_body(model: &'static Model, shape: &Shape, body: &[u8], problems: &mut Vec<Problem>) -> Value {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Value::Object(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(value) => decode(model, shape, value, problems),
        Err(error) => {
            note(problems, Problem::Malformed(format!("the body is not JSON: {error}")));
            Value::Null
        }
    }
}

/// A structure out of generic JSON; CBOR comes this way, too.
pub fn decode(model: &'static Model, shape: &Shape, value: Value, problems: &mut Vec<Problem>) -> Value {
    any(model, shape, value, &Path::Root, problems).unwrap_or_else(|| Value::Object(Map::new()))
}

fn any(model: &'static Model, shape: &Shape, value: Value, path: &Path<'_>, problems: &mut Vec<Problem>) -> Option<Value> {
    let expected = match (shape.kind, value) {
        (_, Value::Null) => return None,
        (Kind::Structure, value) if shape.document => return Some(value),
        (Kind::Structure, Value::Object(mut wire)) => {
            let mut members = Map::new();
            for (name, used) in &shape.members {
                if let Some(value) = wire.remove(wire_name(name, used))
                    && let Some(value) = any(model, model.shape(&used.shape), value, &Path::Member(path, name), problems)
                {
                    members.insert(name.clone(), value);
                }
            }
            // The SDKs mark a union's variant for themselves.
            for (name, _) in wire.iter().filter(|(name, value)| *name != "__type" && !value.is_null()) {
                note(problems, Problem::Unknown { path: Path::Member(path, name).to_string() });
            }
            return Some(Value::Object(members));
        }
        (Kind::List, Value::Array(items)) => {
            let member = model.shape(shape.member.as_ref().map_or("", |member| &member.shape));
            let items = items.into_iter().enumerate();
            return Some(items.filter_map(|(index, item)| any(model, member, item, &Path::Item(path, index), problems)).collect());
        }
        (Kind::Map, Value::Object(entries)) => {
            let content = model.shape(shape.value.as_ref().map_or("", |value| &value.shape));
            let entries = entries.into_iter();
            let decoded =
                entries.filter_map(|(key, item)| any(model, content, item, &Path::Key(path, &key), problems).map(|item| (key, item)));
            return Some(Value::Object(decoded.collect()));
        }
        (Kind::Boolean, Value::Bool(value)) => return Some(Value::Bool(value)),
        (Kind::Integer | Kind::Long, Value::Number(number)) => match scalar::whole(&number) {
            Some(whole) if shape.kind == Kind::Long || i32::try_from(whole).is_ok() => return Some(Value::from(whole)),
            _ => "an integer",
        },
        (Kind::Float | Kind::Double | Kind::Timestamp, Value::Number(number)) => return Some(Value::Number(number)),
        (Kind::Timestamp, Value::String(text)) => match scalar::parse_time(&text).and_then(serde_json::Number::from_f64) {
            Some(time) => return Some(Value::Number(time)),
            None => "a timestamp",
        },
        (Kind::String | Kind::Blob, Value::String(text)) => return Some(Value::String(text)),
        (kind, _) => kind_name(kind),
    };
    note(problems, Problem::Type { path: path.to_string(), expected });
    None
}

pub fn response(target: &Target, shape: Option<&Shape>, output: &Value) -> HttpResponse {
    let version = target.model.metadata.json_version.as_deref().unwrap_or("1.1");
    let body = shape.map_or_else(|| Value::Object(Map::new()), |shape| encode(target.model, shape, output));
    respond(200, &format!("application/x-amz-json-{version}"), body.to_string())
}

/// The part of a conforming value that goes into a JSON body.
pub fn encode(model: &'static Model, shape: &Shape, value: &Value) -> Value {
    match (shape.kind, value) {
        (Kind::Structure, Value::Object(members)) if !shape.document => {
            let body = shape.members.iter().filter(|(_, used)| used.location.is_none());
            let present =
                body.filter_map(|(name, used)| members.get(name).filter(|value| !value.is_null()).map(|value| (name, used, value)));
            Value::Object(
                present
                    .map(|(name, used, value)| (wire_name(name, used).to_owned(), encode(model, model.shape(&used.shape), value)))
                    .collect(),
            )
        }
        (Kind::List, Value::Array(items)) => {
            let member = model.shape(shape.member.as_ref().map_or("", |member| &member.shape));
            items.iter().map(|item| encode(model, member, item)).collect()
        }
        (Kind::Map, Value::Object(entries)) => {
            let content = model.shape(shape.value.as_ref().map_or("", |value| &value.shape));
            entries.iter().map(|(key, item)| (key.clone(), encode(model, content, item))).collect()
        }
        (Kind::Integer | Kind::Long, Value::Number(number)) => scalar::whole(number).map_or(Value::Null, Value::from),
        (_, value) => value.clone(),
    }
}

fn wire_name<'a>(name: &'a str, used: &'a Ref) -> &'a str {
    used.location_name.as_deref().unwrap_or(name)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Structure => "a structure",
        Kind::List => "a list",
        Kind::Map => "a map",
        Kind::String | Kind::Blob => "a string",
        Kind::Integer | Kind::Long => "an integer",
        Kind::Float | Kind::Double => "a number",
        Kind::Boolean => "a boolean",
        Kind::Timestamp => "a timestamp",
    }
}
