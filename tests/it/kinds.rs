//! Laws of every kind, over the table of kinds, against the embedded AWS through the real SDK clients.
//!
//! A new kind needs no test of its own: it needs a line for each of its fields in `kinds/changes`, which says what
//! another value of the field is. A field without one fails here.

mod changes;
mod examples;
mod laws;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use trueup::core::diff::diff;
use trueup::core::kind::Row;
use trueup::kinds::{Entry, KINDS};

fn names(fields: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    fields.into_iter().map(Into::into).collect()
}

fn table(row: &Row) -> BTreeSet<String> {
    let fields = names(row.fields.iter().map(|field| field.name));
    assert_eq!(fields.len(), row.fields.len(), "{}: a field stands in its table twice", row.name);
    fields
}

#[test]
fn a_field_table_and_its_spec_name_the_same_fields() {
    for Entry { row, .. } in KINDS {
        let example = names((row.example)().as_object().unwrap().keys());
        assert_eq!(table(row), example, "{}: the field table and the example", row.name);
        let schema = (row.schema)().to_value();
        let described = names(schema["properties"].as_object().unwrap().keys());
        assert_eq!(table(row), described, "{}: the field table and the schema", row.name);
    }
}

#[test]
fn examples_are_valid_and_in_normal_form() {
    let mut loose = Vec::new();
    for Entry { row, .. } in KINDS {
        let example = (row.example)();
        assert_eq!((row.validate)(&example), [], "{}", row.name);
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

#[test]
fn every_field_has_another_value() {
    for Entry { row, .. } in KINDS {
        let compared = row
            .fields
            .iter()
            .filter(|field| field.compare != trueup::core::kind::Compare::Never && !["name", "tags"].contains(&field.name));
        let listed = changes::of(row.name).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        assert_eq!(names(listed.iter().copied()), names(compared.map(|field| field.name)), "{}: tests/it/kinds/changes", row.name);
        assert_eq!(names(listed.iter().copied()).len(), listed.len(), "{}: a field has two entries", row.name);
    }
}

/// All kinds at once, each on an embedded AWS and in a thread of its own; every failure is told, under the kind's name.
#[test]
fn every_kind_keeps_the_laws() {
    let only = std::env::var("KIND").ok();
    let chosen = KINDS.iter().filter(|entry| only.as_deref().is_none_or(|only| entry.row.name == only));
    let running = chosen.map(|entry| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let thread = std::thread::Builder::new().name(entry.row.name.to_owned());
        (entry.row.name, thread.spawn(move || runtime.block_on(laws::hold(entry))).unwrap())
    });
    let running = running.collect::<Vec<_>>();
    assert!(!running.is_empty(), "there is no kind {only:?}");
    let broken = running.into_iter().filter_map(|(kind, law)| law.join().is_err().then_some(kind)).collect::<Vec<_>>();
    assert!(broken.is_empty(), "laws are broken by {}; KIND=… runs one alone", broken.join(", "));
}
