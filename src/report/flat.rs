//! Values whose texts are one line each, so that nothing in a plan, a reading or an event can forge a line of what is shown.

use crate::core::visible::line;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;

/// The members that hold values as the file or AWS has them: `value` shows them, and makes lines of them itself. Those of costs
/// are amounts.
const VALUES: &[&str] = &["before", "after", "spec", "wanted"];

/// The same value with every text of it on one line. It is copied only where there is something to change.
pub fn flat<T: Clone + Serialize + DeserializeOwned>(value: &T) -> Cow<'_, T> {
    // Where JSON escapes nothing but quotes, no text has a line break.
    let text = serde_json::to_string(value).unwrap_or_default();
    if !["\\n", "\\t", "\\r", "\\u", "\\b", "\\f"].iter().any(|escape| text.contains(escape)) {
        return Cow::Borrowed(value);
    }
    let flattened = serde_json::from_str::<Value>(&text).ok().map(without_breaks);
    flattened.and_then(|value| serde_json::from_value(value).ok()).map_or(Cow::Borrowed(value), Cow::Owned)
}

fn without_breaks(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(line(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(without_breaks).collect(),
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let value = if VALUES.contains(&name.as_str()) { value } else { without_breaks(value) };
                (line(&name).into_owned(), value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}
