//! Fixes of a stack file: those that are certain, tried in memory before anybody relies on them.

use super::stack::{Choice, validate};
use crate::core::codes::SYNTAX;
use crate::core::diagnostic::Diagnostic;
use crate::core::file::{Terms, Verdict, environments};
use crate::core::fix::Edit;
use crate::core::rewrite::{Change, changes, make, overlaid};
use crate::core::source::{FILE, Source};
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
/// have, in any environment, is not made. Where some of several environments have the finding, their overlays get the value.
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
        let found = by_environment(&source_of(&text), |source, env| validate(source, Choice { env: Some(env), ..choice }, terms));
        let ways = |one: &Diagnostic| one.fix.as_deref().map(|edit| ways(&text, edit, &having(&found, one))).unwrap_or_default();
        // All at once, as that is what nearly always goes well; else the first that does.
        let all = open.iter().filter_map(|one| ways(one).into_iter().next()).collect::<Vec<_>>();
        let mut tries = Vec::new();
        if open.len() > 1 && all.len() == open.len() {
            tries.extend(make(&text, &all.concat()).map(|text| (open.clone(), text)));
        }
        let single = open.iter().flat_map(|one| {
            ways(one).into_iter().filter_map(|changes| Some((vec![one.clone()], make(&text, &changes)?))).collect::<Vec<_>>()
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
    let edit = one.fix.as_deref()?;
    let found = |text: &str| count(&validate(Source::new(source.name.as_str(), text), Choice::default(), terms).diagnostics);
    let each = by_environment(source, |source, env| validate(source, Choice { env: Some(env), ..Choice::default() }, terms));
    let ways = ways(&source.text, edit, &having(&each, one));
    let before = count(all);
    ways.into_iter().filter_map(|changes| make(&source.text, &changes)).find(|text| {
        let after = found(text);
        let gone = after.get(&key(one)) < before.get(&key(one));
        gone && after.iter().all(|(key, number)| before.get(key).is_some_and(|before| number <= before))
    })
}

/// Puts the name that was most likely meant in the place of a wrong one. None where that is not all: the finding stays, its place does not
/// hold the wrong name exactly once, or the text is no TOML afterwards. What the wrong name hid may show then.
pub fn guessed(source: &Source, terms: Terms<'_>, one: &Diagnostic) -> Option<String> {
    let (guess, span) = (one.guess.as_deref()?, one.span.filter(|span| span.source == FILE)?);
    let place = source.text.get(span.start..span.end)?;
    let [at] = place.match_indices(guess.wrong.as_str()).map(|(at, _)| span.start + at).collect::<Vec<_>>()[..] else { return None };
    let mut text = source.text.clone();
    text.replace_range(at..at + guess.wrong.len(), &guess.meant);
    let verdict = validate(Source::new(source.name.as_str(), text.as_str()), Choice::default(), terms);
    let stays = |other: &Diagnostic| other.code == SYNTAX.id || key(other) == key(one);
    (!verdict.diagnostics.iter().any(stays)).then_some(text)
}

/// Returns the ways in which an edit can be made for environments that need it, the likeliest first.
fn ways(text: &str, edit: &Edit, envs: &[&str]) -> Vec<Vec<Change>> {
    let everywhere = changes(text, edit).into_iter().map(|change| vec![change]);
    overlaid(text, edit, envs).into_iter().chain(everywhere).collect()
}

/// Returns what each environment of a file has, where there are several.
fn by_environment(source: &Source, validate: impl Fn(Source, &str) -> Verdict) -> Vec<(String, BTreeSet<Key>)> {
    let all = environments(source);
    if all.len() < 2 {
        return Vec::new();
    }
    let keys = |env: &str| validate(source.clone(), env).diagnostics.iter().map(key).collect();
    all.into_iter().map(|env| (env.clone(), keys(&env))).collect()
}

fn having<'e>(found: &'e [(String, BTreeSet<Key>)], one: &Diagnostic) -> Vec<&'e str> {
    found.iter().filter(|(_, keys)| keys.contains(&key(one))).map(|(env, _)| env.as_str()).collect()
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
