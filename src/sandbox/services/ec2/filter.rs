//! EC2's filters: names with values, `*` and `?` inside values, tags on everything.

use crate::services::members::{items, text, texts};
use crate::world::Fault;
use serde_json::Value;

/// Filter names of one describe call, each with the path of the answer's members that it looks at.
/// Lists on the way are looked through.
pub type Known = &'static [(&'static str, &'static str)];

/// The answers that pass every filter. `tags` names the member that holds their tags.
pub fn select(rows: Vec<Value>, filters: Option<&Value>, known: Known, tags: &str) -> Result<Vec<Value>, Fault> {
    let filters = filters.and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let mut tests = Vec::new();
    for filter in filters {
        let name = text(filter, "Name");
        let test = if let Some(key) = name.strip_prefix("tag:") {
            Test::Tag(key)
        } else if name == "tag-key" {
            Test::TagKey
        } else if name == "tag-value" {
            Test::TagValue
        } else {
            let path = known.iter().find(|(known, _)| *known == name).map(|(_, path)| *path);
            Test::Member(path.ok_or_else(|| Fault::new("InvalidParameterValue", format!("The filter '{name}' is invalid")))?)
        };
        tests.push((test, texts(filter, "Values")));
    }
    let passes = |row: &Value| {
        tests.iter().all(|(test, wanted)| {
            let mut actual = Vec::new();
            match test {
                Test::Tag(key) => {
                    actual.extend(items(row, tags).iter().filter(|tag| text(tag, "Key") == *key).map(|tag| text(tag, "Value").to_owned()))
                }
                Test::TagKey => actual.extend(items(row, tags).iter().map(|tag| text(tag, "Key").to_owned())),
                Test::TagValue => actual.extend(items(row, tags).iter().map(|tag| text(tag, "Value").to_owned())),
                Test::Member(path) => collect(row, path, &mut actual),
            }
            actual.iter().any(|actual| wanted.iter().any(|wanted| matches(wanted, actual)))
        })
    };
    Ok(rows.into_iter().filter(passes).collect())
}

enum Test<'f> {
    Tag(&'f str),
    TagKey,
    TagValue,
    Member(&'static str),
}

/// Every scalar at the end of `path`, as text.
fn collect(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| collect(item, path, found)),
        Value::Object(members) => {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(member) = members.get(first) {
                collect(member, rest, found);
            }
        }
        Value::String(text) if path.is_empty() => found.push(text.clone()),
        Value::Bool(flag) if path.is_empty() => found.push(flag.to_string()),
        Value::Number(number) if path.is_empty() => found.push(number.to_string()),
        Value::Null | Value::String(_) | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// True when `text` matches a pattern in which `*` is any run of characters, `?` any one, and `\` quotes.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    match pattern_rest.next() {
        None => text.is_empty(),
        Some('*') => text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| matches(pattern_rest.as_str(), &text[at..])),
        Some(first) => {
            let quoted = if first == '\\' { pattern_rest.next() } else { None };
            let mut text_rest = text.chars();
            match text_rest.next() {
                Some(actual) if quoted.unwrap_or(first) == actual || (first == '?' && quoted.is_none()) => {
                    matches(pattern_rest.as_str(), text_rest.as_str())
                }
                _ => false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("web", "web1", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn filters_look_through_lists_and_tags() {
        let rows = vec![json!({"A": [{"S": "x"}, {"S": "y"}], "Tags": [{"Key": "k", "Value": "v"}]}), json!({"A": [], "Flag": true})];
        let known: Known = &[("a.s", "A.S"), ("flag", "Flag")];
        let run = |name: &str, value: &str| {
            select(rows.clone(), Some(&json!([{"Name": name, "Values": [value]}])), known, "Tags").map(|rows| rows.len())
        };
        assert_eq!(run("a.s", "y"), Ok(1));
        assert_eq!(run("flag", "true"), Ok(1));
        assert_eq!(run("tag:k", "v"), Ok(1));
        assert_eq!(run("tag:k", "w"), Ok(0));
        assert_eq!(run("tag-key", "k"), Ok(1));
        assert_eq!(run("nonsense", "k").map_err(|fault| fault.code), Err("InvalidParameterValue".into()));
    }
}
