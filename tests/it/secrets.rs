//! No secret value in anything that a run writes or says, only in AWS itself.

use crate::cli::Desk;
use crate::cli::served::Served;
use crate::cli::traces::Collector;
use crate::stand::{Ground, SPEED, fast, graph, stack};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use trueup::aws::{Clock, Connection};
use trueup::core::event::Outcome;
use trueup::sandbox::{self, Sandbox};

/// Every way by which a value gets into AWS: generated, generated inside JSON, set by hand, a database's own, a cache's token.
const STACK: &str = r#"
[stack]
name = "vault"
region = "us-east-1"

[network]
zones = 2
nat = "none"
data_subnets = true

[database.main]
engine = "postgres"
protect = false

[cache.main]
engine = "redis"
password = "cache-token"
protect = false

[secrets.cache-token]
generate = true
protect = false

[secrets.session-key]
generate = true
protect = false

[secrets.by-hand]
protect = false

[resource.inside]
kind = "secretsmanager.secret"
protect = false
generate = { secret_string_template = '{"user": "app"}', generate_string_key = "password" }

[service.worker]
image = "public.ecr.aws/docker/library/busybox:1.37"

[service.worker.environment]
SESSION_KEY = { secret = "session-key" }
DATABASE_PASSWORD = { secret = "${database.main.secret}", key = "password" }
"#;

const ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYPLANTED";
const SESSION: &str = "FwoGZXIvYXdzEPLANTEDsessionTOKEN//////////";
const COLLECTOR: &str = "key-of-the-collector-PLANTED";
const BY_HAND: &str = "typed-in-by-hand-PLANTED";

