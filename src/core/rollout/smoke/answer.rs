//! An answer to a smoke check, and the reasons why it is not a good one.

use super::template::{fill, fill_json, plain};
use super::{Check, Variables};
use crate::core::rollout::hidden::Hidden;
use crate::core::visible;
use serde_json::Value;
use serde_json_path::JsonPath;
use std::collections::BTreeMap;
use std::fmt;

/// The most of a body that is read, in bytes.
pub const LARGEST: usize = 1024 * 1024;
/// The longest text that is saved for later checks.
const LONGEST_SAVED: usize = 4096;
/// The most letters of a value that a reason shows.
const SHOWN: usize = 80;
/// The letters from which on a value may be a part of a token, or another form of it.
const PART: usize = 8;
/// A saved value that is shorter says nothing by itself, and stands in too much to be looked for.
const SHORTEST_HIDDEN: usize = 4;

/// An answer as it came. It may hold secrets, so only its status and time are printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Body,
    /// The time until all of it was there.
    pub milliseconds: u64,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    Whole(Vec<u8>),
    /// It has more than [`LARGEST`] bytes, and was not read to its end.
    TooLarge,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answer { status, milliseconds, .. } = self;
        f.debug_struct("Answer").field("status", status).field("milliseconds", milliseconds).finish_non_exhaustive()
    }
}

/// Judges an answer, and returns the values that it saves for later checks. `revision` holds the names of the new version: its
/// image's tag and digest, its task definition. `tokens` are all that any check sends, since an answer may repeat each of them.
///
/// The error gives every reason why it is not good, in one line without secrets.
pub fn judge(
    check: &Check,
    answer: &Answer,
    known: &Variables,
    tokens: &[&Hidden],
    revision: &[String],
) -> Result<BTreeMap<String, Value>, String> {
    let good = check.status.ranges().unwrap_or_default().iter().any(|range| range.contains(&answer.status));
    if !good {
        return Err(refused(check, answer));
    }
    let was_sent = tokens.iter().any(|token| !token.reveal().is_empty());
    let mut looked = Looked { check, known, was_sent, hide: secrets(known, tokens), reasons: Vec::new() };
    if let Some(most) = check.latency_ms.filter(|most| answer.milliseconds > *most) {
        looked.reasons.push(format!("it took {} ms, and {most} ms are allowed", answer.milliseconds));
    }
    if let Some(header) = &check.revision_header {
        looked.revision(header, answer, revision);
    }
    let mut saved = BTreeMap::new();
    match &answer.body {
        _ if !check.reads_body() => {}
        Body::TooLarge => looked.reasons.push(format!("the answer has more than {} MiB, and is not looked at", LARGEST / 1024 / 1024)),
        Body::Whole(bytes) => {
            if check.reads_json() {
                match serde_json::from_slice::<Value>(bytes) {
                    Ok(json) => saved = looked.json(&json),
                    Err(_) => looked.reasons.push("the answer is not JSON".into()),
                }
            }
            looked.text(&String::from_utf8_lossy(bytes));
        }
    }
    if looked.reasons.is_empty() { Ok(saved) } else { Err(visible::line(&looked.reasons.join("; ")).into_owned()) }
}

fn refused(check: &Check, answer: &Answer) -> String {
    let status = answer.status;
    let onward = if (300..400).contains(&status) { ", and redirects are not followed" } else { "" };
    visible::line(&format!("it answered {status} instead of {}{onward}", check.status)).into_owned()
}

/// The texts that no reason may show.
fn secrets(known: &Variables, tokens: &[&Hidden]) -> Vec<String> {
    let saved = known.0.values().map(plain).filter(|text| text.len() >= SHORTEST_HIDDEN);
    saved.chain(tokens.iter().map(|token| token.reveal().to_owned())).filter(|text| !text.is_empty()).collect()
}

/// A check that is being held against its answer.
struct Looked<'a> {
    check: &'a Check,
    known: &'a Variables,
    /// True where a token is among what is sent, which an answer may repeat in any form.
    was_sent: bool,
    hide: Vec<String>,
    reasons: Vec<String>,
}

