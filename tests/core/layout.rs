//! The layout of stack files: of all that ship, of every example, and of files laid out by nobody.

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use trueup::core::code::{Example, whole_file};
use trueup::core::layout::layout;
use trueup::core::source::Source;
use trueup::modules::{CATALOG, validate};

/// Every TOML file of the folders that people copy from, but for those that are broken on purpose: some are no TOML.
fn shipped() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut open) = (Vec::new(), ["stacks", "templates", "examples", "tests"].map(|folder| root.join(folder)).to_vec());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.extend(Some(path).filter(|path| !path.ends_with("corpus/broken")));
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn examples() -> Vec<String> {
    let texts = CATALOG.all_codes().flat_map(|code| match code.example {
        Example::Stack { wrong, right } => [wrong, right].concat(),
        Example::Readiness { wrong, right } => vec![wrong, right],
        Example::Spec { .. } | Example::Scenario(_) | Example::Test(_) => Vec::new(),
    });
    texts.map(whole_file).filter(|text| toml::from_str::<toml::Table>(text).is_ok()).collect()
}

/// `layout` itself refuses to change a value or to lose a comment.
#[track_caller]
fn holds(text: &str) -> String {
    let laid = layout(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert_eq!(layout(&laid).as_deref(), Ok(laid.as_str()), "a second time it is something else");
    laid
}

#[test]
fn whatever_ships_keeps_its_meaning_and_a_second_time_nothing_changes() {
    let files = shipped();
    assert!(files.len() > 5, "{files:?}");
    for (path, text) in &files {
        let laid = holds(text);
        let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines(&laid) >= lines(text), "{}: no line is lost", path.display());
    }
    for text in examples() {
        let laid = holds(&text);
        let found = |text: &str| {
            let found = validate(Source::new("stack.toml", text), None, &[]).diagnostics;
            found.into_iter().map(|one| (one.code, one.path.to_string())).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(found(&laid), found(&text), "{text}");
    }
}

#[test]
fn whatever_people_copy_from_is_laid_out() {
    let copied =
        |path: &Path| ["stacks", "templates", "examples"].iter().any(|folder| path.parent().is_some_and(|at| at.ends_with(folder)));
    let files = shipped().into_iter().filter(|(path, _)| copied(path)).collect::<Vec<_>>();
    assert!(files.len() > 5, "{files:?}");
    for (path, text) in files {
        assert_eq!(holds(&text), text, "{}", path.display());
    }
}

/// Texts of TOML as nobody should write it.
fn untidy() -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec!["", " ", "   ", "\t"]);
    let scalar = prop::sample::select(vec![
        "1",
        "-2.50",
        "0xff",
        "true",
        "'a'",
        "'C:\\x'",
        "\"q\\\"\"",
        "\"\"\"\n two\n\n\"\"\"",
        "'''l\n'''",
        "1979-05-27 07:32:00",
    ]);
    let value = scalar.prop_map(str::to_owned).prop_recursive(3, 12, 4, |inner| {
        let parts =
            (prop::collection::vec(inner, 0..4), prop::sample::select(vec![" ", "\n", " # why\n", "\n\n  # alone\n"]), any::<bool>());
        parts.prop_map(|(items, gap, braces)| {
            let names = ["a", "'b c'", "\"d\"", "e"];
            if braces {
                let items = items.iter().zip(names).map(|(item, name)| format!("{name}={item}{gap}")).collect::<Vec<_>>();
                return format!("{{{gap}{}}}", items.join(","));
            }
            let items = items.iter().map(|item| format!("{item}{gap},")).collect::<String>();
            format!("[{gap}{items}{gap}]")
        })
    });
    let line = (space.clone(), value, space.clone(), prop::sample::select(vec!["", "# end", "  # end  "]));
    let block = (prop::collection::vec(line, 0..4), prop::sample::select(vec!["", "\n", "\n\n\n", "# between\n", "\n# apart\n\n"]), space);
    prop::collection::vec(block, 0..4).prop_map(|blocks| {
        let mut text = String::new();
        for (at, (lines, gap, space)) in blocks.iter().enumerate() {
            for (nth, (before, value, between, after)) in lines.iter().enumerate() {
                text += &format!("{before}k{nth}{between}={between}{value}{between}{after}\n{gap}");
            }
            text += &format!("{gap}{space}[ 't{at}' {space}. x ]{space}# head\n");
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_text_that_is_toml_has_one_layout(text in untidy()) {
        prop_assume!(toml::from_str::<toml::Table>(&text).is_ok());
        let laid = layout(&text);
        prop_assert!(laid.is_ok(), "{:?}\n{}", laid, text);
        let laid = laid.unwrap_or_default();
        prop_assert_eq!(layout(&laid).unwrap_or_default(), laid.clone());
        prop_assert!(!laid.contains("\n\n\n") || text.contains("\"\"\"") || text.contains("'''"), "{}", laid);
        prop_assert!(laid.lines().all(|line| line == line.trim_end() || line.is_empty()) || text.contains("\"\"\""), "{}", laid);
    }
}
