//! Members of a spec that others set: `ignore = ["image"]`.

use serde_json::{Map, Value};

/// True when a spec has a member of that name.
pub(super) fn has(spec: &Value, name: &str) -> bool {
    let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
    match (spec.get(head), rest) {
        (Some(_), None) => true,
        (Some(value), Some(_)) => value.is_object(),
        (None, None) => lists(spec).any(|items| items.iter().any(|item| item.get(name).is_some())),
        (None, Some(_)) => false,
    }
}

/// Gives a wanted spec the live value of a member, if it has the member.
pub(super) fn keep(spec: &mut Value, live: &Value, name: &str) {
    let (head, rest) = name.split_once('.').map_or((name, None), |(head, rest)| (head, Some(rest)));
    match (spec.get_mut(head), rest) {
        (Some(value), None) => *value = live[head].clone(),
        (Some(Value::Object(map)), Some(key)) => copy(map, live[head].as_object(), key),
        (Some(_), Some(_)) | (None, Some(_)) => {}
        (None, None) => {
            let fields = spec.as_object_mut().into_iter().flatten();
            for (field, items) in fields.filter_map(|(field, value)| Some((field, value.as_array_mut()?))) {
                let Some(theirs) = live[field].as_array() else { continue };
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    // Items are known by their name: containers and volumes have one.
                    let same = |other: &&Value| item.contains_key("name") && other.get("name") == item.get("name");
                    let other = theirs.iter().find(same).and_then(Value::as_object);
                    if other.is_some() {
                        copy(item, other, name);
                    }
                }
            }
        }
    }
}

fn copy(into: &mut Map<String, Value>, from: Option<&Map<String, Value>>, key: &str) {
    match from.and_then(|from| from.get(key)) {
        Some(value) => drop(into.insert(key.to_owned(), value.clone())),
        None => drop(into.remove(key)),
    }
}

fn lists(spec: &Value) -> impl Iterator<Item = &Vec<Value>> {
    spec.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_live_member_is_kept_wherever_it_stands() {
        let live = json!({ "count": 5, "tags": { "Owner": "them" }, "containers": [{ "name": "web", "image": "web:2" }] });
        let mut spec = json!({
            "count": 1, "tags": { "Team": "us", "Cost": "x" },
            "containers": [{ "name": "web", "image": "web:1" }, { "name": "new", "image": "new:1" }]
        });
        for name in ["count", "tags.Owner", "tags.Cost", "image", "nothing", "count.of"] {
            assert_eq!(has(&spec, name), !["nothing", "count.of"].contains(&name), "{name}");
            keep(&mut spec, &live, name);
        }
        let kept = json!({
            "count": 5, "tags": { "Owner": "them", "Team": "us" },
            "containers": [{ "name": "web", "image": "web:2" }, { "name": "new", "image": "new:1" }]
        });
        assert_eq!(spec, kept);
    }
}