impl Looked<'_> {
    fn revision(&mut self, header: &str, answer: &Answer, revision: &[String]) {
        let mut values = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, value)| value.trim());
        match values.next() {
            None => self.reasons.push(format!("it has no header `{header}`, which is to name the new version")),
            Some(value) if values.next().is_none() && revision.iter().any(|name| name == value) => {}
            Some(value) => {
                let shown = self.shown(header, &Value::String(value.to_owned()));
                self.reasons.push(format!("its header `{header}` is {shown}, which does not name the new version"));
            }
        }
    }

    fn json(&mut self, json: &Value) -> BTreeMap<String, Value> {
        let Check { json: wanted, exists, absent, save, .. } = self.check;
        let mut saved = BTreeMap::new();
        for (name, path) in save {
            match self.select(json, path).as_slice() {
                [value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))] if plain(value).len() <= LONGEST_SAVED => {
                    saved.insert(name.clone(), (*value).clone());
                }
                [] => self.reasons.push(format!("`{path}` selects nothing that could be saved as `{name}`")),
                [_] => self.reasons.push(format!("`{path}` selects no short text, number or flag to save as `{name}`")),
                several => self.reasons.push(format!("`{path}` selects {} values, and one is saved as `{name}`", several.len())),
            }
        }
        self.hide.extend(saved.values().map(plain).filter(|text| text.len() >= SHORTEST_HIDDEN));
        for (path, wanted) in wanted {
            let found = self.select(json, path);
            let filled = fill_json(wanted, &|name: &str| self.variable(name));
            match filled {
                Err(reason) => self.reasons.push(reason),
                Ok(_) if found.is_empty() => self.reasons.push(format!("`{path}` selects nothing")),
                Ok(filled) => {
                    if let Some(other) = found.into_iter().find(|value| !same(value, &filled)) {
                        let (is, wanted) = (self.shown(path, other), self.of_file(wanted));
                        self.reasons.push(format!("`{path}` is {is} instead of {wanted}"));
                    }
                }
            }
        }
        for path in exists {
            if self.select(json, path).is_empty() {
                self.reasons.push(format!("`{path}` selects nothing"));
            }
        }
        for path in absent {
            if !self.select(json, path).is_empty() {
                self.reasons.push(format!("`{path}` selects something, and is to select nothing"));
            }
        }
        saved
    }

    fn select<'v>(&mut self, json: &'v Value, path: &str) -> Vec<&'v Value> {
        match JsonPath::parse(path) {
            Ok(path) => path.query(json).all(),
            Err(_) => {
                self.reasons.push(format!("`{path}` is no JSONPath"));
                Vec::new()
            }
        }
    }

    fn text(&mut self, body: &str) {
        for (texts, wanted) in [(&self.check.contains, true), (&self.check.not_contains, false)] {
            for text in texts {
                match fill(text, |name| self.variable(name).map(|value| plain(&value))) {
                    Err(reason) => self.reasons.push(reason),
                    Ok(filled) if body.contains(&filled) == wanted => {}
                    Ok(_) if wanted => self.reasons.push(format!("it does not contain `{}`", short(text))),
                    Ok(_) => self.reasons.push(format!("it contains `{}`", short(text))),
                }
            }
        }
    }

    fn variable(&self, name: &str) -> Result<Value, String> {
        self.known.0.get(name).cloned().ok_or_else(|| format!("no check before it has saved `{name}`"))
    }

    /// Shows a value of an answer, unless it is, or stands where there is, a secret. Where a token was sent only what is too short for
    /// a part of it is shown, since there are more ways to write a secret than to look for one: turned round, encoded, cut in two.
    fn shown(&self, place: &str, value: &Value) -> String {
        let place = place.to_ascii_lowercase();
        let secret = SECRET_PLACES.iter().any(|word| place.contains(word));
        let text = plain(value);
        let is_part =
            self.was_sent && (text.len() >= PART || self.hide.iter().any(|hidden| text.len() >= SHORTEST_HIDDEN && hidden.contains(&text)));
        match value {
            Value::String(_) | Value::Number(_) if secret || is_part => NOT_SHOWN.into(),
            value => self.of_file(value),
        }
    }

    /// Shows a value that the file says, unless it is a secret.
    fn of_file(&self, value: &Value) -> String {
        let text = plain(value);
        match value {
            Value::Array(items) => format!("a list of {}", items.len()),
            Value::Object(_) => "an object".into(),
            _ if self.hide.iter().any(|hidden| text.contains(hidden)) => NOT_SHOWN.into(),
            Value::String(text) => format!("`{}`", short(text)),
            other => other.to_string(),
        }
    }
}

