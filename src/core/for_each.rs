//! `for_each` and `count`: one table written once, standing for several.

use super::codes;
use super::diagnostic::Diagnostic;
use super::input::{Entry, Input, MAX_BYTES, Shape};
use super::settings::check_name;
use super::source::{Path, Span};
use std::collections::HashSet;

/// One of the tables that a table stands for.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    /// `None` for a table without `for_each` or `count`.
    pub key: Option<String>,
    pub input: Input,
}

/// The most instances of one table.
const MOST: usize = 1000;

/// The bytes that all instances of a file may make of it, which no stack needs and every machine has.
pub(super) const ROOM: usize = 4 * MAX_BYTES;

/// The instances of a table, its `for_each` or `count` taken out and `${each.…}` filled in, as long as there is room.
pub(super) fn instances(mut input: Input, path: &Path, room: &mut usize, found: &mut Vec<Diagnostic>) -> Vec<Instance> {
    let Shape::Table(table) = &mut input.shape else { return vec![Instance { key: None, input }] };
    let (each, count) = (table.remove("for_each"), table.remove("count"));
    let items = match (each, count) {
        (None, None) => return vec![Instance { key: None, input }],
        (Some(each), Some(_)) => {
            found.push(
                Diagnostic::new(&codes::FOR_EACH_AND_COUNT, path.key("for_each"), "a table has `for_each` or `count`, not both")
                    .at(each.key),
            );
            return Vec::new();
        }
        (Some(each), None) => {
            let at = each.input.span;
            let items = from_each(each, &path.key("for_each"), found);
            if items.len() > MOST {
                let message = format!("a table stands for {MOST} others at most, not {}", items.len());
                found
                    .push(Diagnostic::new(&codes::OUT_OF_RANGE, path.key("for_each"), message).at(at).help("split it into several tables"));
                return Vec::new();
            }
            items
        }
        (None, Some(count)) => from_count(count, &path.key("count"), found),
    };
    let mut made = Vec::<Instance>::new();
    let mut known = HashSet::new();
    for (key, at, value) in items {
        if let Some(problem) = check_name("", &key, 40) {
            found.push(Diagnostic::of(&codes::BAD_NAME, &path.key("for_each"), problem).at(at));
        } else if !known.insert(key.clone()) {
            found.push(Diagnostic::new(&codes::NAMED_TWICE, path.key("for_each"), format!("`{key}` is there twice")).at(at));
        } else {
            let size = filled_size(&input, &key, &value);
            let Some(rest) = room.checked_sub(size) else {
                let message = format!("the instances of this file's tables are more than {} MiB together", ROOM / 1024 / 1024);
                let one = Diagnostic::new(&codes::TOO_MUCH, path.key("for_each"), message).at(at);
                found.push(one.help("fewer of them, or shorter texts in the table that stands for them"));
                break;
            };
            *room = rest;
            let mut copy = input.clone();
            fill(&mut copy, &key, &value, path, found);
            made.push(Instance { key: Some(key), input: copy });
        }
    }
    made
}

// The bytes that an instance takes, at least: each value has some, and a text its own and those that are filled in.
fn filled_size(input: &Input, key: &str, value: &Input) -> usize {
    const VALUE: usize = 64;
    VALUE
        + match &input.shape {
            Shape::Text(text) if text.contains("${each.") || text.contains("${count.") => {
                let longest = size(value).max(key.len());
                text.len().saturating_add(text.matches("${").count().saturating_mul(longest))
            }
            Shape::Text(text) => text.len(),
            Shape::List(items) => items.iter().map(|item| filled_size(item, key, value)).fold(0, usize::saturating_add),
            Shape::Table(table) => {
                let entries = table.iter().map(|(name, entry)| name.len() + filled_size(&entry.input, key, value));
                entries.fold(0, usize::saturating_add)
            }
            Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => 0,
        }
}

