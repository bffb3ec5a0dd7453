//! Writes docs/modules.md from the modules themselves, and docs/codes.md from the registry of codes:
//! `UPDATE_EXPECT=1 cargo test --no-default-features guide`.

use expect_test::expect_file;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use trueup::core::code::{Code, Level};
use trueup::kinds::KINDS;
use trueup::modules::{CATALOG, MODULES};
use trueup::rules::RULES;

#[test]
fn the_guide_says_what_the_modules_take() {
    let mut text = String::from(
        "# The modules of a stack file\n\nMade from the code by `UPDATE_EXPECT=1 cargo test --no-default-features guide`.\n\
         Every table also takes `enabled`; those with a name take `for_each` and `count`.\n",
    );
    for row in MODULES {
        let schema = (row.schema)();
        let header = if row.named { format!("[{}.NAME]", row.section) } else { format!("[{}]", row.section) };
        write!(text, "\n## `{header}`\n\n{}\n\n", one_line(&schema["description"])).unwrap();
        table(&mut text, &schema, &schema, "", 0);
        if !row.outputs.is_empty() {
            write!(text, "\nWhat others may name, as `${{{}.NAME.output}}`:\n\n| output | is |\n|---|---|\n", row.section).unwrap();
            for (name, doc) in row.outputs {
                writeln!(text, "| `{name}` | {doc} |").unwrap();
            }
        }
    }
    usage(&mut text);
    rules(&mut text);
    expect_file![concat!(env!("CARGO_MANIFEST_DIR"), "/docs/modules.md")].assert_eq(&text);
}

#[test]
fn the_list_of_codes_has_every_code() {
    let mut text = String::from(
        "# The codes\n\nMade from the code by `UPDATE_EXPECT=1 cargo test --no-default-features guide`.\n\n\
         Everything that Trueup finds has a code: in `error[NET201]` and `refused[PLAN008]`, in `--json`, in `[[accept]]`. A code has one\n\
         meaning and keeps it. Errors keep a stack from being planned, or a plan from being applied; warnings can be\n\
         [accepted](language.md#accept). A link leads to the page on which AWS, or whoever decides it, says so.\n\
         `trueup explain CODE` prints the page of one, with a wrong and a right example; `trueup rules` lists them all.\n",
    );
    let mut families = BTreeMap::<&str, Vec<Code>>::new();
    for code in CATALOG.all_codes() {
        families.entry(code.id.trim_end_matches(|letter: char| letter.is_ascii_digit())).or_default().push(code);
    }
    for (family, mut codes) in families {
        codes.sort_by_key(|code| code.id);
        write!(text, "\n## {family}\n\n| code | finds | why |\n|---|---|---|\n").unwrap();
        for Code { id, level, about, why, page, .. } in codes {
            let code = if page.is_empty() { id.to_owned() } else { format!("[{id}]({page})") };
            let level = if level == Level::Warning { " (warning)" } else { "" };
            writeln!(text, "| {code}{level} | {} | {} |", about.replace('|', "\\|"), why.replace('|', "\\|")).unwrap();
        }
    }
    expect_file![concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes.md")].assert_eq(&text);
}

fn usage(text: &mut String) {
    text.push_str(
        "\n## Usage\n\nWhat the bill depends on and no other key says, each month, by module or by address. An amount is a number, or\n",
    );
    text.push_str(
        "a range around what is likely. What is said of a module is shared by its resources; the most specific table counts.\n\n",
    );
    text.push_str("```toml\n[usage.\"service.api\"]\nrequests = 2_000_000\nanswered_gb = { low = 5, likely = 20, high = 80 }\n```\n\n");
    text.push_str("| key | counts | of | low, likely, high where nothing is said |\n|---|---|---|---|\n");
    let mut measures = BTreeMap::<_, (_, Vec<_>)>::new();
    for (row, measure) in KINDS.iter().flat_map(|entry| entry.row.usage.iter().map(|measure| (entry.row.name, measure))) {
        measures.entry(measure.name).or_insert((measure, Vec::new())).1.push(row);
    }
    for (name, (measure, kinds)) in measures {
        let default = measure.default.map_or("as it says".to_owned(), |[low, likely, high]| format!("{low}, {likely}, {high}"));
        let kinds = kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ");
        writeln!(text, "| `{name}` | {}: {} | {kinds} | {default} |", measure.unit, measure.doc).unwrap();
    }
}

fn rules(text: &mut String) {
    text.push_str(
        "\n## Rules\n\nWhat is checked over all resources together. Errors keep a stack from being planned; a warning is accepted by\n\n",
    );
    text.push_str(
        "```toml\n[[accept]]\nrule = \"SEC201\"\naddress = \"service.api\"   # or left out: everywhere\nbecause = \"…\"\n```\n\n",
    );
    text.push_str("| rule | finds | why |\n|---|---|---|\n");
    for rule in RULES {
        let Code { id, level, about, why, .. } = rule.code;
        writeln!(text, "| {id} ({}) | {about} | {why} |", level.name()).unwrap();
    }
}

fn table(text: &mut String, root: &Value, schema: &Value, prefix: &str, depth: usize) {
    if prefix.is_empty() {
        text.push_str("| key | takes | default | |\n|---|---|---|---|\n");
    }
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in schema["properties"].as_object().unwrap_or(&Map::new()) {
        let default = match &property["default"] {
            _ if required.iter().any(|required| required == name) => "required".to_owned(),
            Value::Null => String::new(),
            Value::Object(_) => String::new(),
            value => format!("`{value}`"),
        };
        let doc = one_line(&property["description"]);
        writeln!(text, "| `{prefix}{name}` | {} | {default} | {doc} |", takes(root, property)).unwrap();
        let inner = resolve(root, property);
        if depth < 2 && inner["properties"].is_object() {
            table(text, root, inner, &format!("{prefix}{name}."), depth + 1);
        } else if depth < 2 && resolve(root, &inner["items"])["properties"].is_object() {
            table(text, root, resolve(root, &inner["items"]), &format!("{prefix}{name}[]."), depth + 1);
        }
    }
}

fn takes(root: &Value, property: &Value) -> String {
    let schema = resolve(root, property);
    if let Some(choices) = schema["enum"].as_array() {
        return choices.iter().filter_map(Value::as_str).map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(choice) = schema["const"].as_str() {
        return format!("`{choice}`");
    }
    for branches in ["oneOf", "anyOf"] {
        if let Some(branches) = schema[branches].as_array() {
            let branches = branches.iter().filter(|branch| branch["type"] != "null").map(|branch| takes(root, branch)).collect::<Vec<_>>();
            return branches.join(", ");
        }
    }
    let one = |name: &str| match name {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "number" => "number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", takes(root, &schema["items"])),
        "object" if schema["additionalProperties"].is_object() => format!("table of {}", takes(root, &schema["additionalProperties"])),
        _ => "table".to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).filter(|name| *name != "null").map(one).collect::<Vec<_>>().join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(target) = schema["$ref"].as_str() {
        return root.pointer(target.trim_start_matches('#')).unwrap_or(schema);
    }
    // An optional table is one of two forms, the other being nothing.
    let forms = schema["anyOf"].as_array().into_iter().flatten().filter(|form| form["type"] != "null").collect::<Vec<_>>();
    match forms.as_slice() {
        [one] => resolve(root, one),
        _ => schema,
    }
}

fn one_line(doc: &Value) -> String {
    doc.as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}
