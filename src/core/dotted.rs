//! Fields by dotted names: `ingress.0.cidr`, `parameters.rds.force_ssl`.

use serde_json::Value;

/// Returns the keys that a dotted field leads through. A key may hold dots itself: the longest one that is there is meant.
pub(super) fn keys(field: &str, is_there: impl Fn(&[String]) -> bool) -> Vec<String> {
    let (mut keys, mut rest) = (Vec::new(), field);
    while !rest.is_empty() {
        let mut ends = rest.match_indices('.').map(|(at, _)| at).chain([rest.len()]).collect::<Vec<_>>();
        let shortest = ends[0];
        ends.reverse();
        let known = ends.into_iter().find(|end| {
            keys.push(rest[..*end].to_owned());
            let there = is_there(&keys);
            keys.pop();
            there
        });
        let end = known.unwrap_or(shortest);
        keys.extend(Some(rest[..end].to_owned()).filter(|key| !key.is_empty()));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    keys
}

/// Returns the keys that a dotted field leads through in a value.
pub(super) fn keys_in(value: &Value, field: &str) -> Vec<String> {
    keys(field, |keys| at(value, keys).is_some())
}

/// Returns what stands at the end of keys, of which numbers are places in lists.
pub(super) fn at<'v>(value: &'v Value, keys: &[String]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |here, key| match here {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// The same, to be changed.
pub(super) fn at_mut<'v>(value: &'v mut Value, keys: &[String]) -> Option<&'v mut Value> {
    keys.iter().try_fold(value, |here, key| match here {
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        other => other.get_mut(key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_with_dots_is_one_where_it_is_there() {
        let value = json!({ "parameters": { "rds.force_ssl": "1", "a": { "b": 1 } }, "rules": [{ "port": 80 }] });
        let told = |field: &str| keys_in(&value, field).join(" ");
        for (field, want) in [
            ("parameters.rds.force_ssl", "parameters rds.force_ssl"),
            ("parameters.a.b", "parameters a b"),
            ("parameters.c.d", "parameters c d"),
            ("rules.0.port", "rules 0 port"),
            ("rules..7", "rules 7"),
            ("", ""),
        ] {
            assert_eq!(told(field), want);
        }
        assert_eq!(at(&value, &keys_in(&value, "rules.0.port")), Some(&json!(80)));
        assert_eq!(at(&value, &["rules".to_owned(), "1".to_owned()]), None);
    }
}
