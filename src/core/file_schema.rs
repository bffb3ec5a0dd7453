//! The JSON Schema of a whole stack file, for editors, made from the same structs that the file is checked with.

use super::checks::Checks;
use super::file::{AcceptEntry, AdoptEntry, Catalog, MovedEntry};
use super::settings::Settings;
use super::usage;
use serde_json::{Map, Value, json};

/// One document with every module and every kind.
pub fn schema(catalog: &Catalog) -> Value {
    let mut defs = Map::new();
    let mut sections = Map::new();
    for row in catalog.modules {
        let mut own = (row.schema)();
        if row.named {
            take_items(&mut own);
        }
        let own = with_common(absorb(&mut defs, row.section, own), row.named, false);
        defs.insert(row.section.to_owned(), own);
        let target = json!({ "$ref": format!("#/$defs/{}", row.section) });
        let section = if row.named { json!({ "type": "object", "additionalProperties": target }) } else { target };
        sections.insert(row.section.to_owned(), section);
    }
    let mut kinds = Vec::new();
    for name in (catalog.kinds)() {
        let Some(row) = (catalog.kind)(name) else { continue };
        let mut own = (row.schema)().to_value();
        take_items(&mut own);
        let mut own = with_common(absorb(&mut defs, name, own), true, true);
        own["properties"]["kind"] = json!({ "const": name, "description": row.about.doc });
        match own["required"].as_array_mut() {
            Some(required) => required.push("kind".into()),
            None => own["required"] = json!(["kind"]),
        }
        defs.insert(name.to_owned(), own);
        kinds.push(json!({ "$ref": format!("#/$defs/{name}") }));
    }
    let any = json!({ "type": "object", "additionalProperties": true });
    sections.insert("resource".into(), json!({
        "description": "Any resource by its own kind, where no module fits.", "type": "object", "additionalProperties": { "oneOf": kinds },
    }));
    sections.insert(
        "override".into(),
        json!({
            "description": "Fields of a node that a module made, by its address.", "type": "object", "additionalProperties": any,
        }),
    );
    sections.insert("moved".into(), absorb(&mut defs, "moved", schemars::schema_for!(Vec<MovedEntry>).to_value()));
    sections.insert("adopt".into(), absorb(&mut defs, "adopt", schemars::schema_for!(Vec<AdoptEntry>).to_value()));
    sections.insert("accept".into(), absorb(&mut defs, "accept", schemars::schema_for!(Vec<AcceptEntry>).to_value()));
    sections.insert("checks".into(), absorb(&mut defs, "checks", schemars::schema_for!(Checks).to_value()));
    sections.insert("stack".into(), absorb(&mut defs, "stack", schemars::schema_for!(Settings).to_value()));

    let rows = (catalog.kinds)().into_iter().filter_map(catalog.kind).collect::<Vec<_>>();
    sections.insert("usage".into(), absorb(&mut defs, "usage", usage::schema(rows.into_iter().flat_map(|row| row.usage))));

    // An overlay has the same keys, and needs none of them.
    let mut overlay = Value::Object(sections.clone());
    loosen(&mut overlay);
    for (name, def) in defs.clone() {
        let mut def = def;
        loosen(&mut def);
        defs.insert(format!("env.{name}"), def);
    }
    sections.insert(
        "env".into(),
        json!({
            "description": "Overlays, chosen with --env: tables merge, everything else replaces.", "type": "object",
            "additionalProperties": { "type": "object", "properties": overlay, "additionalProperties": false },
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Trueup stack",
        "type": "object",
        "properties": sections,
        "required": ["stack"],
        "additionalProperties": false,
        "$defs": defs,
    })
}

// Moves a schema's definitions under names of their own, and answers what is left of it.
fn absorb(defs: &mut Map<String, Value>, prefix: &str, mut schema: Value) -> Value {
    rename(&mut schema, &|target| format!("#/$defs/{prefix}.{target}"));
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        if let Some(Value::Object(own)) = object.remove("$defs") {
            defs.extend(own.into_iter().map(|(name, def)| (format!("{prefix}.{name}"), def)));
        }
    }
    schema
}

