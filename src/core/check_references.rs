//! References as people write them: each names an output that exists, or the message lists what does.

use super::address::Address;
use super::code::Code;
use super::codes;
use super::diagnostic::Diagnostic;
use super::graph::Graph;
use super::input::{Input, Shape};
use super::lower;
use super::module::Absent;
use super::source::{Path, Span};
use super::stack::Stack;
use super::suggest::{self, nearest, some_of};
use serde_json::Value;
use std::cell::OnceCell;

/// Everything that may be named.
pub(super) struct Names<'a> {
    pub stack: &'a Stack,
    pub graph: &'a Graph,
    /// The names that may have been meant, modules first, once they were asked for.
    pub labels: OnceCell<Vec<String>>,
}

/// Checks every `${…}` below a table, at its exact place if the table has a text.
pub(super) fn check_text(names: &Names<'_>, path: &Path, input: Option<&Input>, value: &Value, wrong: &mut Vec<Diagnostic>) {
    let built;
    let tree = match input {
        Some(input) => input,
        None => {
            built = from_json(value);
            &built
        }
    };
    tree.visit_texts(path, &mut |path, span, text| {
        let mut narrow = names.narrow(span);
        for inside in inner(text) {
            if let Err(Wrong { code, message, help, meant }) = inside.map_err(unclosed).and_then(|inside| names.resolve(inside)) {
                let inside = inside.unwrap_or_else(|open| open);
                let one = Diagnostic::new(code, path.clone(), message).help(help);
                let one = meant.iter().fold(one, |one, meant| one.guess(inside, meant));
                wrong.push(if input.is_some() { one.at(narrow(inside)) } else { one });
            }
        }
    });
}

/// The fault of a reference.
struct Wrong {
    code: &'static Code,
    message: String,
    help: String,
    /// The text that was most likely meant to stand between `${` and `}`.
    meant: Option<String>,
}

fn wrong(code: &'static Code, message: String, help: String) -> Wrong {
    Wrong { code, message, help, meant: None }
}

impl Names<'_> {
    fn resolve(&self, inside: &str) -> Result<(), Wrong> {
        let Some((label, output)) = inside.rsplit_once('.') else {
            let help = "a reference is ${module.name.output}; write $${ for a literal ${".to_owned();
            return Err(wrong(&codes::NO_REFERENCE, format!("`${{{inside}}}` is no reference"), help));
        };
        if matches!(label.split('.').next(), Some("each" | "count")) {
            let help = "`each` and `count` are known inside a table that has `for_each` or `count`".to_owned();
            return Err(wrong(&codes::OUTSIDE_OF_FOR_EACH, format!("`${{{inside}}}` stands outside of any `for_each`"), help));
        }
        if self.absent(label)? {
            return Ok(());
        }
        let Ok(address) = Address::parse(label) else {
            let meant = nearest(label, self.labels().iter().map(String::as_str)).map(|near| format!("{near}.{output}"));
            let help = match &meant {
                Some(meant) => format!("did you mean `${{{meant}}}`?"),
                None => "a reference is ${module.name.output}; write $${ for a literal ${".to_owned(),
            };
            return Err(Wrong { meant, ..wrong(&codes::NO_REFERENCE, format!("`${{{inside}}}` is no reference"), help) });
        };
        if let Some(part) = self.stack.parts.named(label).filter(|part| part.row.named) {
            let known = lower::answers(self.stack, part);
            // In the order in which the module lists them.
            let list = || part.row.outputs.iter().map(|(name, _)| *name).filter(|name| known.contains_key(name)).collect::<Vec<_>>();
            return if known.contains_key(output) { Ok(()) } else { Err(no_output(label, output, &list())) };
        }
        if let Some(node) = self.graph.get(&address) {
            let known = node.kind.about.outputs;
            return if known.contains(&output) { Ok(()) } else { Err(no_output(label, output, known)) };
        }
        let labels = self.labels();
        let message = format!("`{label}` is not in this stack");
        if let Some(near) = nearest(label, labels.iter().map(String::as_str)) {
            let meant = format!("{near}.{output}");
            let help = format!("did you mean `${{{meant}}}`?");
            return Err(Wrong { meant: Some(meant), ..wrong(&codes::REFERS_TO_NOTHING, message, help) });
        }
        let section = address.module();
        let of_section = |other: &&String| other.split('.').next() == Some(section);
        let modules = self.stack.labels().take(suggest::MOST).collect::<Vec<_>>();
        let same = modules.iter().filter(of_section).cloned().collect::<Vec<_>>();
        let same = if same.is_empty() { labels.iter().filter(of_section).cloned().collect::<Vec<_>>() } else { same };
        // A resource of a module comes with the module.
        let table = label.match_indices('.').nth(1).map_or(label, |(at, _)| &label[..at]);
        let may_be_added = self.stack.modules.iter().any(|row| row.section == section);
        let help = match same.is_empty() {
            false => format!("there is {}", some_of(&same)),
            true if modules.is_empty() => format!("add `[{table}]`"),
            true if may_be_added => format!("add `[{table}]`, or refer to {}", some_of(&modules)),
            true => format!("there is {}", some_of(&modules)),
        };
        Err(wrong(&codes::REFERS_TO_NOTHING, message, help))
    }

    // True when it is there but not usable and that was reported already; an error if it is switched off.
    fn absent(&self, label: &str) -> Result<bool, Wrong> {
        let modules = label.match_indices('.').map(|(at, _)| &label[..at]).chain([label]);
        for module in modules {
            match self.stack.absent.get(module) {
                Some(Absent::Broken) => return Ok(true),
                Some(Absent::Off) => {
                    let help = "switch it on, or do not refer to it".to_owned();
                    return Err(wrong(&codes::REFERS_TO_WHAT_IS_OFF, format!("`{module}` is off (`enabled = false`)"), help));
                }
                None => {}
            }
        }
        Ok(false)
    }

    fn labels(&self) -> &[String] {
        self.labels.get_or_init(|| self.all_labels())
    }

    fn all_labels(&self) -> Vec<String> {
        let broken = self.stack.absent.iter().filter(|(_, absent)| **absent == Absent::Broken).map(|(label, _)| label.clone());
        let nodes = self.graph.nodes().map(|node| node.address.to_string());
        self.stack.labels().chain(broken).chain(nodes).take(suggest::MOST).collect()
    }

    // Answers the place of one reference after the other, if the text of the value holds it as it is; else that of the value.
    fn narrow(&self, span: Span) -> impl FnMut(&str) -> Span {
        let mut rest = self.stack.sources.get(span.source).and_then(|source| source.text.get(span.start..span.end)).unwrap_or_default();
        move |inside| {
            let whole = format!("${{{inside}}}");
            let Some(at) = rest.find(&whole) else { return span };
            let start = span.end - rest.len() + at;
            rest = &rest[at + whole.len()..];
            Span { start, end: start + whole.len(), ..span }
        }
    }
}

