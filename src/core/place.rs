//! Finds the place in the file that a problem with a node belongs to, and what is to be written there to mend it.

use super::code::Level;
use super::diagnostic::Diagnostic;
use super::dotted;
use super::fix::{Edit, Fix};
use super::graph::{Finding, Graph, Node};
use super::input::{Input, Shape};
use super::lower::{lower, tagged};
use super::module::{Nodes, Part};
use super::problem::Problem;
use super::source::Path;
use super::stack::{Override, Stack};
use serde_json::Value;

/// Returns a finding with the node that it is shown at: its own, or the other one where the file says that one's field alone. None,
/// if the node is not there.
pub(super) fn at_fault<'g>(stack: &Stack, graph: &'g Graph, mut finding: Finding) -> Option<(&'g Node, Finding)> {
    let node = graph.get(&finding.address)?;
    finding.problem.field = node.numbered(&finding.problem.field);
    let Some((other, field)) = finding.or.take().map(|or| *or) else { return Some((node, finding)) };
    let other = graph.get(&other).filter(|other| !is_said(stack, node, &finding.problem.field) && is_said(stack, other, &field));
    let Some(other) = other else { return Some((node, finding)) };
    let field = other.numbered(&field);
    // A fix is of the first one's field.
    let problem = Problem { field, or: None, fix: None, ..finding.problem };
    Some((other, Finding::new(other.address.clone(), problem)))
}

/// Returns a problem as it is shown: at the override or the key that set the field, or else at whatever made the node.
pub(super) fn place(stack: &Stack, node: &Node, level: Level, problem: Problem) -> Diagnostic {
    let Problem { code, field, or, message, mut help, fix } = problem;
    let field = match or {
        Some(other) if !is_said(stack, node, &field) && is_said(stack, node, other) => other.to_owned(),
        _ => field,
    };
    let origin = Path::new(node.origin.split('.'));
    let (path, message) = if node.address.module() == "resource" {
        (origin.with(&keys_of(stack.input.as_ref().and_then(|input| input.below(origin.parts())), &field)), message)
    } else if let Some(over) = override_of(stack, node).filter(|over| over.fields.contains_key(first(&field))) {
        (over.path.with(&keys_of(over.input.as_ref(), &field)), message)
    } else {
        let part = part_of(stack, node).or_else(|| stack.parts.iter().find(|part| part.path == origin));
        let input = part.and_then(|part| part.input.as_ref());
        let keys = part.map(|part| part.row.keys).unwrap_or_default();
        let by_value = || part.and_then(|part| by_value(part, node, &field));
        match keys.iter().find_map(|(own, key)| Some((*key, below(&field, own)?))) {
            Some((key, rest)) => {
                // Deeper fields have AWS's names, which are ours where the file has them.
                let deeper = keys_of(input, &format!("{key}{rest}"));
                let there = input.is_some_and(|input| input.below(&deeper).is_some());
                (if there { origin.with(&deeper) } else { origin.field(key) }, message)
            }
            // A key of the module with the field's own name says it, but for names: a module's is not that of its nodes.
            None if part.is_some_and(|part| said_by(part, first(&field))) => (key_of(&origin, input, &field), message),
            // The whole of what a module makes is said at its table, or at the override that bends it.
            None if field.is_empty() => (override_of(stack, node).map_or(origin, |over| over.path.clone()), message),
            None => match by_value() {
                Some(keys) => (origin.with(&keys), message),
                None => {
                    let over = format!("`[override.\"{}\"]` sets what no key of the module does", node.address);
                    help = help.or(Some(over));
                    let so = if level == Level::Error { " cannot be made so" } else { "" };
                    let message = format!("{} `{}`{so}: {field}: {message}", node.kind.name, node.address);
                    (override_of(stack, node).map_or(origin, |over| over.path.clone()), message)
                }
            },
        }
    };
    let fix = fix.and_then(|fix| edit(stack, node, &fix)).map(Box::new);
    let (label, also) = (String::new(), Vec::new());
    Diagnostic { code, level, message, path, span: None, label, also, help, fix, guess: None, begins: None, envs: Vec::new() }
}

