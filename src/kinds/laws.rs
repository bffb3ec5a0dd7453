//! The laws that the pure half of every kind obeys; the laws of drivers are in `tests/it/kinds`.

use super::{Entry, KINDS};
use crate::core::code::{Example, lay_over};
use crate::core::diff::diff;
use crate::core::kind::Row;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The codes that a kind finds in its example with some fields laid over it.
fn found(row: &Row, fields: &str) -> Vec<(&'static str, String)> {
    let mut spec = (row.example)();
    let fields = serde_json::from_str::<Value>(fields).unwrap_or_else(|error| panic!("{}: {fields}: {error}", row.name));
    lay_over(&mut spec, fields.as_object().expect("an object of fields"));
    (row.validate)(&spec).into_iter().map(|problem| (problem.code, format!("{}: {}", problem.field, problem.message))).collect()
}

#[test]
fn each_check_finds_its_wrong_examples_and_nothing_in_its_right_ones() {
    let mut wrong = Vec::new();
    for row in KINDS.iter().map(|entry| &entry.row) {
        for code in (row.codes)() {
            let Example::Spec { wrong: bad, right: good } = code.example else { panic!("{}: a check has specs as examples", code.id) };
            assert!(!bad.is_empty(), "{}: no wrong example", code.id);
            for fields in bad {
                let found = found(row, fields);
                if !found.iter().any(|(id, _)| *id == code.id) {
                    wrong.push(format!("{} does not find {fields}: {found:?}", code.id));
                }
            }
            for fields in std::iter::once(&"{}").chain(good) {
                let found = found(row, fields);
                if !found.is_empty() {
                    wrong.push(format!("{}: {fields} is right, and yet: {found:?}", code.id));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn codes_are_unique_in_order_and_say_why() {
    let mut seen = BTreeMap::new();
    for row in KINDS.iter().map(|entry| &entry.row) {
        let codes = (row.codes)();
        assert!(codes.is_sorted_by_key(|code| code.id), "{}: codes are not in order", row.name);
        for code in codes {
            assert_eq!(seen.insert(code.id, row.name), None, "{} is there twice", code.id);
            assert!(code.about.ends_with('.') && code.why.ends_with('.'), "{}: about and why are sentences", code.id);
            assert!(code.page.starts_with("https://"), "{}: no page of AWS's", code.id);
        }
    }
}

fn names(fields: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    fields.into_iter().map(Into::into).collect()
}

#[test]
fn a_field_table_and_its_spec_name_the_same_fields() {
    let mut wrong = Vec::new();
    for Entry { row, .. } in KINDS {
        let table = names(row.fields.iter().map(|field| field.name));
        assert_eq!(table.len(), row.fields.len(), "{}: a field stands twice in FIELDS", row.name);
        // A field that `example` leaves out of its JSON would never be compared.
        let example = names((row.example)().as_object().unwrap().keys());
        let spec = names((row.schema)().to_value()["properties"].as_object().unwrap().keys());
        let mut differ = |what: &str, one: &BTreeSet<String>, other: &BTreeSet<String>| {
            wrong.extend(one.difference(other).map(|field| format!("{}: `{field}` is {what}", row.name)));
        };
        differ("a field of Spec and not in FIELDS", &spec, &table);
        differ("in FIELDS and no field of Spec: is it misspelt?", &table, &spec);
        differ("a field of Spec that is skipped when it is written as JSON", &spec, &example);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn examples_are_valid_and_in_normal_form() {
    let mut loose = Vec::new();
    for Entry { row, .. } in KINDS {
        let example = (row.example)();
        let normal = (row.normalise)(&example).unwrap();
        assert_eq!((row.normalise)(&normal).unwrap(), normal, "{}: normalising again changes it", row.name);
        assert_eq!(diff(row, &normal, &normal), [], "{}", row.name);
        loose.extend(diff(row, &normal, &example).into_iter().map(|change| (row.name, change)));
    }
    assert_eq!(loose, [], "not in normal form");
}

#[test]
fn names_of_kinds_and_what_they_refer_to_are_sound() {
    let mut seen = BTreeMap::new();
    for Entry { row, .. } in KINDS {
        assert_eq!(seen.insert(row.name, ()), None, "{} stands in the table twice", row.name);
        let about = row.about;
        let known = |name: &&str| KINDS.iter().any(|entry| entry.row.name == *name);
        assert_eq!(about.deleted_after.iter().find(|name| !known(name)), None, "{}", row.name);
        assert!(about.renewed.iter().all(|output| about.outputs.contains(output)), "{}", row.name);
        let fields = about.exclusive.iter().copied().flatten();
        assert_eq!(fields.copied().find(|field| row.field(field).is_none()), None, "{}: exclusive", row.name);
        assert!(!about.doc.is_empty() && !about.outputs.is_empty(), "{}", row.name);
        // `[resource.NAME]` means something else by these.
        let taken = ["kind", "count", "for_each", "protect", "retain"];
        assert_eq!(taken.into_iter().find(|name| row.field(name).is_some()), None, "{}", row.name);
    }
}
