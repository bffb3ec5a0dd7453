//! Each form of one report, as its readers see it.

use super::{html, json, markdown, text};
use crate::core::readiness::score::Report;
use crate::core::source::Source;
use crate::ops::cost::Basis;
use crate::ops::readiness::{assess, parse};
use crate::ops::stack::Choice;
use crate::pricing::catalog::Catalog;
use crate::report::paint;
use expect_test::expect_file;

/// A stack with a blocker, something to mend, something unknown, something accepted, and much that does not apply.
fn report() -> Report {
    let file = r#"[stack]
name = "quotes"
region = "us-east-1"
budget = { monthly = 150 }

[network]
nat = "one"

[service.api]
image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
port = 8080
scale = { min = 2, max = 6 }
environment = { REDIS_URL = "redis://localhost:6379" }

[override."service.api.load-balancer"]
subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]

[monitoring]
emails = ["ops@example.com"]

[[accept]]
rule = "RDY103"
because = "a NAT gateway more costs $33 a month"
"#;
    let stack = parse(Source::new("quotes.toml", file), Choice::default()).unwrap();
    assess(&stack, Basis { catalog: Catalog::embedded(), today: "2026-11-30", accepted: None }, None)
}

#[test]
fn every_form_shows_blockers_first_and_marks_what_is_unknown_and_accepted() {
    let report = report();
    expect_file!["goldens/text.txt"].assert_eq(&paint::plain(&text(&report, 80)));
    expect_file!["goldens/markdown.md"].assert_eq(&markdown(&report));
    for shown in [text(&report, 80), markdown(&report), html(&report)] {
        let places =
            ["Blockers", "To mend", "Unknown", "Accepted"].map(|title| shown.find(title).unwrap_or_else(|| panic!("{title}: {shown}")));
        assert!(places.is_sorted(), "{shown}");
    }
}

#[test]
fn machines_read_every_check_with_its_state_and_the_reason_of_what_does_not_count() {
    let json = json(&report());
    assert_eq!((&json["score"], &json["uncapped"], &json["cap"], &json["unknown"]), (&65.into(), &81.into(), &65.into(), &3.into()));
    let of = |code: &str| json["checks"].as_array().unwrap().iter().find(|one| one["code"] == code).unwrap().clone();
    for (code, state, reason) in [
        ("RDY101", "passed", false),
        ("RDY305", "failed", false),
        ("RDY102", "unknown", false),
        ("RDY201", "not_applicable", true),
        ("RDY251", "not_looked", true),
    ] {
        let one = of(code);
        assert_eq!((one["state"].as_str(), one["reason"].is_string()), (Some(state), reason), "{one}");
        assert_eq!(one["points_lost"].is_null(), reason, "{one}");
    }
    let accepted = &of("RDY103")["found"][0];
    assert_eq!((&accepted["is"], &accepted["because"]), (&"accepted".into(), &"a NAT gateway more costs $33 a month".into()));
    assert_eq!(json["blockers"][0]["place"], serde_json::json!({ "file": "quotes.toml", "line": 13 }));
    assert_eq!(
        json["areas"][1],
        serde_json::json!({ "area": "data", "weight": 18, "per_cent": null, "passed": 0, "counted": 0, "unknown": 0, "not_applicable": 7, "not_looked": 1 })
    );
}

#[test]
fn a_page_loads_nothing_and_knows_narrow_and_dark_readers() {
    let page = html(&report());
    assert!(
        page.contains("default-src 'none'") && page.contains("prefers-color-scheme:dark") && page.contains("max-width:36rem"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://") && !page.contains("url("), "{page}");
    for (mark, word) in [("class=\"open\"", "? unknown"), ("class=\"fail\"", "no"), ("class=\"apart\"", "does not apply")] {
        assert!(page.contains(&format!("<td {mark}>{word}")), "{word}: {page}");
    }
}