// True when the file itself has the field of the node: in its own table, in an override, or by a key of its module.
fn is_said(stack: &Stack, node: &Node, field: &str) -> bool {
    if node.address.module() == "resource" {
        let mut declared = stack.resources.iter().filter(|one| one.address == node.address.as_str());
        return declared.any(|one| is_there(one.input.as_ref(), field));
    }
    let key = |part: &Part| {
        let key = part.row.keys.iter().find_map(|(own, key)| below(field, own).map(|_| *key));
        is_there(part.input.as_ref(), key.unwrap_or(first(field)))
    };
    let bent = override_of(stack, node).is_some_and(|over| over.fields.contains_key(first(field)));
    bent || first(field) != "name" && part_of(stack, node).is_some_and(key)
}

/// The keys of a dotted field in a table of the file.
fn keys_of(input: Option<&Input>, field: &str) -> Vec<String> {
    dotted::keys(field, |keys| input.is_some_and(|input| input.below(keys).is_some()))
}

fn is_there(input: Option<&Input>, field: &str) -> bool {
    input.is_some_and(|input| input.below(&keys_of(Some(input), field)).is_some())
}

/// Returns the keys of the only place in a module's table that has the value of a field which no key is known to decide over: an item
/// of `allow` that has become a rule, or a threshold that has become an alarm's.
fn by_value(part: &Part, node: &Node, field: &str) -> Option<Vec<String>> {
    let bad = dotted::at(node.written(), &dotted::keys_in(node.written(), field))?;
    let told = match bad {
        Value::Object(members) => members.values().collect(),
        other => vec![other],
    };
    let input = part.input.as_ref()?;
    told.into_iter().filter(|value| is_telling(value)).find_map(|value| {
        let mut search = Search { value, way: Vec::new(), found: Vec::new(), left: MOST };
        search.within(input);
        let Search { found, left, .. } = search;
        (left > 0 && found.len() == 1).then(|| found.concat())
    })
}

/// A table with more values than this is not searched for one.
const MOST: usize = 1000;

/// A step into a table or a list.
enum Step<'i> {
    Key(&'i str),
    Item(usize),
}

/// The search for a value in a table of the file: all places that have it.
struct Search<'v, 'i> {
    value: &'v Value,
    way: Vec<Step<'i>>,
    found: Vec<Vec<String>>,
    /// The values that may still be looked at.
    left: usize,
}

impl<'i> Search<'_, 'i> {
    fn within(&mut self, input: &'i Input) {
        match &input.shape {
            Shape::Table(table) => table.iter().for_each(|(key, entry)| self.below(Step::Key(key), &entry.input)),
            Shape::List(items) => items.iter().enumerate().for_each(|(at, item)| self.below(Step::Item(at), item)),
            leaf if is_same(leaf, self.value) => {
                let keys = self.way.iter().map(|step| match step {
                    Step::Key(key) => (*key).to_owned(),
                    Step::Item(at) => at.to_string(),
                });
                self.found.push(keys.collect());
            }
            _ => {}
        }
    }
    fn below(&mut self, step: Step<'i>, input: &'i Input) {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            self.way.push(step);
            self.within(input);
            self.way.pop();
        }
    }
}

/// True for a value that hardly stands in two places by chance.
fn is_telling(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() > 4 && !text.contains("${"),
        Value::Number(number) => number.as_f64().is_some_and(|number| number >= 100.0 || number.fract() != 0.0),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_same(leaf: &Shape, value: &Value) -> bool {
    match leaf {
        Shape::Text(text) => value.as_str() == Some(text),
        Shape::Integer(number) => value.as_f64() == Some(*number as f64),
        Shape::Float(number) => value.as_f64() == Some(*number),
        Shape::Boolean(_) | Shape::List(_) | Shape::Table(_) => false,
    }
}

// The module whose name the node's address begins with, if the node comes from it.
fn part_of<'a>(stack: &'a Stack, node: &Node) -> Option<&'a Part> {
    let address = node.address.as_str();
    let label = address.match_indices('.').nth(1).map_or(address, |(at, _)| &address[..at]);
    let part = stack.parts.named(label).or_else(|| stack.parts.named(node.address.module()))?;
    (part.path.to_string() == node.origin).then_some(part)
}

// True when the module has a key of that name that is in the file. What it left out is not what is wrong.
fn said_by(part: &Part, field: &str) -> bool {
    field != "name" && part.value.get(field).is_some_and(|value| !value.is_null())
}

// The place of a field that the module has a key for: as deep as the file has it.
fn key_of(origin: &Path, input: Option<&Input>, field: &str) -> Path {
    if is_there(input, field) { origin.with(&keys_of(input, field)) } else { origin.key(first(field)) }
}