// The bytes of all texts and names in a value.
fn size(value: &Input) -> usize {
    match &value.shape {
        Shape::Text(text) => text.len(),
        Shape::List(items) => items.iter().map(size).sum(),
        Shape::Table(table) => table.iter().map(|(name, entry)| name.len() + size(&entry.input)).sum(),
        Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => 20,
    }
}

/// Returns the names of a table's instances; none for a table without `for_each` or `count`.
pub(super) fn keys(input: &Input) -> Vec<String> {
    let item = |item: &Input| match &item.shape {
        Shape::Text(text) => Some(text.clone()),
        Shape::Integer(number) => Some(number.to_string()),
        Shape::Float(_) | Shape::Boolean(_) | Shape::List(_) | Shape::Table(_) => None,
    };
    match (input.get("for_each").map(|each| &each.shape), input.get("count").map(|count| &count.shape)) {
        (Some(Shape::Table(table)), _) => table.keys().cloned().collect(),
        (Some(Shape::List(items)), _) => items.iter().filter_map(item).collect(),
        (None, Some(Shape::Integer(count @ 0..=1000))) => (0..*count).map(|at| at.to_string()).collect(),
        (_, _) => Vec::new(),
    }
}

type Item = (String, Span, Input);

fn from_each(each: Entry, path: &Path, found: &mut Vec<Diagnostic>) -> Vec<Item> {
    match each.input.shape {
        Shape::Table(table) => table.into_iter().map(|(key, entry)| (key, entry.key, entry.input)).collect(),
        Shape::List(items) => {
            let named = items.into_iter().enumerate().filter_map(|(at, item)| match &item.shape {
                Shape::Text(text) => Some((text.clone(), item.span, item)),
                Shape::Integer(number) => Some((number.to_string(), item.span, item)),
                Shape::Float(_) | Shape::Boolean(_) | Shape::List(_) | Shape::Table(_) => {
                    let wrong = Diagnostic::new(&codes::WRONG_TYPE, path.index(at), "an item of `for_each` is a string").at(item.span);
                    found.push(wrong.help("to give each more than a name, make `for_each` a table"));
                    None
                }
            });
            named.collect()
        }
        Shape::Text(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => {
            found
                .push(Diagnostic::new(&codes::WRONG_TYPE, path.clone(), "`for_each` is a list of strings, or a table").at(each.input.span));
            Vec::new()
        }
    }
}

fn from_count(count: Entry, path: &Path, found: &mut Vec<Diagnostic>) -> Vec<Item> {
    let span = count.input.span;
    match count.input.shape {
        Shape::Integer(count @ 0..=1000) => {
            (0..count).map(|at| (at.to_string(), span, Input { span, shape: Shape::Integer(at) })).collect()
        }
        shape => {
            let code = if matches!(shape, Shape::Integer(_)) { &codes::OUT_OF_RANGE } else { &codes::WRONG_TYPE };
            found.push(Diagnostic::new(code, path.clone(), "`count` is a whole number from 0 to 1000").at(span));
            Vec::new()
        }
    }
}

fn fill(input: &mut Input, key: &str, value: &Input, path: &Path, found: &mut Vec<Diagnostic>) {
    match &mut input.shape {
        Shape::Text(text) if text.contains("${each.") || text.contains("${count.") => {
            let span = input.span;
            match whole(text).and_then(|inside| lookup(inside, key, value)) {
                Some(shape) => input.shape = shape,
                None => {
                    let filled = fill_text(text, key, value).unwrap_or_else(|(inside, known)| {
                        let one =
                            Diagnostic::new(&codes::NO_SUCH_ITEM, path.clone(), format!("`${{{inside}}}` is not known here")).at(span);
                        found.push(one.help(format!("there is {known}")));
                        text.replace("${", "$${")
                    });
                    input.shape = Shape::Text(filled);
                }
            }
        }
        Shape::List(items) => items.iter_mut().for_each(|item| fill(item, key, value, path, found)),
        Shape::Table(table) => table.iter_mut().for_each(|(name, entry)| fill(&mut entry.input, key, value, &path.key(name), found)),
        Shape::Text(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => {}
    }
}

// A text that is nothing but one `${each.…}` takes the value as it is: a number stays a number, a list a list.
fn whole(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("${")?.strip_suffix('}')?;
    (!inside.contains('}')).then_some(inside)
}

fn fill_text(text: &str, key: &str, value: &Input) -> Result<String, (String, String)> {
    let mut filled = String::new();
    let (mut rest, mut close) = (text, 0);
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        filled.push_str(before);
        // One brace may close several: it is looked for once.
        let at = text.len() - from.len();
        if close <= at {
            close = from.find('}').map_or(text.len(), |length| at + length + 1);
        }
        let (piece, after) = from.split_at(close - at);
        let inside = piece.strip_prefix("${").and_then(|piece| piece.strip_suffix('}')).unwrap_or_default();
        if before.ends_with('$') || !(inside.starts_with("each.") || inside.starts_with("count.")) {
            // A reference may hold one: ${resource.topic.${each.key}.arn}.
            let (dollar, onward) = from.split_at(2);
            filled.push_str(dollar);
            rest = onward;
            continue;
        }
        match lookup(inside, key, value) {
            Some(Shape::Text(text)) => filled.push_str(&text),
            Some(Shape::Integer(number)) => filled.push_str(&number.to_string()),
            Some(Shape::Float(number)) => filled.push_str(&number.to_string()),
            Some(Shape::Boolean(boolean)) => filled.push_str(&boolean.to_string()),
            Some(Shape::List(_) | Shape::Table(_)) | None => return Err((inside.to_owned(), known(value))),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn lookup(inside: &str, key: &str, value: &Input) -> Option<Shape> {
    match inside {
        "each.key" => return Some(Shape::Text(key.to_owned())),
        "each.value" | "count.index" => return Some(value.shape.clone()),
        _ => {}
    }
    let deeper = inside.strip_prefix("each.value.")?;
    deeper.split('.').try_fold(value, |here, part| here.get(part)).map(|found| found.shape.clone())
}

fn known(value: &Input) -> String {
    match value.table() {
        Some(table) => table.keys().map(|key| format!("each.value.{key}")).chain(["each.key".to_owned()]).collect::<Vec<_>>().join(", "),
        None => "each.key, each.value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::input::parse;
    use crate::core::source::Source;

    fn made(text: &str) -> (usize, Vec<&'static str>, usize) {
        let (input, _) = parse(&Source::new("x", text), 0);
        let (mut room, mut found) = (ROOM, Vec::new());
        let made = instances(input, &Path::new(["storage", "x"]), &mut room, &mut found);
        let size = made.iter().map(|one| size(&one.input)).sum();
        (made.len(), found.into_iter().map(|one| one.code).collect(), size)
    }

    #[test]
    fn what_a_table_stands_for_has_room() {
        let names = |count: usize| (0..count).map(|at| format!("\"a{at}\"")).collect::<Vec<_>>().join(",");
        let each = |count: usize, text: &str| made(&format!("for_each = [{}]\ntext = \"{text}\"", names(count)));
        assert_eq!(each(1000, "x").1, Vec::<&str>::new());
        assert_eq!(each(1001, "x").1, ["TYPE003"]);
        let (count, codes, size) = each(1000, &"x".repeat(100_000));
        assert_eq!((codes, size <= ROOM), (vec!["FILE011"], true), "{count} instances");
        let long = "y".repeat(100_000);
        let filled = format!("text = \"{}\"\nfor_each.a.v = \"{long}\"", "${each.value.v}".repeat(100_000));
        assert_eq!(made(&filled), (0, vec!["FILE011"], 0), "ten gigabytes from two megabytes");
    }

    #[test]
    fn a_brace_that_closes_several_is_found() {
        let (input, _) = parse(&Source::new("x", "for_each = [\"a\"]\nt = \"${a.${each.key}.b} ${${each.key}\""), 0);
        let made = instances(input, &Path::default(), &mut ROOM.clone(), &mut Vec::new());
        assert_eq!(made[0].input.get("t").and_then(Input::text), Some("${a.a.b} ${a"));
    }
}
