//! Brings what a module writes into what a node wants: outputs of modules (`${database.main.host}`) in terms of the nodes behind
//! them, and the stack's own tags.

use super::kind::Row;
use super::module::Part;
use super::reference::{self, Piece};
use super::stack::Stack;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Returns a value in which outputs of nodes stand for those of modules.
pub(super) fn lower(stack: &Stack, value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("${") => lower_text(stack, text).map_or_else(|| value.clone(), Value::String),
        Value::Array(items) => items.iter().map(|item| lower(stack, item)).collect(),
        Value::Object(map) => Value::Object(map.iter().map(|(key, item)| (key.clone(), lower(stack, item))).collect()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn lower_text(stack: &Stack, text: &str) -> Option<String> {
    let pieces = reference::pieces(text);
    let answer = |piece: &Piece<'_>| match piece {
        Piece::Reference(link) => output(stack, link.address.as_str(), &link.output),
        Piece::Text(_) => None,
    };
    let answers = pieces.iter().map(answer).collect::<Vec<_>>();
    answers.iter().any(Option::is_some).then(|| {
        let text = |(piece, answer): (&Piece<'_>, Option<String>)| match piece {
            Piece::Text(text) => text.replace("${", "$${"),
            Piece::Reference(link) => answer.unwrap_or_else(|| link.address.output(&link.output)),
        };
        pieces.iter().zip(answers).map(text).collect()
    })
}

/// Returns what an output of a module stands for, if there is such a module and output.
pub fn output(stack: &Stack, label: &str, output: &str) -> Option<String> {
    answers(stack, stack.parts.named(label).filter(|part| part.row.named)?).get(output).cloned()
}

/// Returns what each output of a module stands for that it has.
pub(super) fn answers<'a>(stack: &Stack, part: &'a Part) -> &'a BTreeMap<&'static str, String> {
    let answer = |output: &'static str| Some((output, (part.row.output)(&part.value, &stack.site(part), output)?));
    part.answers.get_or_init(|| part.row.outputs.iter().filter_map(|(output, _)| answer(output)).collect())
}

/// Adds the stack's own tags below those that the spec brings; EC2's things have no name but a tag.
pub(super) fn tagged(stack: &Stack, address: &str, row: &Row, mut spec: Value) -> Value {
    if row.field("tags").is_none() {
        return spec;
    }
    let own = spec.get("tags").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut tags = stack.settings.tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect::<Map<_, _>>();
    if row.name.starts_with("ec2.") {
        tags.insert("Name".into(), format!("{}-{}-{}", stack.settings.name, stack.env, address.replace('.', "-")).into());
    }
    tags.extend(own);
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("tags".into(), tags.into());
    }
    spec
}
