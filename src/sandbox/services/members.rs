//! Taking members out of JSON objects and putting answers together.

use crate::world::Call;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An object of those of `names` that `source` has.
pub fn pick(source: &Value, names: &[&str]) -> Value {
    let found =
        names.iter().filter_map(|name| source.get(*name).filter(|value| !value.is_null()).map(|value| ((*name).to_owned(), value.clone())));
    Value::Object(found.collect())
}

/// The object without its null members, which no AWS answer has.
pub fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect()),
        other => other,
    }
}

/// The members of two objects together; the second wins.
pub fn joined(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            first.extend(second);
            Value::Object(first)
        }
        (_, second) => second,
    }
}

/// Sets a member of an object.
pub fn set(object: &mut Value, name: &str, value: Value) {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

pub fn text<'v>(object: &'v Value, name: &str) -> &'v str {
    object.get(name).and_then(Value::as_str).unwrap_or("")
}

pub fn number(object: &Value, name: &str) -> Option<i64> {
    object.get(name).and_then(|value| value.as_i64().or_else(|| value.as_f64().map(|number| number as i64)))
}

pub fn flag(object: &Value, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(false)
}

pub fn items<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or(&[])
}

/// The strings of a list.
pub fn texts(object: &Value, name: &str) -> Vec<String> {
    items(object, name).iter().filter_map(Value::as_str).map(String::from).collect()
}

/// A fresh id in the form of a UUID.
pub fn uuid(call: &mut Call<'_>) -> String {
    let hex = call.hex(32);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Tags in the list form with members `key` and `value`.
pub fn lower_tags(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// True for tags of letters, digits, white space and the signs that all services take, in keys and values of the usual lengths.
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices>
pub fn are_plain_tags(tags: &[(String, String)]) -> bool {
    let plain = |text: &str| text.chars().all(|sign| sign.is_alphanumeric() || sign.is_whitespace() || "_.:/=+-@".contains(sign));
    tags.iter().all(|(key, value)| (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256 && plain(key) && plain(value))
}

/// Returns the part behind the last `/` of an ARN or path, or behind the last `:` where there is no `/`.
pub fn last_part(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

/// A name pattern with `*` and `?`, as policies and filters have it.
pub fn matches(pattern: &str, subject: &str) -> bool {
    let (pattern, subject): (Vec<char>, Vec<char>) = (pattern.chars().collect(), subject.chars().collect());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < subject.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(sign) if *sign == '?' || *sign == subject[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((place, tried)) => {
                    star = Some((place, tried + 1));
                    at = place + 1;
                    from = tried + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|sign| *sign == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("s3:Get*", "s3:GetObject") && matches("*", "") && matches("a?c*e", "abcde") && matches("*/x", "a/b/x"));
        assert!(!matches("s3:Get*", "s3:PutObject") && !matches("a?", "a") && !matches("", "a"));
    }

    #[test]
    fn tags_have_letters_that_all_services_take() {
        let plain = |key: &str, value: &str| are_plain_tags(&[(key.to_owned(), value.to_owned())]);
        assert!(plain("Größe", "a b_c.d:e/f=g+h-i@j") && plain(&"k".repeat(128), &"v".repeat(256)) && plain("empty", ""));
        assert!(!plain("", "v") && !plain("k", "web & mail") && !plain("k;", "v"));
        assert!(!plain(&"k".repeat(129), "v") && !plain("k", &"v".repeat(257)));
    }

    #[test]
    fn absent_and_null_members_stay_out() {
        assert_eq!(pick(&json!({"a": 1, "b": null}), &["a", "b", "c"]), json!({"a": 1}));
        assert_eq!(present(json!({"a": null, "b": 2})), json!({"b": 2}));
        assert_eq!(last_part("arn:aws:ecs:us-east-1:1:cluster/c1"), "c1");
    }
}