fn override_of<'a>(stack: &'a Stack, node: &Node) -> Option<&'a Override> {
    stack.overrides.named(node.address.as_str())
}

fn first(field: &str) -> &str {
    field.split('.').next().unwrap_or_default()
}

/// Returns the part of a dotted field behind `own`, if the field is `own` or lies in it; `own=` is itself and nothing in it.
fn below<'f>(field: &'f str, own: &str) -> Option<&'f str> {
    if let Some(own) = own.strip_suffix('=') {
        return (field == own).then_some("");
    }
    field.strip_prefix(own).filter(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Returns the edit of the file by which a field of a node becomes what a fix says; none where that is not certain.
///
/// A table of the file that stands for several nodes is not edited for the sake of one of them: an override is.
fn edit(stack: &Stack, node: &Node, fix: &Fix) -> Option<Edit> {
    let field = fix.field();
    let keys = dotted::keys_in(&node.spec, field);
    let wanted = wanted(node, fix)?;
    let value = |value: &Value| (!value.is_null()).then(|| value.clone());
    let alone = node.origin == node.address.as_str();
    if let Some(over) = override_of(stack, node).filter(|over| over.fields.contains_key(first(field))) {
        return Some(Edit { path: over.path.with(&keys), value: Some(value(&wanted)?), at: None });
    }
    if alone && let Fix::Remove { .. } = fix {
        return Some(Edit { path: Path::new(node.origin.split('.')).with(&keys), value: None, at: None });
    }
    if alone {
        return Some(Edit { path: Path::new(node.origin.split('.')).with(&keys), value: value(&wanted), at: None });
    }
    let part = part_of(stack, node).filter(|part| part.label() == node.origin);
    if let Some(edit) = part.and_then(|part| through_key(stack, part, node, fix, &wanted)) {
        return Some(edit);
    }
    Some(Edit { path: Path::new(["override", node.address.as_str()]).with(&keys), value: Some(value(&wanted)?), at: None })
}

/// The value that the field has once it is mended, in its normal form; none if the kind does not take it.
fn wanted(node: &Node, fix: &Fix) -> Option<Value> {
    let mut spec = node.spec.clone();
    let keys = dotted::keys_in(&spec, fix.field());
    put(&mut spec, &keys, fix.value())?;
    let spec = (node.kind.normalise)(&spec).ok()?;
    dotted::at(&spec, &keys).cloned()
}

/// The key of the module that decides over the field, if writing the value there makes the field what is wanted: that is tried.
fn through_key(stack: &Stack, part: &Part, node: &Node, fix: &Fix, wanted: &Value) -> Option<Edit> {
    let field = fix.field();
    let known = part.row.keys.iter().find_map(|(own, key)| Some(format!("{key}{}", below(field, own)?)));
    let named = known.or_else(|| said_by(part, first(field)).then(|| field.to_owned()));
    let keys = match named {
        Some(key) => dotted::keys_in(&part.value, &key),
        None => by_value(part, node, field)?,
    };
    let new = fix.value();
    let mut edited = Part::new(part.row, part.name.clone(), part.value.clone(), part.path.clone());
    put(&mut edited.value, &keys, new.clone())?;
    (part.row.read)(&edited.value).ok()?;
    let site = stack.site(&edited);
    if (part.row.check)(&edited.value, &site).iter().any(Diagnostic::is_error) {
        return None;
    }
    let mut nodes = Nodes { site, made: Vec::new() };
    (part.row.expand)(&edited.value, &mut nodes);
    let draft = nodes.made.into_iter().find(|draft| draft.address == node.address.as_str())?;
    let spec = (draft.kind.normalise)(&lower(stack, &tagged(stack, &draft.address, draft.kind, draft.spec))).ok()?;
    let mended = dotted::at(&spec, &dotted::keys_in(&spec, field))?;
    (mended == wanted).then(|| Edit { path: part.path.with(&keys), value: new, at: None })
}

/// Puts a value at a place in tables, or takes out what is there; none where something else than a table is on the way.
fn put(spec: &mut Value, keys: &[String], value: Option<Value>) -> Option<()> {
    let [first, rest @ ..] = keys else { return None };
    let table = spec.as_object_mut()?;
    match (rest, value) {
        ([], Some(value)) => drop(table.insert(first.clone(), value)),
        ([], None) => drop(table.remove(first)),
        (_, value) => put(table.entry(first).or_insert_with(|| Value::Object(Default::default())), rest, value)?,
    }
    Some(())
}
