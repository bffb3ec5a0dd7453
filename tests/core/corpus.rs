//! A corpus of stack files, written from AWS's documentation and from what people report: `tests/corpus/broken` has one mistake
//! each, and `tests/corpus/right` what teams really run.
//!
//! A broken file says what is to be found, on the line that it means or on one of its own below it, and nothing else may be found:
//!
//! ```toml
//! port = "80"  # TYPE001
//! name: shop
//! # ^ FILE003
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use trueup::core::layout::layout;
use trueup::core::source::{Lines, Source};
use trueup::modules::validate;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap()
}

/// The family of a code as comments name it: `S3B` of `S3B004`.
fn family(word: &str) -> Option<&str> {
    let (family, number) = word.split_at_checked(word.len().checked_sub(3)?)?;
    let named = family.starts_with(|sign: char| sign.is_ascii_uppercase()) && !family.contains(|sign: char| sign.is_ascii_lowercase());
    (named && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(family)
}

/// The codes that a file says are found, each with its line.
fn expected(text: &str) -> Vec<(String, usize)> {
    let (mut found, mut meant) = (Vec::new(), 0);
    for (at, line) in text.lines().enumerate() {
        let comment = line.rsplit_once('#').map(|(_, comment)| comment.trim());
        let above = line.trim_start().starts_with("# ^");
        if !above {
            meant = at + 1;
        }
        let words = comment.map(|comment| comment.trim_start_matches('^').split_whitespace().collect::<Vec<_>>());
        if let Some(codes) = words.filter(|words| !words.is_empty() && words.iter().all(|word| family(word).is_some())) {
            found.extend(codes.into_iter().map(|code| (code.to_owned(), meant)));
        }
    }
    found.sort();
    found
}

fn found(path: &Path, text: &str) -> Vec<(String, usize, String)> {
    let lines = Lines::new(text);
    let verdict = validate(Source::new(name(path), text), None, &[]);
    let mut found = verdict.diagnostics.into_iter().map(|one| {
        let line = one.span.map_or(0, |span| lines.position(text, span.start).0);
        (one.code.to_owned(), line, one.message)
    });
    let mut found = found.by_ref().collect::<Vec<_>>();
    found.sort();
    found
}

#[test]
fn each_broken_stack_gives_exactly_what_it_says_where_it_says() {
    let files = files("broken");
    assert!(files.len() >= 150, "{}", files.len());
    let (mut wrong, mut families) = (Vec::new(), BTreeMap::<String, usize>::new());
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let (expected, found) = (expected(&text), found(path, &text));
        assert!(!expected.is_empty(), "{} says nothing", name(path));
        for (code, _) in &expected {
            *families.entry(family(code).unwrap().to_owned()).or_default() += 1;
        }
        if expected.iter().ne(found.iter().map(|(code, line, _)| (code.clone(), *line)).collect::<Vec<_>>().iter()) {
            wrong.push(format!("{}: says {expected:?}, gives {found:#?}", name(path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(families.len() >= 30, "{families:?}");
}

#[test]
fn what_teams_really_run_gives_nothing_and_is_laid_out() {
    let files = files("right");
    assert!(files.len() >= 12, "{}", files.len());
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().count();
        assert!((60..=250).contains(&lines), "{} has {lines} lines", name(path));
        assert_eq!(found(path, &text), [], "{}", name(path));
        assert_eq!(layout(&text).as_deref(), Ok(text.as_str()), "{}", name(path));
    }
}
