//! The sandbox's outermost layer: counts and logs calls, and makes those fail that were asked to.

use super::codec::{Target, Wire};
use super::fault::{FaultKind, FaultRule, Seen};
use super::world::Fault;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// One line of the request log. It never holds anything of a request's content.
#[derive(Debug, Clone, Serialize)]
pub struct CallRecord {
    /// The time by this machine's clock.
    pub time: String,
    pub service: String,
    pub operation: String,
    pub region: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    pub mutating: bool,
    pub request_id: String,
    /// The time of the handling itself, without added latency.
    pub microseconds: u64,
    /// The fault that was made to happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A test asks for a few thousand calls; a server may run for days.
const KEPT: usize = 100_000;

#[derive(Debug, Default)]
pub struct Edge {
    pub faults: Vec<FaultRule>,
    pub latency: Duration,
    seed: u64,
    log: Option<std::fs::File>,
    counts: BTreeMap<String, u64>,
    records: Vec<CallRecord>,
    /// The first call of each access key.
    keys: BTreeMap<String, Instant>,
}

impl Edge {
    pub fn new(faults: Vec<FaultRule>, latency: Duration, seed: u64, log: Option<std::fs::File>) -> Self {
        Edge { faults, latency, seed, log, ..Edge::default() }
    }

    /// The fault that happens to this call, if any.
    pub fn strike(&mut self, call: Seen<'_>) -> Option<FaultKind> {
        let seed = self.seed;
        // Every rule counts every call, so none of them shifts another.
        let struck: Vec<FaultKind> = self.faults.iter_mut().filter_map(|rule| rule.strikes(call, seed).then_some(rule.kind)).collect();
        // One call is carried out, those after it are not.
        for rule in self.faults.iter_mut().filter(|rule| rule.kind == FaultKind::Hold && struck.contains(&FaultKind::Hold)) {
            rule.kind = FaultKind::HoldBefore;
        }
        struck.first().copied()
    }

    /// True for an access key that is too old by now, if keys are made to grow old.
    pub fn outdated(&mut self, key: &str) -> bool {
        let lives = self.faults.iter().find_map(|rule| match rule.kind {
            FaultKind::ShortKeys(lives) => Some(lives),
            _ => None,
        });
        let Some(lives) = lives else { return false };
        let Some(first) = self.keys.get(key) else {
            self.keys.insert(key.to_owned(), Instant::now());
            return false;
        };
        first.elapsed() > lives
    }

    /// True when a stale read may be asked for.
    pub fn looks_back(&self) -> bool {
        self.faults.iter().any(|rule| rule.kind == FaultKind::Stale)
    }

    pub fn record(&mut self, record: CallRecord) {
        *self.counts.entry(format!("{}.{}", record.service, record.operation)).or_default() += 1;
        if let Some(log) = &mut self.log
            && let Ok(line) = serde_json::to_string(&record)
            && writeln!(log, "{line}").is_err()
        {
            // A full disk must not stop the sandbox for its log's sake.
            self.log = None;
        }
        if self.records.len() < KEPT {
            self.records.push(record);
        }
    }

    /// Calls by `service.Operation`.
    pub fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    pub fn records(&self) -> &[CallRecord] {
        &self.records
    }

