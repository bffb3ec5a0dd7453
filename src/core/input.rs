//! A stack file as a tree in which every key and value knows where it stands.

use super::code::Code;
use super::codes;
use super::diagnostic::Diagnostic;
use super::source::{Path, Source, Span};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// Larger files are not stack files.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub span: Span,
    pub shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Vec<Input>),
    Table(Table),
}

pub type Table = BTreeMap<String, Entry>;

/// A key's place and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Span,
    pub input: Input,
}

/// Bytes as a source, if they can be a stack file at all.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Source, Box<Diagnostic>> {
    if bytes.len() > MAX_BYTES {
        let message = format!("`{name}` is larger than {} MiB, which no stack file is", MAX_BYTES / 1024 / 1024);
        return Err(Diagnostic::new(&codes::TOO_LARGE, Path::default(), message).into());
    }
    String::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let (valid, bytes) = (error.utf8_error().valid_up_to(), error.into_bytes());
        let line = bytes[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = bytes[..valid].iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        let message = format!("`{name}` is not UTF-8: line {line}, byte {column} is 0x{:02x}", bytes.get(valid).copied().unwrap_or(0));
        Diagnostic::new(&codes::NOT_UTF8, Path::default(), message).help("save the file as UTF-8").into()
    })
}

/// Parses a whole file, and returns every syntax error at once, beside all that could be read despite them. A value that is TOML
/// and that no key takes stands in the tree as what fits nowhere.
pub fn parse(source: &Source, id: usize) -> (Input, Vec<Diagnostic>) {
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    let mut diagnostics = errors
        .into_iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            let (message, help) = explained(error.message(), &source.text, span.start);
            let one = Diagnostic::new(&codes::SYNTAX, Path::default(), message).at(Span { source: id, start: span.start, end: span.end });
            Diagnostic { help, ..one }
        })
        .collect();
    let shape = table(root.get_ref(), id, &Path::default(), &mut diagnostics);
    (Input { span: Span { source: id, start: 0, end: 0 }, shape }, diagnostics)
}

/// Returns the parser's words for a broken line, or ours where those say less than there is to say, and what to write.
fn explained(message: &str, text: &str, at: usize) -> (String, Option<String>) {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |before| before + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let written = line.split('#').next().unwrap_or_default().trim();
    if let Some(key) = written.strip_suffix('=').map(str::trim_end).filter(|key| !key.is_empty() && !key.contains(['"', '\'', '='])) {
        return (format!("`{key}` has no value"), Some(format!("write {key} = \"…\", or take the line out")));
    }
    let help = match message {
        "duplicate key" if written.starts_with('[') => Some(format!("write what stands below it into the first `{written}`")),
        "duplicate key" => Some("take one of the two out".to_owned()),
        _ => None,
    };
    (message.replace('\n', ", "), help)
}

/// Parses `path=value` of a `--set`: the value as TOML, or else as plain text.
pub fn parse_set(source: &Source, id: usize) -> Result<Input, Box<Diagnostic>> {
    let whole = Span { source: id, start: 0, end: source.text.len() };
    let wrong = |message: String| {
        let help = "write it as --set service.api.image=\"repository/name@sha256:…\"";
        Box::new(Diagnostic::new(&codes::BAD_SET, Path::default(), message).at(whole).help(help))
    };
    let Some((path, value)) = source.text.split_once('=') else { return Err(wrong("a --set has the form path=value".into())) };
    if path.trim().is_empty() || path.contains(['\n', '#']) || path.trim_start().starts_with('[') {
        return Err(wrong(format!("`{}` is not a dotted path", path.trim())));
    }
    let (mut input, errors) = parse(source, id);
    if !errors.is_empty() || value.contains('\n') {
        let keys = Source::new(source.name.clone(), format!("{path}=0"));
        let (keyed, errors) = parse(&keys, id);
        if !errors.is_empty() {
            return Err(wrong(format!("`{}` is not a dotted path", path.trim())));
        }
        input = keyed;
        set_leaf(&mut input, Input { span: Span { start: path.len() + 1, ..whole }, shape: Shape::Text(value.to_owned()) });
    }
    Ok(input)
}

// The one value of a `--set` stands below single-key tables.
fn set_leaf(input: &mut Input, value: Input) {
    match &mut input.shape {
        Shape::Table(table) => table.values_mut().take(1).for_each(|entry| set_leaf(&mut entry.input, value.clone())),
        _ => *input = value,
    }
}

