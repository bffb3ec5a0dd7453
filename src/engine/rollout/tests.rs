//! Requests against a real server, over loopback.

use super::hidden::{Places, open};
use super::notify::{Permitted, Sender};
use super::smoke::{Target, run};
use crate::aws::exchange::{System, connector};
use crate::aws::{Aws, Clock, Connection};
use crate::core::rollout::hidden::{FromEnvironment, FromSecret, Hidden, Revealed, Source};
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::notify::Notify;
use crate::core::rollout::notify::address::is_public;
use crate::core::rollout::notify::message::{Message, News};
use crate::core::rollout::observation::Smoke;
use crate::core::rollout::smoke::Check;
use crate::core::stack::Stack;
use crate::sandbox::{Options, Sandbox};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it arrived: its head, line by line, and its body.
#[derive(Debug, Clone)]
struct Heard {
    head: Vec<String>,
    body: String,
}

impl Heard {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.iter().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

enum Reply {
    /// All of an answer, as it goes over the wire.
    Bytes(Vec<u8>),
    /// The beginning of an answer, and the connection stays open.
    Unfinished(Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
}

fn reply(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Bytes(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes())
}

/// A server that answers each request by a function of it and of how many came before, and keeps what it heard.
struct Server {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Server {
    async fn start(answer: impl Fn(&Heard, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (Arc::new(answer), heard.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, kept) = (answer.clone(), kept.clone());
                tokio::spawn(async move { serve(stream, &*answer, &kept).await });
            }
        });
        Server { address, heard }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

/// Serves one request, and then closes the connection.
async fn serve(mut stream: TcpStream, answer: &(impl Fn(&Heard, usize) -> Reply + Sync), kept: &Mutex<Vec<Heard>>) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        // Neither one that has gone nor one that speaks TLS is answered.
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 || !bytes[0].is_ascii_uppercase() {
            return;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().lines().map(str::to_owned).collect();
    let mut heard = Heard { head, body: String::new() };
    let length = heard.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    heard.body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
    let before = {
        let mut kept = kept.lock().unwrap();
        kept.push(heard.clone());
        kept.len() - 1
    };
    match answer(&heard, before) {
        Reply::Silence => std::future::pending().await,
        Reply::Unfinished(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending().await
        }
        Reply::Bytes(bytes) => {
            // A client that has heard enough closes, and that is no fault of the server's.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    }
}

const HEADER: (&str, &str) = ("x-trueup-test", "1");

async fn smoke(checks: Value, url: &str, tokens: &Revealed) -> Smoke {
    let checks = serde_json::from_value::<Vec<Check>>(checks).unwrap();
    let target = Target { url, connect: None, header: Some(HEADER), revision: &["api:42".into()] };
    run(&checks, &target, tokens, Duration::ZERO, &mut |_| {}).await
}

fn variable(env: &str) -> Source {
    Source::Environment(FromEnvironment { env: env.into() })
}

fn told(smoke: Smoke) -> String {
    match smoke {
        Smoke::Passed { checks } => format!("{checks} passed"),
        Smoke::Failed { check, reason } => format!("{check} failed: {reason}"),
        Smoke::Unanswered { check, reason } => format!("{check} unanswered: {reason}"),
    }
}

#[tokio::test]
async fn values_of_an_answer_are_carried_on_and_tokens_are_sent_to_the_service_alone() {
    let server = Server::start(|heard, _| match heard.head[0].as_str() {
        "POST /orders HTTP/1.1" => reply(201, "x-revision: api:42\r\n", r#"{"id": 7, "state": "new"}"#),
        "GET /orders/7?full=1 HTTP/1.1" => reply(200, "", r#"{"id": 7, "items": [{"price": 4}]}"#),
        _ => reply(404, "", ""),
    })
    .await;
    let checks = json!([
        {
            "method": "POST", "path": "/orders", "body": {"item": "tea"}, "status": 201, "token": {"env": "SMOKE"},
            "json": {"$.state": "new"}, "revision_header": "X-Revision", "save": {"id": "$.id"}
        },
        {"path": "/orders/{{id}}?full=1", "json": {"$.id": "{{id}}"}, "exists": ["$.items[?@.price > 3]"], "repeat": 3}
    ]);
    let tokens = Revealed::from([(variable("SMOKE"), Hidden::new("s3cret"))]);
    assert_eq!(smoke(checks, &server.url(), &tokens).await, Smoke::Passed { checks: 2 });
    let heard = server.heard();
    assert_eq!(heard.len(), 4);
    assert_eq!((heard[0].body.as_str(), heard[0].header("content-type")), (r#"{"item":"tea"}"#, Some("application/json")));
    assert_eq!((heard[0].header("authorization"), heard[1].header("authorization")), (Some("Bearer s3cret"), None));
    assert!(heard.iter().all(|one| one.header(HEADER.0) == Some(HEADER.1)), "{heard:?}");
}

#[tokio::test]
async fn each_bad_answer_is_told_without_the_secrets_in_it() {
    let server = Server::start(|heard, _| match heard.head[0].split(' ').nth(1).unwrap_or_default() {
        "/500" => reply(500, "", "s3cret"),
        "/echo" => reply(200, "", &json!({ "you": heard.header("authorization") }).to_string()),
        "/slow" => Reply::Silence,
        "/large" => reply(200, "", &"x".repeat(2 * 1024 * 1024)),
        "/endless" => Reply::Bytes([b"HTTP/1.1 200 X\r\n\r\n".as_slice(), &vec![b'x'; 3 * 1024 * 1024]].concat()),
        "/short" => Reply::Bytes(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\nonly this".to_vec()),
        "/gone" => Reply::Bytes(Vec::new()),
        "/noise" => Reply::Bytes(b"\x1b[31mSSH-2.0-s3cret\r\n\r\n".to_vec()),
        "/html" => reply(200, "", "<html>s3cret</html>"),
        _ => reply(404, "", ""),
    })
    .await;
    let tokens = Revealed::from([(variable("SMOKE"), Hidden::new("s3cret"))]);
    for (check, wanted) in [
        (json!({"path": "/500"}), "GET /500 failed: it answered 500 instead of 200"),
        (json!({"path": "/echo", "json": {"$.you": "me"}}), "GET /echo failed: `$.you` is another value (not shown) instead of `me`"),
        (json!({"path": "/slow", "timeout_ms": 100}), "GET /slow unanswered: no answer came in 100 ms"),
        (
            json!({"path": "/slow", "timeout_ms": 100, "latency_ms": 50}),
            "GET /slow failed: it took more than 100 ms, and 50 ms are allowed",
        ),
        (json!({"path": "/large", "contains": ["y"]}), "GET /large failed: the answer has more than 1 MiB, and is not looked at"),
        (json!({"path": "/endless", "contains": ["y"]}), "GET /endless failed: the answer has more than 1 MiB, and is not looked at"),
        (json!({"path": "/large"}), "1 passed"),
        (json!({"path": "/html", "exists": ["$"]}), "GET /html failed: the answer is not JSON"),
        (json!({"name": "not there\u{1b}[31m", "path": "/none"}), "not there\\u{1b}[31m failed: it answered 404 instead of 200"),
    ] {
        let mut check = check;
        check["token"] = json!({"env": "SMOKE"});
        assert_eq!(told(smoke(json!([check]), &server.url(), &tokens).await), wanted);
    }
    for (path, wanted) in [
        ("/short", "GET /short unanswered: the answer broke off: "),
        ("/gone", "GET /gone unanswered: "),
        ("/noise", "GET /noise unanswered: "),
    ] {
        let check = json!([{"path": path, "contains": ["x"], "token": {"env": "SMOKE"}}]);
        let told = told(smoke(check, &server.url(), &tokens).await);
        assert!(told.starts_with(wanted) && !told.contains("s3cret"), "{told}");
    }
    let unread = told(smoke(json!([{"path": "/", "token": {"env": "OTHER"}}]), &server.url(), &tokens).await);
    assert_eq!(unread, "GET / unanswered: its token is not known: the environment variable `OTHER` could not be read");
}

/// An answer is there when all of it is, also where nobody looks at its body.
#[tokio::test]
async fn an_answer_is_waited_for_to_its_end() {
    let head = b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\nbegun";
    let server = Server::start(|heard, _| match heard.head[0].split(' ').nth(1).unwrap_or_default() {
        "/cut" => Reply::Bytes(head.to_vec()),
        "/whole" => reply(200, "", &"x".repeat(3 << 20)),
        _ => Reply::Unfinished(head.to_vec()),
    })
    .await;
    let sent = async |check: Value| told(smoke(json!([check]), &server.url(), &Revealed::new()).await);
    assert_eq!(sent(json!({"path": "/whole", "latency_ms": 9000})).await, "1 passed");
    let cut = sent(json!({"path": "/cut"})).await;
    assert!(cut.starts_with("GET /cut unanswered: the answer broke off"), "{cut}");
    assert_eq!(sent(json!({"path": "/slow", "timeout_ms": 100})).await, "GET /slow unanswered: no answer came in 100 ms");
    let late = sent(json!({"path": "/slow", "timeout_ms": 100, "latency_ms": 100})).await;
    assert_eq!(late, "GET /slow failed: it took more than 100 ms, and 100 ms are allowed");
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_is_named() {
    let tokens = Revealed::from([(variable("TOKEN"), Hidden::new("s3cret\r\nx: y"))]);
    let bad = told(smoke(json!([{"path": "/", "token": {"env": "TOKEN"}}]), "http://127.0.0.1:1", &tokens).await);
    assert!(bad.contains("the environment variable `TOKEN` holds a line break") && !bad.contains("s3cret"), "{bad}");
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_token_goes_to_another_host() {
    let other = Server::start(|_, _| reply(200, "", "")).await;
    let to = other.url();
    let server = Server::start(move |_, _| reply(302, &format!("location: {to}/\r\n"), "")).await;
    let tokens = Revealed::from([(variable("SMOKE"), Hidden::new("s3cret"))]);
    let check = |status: u16| json!([{"path": "/", "status": status, "token": {"env": "SMOKE"}}]);
    let failed = told(smoke(check(200), &server.url(), &tokens).await);
    assert_eq!(failed, "GET / failed: it answered 302 instead of 200, and redirects are not followed");
    assert_eq!(told(smoke(check(302), &server.url(), &tokens).await), "1 passed");
    assert_eq!((server.heard().len(), other.heard().len()), (2, 0));
}

#[tokio::test]
async fn good_answers_have_to_come_in_a_row() {
    // Two good ones, a bad one, then good ones only.
    let server = Server::start(|_, before| reply(if before == 2 { 503 } else { 200 }, "", "")).await;
    let check = |tries: u32| json!([{"path": "/", "repeat": 3, "tries": tries}]);
    assert_eq!(told(smoke(check(6), &server.url(), &Revealed::new()).await), "1 passed");
    assert_eq!(server.heard().len(), 6);
    // With one try fewer it is over as soon as three in a row can no longer come.
    let server = Server::start(|_, before| reply(if before == 2 { 503 } else { 200 }, "", "")).await;
    assert_eq!(told(smoke(check(5), &server.url(), &Revealed::new()).await), "GET / failed: it answered 503 instead of 200");
    assert_eq!(server.heard().len(), 3);
}

#[tokio::test]
async fn a_host_is_reached_by_another_name() {
    let server = Server::start(|_, _| reply(200, "", "")).await;
    let url = format!("http://api.example.com:{}", server.address.port());
    let checks = serde_json::from_value::<Vec<Check>>(json!([{"path": "/"}])).unwrap();
    let target = Target { url: &url, connect: Some("127.0.0.1"), header: Some(HEADER), revision: &[] };
    assert_eq!(run(&checks, &target, &Revealed::new(), Duration::ZERO, &mut |_| {}).await, Smoke::Passed { checks: 1 });
    assert_eq!(server.heard()[0].header("host"), Some(format!("api.example.com:{}", server.address.port()).as_str()));
    let nobody = Target { url: "http://127.0.0.1:1", connect: None, header: Some(HEADER), revision: &[] };
    let told = told(run(&checks, &nobody, &Revealed::new(), Duration::ZERO, &mut |_| {}).await);
    assert!(told.starts_with("GET / unanswered: ") && told.to_lowercase().contains("refused"), "{told}");
}

/// Clients of an embedded AWS of their own.
async fn aws() -> Aws {
    let connection = Connection::over(SharedHttpClient::new(Sandbox::open(Options::default()).unwrap()), "us-east-1", Clock::REAL).await;
    connection.clients(Stack::new("shop", "prod", "us-east-1").scope("123456789012"))
}

#[tokio::test]
async fn secrets_are_opened_and_not_shown() {
    let aws = aws().await;
    let store = async |name: &str, value: &str| {
        let answer = aws.secretsmanager.create_secret().name(name).secret_string(value).send().await.unwrap();
        answer.arn.unwrap()
    };
    let plain = store("shop/plain", "s3cret-1\n").await;
    store("shop/keys", r#"{"user": "smoke", "password": "s3cret-2"}"#).await;
    store("shop/blank", " ").await;
    let secret = |secret: &str, key: Option<&str>| Source::Secret(FromSecret { secret: secret.into(), key: key.map(str::to_owned) });
    let places = Places {
        secrets: &aws.secretsmanager,
        secret: &|name| (name != "unborn").then(|| format!("shop/{name}")),
        variable: &|name| (name == "SMOKE").then(|| "s3cret-3".into()),
    };
    let sources = [
        secret(&plain, None),
        secret("keys", Some("password")),
        secret("keys", Some("other")),
        secret("unborn", None),
        secret("none", None),
        secret("blank", None),
        variable("SMOKE"),
        variable("OTHER"),
    ];
    let opened = open(sources, &places).await;
    let mut values = opened.values.values().map(Hidden::reveal).collect::<Vec<_>>();
    values.sort_unstable();
    assert_eq!(values, ["s3cret-1", "s3cret-2", "s3cret-3"]);
    let shown = format!("{opened:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
    for reason in [
        "the key `other` of the secret `keys` is not there, or is no text",
        "the secret `unborn` is not there yet: apply the stack first",
        "the secret `none` cannot be read: ",
        "the secret `blank` is empty",
        "the environment variable `OTHER` is not set",
    ] {
        assert!(opened.missing.iter().any(|missing| missing.starts_with(reason)), "{reason} is not in {:?}", opened.missing);
    }
    assert_eq!(opened.missing.len(), 5);
}

fn rollback() -> Message {
    Message {
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        stack: "shop".into(),
        environment: "prod".into(),
        account: "123456789012".into(),
        region: "us-east-1".into(),
        service: "api".into(),
        version: "v2".into(),
        deployment: None,
        news: News::Rollback { reason: "<!channel> 5 % of errors".into() },
    }
}

fn notify(text: &str) -> Notify {
    toml::from_str(text).unwrap()
}

/// Answers the same addresses for every name.
#[derive(Debug, Clone)]
struct Always(Vec<IpAddr>);

impl ResolveDns for Always {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Ok(self.0.clone()))
    }
}

/// A client that leaves the TLS out, so that a server of a test understands it.
#[derive(Debug)]
struct Plain(Connector);

impl HttpConnector for Plain {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let plain = request.uri().replacen("https://", "http://", 1);
        assert_ne!(plain, request.uri());
        request.set_uri(plain).unwrap();
        self.0.call(request)
    }
}

/// A sender whose names all lead to these addresses.
fn sender(addresses: &[&str], permitted: fn(IpAddr) -> bool) -> Sender {
    let names = Always(addresses.iter().map(|address| address.parse().unwrap()).collect());
    Sender::over(SharedHttpConnector::new(Plain(connector(Permitted { names, permitted }))), Duration::ZERO)
}

/// A sender that takes loopback for the internet.
fn loopback() -> Sender {
    sender(&["127.0.0.1"], |address| address.is_loopback())
}

#[tokio::test]
async fn slack_and_a_webhook_are_told() {
    let server = Server::start(|_, _| reply(200, "", "ok")).await;
    let url = |path: &str| format!("https://hooks.example.com:{}/{path}", server.address.port());
    let addresses = Revealed::from([(variable("SLACK"), Hidden::new(url("s3cret")))]);
    let notify = notify(&format!("slack = {{ env = 'SLACK' }}\nwebhook = '{}'\non = ['rollback']", url("hook")));
    let (sender, aws) = (loopback(), aws().await);
    assert_eq!(sender.send(&notify, &rollback(), &addresses, &aws.sns).await, Vec::<String>::new());
    let mut heard = server.heard();
    heard.sort_by_key(|one| one.head[0].clone());
    assert_eq!(heard.iter().map(|one| one.head[0].as_str()).collect::<Vec<_>>(), ["POST /hook HTTP/1.1", "POST /s3cret HTTP/1.1"]);
    let bodies = heard.iter().map(|one| serde_json::from_str::<Value>(&one.body).unwrap()).collect::<Vec<_>>();
    assert_eq!((&bodies[0]["event"], &bodies[0]["reason"]), (&json!("rollback"), &json!("<!channel> 5 % of errors")));
    assert!(heard[1].body.contains("&lt;!channel&gt;") && !heard[1].body.contains('<'), "{}", heard[1].body);
    // Nobody asked for other events.
    let gate = Message { news: News::Verdict { verdict: Verdict::Pass, reasons: Vec::new() }, ..rollback() };
    assert_eq!(sender.send(&notify, &gate, &addresses, &aws.sns).await, Vec::<String>::new());
    assert_eq!(server.heard().len(), 2);
}

#[tokio::test]
async fn a_note_that_cannot_be_sent_is_told_without_its_address() {
    let server = Server::start(|heard, _| match heard.head[0].split(' ').nth(1).unwrap_or_default() {
        "/s3cret/500" => reply(500, "", ""),
        "/s3cret/403" => reply(403, "", "no_service"),
        "/s3cret/302" => reply(302, "location: https://169.254.169.254/\r\n", ""),
        _ => reply(200, "", "ok"),
    })
    .await;
    let (aws, port) = (aws().await, server.address.port());
    let sender = loopback();
    for (path, reason, tries) in
        [("500", "it answered 500", 2), ("403", "it answered 403", 1), ("302", "it answered 302, and redirects are not followed", 1)]
    {
        let addresses = Revealed::from([(variable("SLACK"), Hidden::new(format!("https://hooks.example.com:{port}/s3cret/{path}")))]);
        let before = server.heard().len();
        let failed = sender.send(&notify("slack = { env = 'SLACK' }"), &rollback(), &addresses, &aws.sns).await;
        assert_eq!((failed, server.heard().len() - before), (vec![format!("Slack was not told: {reason}")], tries));
    }
    // A server that speaks no TLS hears nothing that could be read.
    let before = server.heard().len();
    let names = Permitted { names: Always(vec![Ipv4Addr::LOCALHOST.into()]), permitted: |address| address.is_loopback() };
    let tls = Sender::over(SharedHttpConnector::new(connector(names)), Duration::ZERO);
    let webhook = notify(&format!("webhook = 'https://hooks.example.com:{port}/s3cret'"));
    let failed = tls.send(&webhook, &rollback(), &Revealed::new(), &aws.sns).await;
    assert!(failed.len() == 1 && failed[0].starts_with("the webhook was not told: ") && !failed[0].contains("s3cret"), "{failed:?}");
    assert_eq!(server.heard().len(), before);
    let failed = sender.send(&notify("slack = { env = 'SLACK' }"), &rollback(), &Revealed::new(), &aws.sns).await;
    assert_eq!(failed, ["Slack was not told: its address could not be read"]);
}

#[tokio::test]
async fn nothing_is_sent_into_a_network() {
    let server = Server::start(|_, _| reply(200, "", "ok")).await;
    let (aws, port) = (aws().await, server.address.port());
    for addresses in [["127.0.0.1"].as_slice(), &["1.1.1.1", "127.0.0.1"], &["169.254.169.254"], &["::ffff:127.0.0.1"], &["fd00:ec2::254"]]
    {
        let sender = sender(addresses, is_public);
        let webhook = notify(&format!("webhook = 'https://hooks.example.com:{port}/s3cret'"));
        let failed = sender.send(&webhook, &rollback(), &Revealed::new(), &aws.sns).await;
        assert_eq!(
            failed,
            ["the webhook was not told: its name leads into a private network, to this host, or to a metadata service"],
            "{addresses:?}"
        );
    }
    // No resolver is asked for an address that is written as one, nor for a name that is known to lead inside.
    for url in
        ["http://hooks.example.com/", "https://127.0.0.1/", "https://[::ffff:7f00:1]/", "https://localhost/", "https://169.254.169.254/"]
    {
        let addresses = Revealed::from([(variable("HOOK"), Hidden::new(url.replace(".com/", &format!(".com:{port}/"))))]);
        let failed = loopback().send(&notify("webhook = { env = 'HOOK' }"), &rollback(), &addresses, &aws.sns).await;
        assert!(failed.len() == 1 && failed[0].starts_with("the webhook was not told: its address is refused: "), "{url}: {failed:?}");
    }
    // Numbers that some resolvers take for an address are looked up, and what is found is looked at.
    for host in ["0x7f.1", "127.1", "0177.0.0.1"] {
        let webhook = notify(&format!("webhook = 'https://{host}:{port}/'"));
        let names = Permitted { names: System, permitted: is_public };
        let sender = Sender::over(SharedHttpConnector::new(connector(names)), Duration::ZERO);
        let failed = sender.send(&webhook, &rollback(), &Revealed::new(), &aws.sns).await;
        assert_eq!(failed.len(), 1, "{host}");
    }
    assert_eq!(server.heard().len(), 0);
}

#[tokio::test]
async fn a_topic_is_told_in_text_and_json() {
    let aws = aws().await;
    let topic = aws.sns.create_topic().name("releases").send().await.unwrap().topic_arn.unwrap();
    let sender = Sender::default();
    let notify = |topic: &str| Notify { sns: Some(topic.to_owned()), ..Notify::default() };
    assert_eq!(sender.send(&notify(&topic), &rollback(), &Revealed::new(), &aws.sns).await, Vec::<String>::new());
    let failed = sender.send(&notify(&format!("{topic}-gone")), &rollback(), &Revealed::new(), &aws.sns).await;
    assert!(failed.len() == 1 && failed[0].starts_with("the topic was not told: ") && failed[0].contains("NotFound"), "{failed:?}");
    // The request as it goes over the wire.
    let answer = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let server = Server::start(move |_, _| reply(200, "content-type: text/xml\r\n", answer)).await;
    let there =
        aws.sns.config().to_builder().endpoint_url(server.url()).http_client(aws_smithy_http_client::Builder::new().build_http()).build();
    let client = aws_sdk_sns::Client::from_conf(there);
    assert_eq!(sender.send(&notify(&topic), &rollback(), &Revealed::new(), &client).await, Vec::<String>::new());
    let form = server.heard()[0].body.clone();
    let fields = form.split('&').filter_map(|field| field.split_once('=')).collect::<std::collections::BTreeMap<_, _>>();
    let field = |name: &str| percent_encoding::percent_decode_str(fields[name]).decode_utf8().unwrap().replace('+', " ");
    assert_eq!((field("Action").as_str(), field("MessageStructure").as_str()), ("Publish", "json"));
    assert_eq!(field("Subject"), "The new version of api (prod) is being rolled back");
    let message = serde_json::from_str::<Value>(&field("Message")).unwrap();
    let machine = serde_json::from_str::<Value>(message["default"].as_str().unwrap()).unwrap();
    assert_eq!((&machine["event"], &machine["service"]), (&json!("rollback"), &json!("api")));
    assert!(message["email"].as_str().unwrap().contains("Because: <!channel> 5 % of errors\n"), "{message}");
}
