//! Finds the place in the file that a problem with a node belongs to, and what is to be written there to mend it.

use super::code::Level;
use super::diagnostic::Diagnostic;
use super::fix::{Edit, Fix};
use super::graph::{Finding, Graph, Node};
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
    let Some((other, field)) = finding.or.take().map(|or| *or) else { return Some((node, finding)) };
    let other = graph.get(&other).filter(|other| !is_said(stack, node, &finding.problem.field) && is_said(stack, other, &field));
    let Some(other) = other else { return Some((node, finding)) };
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
        (origin.field(&field), message)
    } else if let Some(over) = override_of(stack, node).filter(|over| over.fields.contains_key(first(&field))) {
        (over.path.field(&field), message)
    } else {
        let part = part_of(stack, node).or_else(|| stack.parts.iter().find(|part| part.path == origin));
        let keys = part.map(|part| part.row.keys).unwrap_or_default();
        match keys.iter().find_map(|(own, key)| Some((*key, below(&field, own)?))) {
            Some((key, rest)) => {
                // Deeper fields have AWS's names, which are ours where the file has them.
                let deeper = Path::default().field(&format!("{key}{rest}"));
                let there = part.and_then(|part| part.input.as_ref()?.below(deeper.parts())).is_some();
                (origin.field(&if there { format!("{key}{rest}") } else { key.to_owned() }), message)
            }
            // A key of the module with the field's own name says it, but for names: a module's is not that of its nodes.
            None if part.is_some_and(|part| said_by(part, first(&field))) => (key_of(&origin, part, &field), message),
            // The whole of what a module makes is said at its table, or at the override that bends it.
            None if field.is_empty() => (override_of(stack, node).map_or(origin, |over| over.path.clone()), message),
            None => {
                let over = format!("`[override.\"{}\"]` sets what no key of the module does", node.address);
                help = help.or(Some(over));
                let so = if level == Level::Error { " cannot be made so" } else { "" };
                let message = format!("{} `{}`{so}: {field}: {message}", node.kind.name, node.address);
                (override_of(stack, node).map_or(origin, |over| over.path.clone()), message)
            }
        }
    };
    let fix = fix.and_then(|fix| edit(stack, node, &fix)).map(Box::new);
    Diagnostic { code, level, message, path, span: None, label: String::new(), also: Vec::new(), help, fix, guess: None, begins: None }
}

// True when the file itself has the field of the node: in its own table, in an override, or by a key of its module.
fn is_said(stack: &Stack, node: &Node, field: &str) -> bool {
    if node.address.module() == "resource" {
        let mut declared = stack.resources.iter().filter(|one| one.address == node.address.as_str());
        return declared.any(|one| one.input.as_ref().is_some_and(|input| input.below(&parts(field)).is_some()));
    }
    let key = |part: &Part| {
        let key = part.row.keys.iter().find_map(|(own, key)| below(field, own).map(|_| (*key).to_owned()));
        part.input.as_ref().is_some_and(|input| input.below(&parts(&key.unwrap_or_else(|| first(field).to_owned()))).is_some())
    };
    let bent = override_of(stack, node).is_some_and(|over| over.fields.contains_key(first(field)));
    bent || first(field) != "name" && part_of(stack, node).is_some_and(key)
}

fn parts(field: &str) -> Vec<String> {
    field.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
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
fn key_of(origin: &Path, part: Option<&Part>, field: &str) -> Path {
    let whole = Path::default().field(field);
    let there = part.and_then(|part| part.input.as_ref()?.below(whole.parts())).is_some();
    if there { origin.field(field) } else { origin.key(first(field)) }
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
    let wanted = wanted(node, fix)?;
    let value = |value: &Value| (!value.is_null()).then(|| value.clone());
    let alone = node.origin == node.address.as_str();
    if let Some(over) = override_of(stack, node).filter(|over| over.fields.contains_key(first(field))) {
        return Some(Edit { path: over.path.field(field), value: Some(value(&wanted)?), at: None });
    }
    if alone && let Fix::Remove { .. } = fix {
        return Some(Edit { path: Path::new(node.origin.split('.')).field(field), value: None, at: None });
    }
    if alone {
        return Some(Edit { path: Path::new(node.origin.split('.')).field(field), value: value(&wanted), at: None });
    }
    let part = part_of(stack, node).filter(|part| part.label() == node.origin);
    if let Some(edit) = part.and_then(|part| through_key(stack, part, node, fix, &wanted)) {
        return Some(edit);
    }
    Some(Edit { path: Path::new(["override", node.address.as_str()]).field(field), value: Some(value(&wanted)?), at: None })
}

/// The value that the field has once it is mended, in its normal form; none if the kind does not take it.
fn wanted(node: &Node, fix: &Fix) -> Option<Value> {
    let mut spec = node.spec.clone();
    let parts = fix.field().split('.').collect::<Vec<_>>();
    let value = match fix {
        Fix::Set { value, .. } => Some(value.clone()),
        Fix::Remove { .. } => None,
    };
    put(&mut spec, &parts, value)?;
    let spec = (node.kind.normalise)(&spec).ok()?;
    parts.iter().try_fold(&spec, |here, part| here.get(*part)).cloned()
}

/// The key of the module that decides over the field, if writing the value there makes the field what is wanted: that is tried.
fn through_key(stack: &Stack, part: &Part, node: &Node, fix: &Fix, wanted: &Value) -> Option<Edit> {
    let (key, rest) = part.row.keys.iter().find_map(|(own, key)| Some((*key, below(fix.field(), own)?)))?;
    let key = format!("{key}{rest}");
    let new = match fix {
        Fix::Set { value, .. } => Some(value.clone()),
        Fix::Remove { .. } => None,
    };
    let mut edited = Part::new(part.row, part.name.clone(), part.value.clone(), part.path.clone());
    put(&mut edited.value, &key.split('.').collect::<Vec<_>>(), new.clone())?;
    (part.row.read)(&edited.value).ok()?;
    let site = stack.site(&edited);
    if (part.row.check)(&edited.value, &site).iter().any(Diagnostic::is_error) {
        return None;
    }
    let mut nodes = Nodes { site, made: Vec::new() };
    (part.row.expand)(&edited.value, &mut nodes);
    let draft = nodes.made.into_iter().find(|draft| draft.address == node.address.as_str())?;
    let spec = (draft.kind.normalise)(&lower(stack, &tagged(stack, &draft.address, draft.kind, draft.spec))).ok()?;
    let mended = fix.field().split('.').try_fold(&spec, |here, part| here.get(part))?;
    (mended == wanted).then(|| Edit { path: part.path.field(&key), value: new, at: None })
}

/// Puts a value at a place in tables, or takes out what is there; none where something else than a table is on the way.
fn put(spec: &mut Value, parts: &[&str], value: Option<Value>) -> Option<()> {
    let [first, rest @ ..] = parts else { return None };
    let table = spec.as_object_mut()?;
    match (rest, value) {
        ([], Some(value)) => drop(table.insert((*first).to_owned(), value)),
        ([], None) => drop(table.remove(*first)),
        (_, value) => put(table.entry(*first).or_insert_with(|| Value::Object(Default::default())), rest, value)?,
    }
    Some(())
}