fn table(table: &DeTable<'_>, id: usize, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Shape {
    let mut entries = Table::new();
    for (key, value) in table.iter() {
        let name = key.get_ref().to_string();
        let span = span_of(id, key.span());
        let input = convert(value.get_ref(), span_of(id, value.span()), &path.key(&name), diagnostics);
        entries.insert(name, Entry { key: span, input });
    }
    Shape::Table(entries)
}

fn convert(value: &DeValue<'_>, span: Span, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Input {
    let wrong = |code: &Code, message: &str| Diagnostic::new(code, path.clone(), message).at(span);
    let shape = match value {
        DeValue::String(text) => Shape::Text(text.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => Shape::Integer(integer),
            Err(_) => {
                diagnostics.push(wrong(&codes::NO_SUCH_NUMBER, "this number is too large").help("write a number that the key can have"));
                NOTHING
            }
        },
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(float) if float.is_finite() => Shape::Float(float),
            Ok(_) | Err(_) => {
                diagnostics.push(wrong(&codes::NO_SUCH_NUMBER, "this is no finite number").help("write a number that the key can have"));
                NOTHING
            }
        },
        DeValue::Boolean(boolean) => Shape::Boolean(*boolean),
        DeValue::Datetime(_) => {
            diagnostics.push(wrong(&codes::DATE, "no key takes a date").help("write it in quotes if text is meant"));
            NOTHING
        }
        DeValue::Array(items) => Shape::List(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| convert(item.get_ref(), span_of(span.source, item.span()), &path.index(at), diagnostics))
                .collect(),
        ),
        DeValue::Table(inner) => table(inner, span.source, path, diagnostics),
    };
    Input { span, shape }
}

// Stands for what is no value of any key.
const NOTHING: Shape = Shape::List(Vec::new());

fn span_of(source: usize, range: std::ops::Range<usize>) -> Span {
    Span { source, start: range.start, end: range.end }
}

