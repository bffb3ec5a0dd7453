//! The stack files that the documents show are valid and have nothing to warn of, and the page about what is printed leaves
//! nothing out.

use std::path::Path;
use trueup::cmd::exit::Exit;
use trueup::core::code::whole_file;
use trueup::core::plan::Action;
use trueup::core::source::Source;

/// The documents whose examples in TOML are all stack files.
const DOCUMENTS: &[&str] = &["docs/day-two.md", "docs/language.md"];

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

#[test]
fn every_glyph_and_every_exit_code_is_explained() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md")).unwrap();
    let replace = Action::Replace { delete_first: false };
    let actions = [Action::Create, Action::Update, replace, Action::Delete, Action::Adopt, Action::Move, Action::Forget, Action::Wait];
    let rows = actions.iter().map(|action| format!("| `{}` | {}", action.glyph(), action.verb().split(' ').next().unwrap()));
    let codes = [Exit::Done, Exit::Failed, Exit::Changes, Exit::Refused, Exit::Partial, Exit::Usage, Exit::Interrupted];
    let rows = rows.chain(codes.iter().map(|code| format!("| {} | ", code.code())));
    assert_eq!(rows.filter(|row| !text.contains(row)).collect::<Vec<_>>(), Vec::<String>::new());
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
