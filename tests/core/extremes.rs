//! No number of a file is too large: whatever fits its type is judged, expanded and priced without a panic, a wrap or a cut.

use crate::schema_laws::full;
use serde_json::{Value, json};
use trueup::core::address::Address;
use trueup::core::expand::{expand, judge};
use trueup::core::graph::{Graph, Node};
use trueup::core::source::Source;
use trueup::core::usage::Usage;
use trueup::kinds::{self, KINDS};
use trueup::modules::{self, MODULES};
use trueup::pricing::Estate;
use trueup::pricing::catalog::Catalog;
use trueup::pricing::cost::price;
use trueup::rules::RULES;

/// Every place for a whole number in a schema, as a pointer, with the least and the greatest that its type holds.
fn numbers(root: &Value, schema: &Value, at: &str, depth: usize, found: &mut Vec<(String, [i64; 2])>) {
    let schema = match schema["$ref"].as_str().and_then(|reference| root.pointer(reference.trim_start_matches('#'))) {
        Some(target) => target,
        None => schema,
    };
    if depth > 8 {
        return;
    }
    let is = |name: &str| schema["type"] == name || schema["type"].as_array().is_some_and(|types| types.iter().any(|one| one == name));
    if is("integer") {
        found.push((
            at.to_owned(),
            match schema["format"].as_str() {
                Some("uint8") => [0, u8::MAX.into()],
                Some("uint16") => [0, u16::MAX.into()],
                Some("uint32") => [0, u32::MAX.into()],
                Some("int32") => [i32::MIN.into(), i32::MAX.into()],
                _ => [i64::MIN, i64::MAX],
            },
        ));
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        numbers(root, property, &format!("{at}/{name}"), depth + 1, found);
    }
    for branch in ["anyOf", "oneOf", "allOf"].into_iter().flat_map(|key| schema[key].as_array().into_iter().flatten()) {
        numbers(root, branch, at, depth + 1, found);
    }
    if schema["items"].is_object() {
        numbers(root, &schema["items"], &format!("{at}/0"), depth + 1, found);
    }
}

/// Puts a value at a place that is there but for its last step.
fn put(value: &mut Value, at: &str, new: i64) -> bool {
    let Some((parent, key)) = at.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.insert(key.to_owned(), new.into());
            true
        }
        Some(Value::Array(list)) if !list.is_empty() => {
            list[0] = new.into();
            true
        }
        _ => false,
    }
}

/// A value with each number at each end of its type, and with all of them at the upper end.
fn extremes(schema: &Value, base: &Value) -> Vec<Value> {
    let mut places = Vec::new();
    numbers(schema, schema, "", 0, &mut places);
    let mut all = Vec::new();
    let mut highest = base.clone();
    for (at, [least, most]) in &places {
        for number in [*least, 0, 1, i64::from(i32::MAX), *most] {
            let mut value = base.clone();
            if put(&mut value, at, number) {
                all.push(value);
            }
        }
        put(&mut highest, at, i64::from(i32::MAX).min(*most));
    }
    // Sums, too, of what stands in lists.
    let mut longer = highest.clone();
    repeat(&mut longer);
    all.extend([highest, longer]);
    all
}

fn repeat(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.iter_mut().for_each(repeat);
            *list = std::iter::repeat_n(list.clone(), 5).flatten().collect();
        }
        Value::Object(fields) => fields.values_mut().for_each(repeat),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn judged(text: &str) -> bool {
    let source = Source::new("stack.toml", text);
    let Ok(stack) = modules::parse(source, None, &[]) else { return false };
    let Ok(graph) = expand(&stack) else { return false };
    judge(&stack, &graph, RULES);
    price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &stack.usage, Catalog::embedded(), "2026-01-01");
    true
}

#[test]
fn any_number_in_a_module_is_judged() {
    let mut sound = 0;
    for row in MODULES {
        for value in extremes(&(row.schema)(), &full(row.section)) {
            let mut file = json!({ "stack": { "name": "shop", "region": "us-east-1" }, "network": { "data_subnets": true } });
            file[row.section] = if row.named { json!({ "x": value }) } else { value };
            sound += usize::from(judged(&toml::to_string(&file).unwrap()));
        }
    }
    assert!(sound > 20, "only {sound} were sound");
}

#[test]
fn any_number_in_a_spec_is_judged() {
    for entry in KINDS {
        for spec in extremes(&(entry.row.schema)().to_value(), &(entry.row.example)()) {
            let address = Address::parse("resource.x").unwrap();
            let Ok(node) = Node::new(address, &entry.row, &spec, "resource.x") else { continue };
            node.problems();
            (entry.row.minutes)(&node.spec);
            let mut graph = Graph::default();
            graph.add(node).unwrap();
            price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &Usage::default(), Catalog::embedded(), "2026-01-01");
        }
    }
}
