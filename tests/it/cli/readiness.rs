//! `trueup readiness --live`: what is live, asked for one by one, and unknown where it is denied.

use super::Desk;
use serde_json::Value;

const STACK: &str = r#"
[stack]
name = "quotes"
region = "us-east-1"

[network]
nat = "none"

[secrets.rates]
keys = ["token"]
protect = false

[service.web]
image = "public.ecr.aws/nginx/nginx:1.29"
port = 80
tasks = 2
environment = { RATES = { secret = "rates", key = "token" } }

[service.web.rollout.migrate]
expand = ["bin/migrate", "up"]

[monitoring]
emails = ["ops@example.com"]
alarms = ["errors", "latency"]
"#;

fn check<'a>(report: &'a Value, code: &str) -> &'a Value {
    report["checks"].as_array().unwrap().iter().find(|one| one["code"] == code).unwrap()
}

fn state<'a>(report: &'a Value, code: &str) -> &'a str {
    check(report, code)["state"].as_str().unwrap()
}

/// The codes of what blocks, each once.
fn blockers(report: &Value) -> Vec<&str> {
    let mut codes = report["blockers"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect::<Vec<_>>();
    codes.dedup();
    codes
}

#[test]
fn what_is_live_is_looked_at_and_nothing_is_changed() {
    let desk = Desk::with(STACK);
    let look = |more: &[&str]| desk.sandbox(&[&["readiness", "--live", "--json"], more].concat()).exits(0).json();
    // Nothing was applied: nothing of it is ready.
    let before = look(&[]);
    assert_eq!((&before["live"], &before["account"]), (&true.into(), &"123456789012".into()));
    for code in ["RDY251", "RDY351", "RDY451", "RDY452", "RDY551", "RDY552", "RDY751"] {
        assert_eq!(state(&before, code), "failed", "{code}: {}", check(&before, code));
    }
    assert_eq!(state(&before, "RDY752"), "not_applicable", "the image is in a registry that nobody here can ask");
    assert_eq!(before["unknown"], 0, "{before}");
    assert_eq!(state(&before, "RDY753"), "passed", "{}", check(&before, "RDY753"));

    desk.sandbox(&["apply", "--yes"]).exits(0);
    let after = look(&[]);
    for code in ["RDY251", "RDY451", "RDY452", "RDY553", "RDY751"] {
        assert!(["passed", "not_applicable"].contains(&state(&after, code)), "{code}: {}", check(&after, code));
    }
    assert_eq!(state(&after, "RDY753"), "not_applicable", "nothing is still to be made");
    // Its keys hold what stood in for them, and nobody has opened the link in the e-mail.
    assert_eq!(blockers(&after), ["RDY351", "RDY552"], "{after}");
    assert!(check(&after, "RDY552")["found"][0]["says"].as_str().unwrap().contains("ops@example.com"));
    assert_eq!(after["score"].as_u64().unwrap(), after["uncapped"].as_u64().unwrap().min(65));
    desk.fed(&["secret", "set", "rates"], "{\"token\": \"a-real-one\"}").exits(0);
    assert_eq!(state(&look(&[]), "RDY351"), "passed");

    // An image that is not there, and a file that is not applied.
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/elsewhere:1.4";
    let other = look(&["--set", &format!("service.web.image={image}")]);
    assert_eq!((state(&other, "RDY752"), state(&other, "RDY751")), ("failed", "failed"));
    assert!(check(&other, "RDY752")["found"][0]["says"].as_str().unwrap().starts_with(image));

    // Nothing is sent that changes anything.
    let traced = desk.sandbox(&["readiness", "--live", "--trace-calls"]).exits(0);
    let calls = traced
        .err
        .split_whitespace()
        .filter(|word| word.contains('.') && word.split('.').nth(1).is_some_and(|name| name.starts_with(char::is_uppercase)));
    let calls = calls.collect::<Vec<_>>();
    assert!(calls.len() > 10, "{}", traced.err);
    let reads = |call: &&&str| ["Get", "List", "Describe", "Batch"].iter().any(|verb| call.split('.').nth(1).unwrap().starts_with(verb));
    assert_eq!(calls.iter().filter(|call| !reads(call)).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn what_is_denied_is_unknown_and_no_gate_lets_it_pass() {
    let desk = Desk::with(STACK);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    for (action, codes) in [
        ("elbv2.DescribeTargetHealth", vec!["RDY451"]),
        ("secretsmanager.DescribeSecret", vec!["RDY351"]),
        ("cloudwatch.DescribeAlarms", vec!["RDY551", "RDY553", "RDY751"]),
        ("sns.ListSubscriptionsByTopic", vec!["RDY552", "RDY751"]),
        ("ecs.DescribeTaskDefinition", vec!["RDY251"]),
    ] {
        let fault = format!("deny:{action}");
        let report = desk.sandbox(&["readiness", "--live", "--json", "--fault", &fault]).exits(0).json();
        for code in &codes {
            assert_eq!(state(&report, code), "unknown", "{action} {code}: {}", check(&report, code));
        }
        assert!(report["unknown"].as_u64().unwrap() > 0 && report["at_most"].as_u64() >= report["score"].as_u64(), "{report}");
        let refused = desk.sandbox(&["readiness", "--live", "--min", "1", "--fault", &fault]).exits(3);
        assert!(refused.err.contains("--min lets nothing unknown pass") && refused.out.contains("\nUnknown\n"), "{}", refused.all());
        assert!(refused.out.contains(codes[0]), "{}", refused.out);
    }
}

#[test]
fn of_a_file_with_errors_what_is_live_is_not_looked_at() {
    let desk = Desk::with(&format!("{STACK}[database.main]\nversion = \"3\"\n"));
    let ran = desk.sandbox(&["readiness", "--live", "--min", "1"]).exits(3);
    assert!(ran.err.contains("the file has errors") && ran.out.contains("RDS"), "{}", ran.all());
}
