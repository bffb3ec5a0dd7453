//! `[checks]`, and the last day of what is accepted.

use trueup::core::code::{Level, whole_file};
use trueup::core::file::{Terms, Verdict};
use trueup::core::source::Source;
use trueup::modules::validate_on;
use trueup::ops::Kind;
use trueup::ops::stack::end_of;

/// A database without backups, which OPS201 warns of.
const SCRATCH: &str = "[network]\n[database.scratch]\nbackup_days = 0\n";

fn verdict(rest: &str, today: &str, deny: &[&str]) -> Verdict {
    let deny = deny.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let file = Source::new("stack.toml", whole_file(&format!("{SCRATCH}{rest}")));
    validate_on(file, None, &[], Terms { today, deny: &deny })
}

fn found(rest: &str, today: &str, deny: &[&str]) -> Vec<(&'static str, Level)> {
    verdict(rest, today, deny).diagnostics.into_iter().map(|one| (one.code, one.level)).collect()
}

#[test]
fn an_accepted_warning_is_an_error_after_its_last_day() {
    let accept = "[[accept]]\nrule = \"OPS201\"\nuntil = \"2027-01-31\"\nbecause = \"it is filled anew each night\"\n";
    for today in ["2026-12-01", "2027-01-31"] {
        let verdict = verdict(accept, today, &["warnings"]);
        assert!(verdict.diagnostics.is_empty() && verdict.good.len() == 1, "{today}: {verdict:?}");
    }
    for today in ["2027-02-01", "2031-01-01"] {
        let verdict = verdict(accept, today, &[]);
        assert_eq!(verdict.good, []);
        assert_eq!(end_of(&verdict), Some(Kind::Refused));
        let [one] = verdict.diagnostics.as_slice() else { panic!("{verdict:?}") };
        assert_eq!((one.code, one.level, one.message.as_str()), ("OVR012", Level::Error, "OPS201 was accepted until 2027-01-31"));
        assert_eq!(one.path.to_string(), "accept.0.until");
    }
}

#[test]
fn a_warning_is_denied_or_allowed_by_its_code_or_its_family() {
    let (error, warning) = (vec![("OPS201", Level::Error)], vec![("OPS201", Level::Warning)]);
    for (checks, deny, want) in [
        ("", &[][..], &warning),
        ("[checks]\ndeny = [\"OPS201\"]", &[], &error),
        ("[checks]\ndeny = [\"OPS\"]", &[], &error),
        ("[checks]\ndeny = [\"warnings\"]", &[], &error),
        ("[checks]\ndeny = [\"warnings\"]\nwarn = [\"OPS\"]", &[], &warning),
        ("[checks]\nallow = [\"OPS\"]", &[], &Vec::new()),
        ("[checks]\ndeny = [\"SEC\"]", &[], &warning),
        ("", &["warnings"], &error),
        ("", &["OPS"], &error),
        ("", &["OPS201"], &error),
        ("", &["SEC"], &warning),
        ("[checks]\nallow = [\"OPS201\"]", &["OPS201"], &error),
        ("[checks]\nallow = [\"OPS201\"]", &["warnings"], &Vec::new()),
    ] {
        assert_eq!(&found(checks, "2026-12-01", deny), want, "{checks} {deny:?}");
    }
    let denied = verdict("", "", &["OPS"]);
    assert!(denied.good.is_empty() && end_of(&denied) == Some(Kind::Refused), "{denied:?}");
    // An entry without anything to accept is a warning like any other.
    let vain = "[[accept]]\nrule = \"SEC202\"\nbecause = \"it was public once\"\n";
    let denied = verdict(&format!("{vain}[checks]\nallow = [\"OPS\"]\n"), "", &["warnings"]);
    assert_eq!(denied.diagnostics.iter().map(|one| (one.code, one.level)).collect::<Vec<_>>(), [("OVR004", Level::Error)]);
    assert_eq!(end_of(&denied), Some(Kind::Refused));
}

#[test]
fn each_environment_has_its_own_weights() {
    let text = "[checks]\ndeny = [\"OPS\"]\n[env.production]\n[env.scratch.checks]\ndeny = []\n";
    let verdict = verdict(text, "", &[]);
    assert_eq!(verdict.good, [("scratch".to_owned(), verdict.good[0].1)]);
    let levels = verdict.diagnostics.iter().map(|one| one.level).collect::<Vec<_>>();
    assert_eq!(levels, [Level::Error, Level::Warning], "{verdict:?}");
}
