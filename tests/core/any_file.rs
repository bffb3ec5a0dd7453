//! The law of any file: a stack file that the schema allows, nearly allows or does not allow at all, and one of this repository that
//! is torn, is checked to an end, always the same, and each problem has a place inside of it; what is valid can be planned.

use crate::generator::{Dice, SIGNS, value, without_nulls};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use std::rc::Rc;
use trueup::core::diagnostic::{Diagnostic, to_json};
use trueup::core::excerpt::render;
use trueup::core::file::{Verdict, environments};
use trueup::core::source::Source;
use trueup::modules;
use trueup::ops::plan::{Wish, draft, nothing};
use trueup::ops::stack::{Choice, end_of, parse};
use trueup::pricing::catalog::Catalog;

/// A whole file, as text. A part of all files is broken as text as well.
fn file(numbers: &[u32], root: &Value) -> String {
    let mut dice = Dice::new(numbers);
    let mut all = value(&mut dice, root, root, 0);
    if let Value::Object(all) = &mut all {
        if !dice.once_in(20) {
            all.insert("stack".into(), serde_json::json!({ "name": "shop", "region": "us-east-1" }));
        }
        if !dice.once_in(6) && all.get("network").is_none_or(|network| !network.is_object()) {
            all.insert("network".into(), serde_json::json!({}));
        }
        if !dice.once_in(12) {
            all.remove("env");
        }
    }
    without_nulls(&mut all);
    let mut text = toml::to_string(&all).unwrap_or_default();
    if dice.once_in(15) {
        let at = (0..=dice.roll(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.insert_str(at, SIGNS[dice.roll(SIGNS.len())]);
    }
    text
}

fn places(verdict: &Verdict) -> Result<(), String> {
    for Diagnostic { code, span, also, message, .. } in &verdict.diagnostics {
        for span in span.iter().chain(also.iter().map(|(span, _)| span)) {
            let source = verdict.sources.get(span.source).ok_or(format!("{code} is in no text"))?;
            if source.text.get(span.start..span.end.max(span.start)).is_none() {
                return Err(format!("{code} at {span:?} is outside of the file: {message}"));
            }
        }
        if span.is_none() {
            return Err(format!("{code} has no place: {message}"));
        }
        if !code.chars().all(|letter| letter.is_ascii_alphanumeric()) || code.is_empty() {
            return Err(format!("`{code}` is no code: {message}"));
        }
    }
    Ok(())
}

/// Checks one file against the law.
fn judge(text: &str) -> Result<(), String> {
    let check = || modules::validate(Source::new("stack.toml", text), None, &[]);
    let verdict = check();
    places(&verdict)?;
    let shown = render(&verdict.diagnostics, &verdict.sources, false);
    if shown.len() > 1_000_000 {
        return Err(format!("{} bytes are shown", shown.len()));
    }
    let json = to_json(&verdict.diagnostics, &verdict.sources);
    let again = check();
    if json != to_json(&again.diagnostics, &again.sources) {
        return Err("two checks differ".into());
    }
    // A plan of one environment ends as its check does.
    let envs = environments(&Source::new("stack.toml", text));
    let env = envs.first().map(String::as_str);
    let checked = end_of(&modules::validate(Source::new("stack.toml", text), env, &[]));
    let loaded = parse(Source::new("stack.toml", text), Choice { env, ..Choice::default() });
    let judged = loaded.and_then(|loaded| loaded.judge("2026-11-29").map(|_| loaded));
    let planned = judged.as_ref().err().map(trueup::ops::Error::kind);
    if planned != checked {
        return Err(format!("its check ends with {checked:?} and its plan with {planned:?}"));
    }
    if let Ok(loaded) = judged {
        let wish = Wish { policy: Default::default(), accepted: None, catalog: Catalog::embedded() };
        let plan = || draft(&loaded, &nothing(&loaded), &wish);
        if format!("{:?}", plan()) != format!("{:?}", plan()) {
            return Err("two plans differ".into());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 3000, ..ProptestConfig::default() })]
    #[test]
    fn any_file_is_checked_to_an_end(numbers in vec(any::<u32>(), 10..600)) {
        thread_local!(static SCHEMA: Rc<Value> = Rc::new(modules::schema()));
        let schema = SCHEMA.with(Rc::clone);
        let text = file(&numbers, &schema);
        if let Err(wrong) = judge(&text) {
            prop_assert!(false, "{wrong}\n{text}");
        }
    }
}

/// A file of this repository, torn: parts of it are gone, twice there, from another file, or signs that mean something.
fn torn(numbers: &[u32], files: &[String]) -> String {
    let mut dice = Dice::new(numbers);
    let mut text = files[dice.roll(files.len())].clone();
    for _ in 0..=dice.roll(5) {
        let (start, end) = span(&mut dice, &text);
        let part = text[start..end].to_owned();
        match dice.roll(4) {
            0 => text.replace_range(start..end, ""),
            1 => text.insert_str(end, &part),
            2 => {
                let other = &files[dice.roll(files.len())];
                let (from, to) = span(&mut dice, other);
                text.replace_range(start..end, &other[from..to]);
            }
            _ => text.insert_str(start, SIGNS[dice.roll(SIGNS.len())]),
        }
    }
    text
}

// Two hundred bytes at most, between letters.
fn span(dice: &mut Dice, text: &str) -> (usize, usize) {
    let whole = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let start = dice.roll(text.len() + 1);
    (whole(start), whole((start + dice.roll(200)).min(text.len())))
}

fn files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["stacks", "templates", "examples", "tests/corpus/broken", "tests/corpus/right"];
    let paths = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap()).map(|entry| entry.unwrap().path());
    let mut paths = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect::<Vec<_>>();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, max_shrink_iters: 3000, ..ProptestConfig::default() })]
    #[test]
    fn any_torn_file_is_checked_to_an_end(numbers in vec(any::<u32>(), 4..40)) {
        thread_local!(static FILES: Rc<Vec<String>> = Rc::new(files()));
        let text = torn(&numbers, &FILES.with(Rc::clone));
        if let Err(wrong) = judge(&text) {
            prop_assert!(false, "{wrong}\n{text}");
        }
    }
}

// `CASES=20000 cargo test --no-default-features any_file` looks for longer.
fn cases() -> u32 {
    std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(80)
}
