//! Text with variables in it: `/orders/{{id}}`.

use serde_json::Value;

/// The variable that stands for the token of a check.
pub const TOKEN: &str = "token";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// Takes a text apart. The error says what cannot be a variable.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or("a `{{` is not closed by `}}`")?;
        let name = name.trim();
        if !is_name(name) {
            return Err("what stands between `{{` and `}}` is no name of a variable".into());
        }
        found.extend((!before.is_empty()).then_some(Piece::Text(before)));
        found.push(Piece::Variable(name));
        rest = after;
    }
    found.extend((!rest.is_empty()).then_some(Piece::Text(rest)));
    Ok(found)
}

/// True for what a variable may be called: `id`, `order_2`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    plain && name.len() <= 64 && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Fills a text in. `value` answers a variable as it is to stand there, or why it cannot.
pub fn fill(text: &str, value: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let filled = pieces(text)?.into_iter().map(|piece| match piece {
        Piece::Text(text) => Ok(text.to_owned()),
        Piece::Variable(name) => value(name),
    });
    filled.collect()
}

/// Fills the texts of a JSON value in. A text that is one variable and no more becomes its value: a number stays one.
pub fn fill_json(value: &Value, variable: &impl Fn(&str) -> Result<Value, String>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match pieces(text)?.as_slice() {
            [Piece::Variable(name)] => variable(name)?,
            _ => Value::String(fill(text, |name| variable(name).map(|value| plain(&value)))?),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| fill_json(item, variable)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let filled = members.iter().map(|(key, member)| Ok((key.clone(), fill_json(member, variable)?)));
            Value::Object(filled.collect::<Result<_, String>>()?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

/// Returns a value as it stands in text.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Escapes what is not to be read as a part of a path or query: a value is one segment, whatever stands in it.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        // <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    escaped
}

/// The names of the variables in a text, and in the texts of a JSON value.
pub fn names(value: &Value, found: &mut Vec<String>) -> Result<(), String> {
    match value {
        Value::String(text) => {
            let names = pieces(text)?.into_iter().filter_map(|piece| match piece {
                Piece::Variable(name) => Some(name.to_owned()),
                Piece::Text(_) => None,
            });
            found.extend(names);
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| names(item, found)),
        Value::Object(members) => members.values().try_for_each(|member| names(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_taken_apart_and_filled_in() {
        assert_eq!(pieces("/a/{{ id }}/b").unwrap(), [Piece::Text("/a/"), Piece::Variable("id"), Piece::Text("/b")]);
        assert_eq!(pieces("{\"a\":{\"b\":1}}").unwrap().len(), 1);
        for bad in ["{{id", "{{}}", "{{Id}}", "{{a b}}", "{{1}}", "{{a{{b}}}}"] {
            assert!(pieces(bad).is_err(), "{bad}");
        }
        assert_eq!(fill("{{a}}-{{b}}", |name| Ok(name.to_uppercase())).unwrap(), "A-B");
        let one = |_: &str| Ok(json!(7));
        assert_eq!(
            fill_json(&json!({"id": "{{id}}", "text": "no {{id}}", "more": [1, null]}), &one).unwrap(),
            json!({"id": 7, "text": "no 7", "more": [1, null]})
        );
    }

    #[test]
    fn a_value_never_leaves_its_segment() {
        assert_eq!(segment("../a?b=c&d#e%/ü\r\n"), "..%2Fa%3Fb%3Dc%26d%23e%25%2F%C3%BC%0D%0A");
    }
}
