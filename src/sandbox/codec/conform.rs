//! Checks that an answer fits its model. One that does not is a defect of the sandbox, and must be seen at once.

use super::path::Path;
use super::scalar;
use crate::model::{Kind, Model, Shape};
use serde_json::Value;

/// `Err` names the place and what is wrong there. Members that start with `_` are private; null is absent.
pub fn check(model: &'static Model, shape: &Shape, value: &Value, path: &Path<'_>) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("`{path}`: {what}"));
    match (shape.kind, value) {
        (_, Value::Null) => Ok(()),
        (Kind::Structure, _) if shape.document => Ok(()),
        // A stream is a list of its events.
        (Kind::Structure, Value::Array(events)) if shape.eventstream => {
            events.iter().enumerate().try_for_each(|(index, event)| check(model, shape, event, &Path::Item(path, index)))
        }
        (Kind::Structure, Value::Object(members)) => {
            for (name, value) in members.iter().filter(|(name, value)| !name.starts_with('_') && !value.is_null()) {
                let path = Path::Member(path, name);
                let Some(used) = shape.members.get(name) else { return Err(format!("`{path}`: the model has no such member")) };
                check(model, model.shape(&used.shape), value, &path)?;
            }
            match shape.required.iter().find(|name| members.get(*name).is_none_or(Value::is_null)) {
                Some(missing) => wrong(&format!("the model requires `{missing}`")),
                None => Ok(()),
            }
        }
        (Kind::List, Value::Array(items)) => {
            let Some(member) = &shape.member else { return Ok(()) };
            items.iter().enumerate().try_for_each(|(index, item)| check(model, model.shape(&member.shape), item, &Path::Item(path, index)))
        }
        (Kind::Map, Value::Object(entries)) => {
            let Some(content) = &shape.value else { return Ok(()) };
            entries.iter().try_for_each(|(key, item)| check(model, model.shape(&content.shape), item, &Path::Key(path, key)))
        }
        (Kind::String, Value::String(text)) => {
            if shape.values.is_empty() || shape.values.contains(text) {
                Ok(())
            } else {
                wrong(&format!("`{text}` is none of {}", shape.values.join(", ")))
            }
        }
        (Kind::Blob, Value::String(_)) | (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::Integer | Kind::Long, Value::Number(number)) if scalar::whole(number).is_some() => Ok(()),
        (Kind::Float | Kind::Double | Kind::Timestamp, Value::Number(_)) => Ok(()),
        (kind, value) => wrong(&format!("{value} is no {kind:?}")),
    }
}