#[test]
fn no_artefact_holds_a_secret() {
    let desk = Desk::with(STACK).var("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").var("AWS_SECRET_ACCESS_KEY", ACCESS_KEY);
    let desk = desk.var("AWS_SESSION_TOKEN", SESSION).var("AWS_MAX_ATTEMPTS", "1");
    // Every run is traced and its key to the collector is a secret, too; some are logged for machines.
    let collector = Collector::answering(200);
    let desk = desk.var("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address).var("OTEL_EXPORTER_OTLP_HEADERS", format!("x-key={COLLECTOR}"));
    let mut said = Vec::new();
    let mut run = |args: &[&str], code| {
        let ran = if ["validate", "synth", "sandbox"].contains(&args[0]) { desk.run(args) } else { desk.sandbox(args) }.exits(code);
        said.push((args.join(" "), format!("{}{}", ran.out, ran.err)));
        ran
    };
    run(&["validate", "--json"], 0);
    run(&["synth"], 0);
    run(&["plan", "--out", "plan.json", "-v", "--trace-calls"], 0);
    run(&["plan", "--json"], 0);
    // With answers lost and calls denied: what is retried and what fails is told, too.
    let trouble = ["--fault", "error-after:secretsmanager.CreateSecret:2", "--fault", "deny:elasticache.CreateReplicationGroup"];
    run(&[&["apply", "--plan", "plan.json", "-v", "--trace-calls", "--log", "json"][..], &trouble].concat(), 4);
    run(&["apply", "--yes", "--json"], 0);
    let set = desk.fed(&["secret", "set", "by-hand"], BY_HAND).exits(0);
    let reading = run(&["show", "--snapshot"], 0);
    desk.write("now.json", reading.out);
    run(&["show", "--links"], 0);
    run(&["plan", "-v", "--detailed-exitcode"], 0);
    run(&["plan", "--snapshot", "now.json", "--json"], 0);
    let edit = ["--set", "cache.main.password=session-key", "--set", "service.worker.memory=1024"];
    run(&[&["apply", "--yes", "-v"][..], &edit].concat(), 0);
    run(&["show", "--json"], 0);
    run(&["sandbox", "status"], 0);
    let secrets = values(&desk.path(".trueup/sandbox"));
    run(&["destroy", "--yes", "--json", "--log", "json"], 0);

    said.push(("secret set".into(), format!("{}{}", set.out, set.err)));

    // Over HTTP, where the keys sign and the session's token travels.
    let served = Served::start(&desk);
    let desk = desk.var("AWS_ENDPOINT_URL", &served.address);
    let ran = desk.run(&["plan", "-v", "--trace-calls"]).exits(0);
    said.push(("served".into(), format!("{}{}", ran.out, ran.err)));
    let ran = desk.run(&["plan", "--log", "json"]).exits(0);
    assert!(ran.err.contains("\"target\":\"trueup::aws\""), "{}", ran.err);
    said.push(("served, logged".into(), format!("{}{}", ran.out, ran.err)));
    drop(served);
    let ran = desk.run(&["plan", "-v", "--trace-calls"]).exits(1);
    said.push(("unreachable".into(), format!("{}{}", ran.out, ran.err)));
    let files = files(&desk.path("."));
    for kind in ["plan.json", "now.json", "requests.jsonl", ".jsonl"] {
        assert!(files.iter().any(|(path, text)| path.ends_with(kind) && !text.is_empty()), "no {kind} among the files");
    }
    said.extend(files);
    let traces = collector.bodies();
    assert!(traces.iter().any(|body| body.contains("SecretsManager") || body.contains("Secrets Manager")), "{} bodies", traces.len());
    said.extend(traces.into_iter().map(|body| ("a trace".to_owned(), body)));

    assert!(secrets.len() >= 6 && secrets.iter().any(|secret| secret == BY_HAND), "{} secrets", secrets.len());
    for secret in secrets.iter().map(String::as_str).chain([ACCESS_KEY, SESSION, COLLECTOR]) {
        let quoted = json!(secret).to_string();
        for (place, text) in &said {
            assert!(!text.contains(secret) && !text.contains(quoted.trim_matches('"')), "{place} holds `{secret}`");
        }
    }
}

/// A service whose rollouts somebody is told of by an address that stands in the file.
const TOLD: &str = r#"
[stack]
name = "told"
region = "us-east-1"

[network]
nat = "none"

[service.web]
image = "public.ecr.aws/docker/library/nginx:1.29"
port = 80

[service.web.rollout.notify]
webhook = "https://hooks.example.com/in/s3cret"
"#;

#[test]
fn an_address_in_the_file_is_saved_for_its_owner_and_shown_to_nobody() {
    let desk = Desk::with(TOLD);
    let mut said = Vec::new();
    let mut run = |args: &[&str], code| {
        let ran = desk.sandbox(args).exits(code);
        assert!(!format!("{}{}", ran.out, ran.err).contains("s3cret"), "{args:?}:\n{}{}", ran.out, ran.err);
        said.push(ran.out.clone());
        ran
    };
    let printed = run(&["plan", "--json"], 0);
    assert!(printed.out.contains("https://hooks.example.com/****") && printed.err.contains("save the plan with --out"), "{}", printed.out);
    desk.write("printed.json", &printed.out);
    run(&["plan", "--out", "plan.json"], 0);
    assert!(desk.read("plan.json").contains("https://hooks.example.com/in/s3cret"));
    assert!(run(&["show", "plan.json", "--json"], 0).out.contains("hooks.example.com/****"));
    let refused = run(&["apply", "--plan", "printed.json"], 3);
    assert!(refused.err.contains("its secrets are masked") && refused.err.contains("--out plan.json"), "{}", refused.err);
    let applied = run(&["apply", "--plan", "plan.json", "--json"], 0);
    let first = applied.lines().remove(0);
    let digest = serde_json::from_str::<Value>(&desk.read("plan.json")).unwrap()["digest"].clone();
    assert_eq!((&first["event"], &first["plan"]["digest"], &first["plan"]["masked"]), (&json!("planned"), &digest, &json!(true)));
    run(&["rollout", "status", "--json"], 0);
    run(&["rollout", "report", "--json"], 0);
    assert!(!desk.run(&["synth"]).exits(0).out.contains("s3cret"));
    for (path, text) in files(&desk.path(".")) {
        assert!(!text.contains("s3cret") || path.ends_with("/stack.toml") || path.ends_with("/plan.json"), "{path} holds the address");
    }
}

#[test]
fn a_line_that_is_wrong_is_shown_without_the_secret_in_it() {
    let rollout = |text: &str| TOLD.replace("[service.web.rollout.notify]\nwebhook = \"https://hooks.example.com/in/s3cret\"", text);
    for (code, text) in [
        ("NOTE001", "[service.web.rollout.notify]\nwebhook = \"http://hooks.example.com/s3cret\""),
        ("NOTE003", "[service.web.rollout]\nnotify = { slack = \"https://hooks.slack.com/services/T0/B0/s3cret\", on = [\"gate\"] }"),
        ("TYPE001", "[service.web.rollout.notify]\nslack = [\"https://hooks.slack.com/services/T0/B0/s3cret\"]"),
        ("TYPE001", "[service.web.rollout]\nsmoke = [{ path = \"/\", token = \"s3cret\" }]"),
        ("KEY001", "[service.web.rollout.notify]\nwebhok = \"https://hooks.example.com/s3cret\""),
        ("KEY001", "[service.web.rollout.notify.webhook]\nurl = \"https://hooks.example.com/s3cret\""),
        ("FILE003", "[service.web.rollout.notify]\nwebhook = https://hooks.example.com/s3cret"),
        ("FILE003", "[service.web.rollout.notify]\nwebhook = \"https://hooks.example.com/s3cret"),
        ("SMOKE012", "[[service.web.rollout.smoke]]\npath = \"/\"\nheaders = { Authorization = \"Bearer s3cret\" }"),
        ("SMOKE012", "[[service.web.rollout.smoke]]\npath = \"/?api_key=s3cret\""),
        ("MOD302", "[monitoring]\nwebhooks = [\"http://a:s3cret@example.com/s3cret\"]"),
        ("TYPE001", "[monitoring]\nwebhooks = \"https://example.com/s3cret\""),
        ("KEY001", "[service.web.environment]\nDB_PASSWORD = \"s3cret-and-long\"\n[service.web.envronment]"),
    ] {
        let desk = Desk::with(&rollout(text));
        for args in [&["validate"][..], &["validate", "--json"], &["plan", "--empty"]] {
            let ran = desk.run(args);
            let all = format!("{}{}", ran.out, ran.err);
            assert!(ran.code != 0 && all.contains(code) && !all.contains("s3cret"), "{text}\n{args:?}: {}\n{all}", ran.code);
        }
    }
    let ran = Desk::with(TOLD).run(&["validate", "--set", "service.web.rollout.notify.webhook=ftp://hooks.example.com/s3cret"]).exits(1);
    assert!(ran.err.contains("NOTE001") && !ran.err.contains("s3cret"), "{}", ran.err);
    let warned = Desk::with(&rollout("[service.web.environment]\nDB_PASSWORD = \"s3cret-and-long\"")).run(&["validate"]);
    assert!(warned.err.contains("SEC203") && !warned.err.contains("s3cret"), "{}", warned.err);
}

/// Every secret value that the embedded AWS holds: whole, and each inside JSON that is no name.
fn values(directory: &Path) -> Vec<String> {
    let world = sandbox::peek(directory).unwrap().unwrap();
    let mut found = Vec::new();
    world.tables.values().flat_map(|rows| rows.values()).for_each(|row| collect(row, &mut found));
    let inner = found
        .iter()
        .filter_map(|value| serde_json::from_str::<Value>(value).ok())
        .filter_map(|value| value["password"].as_str().map(String::from));
    let inner = inner.collect::<Vec<_>>();
    [found, inner].concat()
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match value.as_str().filter(|_| name == "SecretString") {
            Some(text) => found.push(text.to_owned()),
            None => collect(value, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Every file below, but for the embedded AWS's own state: where the values live.
fn files(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let state = path.parent().is_some_and(|parent| parent.ends_with(".trueup/sandbox") || parent.ends_with("served"))
                && !path.ends_with("requests.jsonl");
            match path.is_dir() {
                true => open.push(path),
                false if state => {}
                false => found.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned())),
            }
        }
    }
    found
}

