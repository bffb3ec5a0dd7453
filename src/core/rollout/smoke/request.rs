//! The request of a check, with variables and token in it.

use super::template::{self, TOKEN, fill, fill_json, plain, segment};
use super::{Check, Method, Variables};
use crate::core::rollout::hidden::Hidden;
use serde_json::Value;
use std::fmt;

/// A request as it is sent, to whatever host. Only its method is ever printed: the rest may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// It begins with `/`.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Returns the request of a check. The error says what is missing, or has no place where it is to stand.
pub fn request(check: &Check, known: &Variables, token: Option<&Hidden>) -> Result<Request, String> {
    let variable = |name: &str| match (name, token) {
        (TOKEN, Some(token)) => Ok(Value::String(token.reveal().to_owned())),
        _ => known.0.get(name).cloned().ok_or_else(|| format!("no check before it has saved `{name}`")),
    };
    let in_path = |name: &str| match variable(name).map(|value| plain(&value))?.as_str() {
        _ if name == TOKEN => Err("a token must not stand in a path, which logs keep".into()),
        // A segment that means the folder above, or itself, would lead elsewhere.
        "" | "." | ".." => Err(format!("the value of `{name}` cannot stand in a path")),
        value => Ok(segment(value)),
    };
    let path = fill(&check.path, in_path)?;
    if !path.starts_with('/') {
        return Err("its path does not begin with `/`".into());
    }
    let in_header = |name: &str| match plain(&variable(name)?) {
        value if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => Ok(value),
        _ => Err(format!("the value of `{name}` cannot stand in a header")),
    };
    let mut headers = Vec::new();
    for (name, value) in &check.headers {
        headers.push((name.to_ascii_lowercase(), fill(value, in_header)?));
    }
    if token.is_some() && !places_token(check) {
        headers.push(("authorization".into(), format!("Bearer {}", in_header(TOKEN)?)));
    }
    let body = match &check.body {
        None => None,
        Some(Value::String(text)) => Some(fill(text, |name| variable(name).map(|value| plain(&value)))?),
        Some(tree) => {
            if !headers.iter().any(|(name, _)| name == "content-type") {
                headers.push(("content-type".into(), "application/json".into()));
            }
            Some(fill_json(tree, &variable)?.to_string())
        }
    };
    Ok(Request { method: check.method, path, headers, body })
}

/// True when the token would stand in a header, and cannot: it holds a line break, or a letter that is not one of ASCII's.
#[must_use]
pub fn is_unfit(check: &Check, token: &str) -> bool {
    let named = |text: &str| {
        let mut names = Vec::new();
        template::names(&Value::String(text.to_owned()), &mut names).unwrap_or_default();
        names.iter().any(|name| name == TOKEN)
    };
    let in_header = !places_token(check) || check.headers.values().any(|value| named(value));
    in_header && !token.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Says what is wrong with such a token, behind the place that it comes from.
pub const UNFIT: &str = "holds a line break or another letter that cannot stand in a header";

/// True when the check says itself where its token stands.
#[must_use]
pub fn places_token(check: &Check) -> bool {
    let mut names = Vec::new();
    let texts = check.headers.values().map(|value| Value::String(value.clone())).chain(check.body.clone());
    texts.for_each(|text| template::names(&text, &mut names).unwrap_or_default());
    names.iter().any(|name| name == TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::kind::from_value;
    use serde_json::json;

    fn built(check: Value, known: Value, token: Option<&str>) -> Result<Request, String> {
        let check = from_value::<Check>(&check).unwrap();
        let known = Variables(serde_json::from_value(known).unwrap());
        request(&check, &known, token.map(Hidden::new).as_ref())
    }

    #[test]
    fn variables_and_tokens_stand_where_they_are_meant_to() {
        let order = json!({"method": "PUT", "path": "/orders/{{id}}?x={{x}}", "body": {"id": "{{id}}", "by": "no {{id}}"}});
        let Request { path, headers, body, .. } = built(order, json!({"id": 7, "x": "a/b&c"}), Some("s3cret")).unwrap();
        assert_eq!(path, "/orders/7?x=a%2Fb%26c");
        assert_eq!(headers, [("authorization".into(), "Bearer s3cret".into()), ("content-type".into(), "application/json".into())]);
        assert_eq!(body.as_deref(), Some(r#"{"by":"no 7","id":7}"#));
        let placed = json!({"path": "/", "headers": {"X-Api-Key": "{{token}}"}, "body": "key={{token}}"});
        let Request { headers, body, .. } = built(placed, json!({}), Some("s3cret")).unwrap();
        assert_eq!((headers, body.as_deref()), (vec![("x-api-key".into(), "s3cret".into())], Some("key=s3cret")));
    }

    #[test]
    fn no_value_of_an_answer_leads_elsewhere_or_adds_a_header() {
        let id = |id: &str| built(json!({"path": "/a/{{id}}/b"}), json!({"id": id}), None).map(|sent| sent.path);
        assert_eq!(id("../../admin").as_deref(), Ok("/a/..%2F..%2Fadmin/b"));
        assert_eq!(id("..").unwrap_err(), "the value of `id` cannot stand in a path");
        let header = json!({"path": "/", "headers": {"x": "{{id}}"}});
        let split = built(header, json!({"id": "a\r\nhost: evil"}), None);
        assert_eq!(split.unwrap_err(), "the value of `id` cannot stand in a header");
        let token = built(json!({"path": "/"}), json!({}), Some("a\r\nb")).unwrap_err();
        assert_eq!(token, "the value of `token` cannot stand in a header");
        assert_eq!(built(json!({"path": "/{{id}}"}), json!({}), None).unwrap_err(), "no check before it has saved `id`");
        assert_eq!(built(json!({"path": "{{id}}"}), json!({"id": "@evil"}), None).unwrap_err(), "its path does not begin with `/`");
    }

    #[test]
    fn a_token_that_no_header_takes_is_known_before_it_is_sent() {
        let unfit = |check: Value, token: &str| is_unfit(&from_value::<Check>(&check).unwrap(), token);
        for token in ["a\r\nb", "a\n", "a\tb", "sécret", "a\u{0}"] {
            assert!(unfit(json!({"path": "/"}), token) && unfit(json!({"path": "/", "headers": {"x": "{{token}}"}}), token), "{token:?}");
            assert!(!unfit(json!({"path": "/", "body": "{{token}}"}), token), "{token:?}");
        }
        assert!(!unfit(json!({"path": "/"}), "a b~"));
    }

    #[test]
    fn a_request_is_printed_without_what_it_carries() {
        let check = from_value::<Check>(&json!({"path": "/{{id}}", "body": "{{token}}"})).unwrap();
        let known = Variables([("id".into(), json!("p4th"))].into());
        let sent = request(&check, &known, Some(&Hidden::new("s3cret"))).unwrap();
        assert_eq!(format!("{sent:?} {known:?}"), "Request { method: Get, .. } {\"id\"}");
    }
}
