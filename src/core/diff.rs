//! One walk over a kind's field table: how a wanted spec differs from a live one.

use super::kind::{Compare, Field, Row, Shape};
use super::origin::Origin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: Cow<'static, str>,
    pub before: Value,
    /// The new value. It may still hold references, whose values are known after apply.
    pub after: Value,
    pub shape: Shape,
    /// The change cannot be made in place.
    pub replaces: bool,
    /// True for a new resource's field that has its default value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub usual: bool,
    /// The side that has changed since the last apply, where a record of it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Every managed field that differs, in the order of the field table. Both specs are in normal form.
pub fn diff(kind: &Row, wanted: &Value, live: &Value) -> Vec<FieldChange> {
    kind.fields.iter().filter_map(|field| compare(field, &wanted[field.name], &live[field.name])).collect()
}

/// Returns the difference of one field, if there is one and the field is managed.
pub fn compare(field: &Field, wanted: &Value, live: &Value) -> Option<FieldChange> {
    if let Some(shown) = field.masked {
        return compare(&Field { masked: None, ..*field }, &shown(wanted), &shown(live));
    }
    (!is_same(field, wanted, live)).then(|| FieldChange {
        field: field.name.into(),
        before: live.clone(),
        after: wanted.clone(),
        shape: field.shape,
        replaces: field.replaces(live, wanted),
        usual: false,
        origin: None,
    })
}

/// True when a field holds what is wanted, or is not ours to say.
pub fn is_same(field: &Field, wanted: &Value, live: &Value) -> bool {
    if let Some(shown) = field.masked.filter(|_| wanted != live) {
        return is_same(&Field { masked: None, ..*field }, &shown(wanted), &shown(live));
    }
    let same = wanted == live || (field.shape == Shape::Set && is_same_set(wanted, live));
    same || match field.compare {
        Compare::Always => false,
        Compare::IfSaid => wanted.is_null(),
        Compare::Version => same_version(wanted, live),
        Compare::Never => true,
    }
}

fn is_same_set(wanted: &Value, live: &Value) -> bool {
    let (Some(wanted), Some(live)) = (wanted.as_array(), live.as_array()) else { return false };
    wanted.len() == live.len() && wanted.len() > 1 && sorted(wanted) == sorted(live)
}

fn sorted(list: &[Value]) -> Vec<String> {
    let mut keys = list.iter().map(Value::to_string).collect::<Vec<_>>();
    keys.sort_unstable();
    keys
}

fn same_version(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.split('.').zip(other.split('.')).all(|(one, other)| one == other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::kind::update;
    use serde_json::json;

    #[test]
    fn versions_are_compared_as_far_as_both_say() {
        let field = update("engine_version").version();
        for (wanted, live, same) in [
            ("16", "16", true),
            ("16", "16.4", true),
            ("16.4", "16", true),
            ("16.4", "16.10", false),
            ("1", "16", false),
            ("8.4", "8.0", false),
        ] {
            assert_eq!(compare(&field, &json!(wanted), &json!(live)).is_none(), same, "{wanted} and {live}");
        }
        assert!(compare(&field, &json!("16"), &Value::Null).is_some());
    }
}