/// An AWS that repeats the secret of one operation in its refusal, as validation messages do.
#[derive(Debug, Clone)]
struct Echo {
    sandbox: Sandbox,
    operation: &'static str,
    heard: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
struct Echoing {
    echo: Echo,
    inner: SharedHttpConnector,
}

impl HttpClient for Echo {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Echoing { echo: self.clone(), inner: self.sandbox.http_connector(settings, components) })
    }
}

impl HttpConnector for Echoing {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let json = target.ends_with(self.echo.operation);
        if !json && !body.contains(&format!("Action={}&", self.echo.operation)) {
            return self.inner.call(request);
        }
        let secret = match json {
            true => serde_json::from_str::<Value>(&body).unwrap()["SecretString"].as_str().unwrap_or_default().to_owned(),
            false => {
                let token = body.split('&').find_map(|pair| pair.strip_prefix("AuthToken=")).unwrap_or_default();
                percent_decode_str(token).decode_utf8_lossy().into_owned()
            }
        };
        let message = format!("Value '{secret}' failed to satisfy constraint");
        self.echo.heard.lock().unwrap().push(secret);
        let answer = match json {
            true => json!({ "__type": "InvalidParameterException", "message": message }).to_string(),
            false => {
                let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                format!("<ErrorResponse><Error><Code>InvalidParameterValue</Code><Message>{message}</Message></Error></ErrorResponse>")
            }
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(answer))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_repeats_a_secret_is_told_without_it() {
    let stack = stack(STACK, None, &[]);
    let graph = graph(&stack);
    for operation in ["CreateSecret", "CreateReplicationGroup"] {
        let echo = Echo { sandbox: fast(), operation, heard: Arc::default() };
        let connection = Connection::over(SharedHttpClient::new(echo.clone()), "us-east-1", Clock { speed: SPEED }).await;
        let ground = Ground::new(&connection, &stack).await;
        let applied = ground.apply(&ground.plan(&graph).await).await;
        assert_eq!(applied.outcome, Outcome::Partial);
        let told = format!("{:?}\n{}", applied.events, files(ground.dir()).into_iter().map(|(_, text)| text).collect::<String>());
        assert!(told.contains("Value '(secret)' failed to satisfy constraint"), "{told}");
        let heard = echo.heard.lock().unwrap().iter().filter(|secret| !secret.is_empty()).cloned().collect::<Vec<_>>();
        assert!(!heard.is_empty());
        heard.iter().for_each(|secret| assert!(!told.contains(secret.as_str()), "{operation} told `{secret}`"));
    }
}
