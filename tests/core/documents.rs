//! The stack files that the documents show are what they say: files that are valid, and have nothing to warn of.

use std::path::Path;
use trueup::core::code::whole_file;
use trueup::core::source::Source;

/// The documents whose examples in TOML are all stack files.
const DOCUMENTS: &[&str] = &["docs/language.md"];

#[test]
fn every_example_of_the_documents_is_valid() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
        let examples = examples(&text);
        assert!(!examples.is_empty(), "{document} shows nothing");
        for (line, example) in examples {
            let verdict = trueup::modules::validate(Source::new("stack.toml", whole_file(&example)), None, &[]);
            if !verdict.diagnostics.is_empty() || verdict.good.is_empty() {
                wrong.push(format!("{document}:{line}\n{example}\n{:#?}", verdict.diagnostics));
            }
        }
    }
    assert_eq!(wrong.join("\n\n"), "");
}

/// Returns what stands between fences of TOML, each with the line that it begins in.
fn examples(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line == "```toml" {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            found.push((at + 2, inside.map(|line| format!("{line}\n")).collect()));
        }
    }
    found
}
