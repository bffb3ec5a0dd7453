//! Secrets that are planted in every place that has any, and looked for in all that each command prints and writes.

use super::Desk;
use super::releases::server;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A value of a secret, typed in.
const VALUE: &str = "planted-value-of-a-secret-1";
/// Variables of whoever runs a command.
const SMOKE: &str = "planted-token-of-checks-2";
const SLACK: &str = "planted-path-of-slack-3";
const KEY: &str = "planted/key/of/aws/4444444444444444444444";
const SESSION: &str = "planted-session-of-aws-5";
const TOKEN: &str = "planted-token-of-github-6";
/// Texts of the stack file, which a saved plan has to have.
const PASSWORD: &str = "planted-password-in-a-variable-7";
const WEBHOOK: &str = "planted-path-of-a-webhook-8";
const SUBSCRIBED: &str = "planted-path-of-a-subscription-9";

const OF_THE_FILE: &[&str] = &[PASSWORD, WEBHOOK, SUBSCRIBED];

fn stack(version: &str) -> String {
    format!(
        r#"
[stack]
name = "vault"
region = "us-east-1"
account = "123456789012"

[network]
nat = "none"

[secrets.by-hand]
protect = false

[monitoring]
webhooks = ["https://hooks.example.com/{SUBSCRIBED}"]

[service.web]
image = "public.ecr.aws/docker/library/nginx:{version}"
port = 80

[service.web.environment]
DB_PASSWORD = "{PASSWORD}"
BY_HAND = {{ secret = "by-hand" }}

[service.web.rollout]
dwell_minutes = 1
bake_minutes = 1
notify = {{ webhook = "https://hooks.example.com/{WEBHOOK}", slack = {{ env = "SLACK" }} }}

[[service.web.rollout.smoke]]
path = "/"
token = {{ env = "SMOKE_TOKEN" }}
json = {{ "$.echo" = "nobody" }}
"#
    )
}

/// Everything that was said, by the command that said it.
struct Said(Vec<(String, String)>);

