//! A run as a trace: spans of plan, apply, each step and each call, as OpenTelemetry has them.
//! <https://opentelemetry.io/docs/specs/otel/trace/api/>

pub mod otlp;
pub mod settings;

use jiff::Timestamp;
use std::fmt;

/// The trace that a span is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId([u8; 16]);

/// A span within its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId([u8; 8]);

impl TraceId {
    /// Returns none for thirty-two zeros, which name no trace.
    pub fn new(bytes: [u8; 16]) -> Option<Self> {
        (bytes != [0; 16]).then_some(TraceId(bytes))
    }
    /// The one that a digest names. Of zeros alone there is none, and nobody has seen such a digest.
    pub fn of(digest: &[u8; 32]) -> Self {
        digest.first_chunk().copied().and_then(TraceId::new).unwrap_or(TraceId([1; 16]))
    }
}

impl SpanId {
    /// Returns none for sixteen zeros, which name no span.
    pub fn new(bytes: [u8; 8]) -> Option<Self> {
        (bytes != [0; 8]).then_some(SpanId(bytes))
    }
    /// The one that a digest names, by other bytes than a trace.
    pub fn of(digest: &[u8; 32]) -> Self {
        digest.last_chunk().copied().and_then(SpanId::new).unwrap_or(SpanId([1; 8]))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Something that took its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub name: String,
    /// True for a call of somebody else's, false for work of our own.
    pub calls: bool,
    pub began: Timestamp,
    pub ended: Timestamp,
    pub attributes: Vec<(&'static str, Value)>,
    pub moments: Vec<Moment>,
    /// A word for the failure with which it ended, such as AWS's own code.
    pub failed: Option<String>,
}

/// Something that happened within a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub at: Timestamp,
    pub name: &'static str,
    pub attributes: Vec<(&'static str, Value)>,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Number(number.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Value::Number(number.into())
    }
}

/// One request of a call, which may be repeated, and what came of it. Nothing of what was sent or answered stands in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The service as Trueup calls it: `ec2`.
    pub service: &'static str,
    pub operation: String,
    /// Counts from 1.
    pub number: u32,
    pub seconds: f64,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// AWS's own id of the request.
    pub request: Option<String>,
    /// AWS's code of the error, or a word for why there was no answer.
    pub error: Option<String>,
    pub span: SpanId,
}
