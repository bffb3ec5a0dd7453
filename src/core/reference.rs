//! References between nodes: `${network.vpc.id}` inside any string of a spec.
//!
//! Every edge of the graph comes from one of these. `$${` stands for a literal `${`, and a brace that holds
//! no dotted name (IAM's `${aws:username}`) is plain text.

use super::address::Address;
use serde_json::Value;
use std::borrow::Cow;

/// An output of another node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub address: Address,
    pub output: String,
}

/// A piece of a string: text, or a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(Cow<'a, str>),
    Reference(Reference),
}

/// Cuts a string into text and references.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut plain, mut rest, mut close) = (0, 0, 0);
    while let Some(offset) = text[rest..].find("${") {
        let start = rest + offset;
        if start > plain && text.as_bytes()[start - 1] == b'$' {
            found.push(Piece::Text(Cow::Borrowed(&text[plain..start - 1])));
            plain = start;
            rest = start + 2;
            continue;
        }
        if close < start + 2 {
            let Some(length) = text[start..].find('}') else { break };
            close = start + length;
        }
        match parse(&text[start + 2..close]) {
            Some(reference) => {
                if start > plain {
                    found.push(Piece::Text(Cow::Borrowed(&text[plain..start])));
                }
                found.push(Piece::Reference(reference));
                plain = close + 1;
                rest = plain;
            }
            None => rest = start + 2,
        }
    }
    if plain < text.len() {
        found.push(Piece::Text(Cow::Borrowed(&text[plain..])));
    }
    found
}

/// No address with an output is longer in bytes.
const LONGEST: usize = 300;

fn parse(inside: &str) -> Option<Reference> {
    if inside.len() > LONGEST {
        return None;
    }
    let (address, output) = inside.rsplit_once('.')?;
    let plain = !output.is_empty() && output.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    Some(Reference { address: Address::parse(address).ok().filter(|_| plain)?, output: output.to_owned() })
}

/// True when a string holds a reference, so that its final text is not known from the file alone.
pub fn is_symbolic(text: &str) -> bool {
    text.contains("${") && pieces(text).iter().any(|piece| matches!(piece, Piece::Reference(_)))
}

/// Calls `each` for every reference in a value, map keys excepted.
pub fn visit(value: &Value, each: &mut impl FnMut(Reference)) {
    match value {
        Value::String(text) if text.contains("${") => {
            for piece in pieces(text) {
                if let Piece::Reference(reference) = piece {
                    each(reference);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| visit(item, each)),
        Value::Object(map) => map.values().for_each(|item| visit(item, each)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The value with every reference replaced by what `lookup` answers. One it cannot answer stays as it is,
/// so what is left symbolic is not known yet.
pub fn resolve(value: &Value, lookup: &impl Fn(&Reference) -> Option<String>) -> Value {
    match value {
        Value::String(text) if text.contains("${") => Value::String(resolve_text(text, lookup)),
        Value::Array(list) => list.iter().map(|item| resolve(item, lookup)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, item)| (key.clone(), resolve(item, lookup))).collect()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The same for a text alone.
pub fn resolve_text(text: &str, lookup: &impl Fn(&Reference) -> Option<String>) -> String {
    let pieces = pieces(text);
    let answers =
        pieces.iter().map(|piece| if let Piece::Reference(reference) = piece { lookup(reference) } else { None }).collect::<Vec<_>>();
    let open = pieces.iter().zip(&answers).any(|(piece, answer)| matches!(piece, Piece::Reference(_)) && answer.is_none());
    pieces
        .iter()
        .zip(answers)
        .map(|(piece, answer)| match piece {
            // Escapes stay escaped while anything is open, so that the string can be resolved again.
            Piece::Text(text) if open => text.replace("${", "$${"),
            Piece::Text(text) => text.clone().into_owned(),
            Piece::Reference(reference) => answer.unwrap_or_else(|| reference.address.output(&reference.output)),
        })
        .collect()
}

/// True when any reference is left in a value.
pub fn is_open(value: &Value) -> bool {
    match value {
        Value::String(text) => is_symbolic(text),
        Value::Array(list) => list.iter().any(is_open),
        Value::Object(map) => map.values().any(is_open),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Calls `take` with each text of a value.
pub fn each_text<'v>(value: &'v Value, take: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, take)),
        Value::Object(members) => members.values().for_each(|value| each_text(value, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(reference: &Reference) -> Option<String> {
        (reference.address.as_str() == "network.vpc").then(|| format!("<{}>", reference.output))
    }

    #[test]
    fn references_resolve_inside_text_and_escapes_stay_literal() {
        for (text, want) in [
            ("${network.vpc.id}", "<id>"),
            ("a-${network.vpc.id}-${network.vpc.arn}/*", "a-<id>-<arn>/*"),
            ("$${network.vpc.id}", "${network.vpc.id}"),
            ("${aws:username}", "${aws:username}"),
            ("${unclosed", "${unclosed"),
            ("${cache.main.host} and ${network.vpc.id}", "${cache.main.host} and <id>"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(resolve(&json!({ "k": [text] }), &known), json!({ "k": [want] }), "{text}");
        }
        assert!(is_open(&json!(["${cache.main.host}"])));
        assert!(!is_open(&json!(["${aws:username}", "$${network.vpc.id}"])));
    }
}
