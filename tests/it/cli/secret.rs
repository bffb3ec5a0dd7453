//! The values of secrets: given by standard input, told of and never shown.

use super::Desk;
use serde_json::json;

const EMPTY: &str = r#"
[stack]
name = "vault"
region = "us-east-1"

[network]
zones = 2
nat = "none"

[secrets.jwt]
protect = false

[secrets.mail]
keys = ["user", "password"]
protect = false

[secrets.made]
generate = true
protect = false

[resource.token]
kind = "secretsmanager.secret"
protect = false

[resource.images]
kind = "ecr.repository"
protect = false
"#;

const SERVICE: &str = r#"
[service.worker]
image = "public.ecr.aws/docker/library/busybox:1.37"

[service.worker.environment]
JWT = { secret = "jwt" }
PASSWORD = { secret = "mail", key = "password" }
"#;

fn word(desk: &Desk, name: &str) -> String {
    let ran = desk.sandbox(&["secret", "list"]).exits(0);
    let line = ran.out.lines().find(|line| line.trim().starts_with(name)).unwrap_or_else(|| panic!("no {name} in {}", ran.out));
    line.trim()[name.len()..].trim().to_owned()
}

#[test]
fn arguments_of_set_that_are_none_are_not_repeated() {
    let desk = Desk::with(EMPTY);
    desk.write("token.txt", "PLANTED\n");
    let piped = "hint: a value is read from standard input: printf %s \"$VALUE\" | trueup secret set NAME";
    for args in [
        &["jwt", "PLANTED"][..],
        &["jwt", "token.txt"],
        &["jwt", "stack.toml", "PLANTED"],
        &["jwt=PLANTED"],
        &["jwt", "--value", "PLANTED"],
        &["jwt", "--value=PLANTED"],
        &["jwt", "--PLANTED"],
    ] {
        let ran = desk.fed(&[&["secret", "set"], args].concat(), "").exits(64);
        assert!(ran.err.contains(piped), "{args:?}: {}", ran.err);
        assert!(!format!("{}{}", ran.out, ran.err).contains("PLANTED"), "{args:?}: {}", ran.err);
    }
    let help = desk.run(&["secret", "set", "--help"]).exits(0);
    assert!(help.out.contains("Usage: trueup secret set"), "{}", help.out);
}

#[test]
fn secrets_are_filled_from_standard_input_and_never_shown() {
    let desk = Desk::with(EMPTY);
    assert_eq!(word(&desk, "jwt"), "not in AWS yet");
    let early = desk.fed(&["secret", "set", "jwt"], "PLANTED").exits(1);
    assert!(early.err.contains("`jwt` is not in AWS yet") && early.err.contains("trueup apply"), "{}", early.err);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let words = ["jwt", "mail", "made", "resource.token"].map(|name| word(&desk, name));
    assert_eq!(words, ["empty", "placeholders", "set", "empty"]);

    // The line break that `echo` adds is none of the value's.
    let set = desk.fed(&["secret", "set", "jwt"], "PLANTED\n").exits(0);
    assert!(set.err.contains("`secrets.jwt.secret` is set") && set.out.is_empty(), "{}{}", set.out, set.err);
    desk.fed(&["secret", "set", "resource.token"], "PLANTED").exits(0);
    for (value, why) in [("PLANTED", "is no JSON object"), (r#"{"user": "PLANTED"}"#, "has no key `password`")] {
        let refused = desk.fed(&["secret", "set", "mail"], value).exits(1);
        assert!(refused.err.contains(why) && refused.err.contains(r#"{"user": "…", "password": "…"}"#), "{}", refused.err);
        assert!(!refused.err.contains("PLANTED"), "{}", refused.err);
    }
    desk.fed(&["secret", "set", "mail"], r#"{"user": "a", "password": "PLANTED"}"#).exits(0);
    let all = desk.sandbox(&["secret", "list", "--json"]).exits(0);
    let states = all.json()["secrets"].as_array().unwrap().iter().map(|one| json!([one["name"], one["state"]])).collect::<Vec<_>>();
    assert_eq!(json!(states), json!([["resource.token", "set"], ["jwt", "set"], ["made", "set"], ["mail", "set"]]));
    assert!(!all.out.contains("PLANTED") && all.out.contains("arn:aws:secretsmanager:"), "{}", all.out);
    let world = trueup::sandbox::peek(&desk.path(".trueup/sandbox")).unwrap().unwrap();
    let text = serde_json::to_string(&world).unwrap();
    assert!(text.contains("\"PLANTED\"") && !text.contains("PLANTED\\n"), "the value is in AWS, without its line break");
}

#[test]
fn what_cannot_be_a_value_or_a_secret_is_refused_before_any_call() {
    let desk = Desk::with(EMPTY);
    for (args, input, why) in [
        (["secret", "set", "jwt"], "", "the value is empty"),
        (["secret", "set", "jwt"], "\n", "the value is empty"),
        (["secret", "set", "jtw"], "PLANTED", "did you mean `jwt`?"),
        (["secret", "set", "password"], "PLANTED", "there are resource.token, jwt, made, mail"),
        (["secret", "set", "jwt"], &"PLANTED ".repeat(9000), "AWS takes 65536 at most"),
    ] {
        let refused = desk.fed(&args, input).exits(1);
        assert!(refused.err.contains(why) && !refused.err.contains("PLANTED"), "{}", refused.err);
        assert!(!refused.err.contains("embedded AWS"), "{}", refused.err);
    }
    desk.fed(&["secret", "set"], "PLANTED").exits(64);
}

#[test]
fn a_plan_notes_services_that_would_not_start_and_asks_only_about_those_that_change() {
    let desk = Desk::with(EMPTY);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let own = "\n[service.web]\nimage = \"${resource.images.uri}:1.4\"\n";
    desk.write("stack.toml", [EMPTY, SERVICE, own].concat());
    let plan = desk.sandbox(&["plan", "--trace-calls"]).exits(0);
    let said = ["`service.worker.service` would not start: `secrets.jwt.secret` holds no value", "`trueup secret set jwt`"];
    let said = said.iter().chain(&["`service.web.service` would not start: `resource.images` holds no image `1.4`"]);
    said.for_each(|said| assert!(plan.out.contains(said), "{said} in {}", plan.out));
    assert!(!plan.out.contains("secrets.mail"), "placeholders let it start: {}", plan.out);
    let asked = |text: &str, operation: &str| text.lines().filter(|line| line.ends_with(operation)).count();
    assert_eq!(asked(&plan.err, "ecr.DescribeImages"), 1, "{}", plan.err);

    desk.fed(&["secret", "set", "jwt"], "PLANTED").exits(0);
    desk.write("stack.toml", [EMPTY, SERVICE].concat());
    let plan = desk.sandbox(&["plan"]).exits(0);
    assert!(!plan.out.contains("would not start"), "{}", plan.out);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let plan = desk.sandbox(&["plan", "--trace-calls"]).exits(0);
    let idle = ["ecr.DescribeImages", "secretsmanager.DescribeSecret"].map(|operation| asked(&plan.err, operation));
    assert_eq!(idle, [0, 0], "{}", plan.err);

    // What a plan makes itself holds nothing, and needs no question.
    let fresh = desk.run(&["plan", "--empty"]).exits(0);
    assert!(fresh.out.contains("`secrets.jwt.secret` holds no value"), "{}", fresh.out);
}