// Keys that every table takes, whatever its type.
fn with_common(mut schema: Value, several: bool, raw: bool) -> Value {
    let properties = &mut schema["properties"];
    let mut add = |name: &str, doc: &str, mut form: Value| {
        form["description"] = doc.into();
        properties[name] = form;
    };
    add("enabled", "Turns it off when false: nothing of it is made.", json!({ "type": "boolean", "default": true }));
    let names = json!({ "type": "array", "items": { "type": "string" }, "default": [] });
    add("ignore", "Keys and fields that others set, such as `image` or `tags.Owner`: what is live stays.", names);
    if several {
        let forms = json!({ "anyOf": [{ "type": "array", "items": { "type": ["string", "integer"] } }, { "type": "object" }] });
        add("for_each", "One for each of a list or table; `${each.key}` and `${each.value}` stand for its item.", forms);
        add("count", "So many, with `${count.index}` from 0.", json!({ "type": "integer", "minimum": 0, "maximum": 1000 }));
    }
    if raw {
        add("protect", "Refuses deletes and replacements that lose data.", json!({ "type": "boolean" }));
        add("retain", "Is forgotten, not deleted, when it goes from the file.", json!({ "type": "boolean", "default": false }));
    }
    schema
}

/// The place of an item of `for_each` or `count` in a text.
const ITEM: &str = r"\$\{(each|count)\.";

// Lets every value below a table be an item of `for_each` or `count` as well: port = "${each.value.port}".
fn take_items(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    for tables in ["properties", "$defs"] {
        // A constant tells the forms of a table apart, and is what it is.
        let values = map.get_mut(tables).and_then(Value::as_object_mut).into_iter().flat_map(|table| table.values_mut());
        values.filter(|value| value.get("const").is_none()).for_each(take_item);
    }
    for inner in ["items", "additionalProperties"] {
        map.get_mut(inner).into_iter().for_each(take_item);
    }
    map.get_mut("prefixItems").and_then(Value::as_array_mut).into_iter().flatten().for_each(take_item);
}

fn take_item(schema: &mut Value) {
    take_items(schema);
    let Some(map) = schema.as_object_mut() else { return };
    let item = json!({ "type": "string", "pattern": ITEM });
    if let Some(Value::Array(mut forms)) = map.remove("oneOf").or_else(|| map.remove("anyOf")) {
        let open = |form: &&mut Value| form.get("enum").is_none() && form.get("const").is_none();
        forms.iter_mut().filter(open).for_each(take_items);
        forms.push(item);
        map.insert("anyOf".into(), Value::Array(forms));
    } else if let Some(values) = map.remove("enum") {
        map.remove("type");
        map.insert("anyOf".into(), json!([{ "enum": values }, item]));
    } else {
        let mut names = match map.remove("type") {
            Some(Value::String(name)) => vec![Value::String(name)],
            Some(Value::Array(names)) => names,
            Some(_) | None => return,
        };
        if !names.iter().any(|name| name == "string") {
            names.push("string".into());
            map.insert("pattern".into(), ITEM.into());
        }
        map.insert("type".into(), Value::Array(names));
    }
}

fn rename(schema: &mut Value, to: &impl Fn(&str) -> String) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                let target = value.as_str().filter(|_| key == "$ref").and_then(|text| text.strip_prefix("#/$defs/")).map(str::to_owned);
                match target {
                    Some(target) => *value = to(&target).into(),
                    None => rename(value, to),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn loosen(schema: &mut Value) {
    rename(schema, &|target| format!("#/$defs/env.{target}"));
    drop_required(schema);
}

fn drop_required(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("required").is_some_and(Value::is_array) {
                map.remove("required");
            }
            if let Some(forms) = map.remove("oneOf") {
                map.insert("anyOf".into(), forms);
            }
            map.values_mut().for_each(drop_required);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_required),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
