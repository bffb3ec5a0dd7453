//! Members of a spec that others set: `ignore = ["image"]`.

use super::dotted;
use super::settings::fits;
use serde_json::Value;

/// True when a spec has a member of that name, or at that path; or else when an item of one of its lists has one.
pub(super) fn has(spec: &Value, name: &str) -> bool {
    let below = |value: &Value, part: &str| match value {
        Value::Array(items) => part.parse::<usize>().is_ok_and(|at| at < items.len()),
        // A map such as the tags may not have the key yet.
        other => other.is_object(),
    };
    match name.rsplit_once('.') {
        None => spec.get(name).is_some() || lists(spec).any(|items| items.iter().any(|item| item.get(name).is_some())),
        Some((above, last)) => {
            let above = above.split('.').map(str::to_owned).collect::<Vec<_>>();
            dotted::at(spec, &above).is_some_and(|value| below(value, last))
        }
    }
}

/// Gives a wanted spec the live value of a member, if it has the member.
pub(super) fn keep(spec: &mut Value, live: &Value, name: &str) {
    match (spec.get_mut(name), name.split_once('.')) {
        (Some(value), _) => *value = live[name].clone(),
        (None, Some((head, rest))) => keep_below(spec.get_mut(head), live.get(head), rest),
        (None, None) => {
            let fields = spec.as_object_mut().into_iter().flatten();
            for (field, items) in fields.filter_map(|(field, value)| Some((field, value.as_array_mut()?))) {
                let Some(theirs) = live[field].as_array() else { continue };
                for item in items {
                    if let Some(other) = namesake(item, theirs) {
                        copy(item, Some(other), name);
                    }
                }
            }
        }
    }
}

/// Gives a spec that has tags those of what is live whose keys one of the patterns means.
pub(super) fn keep_tags(spec: &mut Value, live: &Value, patterns: &[String]) {
    let theirs = |key: &str| patterns.iter().any(|pattern| fits(pattern, key));
    let Some(tags) = spec.get_mut("tags").and_then(Value::as_object_mut).filter(|_| !patterns.is_empty()) else { return };
    tags.retain(|key, _| !theirs(key));
    let live = live.get("tags").and_then(Value::as_object).into_iter().flatten();
    tags.extend(live.filter(|(key, _)| theirs(key)).map(|(key, value)| (key.clone(), value.clone())));
}

fn keep_below(value: Option<&mut Value>, live: Option<&Value>, path: &str) {
    match (value, path.split_once('.')) {
        (Some(Value::Array(items)), Some((at, rest))) => {
            let item = at.parse::<usize>().ok().and_then(|at| items.get_mut(at));
            let theirs = live.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let other = item.as_ref().and_then(|item| namesake(item, theirs));
            if other.is_some() {
                keep_below(item, other, rest);
            }
        }
        (Some(value), Some((head, rest))) => keep_below(value.get_mut(head), live.and_then(|live| live.get(head)), rest),
        (Some(value), None) => copy(value, live, path),
        (None, _) => {}
    }
}

/// Returns the live item that an item of a list is: items are known by their name, as containers and volumes are.
fn namesake<'a>(item: &Value, theirs: &'a [Value]) -> Option<&'a Value> {
    let name = item.get("name")?;
    theirs.iter().find(|other| other.get("name") == Some(name))
}

fn copy(into: &mut Value, from: Option<&Value>, key: &str) {
    let Some(into) = into.as_object_mut() else { return };
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
        let live = json!({ "count": 5, "tags": { "Owner": "them" }, "containers": [{ "name": "web", "image": "web:2", "health": { "retries": 5 } }] });
        let mut spec = json!({
            "count": 1, "tags": { "Team": "us", "Cost": "x" },
            "containers": [{ "name": "web", "image": "web:1", "health": { "retries": 3 } }, { "name": "new", "image": "new:1" }]
        });
        let absent = ["nothing", "count.of", "containers.2.image", "containers.9.health.retries"];
        for name in
            ["count", "tags.Owner", "tags.Cost", "image", "containers.0.health.retries", "containers.1.image"].into_iter().chain(absent)
        {
            assert_eq!(has(&spec, name), !absent.contains(&name), "{name}");
            keep(&mut spec, &live, name);
        }
        let kept = json!({
            "count": 5, "tags": { "Owner": "them", "Team": "us" },
            "containers": [{ "name": "web", "image": "web:2", "health": { "retries": 5 } }, { "name": "new", "image": "new:1" }]
        });
        assert_eq!(spec, kept);
        let live = json!({ "tags": { "Team": "them", "team-x/a": "1" } });
        let mut spec = json!({ "tags": { "Team": "us", "team-x/b": "2" } });
        keep_tags(&mut spec, &live, &["team-x/*".to_owned()]);
        assert_eq!(spec, json!({ "tags": { "Team": "us", "team-x/a": "1" } }));
        let mut untagged = json!({ "count": 1 });
        keep_tags(&mut untagged, &live, &["*".to_owned()]);
        assert_eq!(untagged, json!({ "count": 1 }));
    }
}
