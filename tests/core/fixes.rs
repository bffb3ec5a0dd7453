//! `--fix`: what is certain is written into the file, and nothing else of it changes.

use trueup::core::code::{Example, whole_file};
use trueup::core::file::Terms;
use trueup::core::source::Source;
use trueup::modules::CATALOG;
use trueup::ops::fix::{Fixed, fix};
use trueup::ops::stack::{Choice, validate};

fn fixed(text: &str) -> Fixed {
    fix(&Source::new("stack.toml", text), Choice::default(), Terms::default())
}

fn codes(fixed: &Fixed) -> Vec<&'static str> {
    fixed.mended.iter().map(|one| one.code).collect()
}

#[test]
fn a_value_is_mended_where_it_stands_also_in_an_overlay() {
    let text = whole_file(
        "[network]\n\n# the shop's own\n[database.main] # do not touch\nbackup_days = 0   # too dear?\n\n\
         [env.production]\n[env.staging.database.main]\nbackup_days = 0 # as well\n",
    );
    let Fixed { text: mended, verdict, .. } = fixed(&text);
    assert!(verdict.diagnostics.iter().all(|one| one.code != "OPS201"), "{verdict:?}");
    let number = mended.split("backup_days = ").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect::<String>();
    assert_ne!(number, "0");
    assert_eq!(mended, text.replace("backup_days = 0", &format!("backup_days = {number}")));
}

#[test]
fn an_override_is_mended_and_one_that_is_missing_is_added() {
    let text =
        whole_file("[network]\n[database.main]\n\n[override.\"database.main.instance\"]\n# open\npublicly_accessible = true # for now\n");
    let one = fixed(&text);
    assert_eq!(codes(&one), ["SEC202"]);
    assert_eq!(one.text, text.replace("accessible = true", "accessible = false"));
    let again = fixed(&one.text);
    assert!(again.mended.is_empty() && again.text == one.text);
}

/// A fix never leaves a file worse, and one that is offered nearly always works: of every wrong example.
#[test]
fn every_fix_of_an_example_mends_it() {
    let mut tried = 0;
    for code in CATALOG.all_codes() {
        let Example::Stack { wrong, .. } = code.example else { continue };
        for example in wrong {
            let text = whole_file(example);
            let source = Source::new("stack.toml", text.as_str());
            let before = validate(source.clone(), Choice::default(), Terms::default());
            if before.diagnostics.iter().all(|one| one.fix.is_none()) {
                assert_eq!(fixed(&text).text, text);
                continue;
            }
            tried += 1;
            let Fixed { text: mended, mended: which, verdict } = fixed(&text);
            assert!(!which.is_empty() && mended != text, "{}: its fix is not made:\n{text}", code.id);
            assert!(verdict.diagnostics.iter().all(|one| one.fix.is_none()), "{}: one is left:\n{mended}", code.id);
            assert!(verdict.diagnostics.len() < before.diagnostics.len(), "{}", code.id);
        }
    }
    assert!(tried >= 4, "only {tried} examples have a fix");
}

#[test]
fn what_one_environment_alone_has_wrong_is_mended_in_its_overlay() {
    // Staging says on purpose that it is fine, and stays: mended in the file's own table, it would have nothing to accept (OVR004).
    let text = whole_file(
        "[network]\n[database.main]\nbackup_days = 0\n[env.production]\n[env.staging]\n[[env.staging.accept]]\nrule = \"OPS201\"\n\
         address = \"database.main\"\nbecause = \"it is filled anew each night\"\n",
    );
    for env in [None, Some("production")] {
        let one = fix(&Source::new("stack.toml", text.as_str()), Choice { env, ..Choice::default() }, Terms::default());
        assert_eq!(codes(&one), ["OPS201"]);
        let mended = text.replace("[env.production]\n", "[env.production]\n\n[env.production.database.main]\nbackup_days = 7\n");
        assert_eq!(one.text, mended);
    }
    // A key that nobody has written goes there as well: the database of a trial may go without protection.
    let text = whole_file("[network]\n[database.main]\nprotect = false\n[env.staging]\n[env.production.database.main]\nstorage = 100\n");
    let one = fixed(&text);
    assert_eq!(codes(&one), ["DATA205"]);
    assert_eq!(one.text, text.replace("storage = 100\n", "storage = 100\nprotect = true\n"));
}

#[test]
fn a_value_that_only_one_environment_goes_by_is_mended_where_it_stands() {
    let text = whole_file("[network]\n[database.main]\nbackup_days = 0\n[env.production]\n[env.staging.database.main]\nbackup_days = 3\n");
    let one = fixed(&text);
    assert_eq!(codes(&one), ["OPS201"]);
    assert_eq!(one.text, text.replace("backup_days = 0", "backup_days = 7"));
}

#[test]
fn a_fix_that_would_make_the_file_worse_is_not_made() {
    // With its namespace right, the alarm would have a dimension that is wrong (MON205).
    let text = whole_file(
        "[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/Rds\"\nmetric_name = \"CPUUtilization\"\n\
         dimensions = { Instance = \"d\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]\n",
    );
    let one = fixed(&text);
    assert!(one.verdict.diagnostics.iter().any(|one| one.fix.is_some()), "{one:?}");
    assert!(one.mended.is_empty() && one.text == text, "{one:?}");
}
