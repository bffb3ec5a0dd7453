//! The sandbox as its callers see it: front door, clock, kept state, faults, and the table of handlers.

use super::codec::{HttpRequest, HttpResponse};
use super::world::{Call, World};
use super::{Dropped, FaultRule, Options, Sandbox, Speed, model, services};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn request(service: &str, region: &str, body: &str) -> HttpRequest {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0");
    HttpRequest::new(Bytes::from(body.to_owned())).map_headers("authorization", &scope)
}

trait MapHeaders {
    fn map_headers(self, name: &'static str, value: &str) -> Self;
}

impl MapHeaders for HttpRequest {
    fn map_headers(mut self, name: &'static str, value: &str) -> Self {
        *self.method_mut() = hyper::Method::POST;
        self.headers_mut().insert(name, value.parse().unwrap());
        self
    }
}

fn ec2(body: &str) -> HttpRequest {
    request("ec2", "us-east-1", body)
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

fn open(options: Options) -> Sandbox {
    Sandbox::open(Options { begin: Some(1_763_694_000_000), ..options }).unwrap()
}

fn faults(texts: &[&str]) -> Vec<FaultRule> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

const CREATE: &str = "Action=CreateVpc&CidrBlock=10.0.0.0%2F16";
const DESCRIBE: &str = "Action=DescribeVpcs&Filter.1.Name=is-default&Filter.1.Value.1=false";

fn vpcs(sandbox: &Sandbox) -> usize {
    text(&sandbox.handle(&ec2(DESCRIBE))).matches("<vpcId>").count()
}

#[test]
fn the_front_door_asks_who_calls_whom_where() {
    let sandbox = open(Options::default());
    let unsigned = HttpRequest::new(Bytes::from_static(CREATE.as_bytes())).map_headers("host", "ec2.us-east-1.amazonaws.com");
    for (request, status, code) in [
        (unsigned, 403, "MissingAuthenticationToken"),
        (request("ec2", "mars-north-1", CREATE), 400, "InvalidRegion"),
        (request("braket", "us-east-1", "Action=SearchJobs"), 501, "NotInSandbox"),
        (ec2("Action=RunInstances"), 501, "NotInSandbox"),
        (ec2("Nothing=1"), 400, "MissingAction"),
    ] {
        let response = sandbox.handle(&request);
        assert_eq!(response.status(), status, "{}", text(&response));
        assert!(text(&response).contains(&format!("<Code>{code}</Code>")), "{}", text(&response));
    }
}

#[test]
fn the_same_calls_on_the_same_seed_give_the_same_answers() {
    let answers = |seed| {
        let sandbox = open(Options { seed, speed: Speed::Instant, ..Options::default() });
        [CREATE, DESCRIBE].map(|body| text(&sandbox.handle(&ec2(body))))
    };
    assert_eq!(answers(1), answers(1));
    assert_ne!(answers(1), answers(2));
}

#[test]
fn time_goes_on_from_where_it_was_put() {
    let sandbox = open(Options { speed: Speed::Times(1e6), ..Options::default() });
    sandbox.advance(Duration::from_secs(30 * 86_400)).unwrap();
    let put = sandbox.now();
    // A millisecond of the sandbox is a nanosecond of ours.
    assert!((0..100_000).any(|_| sandbox.now() > put));
}

#[test]
fn regions_do_not_see_each_other() {
    let sandbox = open(Options::default());
    sandbox.handle(&ec2(CREATE));
    assert_eq!(vpcs(&sandbox), 1);
    assert_eq!(text(&sandbox.handle(&request("ec2", "eu-west-1", DESCRIBE))).matches("<vpcId>").count(), 0);
}

#[test]
fn state_outlives_the_process() {
    let home = tempfile::tempdir().unwrap();
    let options = || Options { directory: Some(home.path().into()), ..Options::default() };
    let sandbox = open(options());
    sandbox.handle(&ec2(CREATE));
    // As if killed: nothing is closed, only the lock goes.
    let copy = tempfile::tempdir().unwrap();
    for name in ["world.json", "changes.log"] {
        std::fs::copy(home.path().join(name), copy.path().join(name)).unwrap();
    }
    assert_eq!(vpcs(&open(Options { directory: Some(copy.path().into()), ..Options::default() })), 1);
    let error = Sandbox::open(options()).err().unwrap().to_string();
    assert!(error.contains("is in use by process"), "{error}");
    drop(sandbox);
    assert_eq!(vpcs(&open(options())), 1);
    super::reset(home.path()).unwrap();
    assert_eq!(vpcs(&open(options())), 0);
}

#[test]
fn faults_break_calls_before_or_after_their_effect() {
    for (fault, status, code, effect) in [
        ("throttle:ec2.CreateVpc", 503, "RequestLimitExceeded", 0),
        ("error-before:ec2.CreateVpc", 500, "InternalError", 0),
        ("error-after:ec2.CreateVpc", 500, "InternalError", 1),
        ("unavailable:ec2.CreateVpc", 503, "Unavailable", 0),
        ("deny:ec2.CreateVpc", 403, "UnauthorizedOperation", 0),
        ("expired-credentials:ec2.CreateVpc", 400, "RequestExpired", 0),
    ] {
        let sandbox = open(Options { faults: faults(&[fault]), ..Options::default() });
        let response = sandbox.handle(&ec2(CREATE));
        assert_eq!(response.status(), status, "{fault}");
        assert!(text(&response).contains(code), "{fault}");
        assert_eq!(vpcs(&sandbox), effect, "{fault}");
    }
    let stale = open(Options { faults: faults(&["stale:ec2.DescribeVpcs"]), ..Options::default() });
    stale.handle(&ec2(CREATE));
    assert_eq!((vpcs(&stale), vpcs(&stale)), (0, 1));
}

#[tokio::test]
async fn lost_replies_and_slow_ones() {
    let sandbox = open(Options {
        faults: faults(&["drop:ec2.CreateVpc", "drop-before:ec2.CreateVpc@2", "slow:ec2.DescribeVpcs:20ms"]),
        ..Options::default()
    });
    assert_eq!(sandbox.call(&ec2(CREATE)).await.err(), Some(Dropped));
    assert_eq!(sandbox.call(&ec2(CREATE)).await.err(), Some(Dropped));
    sandbox.set_latency(Duration::from_millis(20));
    let begun = std::time::Instant::now();
    let answer = sandbox.call(&ec2(DESCRIBE)).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(40));
    assert_eq!(text(&answer).matches("<vpcId>").count(), 1, "only the first call took effect");
    sandbox.set_faults(faults(&["unplug:1"]));
    sandbox.call(&ec2(DESCRIBE)).await.unwrap();
    assert!(sandbox.call(&ec2(CREATE)).await.is_err());
    assert!(sandbox.call(&ec2(DESCRIBE)).await.is_err());
    sandbox.set_faults(Vec::new());
    assert_eq!(vpcs(&sandbox), 2);
}

#[tokio::test]
async fn a_call_that_is_held_is_carried_out_or_not_and_nothing_after_it_is() {
    for (fault, effect) in [("hold:2", 2), ("hold-before:2", 1)] {
        let sandbox = open(Options { faults: faults(&[fault]), ..Options::default() });
        sandbox.call(&ec2(CREATE)).await.unwrap();
        for (call, held) in [(CREATE, false), (CREATE, true), (DESCRIBE, true)] {
            assert_eq!(sandbox.is_held(), held, "{fault}");
            let call = ec2(call);
            let asked = std::pin::pin!(sandbox.call(&call));
            assert!(at_once(asked).is_none(), "{fault}: it is not answered");
        }
        sandbox.set_faults(Vec::new());
        assert!(!sandbox.is_held());
        assert_eq!(vpcs(&sandbox), effect, "{fault}");
    }
}

/// Returns an answer that is there at once.
fn at_once<T>(asked: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match asked.poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn an_access_key_that_is_too_old_is_refused_and_another_is_not() {
    let sandbox = open(Options { faults: faults(&["short-keys:0ms"]), ..Options::default() });
    let by = |key: &str| {
        ec2(DESCRIBE)
            .map_headers("authorization", &format!("AWS4-HMAC-SHA256 Credential={key}/20261121/us-east-1/ec2/aws4_request, Signature=0"))
    };
    let codes = ["one", "one", "two"].map(|key| sandbox.handle(&by(key)).status().as_u16());
    assert_eq!(codes, [200, 400, 200]);
}

#[tokio::test]
async fn a_long_poll_that_finds_nothing_takes_its_time() {
    let sandbox = open(Options { speed: Speed::Times(1000.0), ..Options::default() });
    let sqs =
        |operation: &str, body: &str| request("sqs", "us-east-1", body).map_headers("x-amz-target", &format!("AmazonSQS.{operation}"));
    sandbox.handle(&sqs("CreateQueue", r#"{"QueueName":"q"}"#));
    let poll = sqs("ReceiveMessage", r#"{"QueueUrl":"q","WaitTimeSeconds":20}"#);
    let begun = std::time::Instant::now();
    assert_eq!(text(&sandbox.call(&poll).await.unwrap()), "{}");
    assert!(begun.elapsed() >= Duration::from_millis(20));
    sandbox.handle(&sqs("SendMessage", r#"{"QueueUrl":"q","MessageBody":"m"}"#));
    assert!(text(&sandbox.call(&poll).await.unwrap()).contains("ReceiptHandle"));
    let absent = sandbox.handle(&sqs("GetQueueUrl", r#"{"QueueName":"none"}"#));
    assert_eq!(absent.headers()["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
}

#[test]
fn the_log_counts_calls_and_keeps_no_content() {
    let home = tempfile::tempdir().unwrap();
    let sandbox = open(Options { directory: Some(home.path().into()), ..Options::default() });
    let secret = r#"{"Name":"s","SecretString":"planted-value","ClientRequestToken":"00000000-0000-0000-0000-000000000000"}"#;
    let create = request("secretsmanager", "us-east-1", secret).map_headers("x-amz-target", "secretsmanager.CreateSecret");
    assert_eq!(sandbox.handle(&create).status(), 200);
    sandbox.handle(&ec2(DESCRIBE));
    assert_eq!(
        sandbox.call_counts().into_iter().collect::<Vec<_>>(),
        [("ec2.DescribeVpcs".to_owned(), 1), ("secretsmanager.CreateSecret".to_owned(), 1)]
    );
    let log = std::fs::read_to_string(home.path().join("requests.jsonl")).unwrap();
    assert!(log.contains(r#""operation":"CreateSecret""#) && !log.contains("planted-value"), "{log}");
    assert_eq!(sandbox.calls().iter().map(|call| call.mutating).collect::<Vec<_>>(), [true, false]);
}

/// The operations that a service's `handler` function names, read from its source.
fn named_operations(file: &Path) -> Vec<String> {
    let source = std::fs::read_to_string(file).unwrap();
    let Some(start) = source.find("pub fn handler(") else { return Vec::new() };
    let table = &source[start..start + source[start..].find("\n}").unwrap()];
    let quoted: Vec<&str> = table.split('"').collect();
    let arm = |after: &str| after.trim_start().starts_with("=>") || after.trim_start().starts_with('|');
    quoted
        .windows(2)
        .skip(1)
        .step_by(2)
        .filter(|pair| pair[0].starts_with(char::is_uppercase) && arm(pair[1]))
        .map(|pair| pair[0].to_owned())
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn every_handler_is_for_an_operation_of_the_models() {
    let known: BTreeSet<&str> =
        model::names().filter_map(model::model).flat_map(|model| model.operations.keys().map(String::as_str)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("services");
    let named: Vec<String> = sources(&folder).iter().flat_map(|file| named_operations(file)).collect();
    assert!(named.len() > 50, "the tables of handlers were not found");
    let strange: Vec<_> = named.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn a_refused_call_has_no_effect() {
    let mut world = World::new("1", 0, 0);
    let input = serde_json::json!({});
    let change = |world: &mut World, id: &str| {
        let mut call = Call::new(world, &input, "ec2", "", "us-east-1");
        let hex = call.hex(4);
        call.put("ec2.vpc", id, serde_json::json!({"_arn": id, "Id": hex}));
        call.set_tags(id, [("k".to_owned(), "v".to_owned())]);
        call.later("ec2.vpc", id, 1.0, serde_json::json!({"State": "available"}));
    };
    change(&mut world, "one");
    let was = serde_json::to_value(&world).unwrap();
    let before = world.begin();
    change(&mut world, "one");
    change(&mut world, "two");
    Call::new(&mut world, &input, "ec2", "", "us-east-1").remove("ec2.vpc", "one");
    assert_ne!(serde_json::to_value(&world).unwrap(), was);
    world.take_back(before);
    assert_eq!(serde_json::to_value(&world).unwrap(), was);
}

#[test]
fn a_refusal_has_the_form_of_what_was_asked() {
    let sandbox = open(Options::default());
    let get = |uri: &str| {
        let mut request = HttpRequest::new(Bytes::new());
        *request.uri_mut() = uri.parse().unwrap();
        request
    };
    let anonymous = sandbox.handle(&get("/bucket/key"));
    assert_eq!(anonymous.status(), 403);
    assert!(text(&anonymous).contains("<Error><Code>AccessDenied</Code>"), "{}", text(&anonymous));
    let mut unknown = request("lambda", "us-east-1", "{}");
    *unknown.uri_mut() = "/2015-03-31/functions".parse().unwrap();
    let answer = sandbox.handle(&unknown);
    assert_eq!((answer.status().as_u16(), answer.headers()["x-amzn-errortype"].to_str().unwrap()), (501, "NotInSandbox"));
    assert!(text(&answer).starts_with("{\"message\""));
}

/// The code of the answer to a call of a query service, or of one in JSON by its target.
fn says(sandbox: &Sandbox, service: &str, target: &str, body: &str) -> String {
    let asked = request(service, "us-east-1", body);
    let answer = sandbox.handle(&if target.is_empty() { asked } else { asked.map_headers("x-amz-target", target) });
    format!("{} {}", answer.status().as_u16(), text(&answer))
}

#[test]
fn a_new_role_is_not_known_everywhere_at_once() {
    let sandbox = open(Options { faults: faults(&["new-roles:10s"]), ..Options::default() });
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let made = says(&sandbox, "iam", "", &format!("Action=CreateRole&RoleName=reader&AssumeRolePolicyDocument={trust}"));
    assert!(made.starts_with("200"), "{made}");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/reader"},"Action":"kms:*","Resource":"*"}]}"#;
    let create = || says(&sandbox, "kms", "TrentService.CreateKey", &serde_json::json!({"Policy": policy}).to_string());
    let early = create();
    assert!(early.starts_with("400") && early.contains("MalformedPolicyDocumentException"), "{early}");
    sandbox.change(|world| world.advance_to(world.now + 11_000)).unwrap();
    assert!(create().starts_with("200"));
    sandbox.set_faults(Vec::new());
    assert!(says(&sandbox, "iam", "", &format!("Action=CreateRole&RoleName=writer&AssumeRolePolicyDocument={trust}")).starts_with("200"));
    assert!(create().starts_with("200"));
}

#[test]
fn a_new_account_has_no_service_linked_roles() {
    let sandbox = open(Options { faults: faults(&["fresh-account"]), ..Options::default() });
    let target = "AmazonEC2ContainerServiceV20141113.CreateCluster";
    let create = || says(&sandbox, "ecs", target, r#"{"clusterName": "c", "capacityProviders": ["FARGATE"]}"#);
    let first = create();
    assert!(first.starts_with("400") && first.contains("Unable to assume the service linked role"), "{first}");
    // Although it was refused, the call has made the role.
    assert!(says(&sandbox, "iam", "", "Action=GetRole&RoleName=AWSServiceRoleForECS").starts_with("200"));
    assert!(create().starts_with("200"));
}

#[test]
fn readers_do_not_wait_for_one_another() {
    let sandbox = open(Options::default());
    sandbox.handle(&ec2(CREATE));
    // One who looks holds the world; with one lock for all, the other thread would wait for it for ever.
    let seen = sandbox.look(|_| std::thread::scope(|scope| scope.spawn(|| vpcs(&sandbox)).join().unwrap()));
    assert_eq!(seen, 1);
}

#[test]
fn a_read_that_changes_the_world_is_made_alone() {
    let sandbox = open(Options::default());
    let ask = || {
        let ask = request("secretsmanager", "us-east-1", "{}").map_headers("x-amz-target", "secretsmanager.GetRandomPassword");
        text(&sandbox.handle(&ask))
    };
    let first = ask();
    assert!(first.contains("RandomPassword"), "{first}");
    // Its number was drawn, and stays so.
    assert_ne!(first, ask());
}

#[test]
fn the_event_history_knows_who_called() {
    let sandbox = open(Options::default());
    sandbox.handle(&ec2(CREATE));
    sandbox.handle(&ec2("Action=DeleteVpc&VpcId=vpc-0123456789abcdef0"));
    sandbox.handle(&ec2(DESCRIBE));
    let lookup = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let answer = text(&sandbox.handle(&request("cloudtrail", "us-east-1", "{}").map_headers("x-amz-target", lookup)));
    assert_eq!(answer.matches("\"EventId\"").count(), 2, "{answer}");
    assert!(answer.contains("CreateVpc") && answer.contains("InvalidVpcID.NotFound"), "{answer}");
}

#[test]
fn the_docs_say_how_much_of_each_service_there_is() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.md")).unwrap();
    let rows = model::names().filter_map(model::model).map(|model| {
        let handled = model.operations.keys().filter(|operation| services::handler(model.name, operation).is_some()).count();
        format!("| {} | {handled} |", model.name)
    });
    let missing: Vec<String> = rows.filter(|row| !docs.contains(row.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new(), "docs/sandbox.md counts them otherwise");
}

#[test]
fn the_docs_name_every_operation_without_a_handler() {
    let docs = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.md")).unwrap();
    let (_, list) = docs.split_once("## Operations without a handler").unwrap();
    let documented: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    let missing: BTreeSet<String> = model::names()
        .filter_map(model::model)
        .flat_map(|model| model.operations.keys().map(move |operation| (model.name, operation)))
        .filter(|(service, operation)| services::handler(service, operation).is_none())
        .map(|(service, operation)| format!("{service}.{operation}"))
        .collect();
    let missing: BTreeSet<&str> = missing.iter().map(String::as_str).collect();
    assert_eq!(documented, missing);
}
