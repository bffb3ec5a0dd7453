//! Values and their differences as a person reads them.

use super::{document, paint};
use crate::core::diff::FieldChange;
use crate::core::kind::Shape;
use crate::core::reference::{Piece, is_open, pieces};
use crate::core::visible::line;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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
            format!("{{{}}}", set.map(|(key, value)| format!("{}: {}", line(key), short(value))).collect::<Vec<_>>().join(", "))
        }
    }
}

fn short_text(text: &str) -> String {
    match pieces(text).as_slice() {
        [] => "\"\"".into(),
        [Piece::Reference(_)] => UNKNOWN.into(),
        parts if parts.iter().any(|part| matches!(part, Piece::Reference(_))) => {
            parts.iter().map(|part| if let Piece::Text(text) = part { line(text).into_owned() } else { UNKNOWN.into() }).collect()
        }
        _ if line(text) != text || text.trim() != text => format!("{text:?}"),
        _ => text.into(),
    }
}

/// An ARN without what is the same in most of a stack's: `arn:…:targetgroup/web/4a4aeb`. Other text as it is.
pub fn brief(text: &str) -> Cow<'_, str> {
    match text.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) {
        Some(resource) => Cow::Owned(format!("arn:…:{resource}")),
        None => Cow::Borrowed(text),
    }
}

/// The same for every text inside a value.
fn briefly(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(brief(text).into_owned()),
        Value::Array(list) => list.iter().map(briefly).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, item)| (key.clone(), briefly(item))).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Returns a new resource in a few words: its first telling values, or else its description.
pub fn gist(fields: &[FieldChange]) -> String {
    let said = |change: &&FieldChange| change.shape == Shape::Value && !change.usual;
    let telling = fields.iter().filter(said).filter(|change| !matches!(change.field.as_ref(), "tags" | "name" | "description"));
    // The size of a machine says most about it, and what it costs.
    let mut telling = telling.collect::<Vec<_>>();
    telling.sort_by_key(|change| !matches!(change.field.as_ref(), "instance_class" | "cache_node_type" | "instance_type"));
    let words = telling.into_iter().filter_map(|change| match &change.after {
        Value::String(text) if !text.is_empty() && text.len() <= 40 && !is_open(&change.after) => Some(line(text).into_owned()),
        Value::Number(number) if change.field.len() <= 20 => Some(format!("{} {number}", change.field)),
        _ => None,
    });
    let images = fields.iter().filter(|change| change.field == "containers").flat_map(|change| images(&change.after));
    let words = images.chain(words).take(3).collect::<Vec<_>>().join(" · ");
    let description = || fields.iter().find(|change| change.field == "description").and_then(|change| change.after.as_str());
    if words.is_empty() { line(description().unwrap_or_default()).into_owned() } else { words }
}

/// Returns the images of containers without the parts that tell nobody anything: the registry's host, most of a digest, and the
/// address of a repository that is not made yet.
fn images(containers: &Value) -> Vec<String> {
    let images = containers.as_array().into_iter().flatten().filter_map(|container| container.get("image")?.as_str());
    let shown = images.map(|image| {
        let known = pieces(image).iter().map(|piece| if let Piece::Text(text) = piece { text.as_ref() } else { "…" }).collect::<String>();
        let path = match known.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) => path,
            _ => known.as_str(),
        };
        match path.split_once("@sha256:") {
            Some((name, digest)) => format!("{name}@sha256:{}", paint::cut(digest, 13)),
            None => path.to_owned(),
        }
    });
    shown.map(|image| line(&image).into_owned()).collect()
}

/// The lines that show one field's change, without indentation. `width` is what one line may take; `whole` shows all of it.
pub fn lines(change: &FieldChange, width: usize, whole: bool) -> Vec<String> {
    let FieldChange { field, before, after, shape, replaces, .. } = change;
    let suffix = if *replaces { format!("  {}", paint::bad("forces replacement")) } else { String::new() };
    let sheet = Sheet { width, whole };
    match (shape, before, after) {
        (Shape::Document, before, after) => document::lines(field, before, after, sheet, &suffix),
        (Shape::Set, Value::Array(before), Value::Array(after)) => sheet.items(field, before, after, &suffix),
        (_, Value::Object(_) | Value::Array(_), Value::Object(_) | Value::Array(_)) => sheet.leaves(field, before, after, &suffix),
        _ => vec![sheet.arrow(field, before, after, &suffix)],
    }
}

/// The room for showing values.
#[derive(Clone, Copy)]
pub(super) struct Sheet {
    pub width: usize,
    pub whole: bool,
}

impl Sheet {
    fn show(self, value: &Value, room: usize) -> String {
        if self.whole { short(value) } else { paint::cut(&short(&briefly(value)), room) }
    }

