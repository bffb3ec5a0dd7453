//! Every key of every module, with values that it cannot have: what is found stands on that key's line, names it and says what to
//! write instead, in the words of the file.

use crate::schema_laws::full;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trueup::core::source::Source;
use trueup::modules::{self, MODULES};

/// A key below a table, dotted, with its schema.
struct Key<'a> {
    path: Vec<String>,
    schema: &'a Value,
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().and_then(|name| root.pointer(name.trim_start_matches('#'))).map_or(schema, |target| resolve(root, target))
}

/// Every key of a schema, those of tables in tables and in lists included.
fn keys<'a>(root: &'a Value, schema: &'a Value, above: &[String], found: &mut Vec<Key<'a>>) {
    let schema = resolve(root, schema);
    if above.len() > 6 {
        return;
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = [above, std::slice::from_ref(name)].concat();
        keys(root, property, &path, found);
        found.push(Key { path, schema: property });
    }
    for branch in ["anyOf", "oneOf"].into_iter().flat_map(|word| schema[word].as_array().into_iter().flatten()) {
        keys(root, branch, above, found);
    }
    let deeper = [("items", "0"), ("additionalProperties", "A")];
    for (word, name) in deeper.into_iter().filter(|(word, _)| schema[word].is_object()) {
        let path = [above, &[name.to_owned()]].concat();
        keys(root, &schema[word], &path, found);
        found.push(Key { path, schema: &schema[word] });
    }
}

fn forms<'a>(root: &'a Value, schema: &'a Value, found: &mut Vec<&'a Value>) {
    let schema = resolve(root, schema);
    found.push(schema);
    for branch in ["anyOf", "oneOf"].into_iter().flat_map(|word| schema[word].as_array().into_iter().flatten()) {
        forms(root, branch, found);
    }
}

/// Values that a key of these types most likely cannot have: of another type, out of range, empty, too long.
fn hostile(root: &Value, schema: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    forms(root, schema, &mut all);
    let is = |name: &str| {
        all.iter().any(|form| form["type"] == name || form["type"].as_array().is_some_and(|types| types.iter().any(|one| one == name)))
    };
    let mut values = vec![json!(true), json!("nonsense !"), json!([[]]), json!({ "x": { "y": {} } }), json!(0.5)];
    if is("integer") || is("number") {
        values.extend([-1, 0, 1, 7, 65_536, 100_000, i64::from(i32::MAX), i64::from(u32::MAX), i64::MAX].map(Value::from));
    }
    if is("string") {
        values.extend(["", " ", "x", "-", "\u{7}", "0", &"x".repeat(5000), "arn:aws:iam::1:role/x", "${"].map(Value::from));
    }
    if is("array") {
        values.extend([json!([]), json!([""]), json!(["x y"]), json!(vec!["-"; 300]), json!([{}]), json!([5])]);
    }
    if is("object") {
        values.extend([json!({}), json!({ "": "" }), json!({ "a b": "x y" }), json!({ "A": "\u{7}" })]);
    }
    values
}

/// Puts a value at a path, with whatever lies between.
fn put(value: &mut Value, path: &[String], new: Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    if first == "0" {
        if value.as_array().is_none_or(Vec::is_empty) {
            *value = json!([null]);
        }
        return put(&mut value[0], rest, new);
    }
    if !value.is_object() {
        *value = json!({});
    }
    put(&mut value[first], rest, new);
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = map.iter().filter(|(_, value)| !value.is_null());
            format!("{{ {} }}", entries.map(|(key, value)| format!("{key:?} = {}", inline(value))).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        other => other.to_string(),
    }
}

/// A whole file with each key of the module on a line of its own, and that line for the key that is looked at.
fn file(section: &str, named: bool, table: &Value, key: &str) -> (String, usize) {
    let mut text = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n".to_owned();
    for (other, lines) in [("network", "[network]\ndata_subnets = true\n"), ("secrets", "[secrets.x]\n"), ("storage", "[storage.x]\n")] {
        if other != section {
            text += lines;
        }
    }
    if section == "monitoring" {
        text += "[service.api]\nport = 80\n";
    }
    text += &if named { format!("[{section}.x]\n") } else { format!("[{section}]\n") };
    let mut line = 0;
    for (name, value) in table.as_object().unwrap().iter().filter(|(_, value)| !value.is_null()) {
        text += &format!("{name:?} = {}\n", inline(value));
        if name == key {
            line = text.lines().count();
        }
    }
    (text, line)
}

#[test]
fn a_wrong_value_of_any_key_is_said_at_that_key_in_its_words() {
    let (mut tried, mut refused, mut wrong) = (0, 0, BTreeSet::new());
    for row in MODULES {
        let schema = (row.schema)();
        let mut all = Vec::new();
        keys(&schema, &schema, &[], &mut all);
        for key in all {
            for value in hostile(&schema, key.schema) {
                let mut table = full(row.section);
                put(&mut table, &key.path, value.clone());
                let (text, line) = file(row.section, row.named, &table, &key.path[0]);
                let found = modules::validate(Source::new("stack.toml", text.clone()), None, &[]);
                let errors = found.diagnostics.iter().filter(|one| one.is_error()).collect::<Vec<_>>();
                tried += 1;
                refused += usize::from(!errors.is_empty());
                let place = |span: trueup::core::source::Span| text[..span.start].matches('\n').count() + 1;
                let shown = inline(&value).chars().take(30).collect::<String>();
                let name = format!("{}.{}", row.section, key.path.join("."));
                if !errors.is_empty() && !errors.iter().any(|one| one.span.map(place) == Some(line)) {
                    wrong.insert(format!("{name} = {shown}: nothing at its line, but {} {}", errors[0].code, errors[0].message));
                }
                for one in errors {
                    if one.message.contains("cannot be made so") {
                        wrong.insert(format!("{name} = {shown}: {} is in the words of a kind: {}", one.code, one.message));
                    }
                    if one.help.is_none() {
                        wrong.insert(format!("{name}: {} has no remedy: {}", one.code, one.message.chars().take(200).collect::<String>()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {refused}:\n{}", wrong.len(), wrong.into_iter().collect::<Vec<_>>().join("\n"));
    assert!(refused > 1000 && tried > refused, "{refused} of {tried} were refused");
}

/// A key that decides over a field of a resource can be left to others by its own name.
#[test]
fn every_key_that_decides_over_a_field_can_be_ignored() {
    let (mut tried, mut wrong) = (0, BTreeSet::new());
    for row in MODULES {
        for key in row.keys.iter().map(|(_, key)| *key).collect::<BTreeSet<_>>() {
            let mut table = full(row.section);
            match key {
                "health.command" => put(&mut table, &["health".into(), "command".into()], json!(["CMD", "true"])),
                // A service without an image has a repository of its own.
                "keep_images" => drop(table.as_object_mut().unwrap().remove("image")),
                _ => {}
            }
            let (text, _) = file(row.section, row.named, &table, "");
            let found = modules::validate(Source::new("stack.toml", format!("{text}ignore = [\"{key}\"]\n")), None, &[]);
            tried += 1;
            wrong.extend(found.diagnostics.iter().filter(|one| one.code == "OVR010").map(|_| format!("{}.{key}", row.section)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(tried > 40, "{tried}");
}
