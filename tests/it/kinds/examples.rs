//! The examples of kinds as one stack file: the kind in question and all that it refers to.

use super::changes;
use serde_json::{Value, json};
use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use trueup::core::reference::visit;
use trueup::kinds::{Entry, KINDS};

/// Returns the name of a resource of this kind in examples, as in `${example.db-subnet-group.name}`.
pub fn noun(kind: &str) -> String {
    match kind {
        "ec2.subnet" => "subnet-a".into(),
        "rds.subnet_group" | "rds.parameter_group" | "rds.instance" => kind.replace("rds.", "db-").replace('_', "-"),
        "elasticache.subnet_group" | "elasticache.parameter_group" => kind.replace("elasticache.", "cache-").replace('_', "-"),
        "ecs.service" => "ecs-service".into(),
        _ => kind.rsplit('.').next().unwrap_or(kind).replace('_', "-"),
    }
}

/// A stack file that holds a kind's example and, in turn, every example that it and its `changes` refer to.
pub fn stack_file(entry: &Entry) -> String {
    let mut wanted = BTreeMap::new();
    let mut open = vec![noun(entry.row.name)];
    for (_, change) in changes::of(entry.row.name) {
        open.extend([&change.base, &change.to, &change.along].into_iter().flat_map(nouns).chain(change.beside.map(String::from)));
    }
    while let Some(noun) = open.pop() {
        if let Slot::Vacant(place) = wanted.entry(noun) {
            let (kind, spec) = example(place.key());
            open.extend(nouns(&spec));
            place.insert((kind, spec));
        }
    }
    let resources = wanted.into_iter().map(|(noun, (kind, mut spec))| {
        spec["kind"] = kind.into();
        (noun, without_nulls(&here(&spec)))
    });
    let resources = resources.collect::<serde_json::Map<_, _>>();
    toml::to_string(&json!({ "stack": { "name": "laws", "region": "us-east-1" }, "resource": resources })).unwrap()
}

/// The spec with its references as the stack file has them: `${example.vpc.id}` is `${resource.vpc.id}`.
pub fn here(spec: &Value) -> Value {
    match spec {
        Value::String(text) => text.replace("${example.", "${resource.").into(),
        Value::Array(list) => list.iter().map(here).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), here(value))).collect(),
        plain => plain.clone(),
    }
}

fn nouns(spec: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(spec, &mut |reference| found.extend(reference.address.segments().nth(1).map(String::from)));
    found
}

/// The kind and spec behind a noun. `-a`, `-b`, `-c` are several of one kind; `-d` and `-e` stand in the second VPC.
fn example(wanted: &str) -> (&'static str, Value) {
    let plain = ["-b", "-c", "-d", "-e"].iter().find_map(|end| wanted.strip_suffix(end)).unwrap_or(wanted);
    let plain = if plain == "subnet" { "subnet-a" } else { plain };
    let row = &KINDS.iter().find(|entry| noun(entry.row.name) == plain).unwrap_or_else(|| panic!("no kind is called {wanted}")).row;
    let mut spec = (row.example)();
    for (field, value) in apart(wanted).as_object().unwrap() {
        assert!(spec.get(field).is_some(), "{wanted}.{field}");
        spec[field] = value.clone();
    }
    (row.name, spec)
}

/// Returns the fields that keep a second one apart from the first where AWS allows only one of the same.
fn apart(noun: &str) -> Value {
    match noun {
        "subnet-b" => json!({ "cidr": "10.0.2.0/24", "availability_zone": "us-east-1b" }),
        "subnet-c" => json!({ "cidr": "10.0.3.0/24", "availability_zone": "us-east-1c" }),
        "subnet-d" | "security-group-d" => json!({ "vpc_id": "${example.vpc-b.id}" }),
        "subnet-e" => json!({ "vpc_id": "${example.vpc-b.id}", "cidr": "10.0.2.0/24", "availability_zone": "us-east-1b" }),
        "db-subnet-group-d" => {
            json!({ "vpc_id": "${example.vpc-b.id}", "subnet_ids": ["${example.subnet-d.id}", "${example.subnet-e.id}"] })
        }
        "listener-b" => json!({ "port": 81 }),
        "listener-rule-b" => json!({
            "priority": 11,
            "conditions": [{ "field": "path-pattern", "values": ["/b/*"] }],
            "action": { "type": "forward", "target_group_arns": ["${example.target-group-b.arn}"], "stickiness_seconds": null },
        }),
        "ecs-service-b" => json!({ "load_balancers": [], "health_check_grace_period_seconds": 0, "after": [] }),
        _ => json!({}),
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), without_nulls(value))).collect()
        }
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        plain => plain.clone(),
    }
}