    pub fn arrow(self, name: &str, before: &Value, after: &Value, suffix: &str) -> String {
        // A version that is deployed again differs in nothing.
        if name == "task_definition_arn" && before == after {
            return format!(
                "{name}: {}, once more{suffix}",
                paint::good(&self.show(after, self.width.saturating_sub(name.len() + 12).max(12)))
            );
        }
        let room = (self.width.saturating_sub(name.len() + 8) / 2).max(12);
        let (mut old, mut new) = (self.show(before, room), self.show(after, room));
        if old == new {
            // The part that was left out or cut off is what differs.
            (old, new) = (short(before), short(after));
        }
        format!("{name}: {} → {}{suffix}", paint::minus(&old), paint::good(&new))
    }

    /// Items that come and go. One that goes and one that comes are one item that changes, if they have more in common than not.
    fn items(self, name: &str, before: &[Value], after: &[Value], suffix: &str) -> Vec<String> {
        let gone = before.iter().filter(|item| !after.contains(item));
        let mut come = after.iter().filter(|item| !before.contains(item)).collect::<Vec<_>>();
        let room = self.width.saturating_sub(8);
        let mut lines = vec![format!("{name}:{suffix}")];
        let mut changed = Vec::new();
        for item in gone {
            let next = come.iter().enumerate().map(|(at, other)| (likeness(item, other), at)).filter(|(likeness, _)| *likeness > 0.5);
            match next.max_by(|(a, i), (b, j)| a.total_cmp(b).then(j.cmp(i))) {
                Some((_, at)) => {
                    let other = come.remove(at);
                    changed.push(format!("  {}", paint::change(&format!("~ {}", self.show(&common(item, other), room)))));
                    changed.extend(self.leaves("", item, other, "").into_iter().map(|line| format!("      {line}")));
                }
                None => lines.push(format!("  {}", paint::minus(&format!("- {}", self.show(item, room))))),
            }
        }
        lines.extend(come.iter().map(|item| format!("  {}", paint::good(&format!("+ {}", self.show(item, room))))));
        lines.extend(changed);
        lines
    }

    /// Differences deep inside a value, each with its path.
    pub fn leaves(self, name: &str, before: &Value, after: &Value, suffix: &str) -> Vec<String> {
        let nothing = Map::new();
        match (before, after) {
            (before, after) if before == after || blank(before) && blank(after) => Vec::new(),
            (Value::Object(old), new) if new.is_object() || new.is_null() => {
                self.fields(name, old, new.as_object().unwrap_or(&nothing), suffix)
            }
            (Value::Null, Value::Object(new)) => self.fields(name, &nothing, new, suffix),
            (Value::Array(old), Value::Array(new)) if old.iter().chain(new).any(Value::is_object) => {
                let room = self.width.saturating_sub(name.len() + 8);
                let item = |(label, old, new): (String, &Value, &Value)| match (old, new) {
                    (Value::Null, new) => vec![paint::good(&format!("+ {name}[{label}]: {}", self.show(new, room)))],
                    (old, Value::Null) => vec![paint::minus(&format!("- {name}[{label}]: {}", self.show(old, room)))],
                    (old, new) => self.leaves(&format!("{name}[{label}]"), old, new, suffix),
                };
                paired(old, new).into_iter().flat_map(item).collect()
            }
            // Two lists that do not fit beside each other.
            (Value::Array(old), Value::Array(new)) if !self.whole && self.too_long(name, before, after) => {
                self.items(name, old, new, suffix)
            }
            _ => vec![self.arrow(name, before, after, suffix)],
        }
    }

    fn fields(self, name: &str, old: &Map<String, Value>, new: &Map<String, Value>, suffix: &str) -> Vec<String> {
        let below = |key: &str| if name.is_empty() { line(key).into_owned() } else { format!("{name}.{}", line(key)) };
        let keys = old.keys().chain(new.keys()).collect::<BTreeSet<_>>();
        let of = |map: &Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or_default();
        keys.into_iter().flat_map(|key| self.leaves(&below(key), &of(old, key), &of(new, key), suffix)).collect()
    }

    fn too_long(self, name: &str, before: &Value, after: &Value) -> bool {
        let length = |value: &Value| paint::width(&short(&briefly(value)));
        paint::width(name) + length(before) + length(after) + 8 > self.width
    }
}

/// Returns the part of two objects that is the same, from 0 to 1; other values are not alike.
fn likeness(one: &Value, other: &Value) -> f64 {
    if !one.is_object() || !other.is_object() {
        return 0.0;
    }
    let (one, other) = (flat("", one), flat("", other));
    let same = one.iter().filter(|(path, value)| other.get(*path) == Some(value)).count();
    same as f64 / one.len().max(other.len()).max(1) as f64
}

