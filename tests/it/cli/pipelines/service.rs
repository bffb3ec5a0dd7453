//! A stand-in for GitHub and GitLab: comments, notes, and tokens that say which job asks.

use crate::cli::Desk;
use base64::Engine;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Everything that was said to it, and the comments that it holds.
#[derive(Default)]
struct Kept {
    heard: String,
    comments: Vec<Value>,
}

pub struct Service {
    pub address: String,
    issuer: &'static str,
    kept: Arc<Mutex<Kept>>,
}

impl Service {
    pub fn start(issuer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        // Somebody else's, which begins as ours would.
        let theirs = json!({ "id": 1, "body": "<!-- trueup small -->\nmine", "user": { "login": "mallory" }, "author": { "id": 66 } });
        let kept = Arc::new(Mutex::new(Kept { comments: vec![theirs], ..Kept::default() }));
        let service = Service { address, issuer, kept: Arc::clone(&kept) };
        let token = service.token();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &kept, &token);
            }
        });
        service
    }

    pub fn comments(&self) -> Vec<Value> {
        self.kept.lock().unwrap().comments.clone()
    }

    pub fn heard(&self) -> String {
        self.kept.lock().unwrap().heard.clone()
    }

    /// A token, whose signature nobody here verifies.
    pub fn token(&self) -> String {
        let encode = |value: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = json!({ "iss": self.issuer, "sub": "repo:acme/small:pull_request", "aud": "sts.amazonaws.com" });
        format!("{}.{}.c2ln", encode(json!({ "alg": format!("RS{}", 256) })), encode(claims))
    }
}

fn answer(mut stream: TcpStream, kept: &Mutex<Kept>, token: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let head = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect::<Vec<_>>();
    let header = |name: &str| head.iter().find_map(|line| line.to_lowercase().strip_prefix(name).map(|rest| rest.trim().to_owned()));
    let length = header("content-length:").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let first = head.first().cloned().unwrap_or_default();
    let (method, path) =
        first.split_once(' ').map(|(method, rest)| (method, rest.split(' ').next().unwrap_or_default())).unwrap_or_default();
    let mut kept = kept.lock().unwrap();
    kept.heard += &format!("{}\n{}\n", head.join("\n"), String::from_utf8_lossy(&body));
    let sent = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let github = header("authorization:").as_deref() == Some("bearer a-token-of-the-job");
    let gitlab = header("private-token:").as_deref() == Some("glpat-token");
    let (status, value) = match (method, path) {
        ("GET", path) if path.starts_with("/token?job=1&audience=") => match header("authorization:").as_deref() {
            Some("bearer a-token-for-tokens") => (200, json!({ "value": token })),
            _ => (403, json!({})),
        },
        ("GET", "/user") if gitlab => (200, json!({ "id": 12 })),
        (_, path) if path.contains("/issues/") || path.contains("/merge_requests/7/notes") => match (github || gitlab, method) {
            (false, _) => (403, json!({ "message": "403 Forbidden" })),
            (true, "GET") => (200, json!(kept.comments)),
            (true, "POST") => {
                let id = kept.comments.len() as u64 + 1;
                let comment = json!({ "id": id, "body": sent["body"], "user": { "login": "github-actions[bot]" }, "author": { "id": 12 } });
                kept.comments.push(comment.clone());
                (201, comment)
            }
            (true, _) => {
                let id = path.rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
                match kept.comments.iter_mut().find(|comment| comment["id"].as_u64() == id) {
                    Some(comment) => {
                        comment["body"] = sent["body"].clone();
                        (200, comment.clone())
                    }
                    None => (404, json!({ "message": "Not Found" })),
                }
            }
        },
        _ if path.starts_with("/user") => (401, json!({ "message": "401 Unauthorized" })),
        // A shop that is broken.
        _ => (500, json!({})),
    };
    let text = value.to_string();
    let reply = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    let _ = stream.write_all(reply.as_bytes());
}

/// Makes the provider of tokens and the roles of each environment, trusted as the written policies say.
pub fn make_roles(aws: &str, desk: &Desk, issuer: &str, environments: &[&str]) {
    let url = format!("https://{issuer}");
    iam(aws, &[("Action", "CreateOpenIDConnectProvider"), ("Url", &url), ("ClientIDList.member.1", "sts.amazonaws.com")]);
    for env in environments {
        for sort in ["plan", "apply"] {
            let trust = desk.read(&format!("iam/{env}-{sort}-trust.json"));
            let name = format!("{env}-{sort}");
            iam(aws, &[("Action", "CreateRole"), ("RoleName", &name), ("AssumeRolePolicyDocument", &trust)]);
        }
    }
}

fn iam(aws: &str, form: &[(&str, &str)]) {
    let encoded = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let body = form.iter().chain(&[("Version", "2010-05-08")]).map(|(name, value)| format!("{name}={}", encoded(value)));
    let body = body.collect::<Vec<_>>().join("&");
    let host = aws.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=x/20261130/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