impl Input {
    /// Lays another tree over this one: tables merge, everything else replaces. Every value keeps its own place.
    pub fn merge(&mut self, over: Input) {
        match (&mut self.shape, over.shape) {
            (Shape::Table(below), Shape::Table(above)) => {
                for (name, entry) in above {
                    match below.get_mut(&name) {
                        Some(found) => {
                            if !matches!((&found.input.shape, &entry.input.shape), (Shape::Table(_), Shape::Table(_))) {
                                found.key = entry.key;
                            }
                            found.input.merge(entry.input);
                        }
                        None => drop(below.insert(name, entry)),
                    }
                }
            }
            (_, shape) => *self = Input { span: over.span, shape },
        }
    }
    pub fn table(&self) -> Option<&Table> {
        if let Shape::Table(table) = &self.shape { Some(table) } else { None }
    }
    pub fn text(&self) -> Option<&str> {
        if let Shape::Text(text) = &self.shape { Some(text) } else { None }
    }
    pub fn get(&self, key: &str) -> Option<&Input> {
        Some(&self.table()?.get(key)?.input)
    }
    /// The value at a path below this one, if there is one.
    pub fn below(&self, parts: &[String]) -> Option<&Input> {
        let [first, rest @ ..] = parts else { return Some(self) };
        let next = match &self.shape {
            Shape::Table(table) => &table.get(first)?.input,
            Shape::List(items) => items.get(first.parse::<usize>().ok()?)?,
            Shape::Text(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => return None,
        };
        next.below(rest)
    }
    /// The same, to be changed.
    pub fn below_mut(&mut self, parts: &[String]) -> Option<&mut Input> {
        let [first, rest @ ..] = parts else { return Some(self) };
        let next = match &mut self.shape {
            Shape::Table(table) => &mut table.get_mut(first)?.input,
            Shape::List(items) => items.get_mut(first.parse::<usize>().ok()?)?,
            Shape::Text(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => return None,
        };
        next.below_mut(rest)
    }
    /// The place of the deepest part of a path that exists; for a whole table, of its key or header.
    pub fn locate(&self, path: &Path) -> Span {
        let (mut here, mut span) = (self, self.span);
        for part in path.parts() {
            match &here.shape {
                Shape::Table(table) => match table.get(part) {
                    Some(entry) => {
                        span = if matches!(entry.input.shape, Shape::Table(_)) { entry.key } else { entry.input.span };
                        here = &entry.input;
                    }
                    None => break,
                },
                Shape::List(items) => match part.parse::<usize>().ok().and_then(|at| items.get(at)) {
                    Some(item) => (here, span) = (item, item.span),
                    None => break,
                },
                Shape::Text(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => break,
            }
        }
        span
    }
    /// Calls `each` for every text in it.
    pub fn visit_texts(&self, path: &Path, each: &mut impl FnMut(&Path, Span, &str)) {
        match &self.shape {
            Shape::Text(text) => each(path, self.span, text),
            Shape::List(items) => items.iter().enumerate().for_each(|(at, item)| item.visit_texts(&path.index(at), each)),
            Shape::Table(table) => table.iter().for_each(|(key, entry)| entry.input.visit_texts(&path.key(key), each)),
            Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => {}
        }
    }
    pub fn to_json(&self) -> serde_json::Value {
        match &self.shape {
            Shape::Text(text) => text.as_str().into(),
            Shape::Integer(integer) => (*integer).into(),
            Shape::Float(float) => (*float).into(),
            Shape::Boolean(boolean) => (*boolean).into(),
            Shape::List(items) => items.iter().map(Input::to_json).collect(),
            Shape::Table(table) => {
                serde_json::Value::Object(table.iter().map(|(key, entry)| (key.clone(), entry.input.to_json())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Input {
        let (input, diagnostics) = parse(&Source::new("x", text), 0);
        assert_eq!(diagnostics, []);
        input
    }

    #[test]
    fn overlays_merge_tables_and_replace_the_rest_with_their_own_places() {
        let mut input = read("[a]\nx = 1\ny = [1, 2]\n[a.deep]\nz = true\n");
        let (over, _) = parse(&Source::new("y", "[a]\ny = [3]\n[a.deep]\nw = 1.5\n"), 1);
        input.merge(over);
        assert_eq!(input.to_json(), json!({ "a": { "x": 1, "y": [3], "deep": { "z": true, "w": 1.5 } } }));
        assert_eq!(input.locate(&Path::new(["a", "x"])).source, 0);
        assert_eq!(input.locate(&Path::new(["a", "y"])).source, 1);
        assert_eq!(input.locate(&Path::new(["a", "deep", "w"])).source, 1);
    }

    #[test]
    fn a_set_takes_toml_or_plain_text() {
        for (text, want) in [
            ("service.api.count=3", json!({ "service": { "api": { "count": 3 } } })),
            ("a.b=repo/x@sha256:12", json!({ "a": { "b": "repo/x@sha256:12" } })),
            ("a.b=\"q\"", json!({ "a": { "b": "q" } })),
            ("a=", json!({ "a": "" })),
            ("a = [1]", json!({ "a": [1] })),
            ("a.\"b.c\".d=x y # z", json!({ "a": { "b.c": { "d": "x y # z" } } })),
        ] {
            assert_eq!(parse_set(&Source::new("--set argument 1", text), 1).unwrap().to_json(), want, "{text}");
        }
        for bad in ["a", "=1", "a b=1", "a\nb=1", "[a]\nb=1", ""] {
            assert_eq!(parse_set(&Source::new("--set argument 1", bad), 1).unwrap_err().code, "FILE006", "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_a_stack_file_is_refused_with_its_place() {
        assert_eq!(decode("x", vec![b'a'; MAX_BYTES + 1]).unwrap_err().code, "FILE001");
        let error = decode("x", b"a = 1\nb = \"\xff\"".to_vec()).unwrap_err();
        assert_eq!((error.code, error.message.as_str()), ("FILE002", "`x` is not UTF-8: line 2, byte 6 is 0xff"));
        let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
        let dotted = format!("{} = 1", vec!["a"; 100_000].join("."));
        for text in [deep.as_str(), dotted.as_str(), "a = 2020-01-01", "a = 99999999999999999999", "a = inf", "a = 1\na = 2", "[a", "\0"] {
            let (_, diagnostics) = parse(&Source::new("x", text), 0);
            assert!(!diagnostics.is_empty() && diagnostics.len() < 9, "{} {}", &text[..text.len().min(20)], diagnostics.len());
        }
    }
}