impl Said {
    fn run(&mut self, desk: &Desk, args: &[&str]) -> i32 {
        let ran = desk.run(args);
        self.0.push((args.join(" "), format!("{}{}", ran.out, ran.err)));
        ran.code
    }
    fn sandbox(&mut self, desk: &Desk, args: &[&str]) -> i32 {
        self.run(desk, &[args, &["--sandbox", "--sandbox-speed", "300"]].concat())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    found
}

#[test]
fn planted_secrets_are_found_in_no_artefact_and_in_no_output() {
    let desk = Desk::with(&stack("1.28")).var("SMOKE_TOKEN", SMOKE).var("SLACK", format!("https://hooks.slack.com/services/{SLACK}"));
    let desk = desk.var("AWS_ACCESS_KEY_ID", "AKIAPLANTED").var("AWS_SECRET_ACCESS_KEY", KEY).var("AWS_SESSION_TOKEN", SESSION);
    let desk =
        desk.var("GITHUB_TOKEN", TOKEN).var("TRUEUP_GITLAB_TOKEN", TOKEN).var("TRUEUP_SLACK_WEBHOOK", format!("https://127.0.0.1/{SLACK}"));
    let (mut said, mut raw) = (Said(Vec::new()), Said(Vec::new()));

    // Without an account.
    for args in [
        &["validate"][..],
        &["validate", "--json"],
        &["validate", "--format", "sarif"],
        &["validate", "--format", "junit"],
        &["validate", "--format", "github"],
        &["validate", "--fix", "--dry-run"],
        &["fmt", "--check"],
        &["reach", "service.web", "internet"],
        &["readiness"],
        &["readiness", "--json"],
        &["readiness", "--markdown"],
        &["readiness", "--html"],
        &["cost"],
        &["cost", "--json"],
        &["cost", "--markdown"],
        &["cost", "--html"],
        &["plan", "--empty"],
        &["plan", "--empty", "-v"],
        &["plan", "--empty", "--markdown"],
        &["plan", "--empty", "--html"],
        &["ci", "github", "--stdout"],
        &["ci", "gitlab", "--stdout"],
        &["ci", "notify", "a text"],
        &["ci", "comment", "none.md"],
    ] {
        said.run(&desk, args);
    }
    // What a program reads has what stands in the file.
    raw.run(&desk, &["synth"]);
    raw.run(&desk, &["plan", "--empty", "--json"]);

    // With one: made, given its value, changed, rolled out and rolled back, looked at, and taken away.
    assert_eq!(said.sandbox(&desk, &["plan", "--out", "plan.json", "-v", "--trace-calls"]), 0);
    for form in
        [&["show", "plan.json"][..], &["show", "plan.json", "-v"], &["show", "plan.json", "--markdown"], &["show", "plan.json", "--html"]]
    {
        assert_eq!(said.run(&desk, form), 0, "{form:?}");
    }
    let via = ["--smoke-via".to_owned(), format!("localhost:{}", server(200))];
    let via = [via[0].as_str(), via[1].as_str()];
    assert_eq!(said.sandbox(&desk, &[&["apply", "--plan", "plan.json", "-v", "--trace-calls"][..], &via].concat()), 0);
    let set = desk.fed(&["secret", "set", "by-hand"], VALUE).exits(0);
    said.0.push(("secret set".into(), format!("{}{}", set.out, set.err)));
    desk.write("stack.toml", stack("1.29").replace(PASSWORD, &format!("{PASSWORD}-another")));
    for args in [&["plan"][..], &["plan", "-v"], &["plan", "--markdown"], &["plan", "--html"], &["rollout", "plan"]] {
        said.sandbox(&desk, args);
    }
    let reports = ["--report", "release.md", "--report", "release.json", "--report", "release.html"];
    let back = said.sandbox(&desk, &[&["apply", "--yes", "-v"][..], &reports, &via].concat());
    assert_eq!(back, 5, "the check fails, and the version goes back: {}", said.0.last().unwrap().1);
    raw.sandbox(&desk, &[&["apply", "--yes", "--json"][..], &via].concat());
    for args in [
        &["rollout", "status"][..],
        &["rollout", "history"],
        &["rollout", "report"],
        &["rollout", "report", "--json"],
        &["rollout", "report", "--html"],
        &["rollout", "logs"],
        &["lock", "show"],
        &["secret", "list"],
        &["show"],
        &["show", "--links"],
        &["show", "--outputs"],
    ] {
        said.sandbox(&desk, args);
    }
    said.sandbox(&desk, &[&["rollout", "smoke"][..], &via].concat());
    said.run(&desk, &["sandbox", "status"]);
    for args in [&["show", "--json"][..], &["show", "--snapshot"]] {
        raw.sandbox(&desk, args);
    }
    for fault in ["deny:ecs.DescribeServices", "throttle:ec2.DescribeVpcs:99", "error-before:tagging.GetResources:99"] {
        said.sandbox(&desk, &["plan", "--fault", fault]);
    }
    said.sandbox(&desk, &["destroy", "--yes", "--allow-delete", "*"]);
    // Somewhere where nobody answers.
    let desk = desk.var("AWS_ENDPOINT_URL", "http://127.0.0.1:9").var("AWS_MAX_ATTEMPTS", "1");
    assert_eq!(said.run(&desk, &["plan", "-v"]), 1);

    let world = |path: &Path| path.parent().is_some_and(|parent| parent.ends_with(".trueup/sandbox")) && !path.ends_with("requests.jsonl");
    let mut seen = 0;
    for path in files(&desk.path(".")) {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let inside = path.components().any(|part| part.as_os_str() == ".trueup");
        if inside || path.ends_with("plan.json") {
            assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        }
        if path.is_file() && !world(&path) && !path.ends_with("stack.toml") {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            seen += 1;
            match path.ends_with("plan.json") {
                true => raw.0.push((path.display().to_string(), text)),
                false => said.0.push((path.display().to_string(), text)),
            }
        }
    }
    assert!(seen >= 6 && said.0.len() > 50, "{seen} files, {} texts", said.0.len());

    let everywhere = said.0.iter().chain(&raw.0);
    for (place, text) in everywhere {
        for secret in [VALUE, SMOKE, SLACK, KEY, SESSION, TOKEN] {
            assert!(!text.contains(secret), "{place} holds `{secret}`:\n{text}");
        }
    }
    for (place, text) in &said.0 {
        for secret in OF_THE_FILE {
            assert!(!text.contains(secret), "{place} holds `{secret}`:\n{text}");
        }
    }
}
