//! The parts of a JSON Schema that say which values fit.

use serde_json::{Map, Value};

/// Follows references of a schema to what they stand for.
pub fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..32 {
        match schema.get("$ref").and_then(Value::as_str).and_then(|target| root.pointer(target.strip_prefix('#')?)) {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

/// Returns the values of a closed choice: an `enum`, a `const`, or several of them one by one, each with its own description.
pub fn choices<'a>(root: &'a Value, schema: &'a Map<String, Value>) -> Option<Vec<&'a str>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values.iter().filter(|value| !value.is_null()).map(Value::as_str).collect();
    }
    if let Some(value) = schema.get("const") {
        return Some(vec![value.as_str()?]);
    }
    let branches = branches(schema)?.iter().map(|branch| resolve(root, branch)).filter(|branch| branch["type"] != "null");
    let lists = branches.map(|branch| choices(root, branch.as_object()?)).collect::<Option<Vec<_>>>()?;
    Some(lists.into_iter().flatten().collect())
}

/// Returns the forms of a value that may have several.
pub fn branches(schema: &Map<String, Value>) -> Option<&[Value]> {
    schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array().map(Vec::as_slice)
}

/// Returns the names of the types that a value may have.
pub fn types(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
