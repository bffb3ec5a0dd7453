//! Laws of the rules.

use std::collections::BTreeSet;
use std::path::Path;
use trueup::core::diagnostic::{Diagnostic, Severity};
use trueup::core::source::Source;
use trueup::modules;
use trueup::rules::RULES;

fn found(text: &str, env: Option<&str>) -> Vec<Diagnostic> {
    let verdict = modules::validate(Source::new("stack.toml", text), env, &[]);
    verdict.diagnostics
}

fn whole(example: &str) -> String {
    format!("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n{example}")
}

#[test]
fn each_rule_finds_what_its_example_shows_and_nothing_else_does() {
    for rule in RULES {
        let found = found(&whole(rule.example), None);
        let codes = found.iter().map(|one| one.code).collect::<Vec<_>>();
        assert_eq!(codes, [rule.code], "{found:#?}");
        assert_eq!(found[0].severity, rule.severity);
        assert!(found[0].span.is_some() && found[0].help.is_some(), "{}: no place or no remedy: {found:#?}", rule.code);
    }
}

#[test]
fn codes_are_unique_and_each_rule_says_why() {
    let codes = RULES.iter().map(|rule| rule.code).collect::<BTreeSet<_>>();
    assert_eq!(codes.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.about.ends_with('.') && rule.why.ends_with('.')));
}

#[test]
fn stacks_templates_and_examples_are_above_reproach() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["stacks", "templates", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                assert_eq!(found(&std::fs::read_to_string(&path).unwrap(), None), [], "{}", path.display());
            }
        }
    }
}

#[test]
fn a_warning_can_be_accepted_and_an_error_cannot() {
    for rule in RULES {
        let text = format!("{}\n[[accept]]\nrule = \"{}\"\nbecause = \"it is a test\"", whole(rule.example), rule.code);
        let left = found(&text, None).into_iter().map(|one| one.code).collect::<Vec<_>>();
        let expected = if rule.severity == Severity::Warning { vec![] } else { vec![rule.code, "OVR004"] };
        let left = left.into_iter().collect::<BTreeSet<_>>();
        // A file with an unknown or unusable entry is not judged further.
        assert!(left.is_empty() == expected.is_empty() && left.iter().all(|code| expected.contains(code)), "{}: {left:?}", rule.code);
    }
}

#[test]
fn what_is_accepted_in_vain_is_said() {
    let text = whole("[network]\n[[accept]]\nrule = \"SEC202\"\naddress = \"database.main\"\nbecause = \"it was so once\"");
    let found = found(&text, None);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].severity), ("OVR004", Severity::Warning));
    assert_eq!(found[0].message, "SEC202 finds nothing at `database.main`, so there is nothing to accept");
}
