//! The law of `schema::check`: what it lets pass deserialises, for every module and every kind, whatever is done to a value.

use proptest::prelude::*;
use serde_json::Value;
use trueup::core::input::{Entry, Input, Shape, parse};
use trueup::core::kind;
use trueup::core::schema;
use trueup::core::source::{Path, Source, Span};
use trueup::modules::MODULES;

type Read = Box<dyn Fn(&Value) -> Result<(), String>>;

// Every typed table that a file may hold: its name, its schema, a valid value, and serde's own opinion.
fn tables() -> Vec<(String, Value, Value, Read)> {
    let modules = MODULES.iter().map(|row| {
        let read: Read = Box::new(|value| (row.read)(value).map_err(|problem| problem.message));
        (row.section.to_owned(), (row.schema)(), full(row.section), read)
    });
    let kinds = trueup::kinds::KINDS.iter().map(|entry| {
        let row: &'static kind::Row = &entry.row;
        let read: Read = Box::new(|value| (row.normalise)(value).map(|_| ()).map_err(|problem| problem.message));
        (row.name.to_owned(), (row.schema)().to_value(), without_nulls((row.example)()), read)
    });
    modules.chain(kinds).collect()
}

// A table with most keys in it, so that there is something to break.
pub fn full(section: &str) -> Value {
    use trueup::modules::*;
    let json = match section {
        "network" => serde_json::to_value(network::Network::default()),
        "database" => serde_json::to_value(database::Database { version: Some("16".into()), ..Default::default() }),
        "cache" => serde_json::to_value(cache::Cache::default()),
        "storage" => serde_json::to_value(storage::Storage { cdn: Some(Default::default()), ..Default::default() }),
        "secrets" => serde_json::to_value(secrets::Secrets::default()),
        "service" => Ok(serde_json::json!({
            "image": "x", "port": 80, "scale": { "min": 1, "max": 2 }, "environment": { "A": "b", "C": { "secret": "x" }, "D": 5 },
            "storage": { "x": "read" }, "health": { "path": "/" }, "architecture": "arm64",
        })),
        "search" => serde_json::to_value(search::Search::default()),
        "monitoring" => {
            serde_json::to_value(monitoring::Monitoring { alarms: Some([monitoring::Watch::Cpu].into()), ..Default::default() })
        }
        other => panic!("give `{other}` a value here"),
    };
    without_nulls(json.unwrap())
}

// TOML has no null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn to_input(value: &Value) -> Input {
    let shape = match value {
        Value::String(text) => Shape::Text(text.clone()),
        Value::Bool(boolean) => Shape::Boolean(*boolean),
        Value::Number(number) => number.as_i64().map_or_else(|| Shape::Float(number.as_f64().unwrap_or(0.5)), Shape::Integer),
        Value::Array(items) => Shape::List(items.iter().map(to_input).collect()),
        Value::Object(map) => {
            Shape::Table(map.iter().map(|(key, item)| (key.clone(), Entry { key: Span::default(), input: to_input(item) })).collect())
        }
        Value::Null => panic!("TOML has no null"),
    };
    Input { span: Span::default(), shape }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

// Does something to the `at`-th value in it.
fn change(value: &mut Value, at: &mut usize, how: &Change) {
    if *at == 0 {
        *at = usize::MAX;
        match (how, value) {
            (Change::Replace(new), value) => *value = new.clone(),
            (Change::Drop(index), Value::Object(map)) => {
                let key = map.keys().nth(index % map.len().max(1)).cloned();
                key.map(|key| map.remove(&key));
            }
            (Change::Add(key, new), Value::Object(map)) => drop(map.insert(key.clone(), new.clone())),
            (Change::Drop(_), Value::Array(items)) => drop(items.pop()),
            (Change::Add(_, new), Value::Array(items)) => items.push(new.clone()),
            (Change::Drop(_) | Change::Add(..), _) => {}
        }
        return;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| step(item, at, how)),
        Value::Object(map) => map.values_mut().for_each(|item| step(item, at, how)),
        _ => {}
    }
}

fn step(value: &mut Value, at: &mut usize, how: &Change) {
    if *at != usize::MAX {
        change(value, at, how);
    }
}

#[derive(Debug, Clone)]
enum Change {
    Replace(Value),
    Drop(usize),
    Add(String, Value),
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Bool(true)),
        any::<i64>().prop_map(Value::from),
        (-2i64..70_000).prop_map(Value::from),
        (0.1f64..9.9).prop_map(Value::from),
        "[a-zA-Z]{0,6}".prop_map(Value::from),
        Just(serde_json::json!([])),
        Just(serde_json::json!(["a", 1])),
        Just(serde_json::json!({})),
        Just(serde_json::json!({ "type": "forward", "secret": "x" })),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any_value().prop_map(Change::Replace),
        any::<usize>().prop_map(Change::Drop),
        ("[a-z_]{1,8}", any_value()).prop_map(|(key, value)| Change::Add(key, value)),
    ]
}

#[test]
fn valid_values_pass() {
    for (name, schema, value, read) in tables() {
        assert_eq!(schema::check(&schema, &mut to_input(&value), &Path::new(["x"]), false, &[]), [], "{name}");
        assert_eq!(read(&value), Ok(()), "{name}");
    }
}

#[test]
fn the_schema_of_a_file_accepts_every_stack_of_this_repository() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = trueup::modules::schema();
    let mut seen = 0;
    for folder in ["examples", "stacks", "templates", "benches"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "toml") {
                continue;
            }
            let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
            let (mut input, errors) = parse(&source, 0);
            assert_eq!(errors, [], "{}", path.display());
            assert_eq!(schema::check(&schema, &mut input, &Path::default(), false, &[source]), [], "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 8, "only {seen} stacks");
    let wrong = Source::new("stack.toml", "[stack]\nname = \"x\"\nregion = \"us-east-1\"\n[service.api]\nport = true\ncolour = 1\n");
    let (mut input, _) = parse(&wrong, 0);
    assert_eq!(schema::check(&schema, &mut input, &Path::default(), false, &[wrong]).len(), 2, "and not just anything");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_passes_the_walk_deserialises(which in any::<usize>(), at in any::<usize>(), changes in prop::collection::vec(any_change(), 1..3)) {
        thread_local!(static TABLES: Vec<(String, Value, Value, Read)> = tables());
        TABLES.with(|tables| {
            let (name, schema, value, read) = &tables[which % tables.len()];
            let mut value = value.clone();
            for how in &changes {
                let mut at = at % count(&value);
                change(&mut value, &mut at, how);
            }
            let found = schema::check(schema, &mut to_input(&value), &Path::new(["x"]), false, &[]);
            if found.is_empty() {
                prop_assert_eq!(read(&value), Ok(()), "{} {}", name, value);
            }
            Ok(())
        })?;
    }
}
