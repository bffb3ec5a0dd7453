//! Laws of every kind, over the table of kinds, against the embedded AWS through the real SDK clients.
//!
//! A new kind needs no test of its own: it needs a line for each of its fields in `kinds/changes`, which says what
//! another value of the field is. A field without one fails here. The laws of the pure half alone are in `src/kinds/laws.rs`.

mod changes;
pub mod examples;
mod laws;
mod stage;

use expect_test::expect_file;
use std::collections::BTreeSet;
use trueup::kinds::{Entry, KINDS};

fn names(fields: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    fields.into_iter().map(Into::into).collect()
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

/// Whatever operation a driver names has its right.
#[test]
fn every_operation_of_a_driver_is_in_the_table_of_calls() {
    let known = trueup::kinds::calls::all().map(|(_, operation)| operation).collect::<BTreeSet<_>>();
    // AWS's other names for CreateBucket and CreateDistributionWithTags, in errors.
    let names = ["cloudfront.CreateDistribution", "s3.PutBucket"];
    let services = known.iter().filter_map(|operation| operation.split('.').next()).collect::<BTreeSet<_>>();
    let (mut open, mut seen) = (vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kinds")], 0);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.components().any(|part| part.as_os_str() == "driver") {
            let text = std::fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').skip(1).step_by(2);
            let is_operation = |text: &&str| {
                let parts = text.split_once('.').filter(|(service, _)| services.contains(service));
                parts.is_some_and(|(_, name)| name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric))
            };
            for operation in quoted.filter(is_operation).filter(|operation| !names.contains(operation)) {
                seen += 1;
                assert!(known.contains(operation), "{} calls {operation}: name it in src/kinds/calls.rs", path.display());
            }
        }
    }
    assert!(seen > 150, "only {seen} operations were found");
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
    let ended = running.into_iter().map(|(kind, law)| (kind, law.join())).collect::<Vec<_>>();
    let broken = ended.iter().filter(|(_, law)| law.is_err()).map(|(kind, _)| *kind).collect::<Vec<_>>();
    assert!(broken.is_empty(), "laws are broken by {}; KIND=… runs one alone", broken.join(", "));
    let calls = ended.iter().flat_map(|(kind, law)| law.iter().flatten().map(move |operation| format!("{kind}\t{operation}\n")));
    let calls = calls.collect::<BTreeSet<_>>().into_iter().collect::<String>();
    // The rights of roles are made of them.
    if only.is_none() {
        expect_file!["../../src/kinds/calls.tsv"].assert_eq(&calls);
    }
}
