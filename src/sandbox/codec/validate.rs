//! Checks an input as AWS's front door does before the service sees it: required members, enums, patterns, sizes.

use super::path::{Path, Problem, Rule};
use super::{Target, note, pattern};
use crate::model::{Kind, Shape};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::borrow::Cow;

pub fn structure(target: &Target, shape: &'static Shape, value: &Value, path: &Path<'_>, problems: &mut Vec<Problem>) {
    let Value::Object(members) = value else { return };
    for name in &shape.required {
        if !members.contains_key(name) && !shape.members.get(name).is_some_and(|used| used.idempotency_token) {
            note(problems, Problem::Missing { path: Path::Member(path, name).to_string() });
        }
    }
    for (name, used) in &shape.members {
        if let Some(value) = members.get(name) {
            any(target, &used.shape, value, &Path::Member(path, name), problems);
        }
    }
}

fn any(target: &Target, name: &'static str, value: &Value, path: &Path<'_>, problems: &mut Vec<Problem>) {
    let shape = target.model.shape(name);
    own(shape, said(name, value).as_ref(), path, problems);
    match (shape.kind, value) {
        (Kind::Structure, value) => structure(target, shape, value, path, problems),
        (Kind::List, Value::Array(items)) => {
            let Some(member) = &shape.member else { return };
            for (index, item) in items.iter().enumerate() {
                any(target, &member.shape, item, &Path::Item(path, index), problems);
            }
        }
        (Kind::Map, Value::Object(entries)) => {
            let (Some(key), Some(content)) = (&shape.key, &shape.value) else { return };
            for (name, item) in entries {
                any(target, &key.shape, &Value::String(name.clone()), path, problems);
                any(target, &content.shape, item, &Path::Key(path, name), problems);
            }
        }
        _ => {}
    }
}

/// A copy's source comes percent-encoded, its slashes too where a client likes that; the pattern is for what it says.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#AmazonS3-CopyObject-request-header-CopySource>
fn said<'v>(name: &str, value: &'v Value) -> Cow<'v, Value> {
    match value.as_str().filter(|_| name == "CopySource") {
        Some(text) => Cow::Owned(percent_decode_str(text).decode_utf8_lossy().into()),
        None => Cow::Borrowed(value),
    }
}

/// The number of bytes that a blob in base64 holds.
fn blob_length(encoded: &str) -> usize {
    encoded.trim_end_matches('=').len() * 3 / 4
}

/// The constraints of one value, without those inside it.
fn own(shape: &'static Shape, value: &Value, path: &Path<'_>, problems: &mut Vec<Problem>) {
    let mut broken = |rule: Rule| {
        let text = || value.as_str().map_or_else(|| value.to_string(), String::from);
        note(problems, Problem::Constraint { path: path.to_string(), value: (!shape.sensitive).then(text), rule });
    };
    if let Some(text) = value.as_str() {
        if !shape.values.is_empty() && !shape.values.iter().any(|known| known == text) {
            broken(Rule::Enum(shape.values.clone()));
        }
        if let Some(pattern) = &shape.pattern
            && !pattern::matches(pattern, text)
        {
            broken(Rule::Pattern(pattern.clone()));
        }
    }
    let size = match value {
        Value::String(text) if shape.kind == Kind::Blob => Some(blob_length(text)),
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(entries) if shape.kind == Kind::Map => Some(entries.len()),
        _ => None,
    };
    if let Some(size) = size.filter(|_| shape.kind != Kind::Timestamp) {
        if let Some(min) = shape.min.filter(|min| (size as f64) < *min) {
            broken(Rule::MinLength(min as u64));
        }
        if let Some(max) = shape.max.filter(|max| size as f64 > *max) {
            broken(Rule::MaxLength(max as u64));
        }
    } else if let (Some(number), true) = (value.as_f64(), shape.kind != Kind::Timestamp) {
        if let Some(min) = shape.min.filter(|min| number < *min) {
            broken(Rule::MinValue(min));
        }
        if let Some(max) = shape.max.filter(|max| number > *max) {
            broken(Rule::MaxValue(max));
        }
    }
}
