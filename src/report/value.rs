//! Values and their differences as a person reads them.

use super::paint;
use crate::core::diff::FieldChange;
use crate::core::kind::Shape;
use crate::core::reference::{Piece, is_open, pieces};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;

const UNKNOWN: &str = "(known after apply)";

/// A value in one line: bare words where that is clear, `(known after apply)` for what is not known yet.
pub fn short(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => short_text(text),
        Value::Array(list) => format!("[{}]", list.iter().map(short).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let set = map.iter().filter(|(_, value)| !blank(value));
            format!("{{{}}}", set.map(|(key, value)| format!("{key}: {}", short(value))).collect::<Vec<_>>().join(", "))
        }
    }
}

fn short_text(text: &str) -> String {
    match pieces(text).as_slice() {
        [] => "\"\"".into(),
        [Piece::Reference(_)] => UNKNOWN.into(),
        parts if parts.iter().any(|part| matches!(part, Piece::Reference(_))) => {
            parts.iter().map(|part| if let Piece::Text(text) = part { text.to_string() } else { UNKNOWN.into() }).collect()
        }
        _ if text.chars().any(char::is_control) || text.trim() != text => format!("{text:?}"),
        _ => text.into(),
    }
}

/// What a new resource is, in a few words: its first telling values.
pub fn gist(fields: &[FieldChange]) -> String {
    let telling =
        fields.iter().filter(|change| change.shape == Shape::Value && !matches!(change.field.as_str(), "tags" | "name" | "description"));
    let words = telling.filter_map(|change| match &change.after {
        Value::String(text) if !text.is_empty() && text.len() <= 40 && !is_open(&change.after) => Some(text.clone()),
        Value::Number(number) => Some(format!("{} {number}", change.field)),
        _ => None,
    });
    words.take(3).collect::<Vec<_>>().join(" · ")
}

/// The lines that show one field's change, without indentation. `width` is what one line may take; `whole` shows all of it.
pub fn lines(change: &FieldChange, width: usize, whole: bool) -> Vec<String> {
    let FieldChange { field, before, after, shape, replaces } = change;
    let suffix = if *replaces { format!("  {}", paint::bad("forces replacement")) } else { String::new() };
    match (shape, before, after) {
        (Shape::Document, before, after) if !before.is_null() && !after.is_null() => {
            let mut lines = vec![format!("{field}:{suffix}")];
            lines.extend(document(before, after, whole).into_iter().map(|line| format!("  {line}")));
            lines
        }
        (Shape::Set, Value::Array(before), Value::Array(after)) => {
            let mut lines = vec![format!("{field}:{suffix}")];
            lines.extend(
                before
                    .iter()
                    .filter(|item| !after.contains(item))
                    .map(|item| format!("  {}", paint::minus(&fit("- ", &short(item), width, whole)))),
            );
            lines.extend(
                after
                    .iter()
                    .filter(|item| !before.contains(item))
                    .map(|item| format!("  {}", paint::good(&fit("+ ", &short(item), width, whole)))),
            );
            lines
        }
        (_, Value::Object(_) | Value::Array(_), Value::Object(_) | Value::Array(_)) => leaves(field, before, after, &suffix, width, whole),
        _ => vec![arrow(field, before, after, &suffix, width, whole)],
    }
}

fn fit(mark: &str, text: &str, width: usize, whole: bool) -> String {
    if whole { format!("{mark}{text}") } else { format!("{mark}{}", paint::cut(text, width.saturating_sub(8))) }
}

fn arrow(name: &str, before: &Value, after: &Value, suffix: &str, width: usize, whole: bool) -> String {
    let room = width.saturating_sub(name.len() + 8) / 2;
    let show = |value: &Value| if whole { short(value) } else { paint::cut(&short(value), room.max(12)) };
    format!("{name}: {} → {}{suffix}", paint::minus(&show(before)), paint::good(&show(after)))
}

/// Differences deep inside a value, each with its path.
fn leaves(name: &str, before: &Value, after: &Value, suffix: &str, width: usize, whole: bool) -> Vec<String> {
    let (old, new) = (flat(name, before), flat(name, after));
    let null = Value::Null;
    let mut paths = old.keys().chain(new.keys()).collect::<Vec<_>>();
    paths.sort();
    paths.dedup();
    let pairs = paths.into_iter().map(|path| (path, old.get(path).unwrap_or(&null), new.get(path).unwrap_or(&null)));
    pairs.filter(|(_, old, new)| old != new).map(|(path, old, new)| arrow(path, old, new, suffix, width, whole)).collect()
}

fn flat(name: &str, value: &Value) -> BTreeMap<String, Value> {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().filter(|(_, value)| !blank(value)).flat_map(|(key, value)| flat(&format!("{name}.{key}"), value)).collect()
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            list.iter().enumerate().flat_map(|(index, value)| flat(&format!("{name}[{index}]"), value)).collect()
        }
        other => BTreeMap::from([(name.to_owned(), other.clone())]),
    }
}

fn blank(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// A real line diff of two documents, with three lines around each change.
fn document(before: &Value, after: &Value, whole: bool) -> Vec<String> {
    const MOST: usize = 40;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let (before, after) = (text(before), text(after));
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            lines.push(paint::calm("⋮"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end();
            lines.push(match change.tag() {
                ChangeTag::Delete => paint::minus(&format!("- {line}")),
                ChangeTag::Insert => paint::good(&format!("+ {line}")),
                ChangeTag::Equal => paint::calm(&format!("  {line}")),
            });
        }
    }
    if !whole && lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(paint::calm(&format!("⋮ {more} more lines (-v shows them)")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(shape: Shape, before: Value, after: Value) -> String {
        let change = FieldChange { field: "f".into(), before, after, shape, replaces: false };
        anstream::adapter::strip_str(&lines(&change, 100, false).join("\n")).to_string()
    }

    #[test]
    fn values_show_what_differs_and_nothing_else() {
        assert_eq!(shown(Shape::Value, json!("a"), json!("${network.vpc.id}")), "f: a → (known after apply)");
        assert_eq!(shown(Shape::Value, json!({"a": 1, "b": {"c": 2}}), json!({"a": 1, "b": {"c": 3}})), "f.b.c: 2 → 3");
        assert_eq!(shown(Shape::Set, json!(["x", "y"]), json!(["y", "z"])), "f:\n  - x\n  + z");
        assert_eq!(shown(Shape::Document, json!({"a": 1}), json!({"a": 2})), "f:\n    {\n  -   \"a\": 1\n  +   \"a\": 2\n    }");
    }
}
