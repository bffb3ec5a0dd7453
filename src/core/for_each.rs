//! `for_each` and `count`: one table written once, standing for several.

use super::codes;
use super::diagnostic::Diagnostic;
use super::input::{Entry, Input, Shape};
use super::settings::check_name;
use super::source::{Path, Span};

/// One of the tables that a table stands for.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    /// `None` for a table without `for_each` or `count`.
    pub key: Option<String>,
    pub input: Input,
}

/// The instances of a table, its `for_each` or `count` taken out and `${each.…}` filled in.
pub(super) fn instances(mut input: Input, path: &Path, found: &mut Vec<Diagnostic>) -> Vec<Instance> {
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
        (Some(each), None) => from_each(each, &path.key("for_each"), found),
        (None, Some(count)) => from_count(count, &path.key("count"), found),
    };
    let mut made = Vec::<Instance>::new();
    for (key, at, value) in items {
        if let Some(problem) = check_name("", &key, 40) {
            found.push(Diagnostic::of(&codes::BAD_NAME, &path.key("for_each"), problem).at(at));
        } else if made.iter().any(|one| one.key.as_ref() == Some(&key)) {
            found.push(Diagnostic::new(&codes::NAMED_TWICE, path.key("for_each"), format!("`{key}` is there twice")).at(at));
        } else {
            let mut copy = input.clone();
            fill(&mut copy, &key, &value, path, found);
            made.push(Instance { key: Some(key), input: copy });
        }
    }
    made
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
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        filled.push_str(before);
        let length = from.find('}').map_or(from.len(), |at| at + 1);
        let (piece, after) = from.split_at(length);
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