    pub fn forget_calls(&mut self) {
        self.counts.clear();
        self.records.clear();
    }
}

/// True when a call by this name changes anything.
pub fn mutates(operation: &str) -> bool {
    const READS: &[&str] = &["Describe", "List", "Get", "Head", "Lookup", "BatchGet", "Filter", "Simulate", "Decrypt", "Select"];
    !READS.iter().any(|read| operation.starts_with(read)) && !operation.starts_with("AssumeRole")
}

/// True when it is a call of the data plane, which the event history leaves out.
pub fn carries_data(operation: &str) -> bool {
    [
        "PutMetricData",
        "PutLogEvents",
        "PutObject",
        "DeleteObject",
        "DeleteObjects",
        "Publish",
        "PutEvents",
        "PutImage",
        "SendMessage",
        "SendMessageBatch",
        "ReceiveMessage",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
    ]
    .contains(&operation)
}

pub fn throttled(target: &Target) -> Fault {
    let (code, status) = match (target.model.name, target.wire) {
        ("ec2", _) => ("RequestLimitExceeded", 503),
        ("s3", _) => ("SlowDown", 503),
        (_, Wire::Json | Wire::RestJson | Wire::Cbor) => ("ThrottlingException", 400),
        _ => ("Throttling", 400),
    };
    Fault::new(code, "Rate exceeded").status(status)
}

pub fn broken(target: &Target) -> Fault {
    let code = match (target.model.name, target.wire) {
        ("ec2" | "s3", _) => "InternalError",
        (_, Wire::Json | Wire::RestJson | Wire::Cbor) => "InternalServerError",
        _ => "InternalFailure",
    };
    Fault::new(code, "We encountered an internal error. Please try again.").status(500)
}

pub fn unavailable(target: &Target) -> Fault {
    let code = if target.model.name == "ec2" { "Unavailable" } else { "ServiceUnavailable" };
    Fault::new(code, "The service is unavailable. Please try again shortly.").status(503)
}

pub fn expired(target: &Target) -> Fault {
    let (code, status) = match (target.model.name, target.wire) {
        ("ec2", _) => ("RequestExpired", 400),
        ("s3", _) => ("ExpiredToken", 400),
        (_, Wire::Json | Wire::RestJson | Wire::Cbor) => ("ExpiredTokenException", 400),
        _ => ("ExpiredToken", 403),
    };
    Fault::new(code, "The security token included in the request is expired").status(status)
}

pub fn denied(target: &Target, account: &str) -> Fault {
    let (code, status) = match (target.model.name, target.wire) {
        ("ec2", _) => ("UnauthorizedOperation", 403),
        ("sns", _) => ("AuthorizationError", 403),
        (_, Wire::Json) => ("AccessDeniedException", 400),
        (_, Wire::RestJson | Wire::Cbor) => ("AccessDeniedException", 403),
        _ => ("AccessDenied", 403),
    };
    let action = format!("{}:{}", action_prefix(target.model.name, target.model.signing_name()), action_name(target));
    let text = format!(
        "User: arn:aws:iam::{account}:user/sandbox is not authorized to perform: {action} because no identity-based policy allows the {action} action"
    );
    Fault::new(code, text).status(status)
}

/// IAM's name of a service, which is mostly the one it is signed with.
fn action_prefix<'a>(service: &str, signing_name: &'a str) -> &'a str {
    match service {
        "cloudwatch" => "cloudwatch",
        _ => signing_name,
    }
}

/// IAM's name of an action, which is mostly the operation's.
fn action_name(target: &Target) -> &str {
    match (target.model.name, target.operation.name.as_str()) {
        ("s3", "GetBucketEncryption") => "GetEncryptionConfiguration",
        ("s3", "PutBucketEncryption" | "DeleteBucketEncryption") => "PutEncryptionConfiguration",
        ("s3", "GetBucketLifecycleConfiguration") => "GetLifecycleConfiguration",
        ("s3", "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle") => "PutLifecycleConfiguration",
        ("s3", "GetPublicAccessBlock") => "GetBucketPublicAccessBlock",
        ("s3", "PutPublicAccessBlock" | "DeletePublicAccessBlock") => "PutBucketPublicAccessBlock",
        ("s3", "GetBucketCors") => "GetBucketCORS",
        ("s3", "PutBucketCors" | "DeleteBucketCors") => "PutBucketCORS",
        ("s3", "HeadBucket" | "ListObjectsV2") => "ListBucket",
        ("s3", "ListBuckets") => "ListAllMyBuckets",
        ("s3", "HeadObject" | "SelectObjectContent") => "GetObject",
        (_, name) => name,
    }
}