const NOT_SHOWN: &str = "another value (not shown)";

/// Parts of names under which answers carry what nobody else may see.
const SECRET_PLACES: &[&str] =
    &["token", "secret", "passw", "credential", "api_key", "apikey", "api-key", "session", "cookie", "authorization", "signature"];

fn short(text: &str) -> String {
    let mut shown = text.chars().take(SHOWN).collect::<String>();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Equal, with numbers by their value: JSON has one kind of them, TOML has two.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other)),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::kind::from_value;
    use serde_json::json;

    fn verdict(check: Value, status: u16, body: &str) -> Result<BTreeMap<String, Value>, String> {
        let mut whole = json!({"path": "/"});
        whole.as_object_mut().unwrap().extend(check.as_object().unwrap().clone());
        let answer = Answer {
            status,
            headers: vec![("x-revision".into(), "api:42".into()), ("x-token".into(), "abc".into())],
            body: Body::Whole(body.as_bytes().to_vec()),
            milliseconds: 120,
        };
        let known = Variables([("id".into(), json!("order-7")), ("n".into(), json!(7))].into());
        judge(&from_value::<Check>(&whole).unwrap(), &answer, &known, &[&Hidden::new("s3cret")], &["v1.2".into(), "api:42".into()])
    }

    #[test]
    fn good_answers_pass() {
        let body = r#"{"state": "ready", "count": 3.0, "items": [{"price": 2}, {"price": 5}], "id": "order-7", "n": 7}"#;
        for check in [
            json!({}),
            json!({"status": "200-299"}),
            json!({"status": [404, "200-204"]}),
            json!({"json": {"$.state": "ready", "$.count": 3, "$.items[0]": {"price": 2.0}}}),
            json!({"json": {"$.id": "{{id}}", "$.n": "{{n}}"}}),
            json!({"exists": ["$.items[?@.price > 3]"], "absent": ["$.items[?@.price > 9]", "$.error"]}),
            json!({"exists": ["$[?match(@, 'rea.y')]"]}),
            json!({"contains": ["ready", "{{id}}"], "not_contains": ["stack trace"]}),
            json!({"revision_header": "X-Revision"}),
            json!({"latency_ms": 120}),
        ] {
            assert_eq!(verdict(check.clone(), 200, body), Ok(BTreeMap::new()), "{check}");
        }
        let saved = verdict(json!({"save": {"id": "$.id", "price": "$.items[0].price"}}), 200, body).unwrap();
        assert_eq!(saved, BTreeMap::from([("id".into(), json!("order-7")), ("price".into(), json!(2))]));
    }

    #[test]
    fn a_bad_answer_says_why() {
        let body = r#"{"state": "up\u001b[31m", "list": [1, 2], "deep": {}, "nothing": null}"#;
        for (check, status, reason) in [
            (json!({}), 500, "it answered 500 instead of 200"),
            (json!({"status": [200, "300-302"]}), 404, "it answered 404 instead of 200 or 300-302"),
            (json!({}), 302, "it answered 302 instead of 200, and redirects are not followed"),
            (json!({"latency_ms": 100}), 200, "it took 120 ms, and 100 ms are allowed"),
            (json!({"json": {"$.state": "ready"}}), 200, "`$.state` is `up\\u{1b}[31m` instead of `ready`"),
            (json!({"json": {"$.list[*]": 1}}), 200, "`$.list[*]` is 2 instead of 1"),
            (json!({"json": {"$.list": 1, "$.deep": 1}}), 200, "`$.deep` is an object instead of 1; `$.list` is a list of 2 instead of 1"),
            (json!({"json": {"$.nothing": false}}), 200, "`$.nothing` is null instead of false"),
            (json!({"exists": ["$.none"]}), 200, "`$.none` selects nothing"),
            (json!({"absent": ["$.deep"]}), 200, "`$.deep` selects something, and is to select nothing"),
            (json!({"contains": ["ready"]}), 200, "it does not contain `ready`"),
            (json!({"not_contains": ["list"]}), 200, "it contains `list`"),
            (json!({"revision_header": "x-version"}), 200, "it has no header `x-version`, which is to name the new version"),
            (
                json!({"revision_header": "x-token"}),
                200,
                "its header `x-token` is another value (not shown), which does not name the new version",
            ),
            (json!({"save": {"id": "$.none"}}), 200, "`$.none` selects nothing that could be saved as `id`"),
            (json!({"save": {"id": "$.list[*]"}}), 200, "`$.list[*]` selects 2 values, and one is saved as `id`"),
            (json!({"save": {"id": "$.deep"}}), 200, "`$.deep` selects no short text, number or flag to save as `id`"),
            (json!({"exists": ["$["]}), 200, "`$[` is no JSONPath; `$[` selects nothing"),
        ] {
            assert_eq!(verdict(check.clone(), status, body), Err(reason.into()), "{check}");
        }
        assert_eq!(verdict(json!({"exists": ["$"]}), 200, "<html>"), Err("the answer is not JSON".into()));
    }

    #[test]
    fn no_reason_shows_a_secret() {
        for (body, check) in [
            (r#"{"echo": "Bearer s3cret"}"#, json!({"json": {"$.echo": "no"}})),
            (r#"{"echo": "order-7"}"#, json!({"json": {"$.echo": "no"}})),
            (r#"{"echo": "fresh1", "id": "fresh1"}"#, json!({"json": {"$.echo": "no"}, "save": {"own": "$.id"}})),
            (r#"{"access_token": "fresh1"}"#, json!({"json": {"$.access_token": "no"}})),
        ] {
            let reason = verdict(check, 200, body).unwrap_err();
            assert!(reason.contains("another value (not shown)"), "{reason}");
            assert!(!["s3cret", "order-7", "fresh1"].iter().any(|secret| reason.contains(secret)), "{reason}");
        }
        // Whatever form of it comes back: a part, what it is in a URL or in base64, at whatever place, or turned round.
        let token = "tk-4f9c/81+d2=e7";
        for echo in [
            "tk-4f9c/",
            "81+d2=e7",
            "tk-4f9c%2F81%2Bd2%3De7",
            "dGstNGY5Yy84MStkMj1lNw==",
            "prefix dGstNGY5Yy84MStk",
            "7e=2d+18/c9f4-kt",
            "4f9c",
            "746b2d34663963",
        ] {
            let answer = Answer {
                status: 200,
                headers: vec![("x-revision".into(), echo.into())],
                body: Body::Whole(json!({ "echo": echo }).to_string().into_bytes()),
                milliseconds: 1,
            };
            let check = from_value::<Check>(&json!({"path": "/", "revision_header": "x-revision", "json": {"$.echo": "no"}})).unwrap();
            let reason = judge(&check, &answer, &Variables::default(), &[&Hidden::new(token)], &[]).unwrap_err();
            assert!(!reason.contains(echo) && reason.matches(NOT_SHOWN).count() == 2 && reason.contains("instead of `no`"), "{reason}");
        }
        let reason = verdict(json!({"contains": ["{{id}}"]}), 200, "").unwrap_err();
        assert_eq!(reason, "it does not contain `{{id}}`");
    }

    #[test]
    fn a_large_answer_fails_only_where_it_is_looked_at() {
        let large = Answer { status: 200, headers: Vec::new(), body: Body::TooLarge, milliseconds: 1 };
        let told = |check: Value| judge(&from_value(&check).unwrap(), &large, &Variables::default(), &[], &[]);
        assert_eq!(told(json!({"path": "/"})), Ok(BTreeMap::new()));
        assert_eq!(told(json!({"path": "/", "not_contains": ["x"]})), Err("the answer has more than 1 MiB, and is not looked at".into()));
    }
}