/// Returns the members that two objects have in common.
fn common(one: &Value, other: &Value) -> Value {
    let (Value::Object(one), Value::Object(other)) = (one, other) else { return Value::Null };
    Value::Object(
        one.iter().filter(|(key, value)| other.get(*key) == Some(value)).map(|(key, value)| (key.clone(), value.clone())).collect(),
    )
}

/// The members that tell items of a list apart: containers and variables by name, rules of a lifecycle by priority.
const LABELS: [&str; 5] = ["name", "id", "Id", "key", "rulePriority"];

/// Returns what an item of a list goes by; widgets of a dashboard go by their titles.
fn label(item: &Value) -> Option<String> {
    let own = LABELS.iter().find_map(|member| item.get(*member));
    match own.or_else(|| item.pointer("/properties/title"))? {
        Value::String(text) if !text.is_empty() => Some(line(text).into_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Puts items of two lists beside each other, each with what it goes by: its label, if all have one of their own, or its place.
fn paired<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<(String, &'a Value, &'a Value)> {
    const NONE: &Value = &Value::Null;
    let labels = |items: &[Value]| {
        let labels = items.iter().map(label).collect::<Option<Vec<_>>>()?;
        (labels.iter().collect::<BTreeSet<_>>().len() == labels.len()).then_some(labels)
    };
    let (Some(before), Some(after)) = (labels(old), labels(new)) else {
        let item = |items: &'a [Value], at: usize| items.get(at).unwrap_or(NONE);
        return (0..old.len().max(new.len())).map(|at| (at.to_string(), item(old, at), item(new, at))).collect();
    };
    let places = after.iter().zip(new).collect::<BTreeMap<_, _>>();
    let kept = before.iter().zip(old).map(|(label, item)| (label.clone(), item, places.get(label).copied().unwrap_or(NONE)));
    let known = before.iter().collect::<BTreeSet<_>>();
    let come = after.iter().zip(new).filter(|(label, _)| !known.contains(label)).map(|(label, item)| (label.clone(), NONE, item));
    kept.chain(come).collect()
}

fn flat(name: &str, value: &Value) -> BTreeMap<String, Value> {
    let below = |key: &str| if name.is_empty() { line(key).into_owned() } else { format!("{name}.{}", line(key)) };
    match value {
        Value::Object(map) => map.iter().filter(|(_, value)| !blank(value)).flat_map(|(key, value)| flat(&below(key), value)).collect(),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            list.iter().enumerate().flat_map(|(index, value)| flat(&format!("{name}[{index}]"), value)).collect()
        }
        other => BTreeMap::from([(name.to_owned(), other.clone())]),
    }
}

fn blank(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(shape: Shape, before: Value, after: Value) -> String {
        let change = FieldChange { field: "f".into(), before, after, shape, replaces: false, usual: false, origin: None };
        anstream::adapter::strip_str(&lines(&change, 100, false).join("\n")).to_string()
    }

    #[test]
    fn values_show_what_differs_and_nothing_else() {
        assert_eq!(shown(Shape::Value, json!("a"), json!("${network.vpc.id}")), "f: a → (known after apply)");
        assert_eq!(shown(Shape::Value, json!({"a": 1, "b": {"c": 2}}), json!({"a": 1, "b": {"c": 3}})), "f.b.c: 2 → 3");
        assert_eq!(shown(Shape::Value, json!({}), json!({"a": 1})), "f.a: none → 1");
        assert_eq!(shown(Shape::Set, json!(["x", "y"]), json!(["y", "z"])), "f:\n  - x\n  + z");
        assert_eq!(
            shown(Shape::Set, json!([{"a": 1, "b": 2, "c": 3}, {"a": 7}]), json!([{"a": 1, "b": 2, "c": 4}, {"d": 8}])),
            "f:\n  - {a: 7}\n  + {d: 8}\n  ~ {a: 1, b: 2}\n      c: 3 → 4"
        );
        assert_eq!(
            shown(Shape::Value, json!("arn:aws:sns:eu-west-1:123456789012:events"), json!("arn:aws:sns:eu-west-1:123456789012:errors")),
            "f: arn:…:events → arn:…:errors"
        );
        assert_eq!(shown(Shape::Document, json!({"a": 1}), json!({"a": 2})), "f.a: 1 → 2");
        let container = |name: &str, image: &str| json!({"name": name, "image": image, "environment": [{"name": "A", "value": image}]});
        assert_eq!(
            shown(
                Shape::Document,
                json!([container("app", "web:1.4.2"), container("log", "x:1")]),
                json!([container("log", "x:1"), container("app", "web:1.5.0")])
            ),
            "f[app].environment[A].value: web:1.4.2 → web:1.5.0\nf[app].image: web:1.4.2 → web:1.5.0"
        );
    }
}