fn unclosed(open: &str) -> Wrong {
    let shown = open.chars().take(40).collect::<String>();
    wrong(&codes::NO_REFERENCE, format!("`${{{shown}` is not closed"), "close it with `}`, or write $${ for a literal ${".to_owned())
}

fn no_output(label: &str, output: &str, known: &[&str]) -> Wrong {
    let near = nearest(output, known.iter().copied());
    let help = match near {
        Some(near) => format!("did you mean `{near}`? It has {}", known.join(", ")),
        None if known.is_empty() => "it has none".to_owned(),
        None => format!("it has {}", known.join(", ")),
    };
    let meant = near.map(|near| format!("{label}.{near}"));
    Wrong { meant, ..wrong(&codes::NO_OUTPUT, format!("`{label}` has no output `{output}`"), help) }
}

// Returns what stands between `${` and `}` and looks like a name, or what follows a `${` that nothing closes. IAM's
// `${aws:username}` and escapes are neither.
fn inner(text: &str) -> Vec<Result<&str, &str>> {
    let mut found = Vec::new();
    let (mut from, mut close) = (0, 0);
    while let Some(offset) = text[from..].find("${") {
        let start = from + offset;
        from = start + 2;
        if start > 0 && text.as_bytes()[start - 1] == b'$' {
            continue;
        }
        if close < from {
            // Nothing closes what follows either, so it is said once.
            let Some(length) = text[from..].find('}') else {
                found.push(Err(&text[from..]));
                break;
            };
            close = from + length;
        }
        let inside = &text[from..close];
        if inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte)) {
            found.push(Ok(inside));
        }
    }
    found
}

fn from_json(value: &Value) -> Input {
    let shape = match value {
        Value::String(text) => Shape::Text(text.clone()),
        Value::Array(items) => Shape::List(items.iter().map(from_json).collect()),
        Value::Object(map) => Shape::Table(
            map.iter().map(|(key, item)| (key.clone(), super::input::Entry { key: Span::default(), input: from_json(item) })).collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => Shape::Boolean(false),
    };
    Input { span: Span::default(), shape }
}
