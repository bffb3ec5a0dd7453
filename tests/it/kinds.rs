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
