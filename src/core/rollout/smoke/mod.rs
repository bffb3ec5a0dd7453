//! Smoke checks: HTTP requests that the new revision has to answer well before it gets traffic.

pub mod answer;
pub mod check;
pub mod file;
pub mod request;
pub mod template;
pub mod via;

use super::hidden::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// One HTTP request to the new revision, and what makes its answer a good one. They are sent in the order of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The name that it is reported by; left out, its method and path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The method of the request.
    #[serde(default)]
    pub method: Method,
    /// The path, and a query behind `?`. `{{id}}` stands for a value that an earlier check saved.
    pub path: String,
    /// Headers of the request. Their values may hold variables, and `{{token}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body: text is sent as it stands, everything else as JSON. It may hold variables, and `{{token}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A secret, sent as `Authorization: Bearer …` unless `{{token}}` says where. It is never printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Source>,
    /// The good statuses: `200`, `"200-299"`, or a list of these.
    #[serde(default)]
    pub status: Status,
    /// Values of the answer's JSON, by JSONPath (RFC 9535): `{ "$.state" = "ready" }`. Each that is selected has to be equal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub json: BTreeMap<String, Value>,
    /// JSONPaths that have to select something: `["$.items[?@.price > 3]"]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exists: Vec<String>,
    /// JSONPaths that must select nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// Texts that the answer has to contain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// Texts that the answer must not contain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_contains: Vec<String>,
    /// A header of the answer that has to name the new version: its image's tag or digest, or its task definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision_header: Option<String>,
    /// Milliseconds that the whole answer may take, up to `timeout_ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Milliseconds after which nobody waits for an answer any more; 100 to 60000.
    #[serde(default = "ten_seconds")]
    pub timeout_ms: u64,
    /// The number of good answers in a row that are needed; 1 to 20.
    #[serde(default = "once")]
    pub repeat: u32,
    /// The most requests until so many good answers came in a row; left out, as many as `repeat`, at most 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// Values of the answer's JSON that later checks use, each by a JSONPath: `{ id = "$.id" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub save: BTreeMap<String, String>,
}

const fn ten_seconds() -> u64 {
    10_000
}

const fn once() -> u32 {
    1
}

/// The methods that HTTP defines and an Application Load Balancer passes on. It answers TRACE with 405, and CONNECT asks for no path.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
            Method::Options => "OPTIONS",
        }
    }
}

/// The statuses of a good answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Status {
    Number(u16),
    Text(String),
    List(Vec<Statuses>),
}

/// One status, or a range of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Statuses {
    Number(u16),
    Text(String),
}

impl Default for Status {
    fn default() -> Self {
        Status::Number(200)
    }
}

impl Status {
    /// Returns the ranges that it stands for; nothing if a part of it is none.
    #[must_use]
    pub fn ranges(&self) -> Option<Vec<RangeInclusive<u16>>> {
        match self {
            Status::Number(number) => Some(vec![*number..=*number]),
            Status::Text(text) => Some(vec![range(text)?]),
            Status::List(list) => {
                let one = |statuses: &Statuses| match statuses {
                    Statuses::Number(number) => Some(*number..=*number),
                    Statuses::Text(text) => range(text),
                };
                list.iter().map(one).collect()
            }
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |statuses: &Statuses| match statuses {
            Statuses::Number(number) => number.to_string(),
            Statuses::Text(text) => text.clone(),
        };
        match self {
            Status::Number(number) => write!(f, "{number}"),
            Status::Text(text) => f.write_str(text),
            Status::List(list) => f.write_str(&list.iter().map(one).collect::<Vec<_>>().join(" or ")),
        }
    }
}

/// `200` or `200-299`.
fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
}

impl Check {
    /// Returns the name that it is reported by.
    #[must_use]
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{} {}", self.method.name(), self.path))
    }

    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Returns the most requests that it takes.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.tries.unwrap_or(self.repeat).max(self.repeat)
    }

    /// True when something of the answer's body is looked at.
    #[must_use]
    pub fn reads_body(&self) -> bool {
        self.reads_json() || !self.contains.is_empty() || !self.not_contains.is_empty()
    }

    /// True when the answer has to be JSON.
    #[must_use]
    pub fn reads_json(&self) -> bool {
        !(self.json.is_empty() && self.exists.is_empty() && self.absent.is_empty() && self.save.is_empty())
    }
}

/// The place at which checks come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The rule of test traffic, which leads to a new version before users see it.
    Test,
    /// The rule that the users' requests go by.
    Production,
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The name that the check is reported by.
    pub check: String,
    pub result: Answered,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of requests that it took; 0 where it was not sent.
    pub requests: u32,
    /// The time that all of it took, with the pauses between.
    pub milliseconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    Passed,
    Failed,
    Unanswered,
    /// One before it did not pass.
    NotSent,
}

/// A request with this header reaches the new version before users do.
pub const TEST_HEADER: (&str, &str) = ("x-trueup-test", "1");

/// The pause after an answer that is not good, before the next try.
pub const PAUSE: Duration = Duration::from_secs(1);

/// Returns the longest time that all of them can take: a gate that is open for less may close on them.
#[must_use]
pub fn longest(checks: &[Check]) -> Duration {
    checks.iter().map(|check| (check.timeout() + PAUSE) * check.most()).sum()
}

/// The values that checks have saved, by name. They may be secret, so none is printed.
#[derive(Clone, Default, PartialEq)]
pub struct Variables(pub BTreeMap<String, Value>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
