//! Releases at the command line: their reports.

use super::Desk;
use serde_json::Value;

fn shop(version: &str) -> String {
    format!(
        r#"
[stack]
name = "shop"
region = "eu-central-1"
[network]
nat = "none"
[service.web]
image = "nginx:{version}"
port = 8080
[service.web.rollout]
strategy = "canary"
dwell_minutes = 3
bake_minutes = 3
gate_minutes = 600
guard = {{ least_requests = 10 }}
"#
    )
}

#[test]
fn a_release_is_reported_in_each_form() {
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", shop("2.0"));
    let refused = desk.sandbox(&["apply", "--yes", "--report", "release.pdf"]).exits(64);
    assert!(refused.err.contains(".md, .json or .html"), "{}", refused.err);

    let reports = ["--report", "release.md", "--report", "release.json", "--report", "release.html"];
    let ran = desk.run(&[&["apply", "--yes", "--sandbox", "--sandbox-speed", "300"][..], &reports].concat()).exits(0);
    assert!(ran.err.contains("wrote release.html"), "{}", ran.err);
    let release = |json: &Value| {
        assert_eq!((&json["version"], json["releases"].as_array().map(Vec::len)), (&Value::from(1), Some(1)), "{json}");
        let one = json["releases"][0].clone();
        assert_eq!((one["service"].as_str(), one["result"]["state"].as_str()), (Some("web"), Some("promoted")), "{one}");
        assert!(one["phases"].as_array().is_some_and(|phases| phases.len() >= 4), "{one}");
        assert!(one["green"]["images"][0]["image"] == "nginx:2.0", "{one}");
        one
    };
    let written = release(&serde_json::from_str(&desk.read("release.json")).unwrap());
    assert!(written["caller"].as_str().is_some_and(|caller| caller.starts_with("arn:aws:")), "{written}");
    let is_page = |page: &str| {
        page.starts_with("<!doctype html>")
            && page.contains("<svg")
            && page.contains(">promoted<")
            && !page.contains("http:")
            && !page.contains("https:")
    };
    assert!(is_page(&desk.read("release.html")) && desk.read("release.md").starts_with("# web: promoted\n"));

    // The journal and AWS say the same later.
    let again = release(&desk.sandbox(&["rollout", "report", "--json"]).exits(0).json());
    assert_eq!((&again["deployment"], &again["ended"]), (&written["deployment"], &written["ended"]));
    assert!(is_page(&desk.sandbox(&["rollout", "report", "--html"]).exits(0).out));
    assert!(desk.sandbox(&["rollout", "report"]).exits(0).out.starts_with("# web: promoted\n"));
    desk.sandbox(&["rollout", "report", "--deployment", "arn:none"]).exits(1);

    // There is nothing to watch any more, and a pipe gets lines.
    let watched = desk.sandbox(&["rollout", "watch", "--report", "watched.md"]).exits(0);
    assert!(watched.out.contains("the new version has taken over") && !watched.out.contains('\u{1b}'), "{}", watched.out);
    assert!(desk.read("watched.md").starts_with("# web: promoted\n"));
}
