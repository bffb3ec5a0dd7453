//! Values of which dependents use a part each: what is added comes before them, and what is taken away after they have let go.

use serde_json::{Map, Value};

/// True when something of the old value is not in the new one.
pub(super) fn shrinks(before: &Value, after: &Value) -> bool {
    !lost(before, after).is_empty()
}

/// True when something of the new value is not in the old one.
pub(super) fn grows(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(_), Value::Array(_)) => !lost(after, before).is_empty(),
        // An entry that changes is part of the new value.
        (Value::Object(before), Value::Object(after)) => after.iter().any(|(key, value)| before.get(key) != Some(value)),
        (before, after) => before != after,
    }
}

/// Returns the new value with all of the old one in it that it does not replace.
pub fn union(before: &Value, after: &Value) -> Value {
    match (before, after) {
        (Value::Array(_), Value::Array(after)) => {
            let before = lost(before, &Value::Array(after.clone())).into_iter().cloned();
            Value::Array(after.iter().cloned().chain(before).collect())
        }
        (Value::Object(before), Value::Object(after)) => {
            let mut all = before.clone();
            all.extend(after.clone());
            Value::Object(all)
        }
        (_, after) => after.clone(),
    }
}

/// The items of a list, or the values of a map, that the other one has not. Items that differ in their description alone are
/// one to AWS.
fn lost<'a>(before: &'a Value, after: &Value) -> Vec<&'a Value> {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            before.iter().filter(|item| !after.iter().any(|other| bare(other) == bare(item))).collect()
        }
        (Value::Object(before), Value::Object(after)) => {
            before.iter().filter(|(key, _)| !after.contains_key(*key)).map(|(_, value)| value).collect()
        }
        _ => Vec::new(),
    }
}

fn bare(item: &Value) -> Value {
    match item {
        Value::Object(members) => {
            let rest = members.iter().filter(|(key, _)| *key != "description");
            Value::Object(rest.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        }
        item => item.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_grows_and_shrinks_by_its_items_and_a_map_by_its_keys() {
        let rule = |port: u16, text: &str| json!({ "port": port, "description": text });
        let (old, new) = (json!([rule(80, "a"), rule(22, "b")]), json!([rule(80, "other"), rule(8080, "c")]));
        assert!(shrinks(&old, &new) && grows(&old, &new));
        assert_eq!(union(&old, &new), json!([rule(80, "other"), rule(8080, "c"), rule(22, "b")]));
        assert!(!shrinks(&json!([1]), &json!([1, 2])) && !grows(&json!([1, 2]), &json!([1])));
        let (old, new) = (json!({ "read": 1, "write": 1 }), json!({ "read": 2 }));
        assert!(shrinks(&old, &new) && grows(&old, &new));
        assert_eq!(union(&old, &new), json!({ "read": 2, "write": 1 }));
        assert!(!shrinks(&Value::Null, &json!([1])) && grows(&Value::Null, &json!([1])));
    }
}
