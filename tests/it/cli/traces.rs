//! The run as machines follow it: logs as JSON lines, and traces to a collector that may be well, slow or gone.

use super::{Desk, SMALL};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A collector of traces on a free port: it keeps the bodies of what it is sent, and the headers.
pub struct Collector {
    pub address: String,
    got: Arc<Mutex<Vec<(String, String)>>>,
}

impl Collector {
    /// Starts one that answers with this status.
    pub fn answering(status: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::<Mutex<Vec<_>>>::default();
        let kept = got.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let kept = kept.clone();
                std::thread::spawn(move || serve(stream.unwrap(), status, &kept));
            }
        });
        Collector { address, got }
    }

    /// Returns the heads of all requests.
    pub fn heads(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
    }

    /// Returns the bodies as they came.
    pub fn bodies(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    fn requests(&self) -> Vec<Value> {
        self.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    fn spans(&self) -> Vec<Value> {
        let list = |value: &Value| value.as_array().unwrap().clone();
        let resources = self.requests().into_iter().flat_map(|request| list(&request["resourceSpans"]));
        let scopes = resources.flat_map(|resource| list(&resource["scopeSpans"]));
        scopes.flat_map(|scope| list(&scope["spans"])).collect()
    }
}

/// Requests of one connection, one after the other.
fn serve(stream: TcpStream, status: u16, kept: &Mutex<Vec<(String, String)>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let length = head.lines().filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        reader.read_exact(&mut body).unwrap();
        kept.lock().unwrap().push((head, String::from_utf8(body).unwrap()));
        let answer = format!("HTTP/1.1 {status} So\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}");
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn attributes(span: &Value) -> BTreeMap<String, String> {
    let pairs = span["attributes"].as_array().unwrap().iter();
    let value = |value: &Value| value["stringValue"].as_str().or(value["intValue"].as_str()).unwrap().to_owned();
    pairs.map(|pair| (pair["key"].as_str().unwrap().to_owned(), value(&pair["value"]))).collect()
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[test]
fn an_apply_is_one_trace_under_the_span_of_whoever_started_it() {
    let collector = Collector::answering(200);
    let desk = Desk::with(SMALL).var("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address);
    let desk = desk.var("TRACEPARENT", format!("00-{TRACE}-{PARENT}-01")).var("TRACESTATE", "vendor=1");
    let desk = desk.var("OTEL_SERVICE_NAME", "infra").var("OTEL_RESOURCE_ATTRIBUTES", "team=platform,cost=a%20b");
    let desk = desk.var("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret");
    let ran = desk.sandbox(&["apply", "--yes", "--fault", "throttle:sns.CreateTopic:2"]).exits(0);
    assert!(!ran.all().contains("s3cret") && !ran.all().contains("warning"), "{}", ran.all());

    let heads = collector.heads();
    assert!(heads.iter().all(|head| head.starts_with("POST /v1/traces ") && head.contains("authorization: Bearer s3cret")), "{heads:?}");
    for request in collector.requests() {
        let resource = attributes(&request["resourceSpans"][0]["resource"]);
        let want = [("cost", "a b"), ("service.name", "infra"), ("team", "platform")];
        assert_eq!(resource, want.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }
    let spans = collector.spans();
    let ids = spans.iter().map(|span| (span["spanId"].as_str().unwrap(), span)).collect::<BTreeMap<_, _>>();
    assert_eq!(ids.len(), spans.len(), "each has a name of its own");
    assert!(spans.iter().all(|span| span["traceId"] == TRACE && span["traceState"] == "vendor=1"));
    let one = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no {name} in {spans:#?}"));
    let parent = |span: &Value| ids.get(span["parentSpanId"].as_str().unwrap()).map(|parent| parent["name"].as_str().unwrap());
    let root = one("trueup apply");
    assert_eq!((root["parentSpanId"].as_str(), attributes(root)["process.exit.code"].as_str()), (Some(PARENT), "0"));
    for (name, under) in [
        ("STS.GetCallerIdentity", "trueup apply"),
        ("plan", "trueup apply"),
        ("apply", "trueup apply"),
        ("create sns.topic", "apply"),
        ("create s3.bucket", "apply"),
        ("SNS.CreateTopic", "create sns.topic"),
        ("S3.CreateBucket", "create s3.bucket"),
    ] {
        assert_eq!(parent(one(name)), Some(under), "{name}");
    }
    // A span lies within its parent, and one without a parent here is the root.
    let time = |span: &Value, key: &str| span[key].as_str().unwrap().parse::<u128>().unwrap();
    for span in &spans {
        assert!(time(span, "startTimeUnixNano") <= time(span, "endTimeUnixNano"), "{span}");
        match ids.get(span["parentSpanId"].as_str().unwrap()) {
            None => assert_eq!(span["name"], "trueup apply"),
            Some(parent) => assert!(time(parent, "startTimeUnixNano") <= time(span, "startTimeUnixNano"), "{span} in {parent}"),
        }
    }
    let call = one("SNS.CreateTopic");
    let about = attributes(call);
    let about = |key: &str| about.get(key).map(String::as_str);
    assert_eq!((about("rpc.system"), about("rpc.service"), about("rpc.method")), (Some("aws-api"), Some("SNS"), Some("CreateTopic")));
    assert_eq!((about("http.response.status_code"), about("error.type"), about("aws.attempts")), (Some("200"), None, Some("3")));
    assert_eq!((&call["kind"], &call["status"]), (&3.into(), &Value::Null));
    let retries = call["events"].as_array().unwrap();
    let codes = retries.iter().map(|retry| attributes(retry)["error.type"].clone()).collect::<Vec<_>>();
    assert_eq!(codes, ["Throttling", "Throttling"]);
    let step = attributes(one("create sns.topic"));
    assert_eq!((step["trueup.address"].as_str(), step["trueup.kind"].as_str()), ("resource.news", "sns.topic"));

    // The request ids are AWS's own.
    let seen = desk.read(".trueup/sandbox/requests.jsonl");
    assert!(about("aws.request_id").is_some_and(|id| seen.contains(id)));
}

#[test]
fn what_fails_is_an_error_of_its_span_by_awss_own_code() {
    let collector = Collector::answering(200);
    let desk = Desk::with(SMALL).var("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}/in", collector.address));
    desk.sandbox(&["apply", "--yes", "--fault", "deny:sns.CreateTopic"]).exits(4);
    assert!(collector.heads().iter().all(|head| head.starts_with("POST /in ")));
    let spans = collector.spans();
    let failed = spans.iter().filter(|span| span["status"]["code"] == 2);
    let failed = failed.map(|span| (span["name"].as_str().unwrap(), span["status"]["message"].as_str().unwrap()));
    let failed = failed.collect::<BTreeMap<_, _>>();
    for (name, word) in [
        ("SNS.CreateTopic", "AuthorizationError"),
        ("create sns.topic", "AuthorizationError"),
        ("apply", "partial"),
        ("trueup apply", "exit 4"),
    ] {
        assert_eq!(failed.get(name), Some(&word), "{failed:?}");
    }
    assert!(spans.iter().all(|span| span["parentSpanId"].is_string() == (span["name"] != "trueup apply")), "{spans:#?}");
}

#[test]
fn a_collector_that_refuses_hangs_or_is_gone_costs_a_line_and_nothing_else() {
    let gone = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    // It takes the connection, and never says a word.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let refusing = Collector::answering(401);
    let at = |address: &dyn std::fmt::Display| format!("http://me:s3cret@{address}/path");
    for (endpoint, why) in [
        (at(&gone), "Connection refused"),
        (at(&silent.local_addr().unwrap()), "no answer in time"),
        (at(&refusing.address.trim_start_matches("http://")), "it answers 401"),
        ("localhost:4318".to_owned(), "no address of a collector"),
    ] {
        let desk = Desk::with(SMALL).var("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.clone());
        let ran = desk.sandbox(&["apply", "--yes"]).exits(0);
        let warned = ran.err.lines().filter(|line| line.contains("warning:")).collect::<Vec<_>>();
        assert!(warned.len() == 1 && warned[0].contains(why) && !ran.all().contains("s3cret"), "{endpoint}: {}", ran.err);
        assert!(ran.err.contains("Done in") && ran.out.contains("Outputs"), "{}", ran.all());
        desk.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    }
    drop(silent);
}

#[test]
fn nothing_is_sent_where_the_environment_says_no_or_nothing_is_asked_of_aws() {
    let collector = Collector::answering(200);
    let desk = || Desk::with(SMALL).var("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address);
    for (name, value) in [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "always_off"),
        ("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
    ] {
        let ran = desk().var(name, value).sandbox(&["plan"]).exits(0);
        assert!(!ran.err.contains("warning"), "{}", ran.err);
    }
    desk().run(&["validate"]).exits(0);
    assert_eq!(collector.heads(), Vec::<String>::new());
    desk().sandbox(&["plan"]).exits(0);
    assert_ne!(collector.heads(), Vec::<String>::new());
}

#[test]
fn a_log_for_machines_is_a_json_line_each_with_the_run_and_every_call() {
    let desk = Desk::with(SMALL);
    let ran = desk.sandbox(&["apply", "--yes", "--log", "json", "--fault", "throttle:sns.CreateTopic:1"]).exits(0);
    let lines = ran.err.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let lines = lines.collect::<Vec<_>>();
    assert!(ran.out.contains("Plan: 2 to create"), "stdout is as before: {}", ran.out);
    for line in &lines {
        for key in ["time", "level", "run", "target", "message"] {
            assert!(line[key].as_str().is_some_and(|text| !text.is_empty() && !text.contains('\u{1b}')), "{key} of {line}");
        }
        assert_eq!(line["run"], lines[0]["run"]);
    }
    // It is the run of the journal.
    let run = lines[0]["run"].as_str().unwrap();
    let journal = std::fs::read_dir(desk.path(".trueup/small/default/journal")).unwrap().flatten();
    let journal = journal.into_iter().any(|file| std::fs::read_to_string(file.path()).unwrap().contains(run));
    assert!(journal, "no journal names {run}");
    let calls = lines.iter().filter(|line| line["target"] == "trueup::aws").collect::<Vec<_>>();
    let topic = calls.iter().filter(|line| line["service"] == "sns" && line["operation"] == "CreateTopic").collect::<Vec<_>>();
    let told = |line: &Value| {
        assert!(line["duration_ms"].is_number() && line["request_id"].is_string(), "{line}");
        (line["attempt"].as_u64(), line["status"].as_u64(), line["error_code"].as_str().map(str::to_owned), line["level"].clone())
    };
    let told = topic.iter().map(|line| told(line)).collect::<Vec<_>>();
    assert_eq!(
        told,
        [(Some(1), Some(400), Some("Throttling".to_owned()), "warn".into()), (Some(2), Some(200), None, "debug".into())],
        "{topic:#?}"
    );
    // Everything that AWS was asked for is there.
    let asked = desk.read(".trueup/sandbox/requests.jsonl").lines().count();
    assert_eq!(calls.len(), asked);
    let event = |name: &str| lines.iter().find(|line| line["event"] == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!((&event("done")["target"], &event("done")["level"]), (&"trueup::run".into(), &"info".into()));
    assert!(event("finished")["message"].as_str().unwrap().starts_with("Done in "));

    // An error is a line as well, with its hint; and so is everything from the variable.
    let desk = Desk::with("[stack]\nname = \"x\"").var("TRUEUP_LOG", "json");
    let ran = desk.sandbox(&["plan"]);
    let lines = ran.err.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>();
    assert!(
        ran.code != 0 && lines.iter().any(|line| line["level"] == "error" || line["message"].as_str().unwrap().contains("error[")),
        "{}",
        ran.err
    );
}

#[test]
fn logs_and_traces_of_one_run_name_each_other() {
    let collector = Collector::answering(200);
    let desk = Desk::with(SMALL).var("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address);
    let ran = desk.sandbox(&["plan", "--log", "json"]).exits(0);
    let spans = collector.spans();
    let trace = &spans[0]["traceId"];
    for line in ran.err.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        assert_eq!(&line["trace_id"], trace, "{line}");
        if line["target"] == "trueup::aws" {
            let span = spans.iter().find(|span| span["spanId"] == line["span_id"]).unwrap_or_else(|| panic!("no span of {line}"));
            assert!(span["name"].as_str().unwrap().ends_with(line["operation"].as_str().unwrap()));
        }
    }
}
