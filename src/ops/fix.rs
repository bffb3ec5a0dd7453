//! Fixes of a stack file: those that are certain, tried in memory before anybody relies on them.

use super::stack::{Choice, validate};
use crate::core::diagnostic::Diagnostic;
use crate::core::file::{Terms, Verdict};
use crate::core::rewrite::{changes, make};
use crate::core::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// A file after its fixes.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The file as it is now.
    pub text: String,
    /// The findings that were mended, in the order in which they were.
    pub mended: Vec<Diagnostic>,
    /// The verdict on it as it is now.
    pub verdict: Verdict,
}

/// Makes every fix of a file that is certain, until none is left. One after which the file would have a finding that it did not
/// have, in any environment, is not made.
pub fn fix(source: &Source, choice: Choice<'_>, terms: Terms<'_>) -> Fixed {
    let source_of = |text: &str| Source::new(source.name.as_str(), text);
    let chosen = |text: &str| validate(source_of(text), choice, terms);
    // A fix that is good for the environment that is chosen may be bad for another.
    let whole = |text: &str| validate(source_of(text), Choice { env: None, ..choice }, terms);
    let mut text = source.text.clone();
    let mut verdict = chosen(&text);
    let mut mended = Vec::new();
    let mut failed = BTreeSet::new();
    loop {
        let open = verdict.diagnostics.iter().filter(|one| one.fix.is_some() && !failed.contains(&key(one))).cloned().collect::<Vec<_>>();
        if open.is_empty() {
            return Fixed { text, mended, verdict };
        }
        let before = count(&whole(&text).diagnostics);
        // All at once, as that is what nearly always goes well; else the first that does.
        let all = open.iter().filter_map(|one| changes(&text, one.fix.as_deref()?).into_iter().next()).collect::<Vec<_>>();
        let mut tries = Vec::new();
        if open.len() > 1 && all.len() == open.len() {
            tries.extend(make(&text, &all).map(|text| (open.clone(), text)));
        }
        let single = open.iter().flat_map(|one| {
            let own = one.fix.as_deref().map(|edit| changes(&text, edit)).unwrap_or_default();
            own.into_iter().filter_map(|change| Some((vec![one.clone()], make(&text, &[change])?))).collect::<Vec<_>>()
        });
        let good = tries.into_iter().chain(single).find(|(targets, text)| {
            let after = count(&whole(text).diagnostics);
            let gone = |one: &Diagnostic| after.get(&key(one)).copied().unwrap_or(0) < before.get(&key(one)).copied().unwrap_or(0);
            let no_worse = after.iter().all(|(key, number)| before.get(key).is_some_and(|before| number <= before));
            no_worse && targets.iter().all(gone)
        });
        match good {
            Some((targets, new)) => {
                mended.extend(targets);
                text = new;
                verdict = chosen(&text);
            }
            None => failed.extend(open.iter().map(key)),
        }
    }
}

/// Makes the fix of one of all findings that a file has, and returns the file after it. None if it has no fix, or if the file would
/// have a finding afterwards that it did not have, in any environment.
pub fn fix_one(source: &Source, all: &[Diagnostic], terms: Terms<'_>, one: &Diagnostic) -> Option<String> {
    let found = |text: &str| count(&validate(Source::new(source.name.as_str(), text), Choice::default(), terms).diagnostics);
    let changes = changes(&source.text, one.fix.as_deref()?);
    let before = count(all);
    changes.into_iter().filter_map(|change| make(&source.text, &[change])).find(|text| {
        let after = found(text);
        let gone = after.get(&key(one)) < before.get(&key(one));
        gone && after.iter().all(|(key, number)| before.get(key).is_some_and(|before| number <= before))
    })
}

type Key = (&'static str, String);

fn key(one: &Diagnostic) -> Key {
    (one.code, one.path.to_string())
}

fn count(diagnostics: &[Diagnostic]) -> BTreeMap<Key, usize> {
    let mut counted = BTreeMap::new();
    diagnostics.iter().for_each(|one| *counted.entry(key(one)).or_default() += 1);
    counted
}
