//! Stderr as JSON lines, for machines that gather logs, in the place of text for people: `--log json`.

use crate::core::event::{Envelope, Event, Outcome};
use crate::core::trace::Attempt;
use crate::core::visible::escape_json;
use jiff::Timestamp;
use serde::Serialize;
use std::io::Write;
use std::sync::OnceLock;

static LOG: OnceLock<Log> = OnceLock::new();

/// The run that writes it.
struct Log {
    run: String,
    trace: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// One line. The keys of what it is about stand beside its own.
#[derive(Serialize)]
struct Line<'a, T> {
    time: Timestamp,
    level: Level,
    run: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    target: &'a str,
    message: &'a str,
    #[serde(flatten)]
    more: T,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Hint<'a> {
    hint: Option<&'a str>,
}

#[derive(Serialize)]
struct Told<'a> {
    number: u64,
    #[serde(flatten)]
    event: &'a Event,
}

#[derive(Serialize)]
struct Called<'a> {
    service: &'a str,
    operation: &'a str,
    attempt: u32,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
}

/// From here on, everything that goes to stderr is a JSON line of this run, which may be part of a trace.
pub fn begin(run: &str, trace: Option<String>) {
    LOG.get_or_init(|| Log { run: run.to_owned(), trace });
}

/// True where stderr has JSON lines.
pub fn is_json() -> bool {
    LOG.get().is_some()
}

/// Says something that somebody who waits would want to know. False where it is for people.
pub(super) fn talk(text: &str) -> bool {
    said(Level::Info, text, Nothing {})
}

pub(super) fn warn(text: &str, hint: Option<&str>) -> bool {
    said(Level::Warn, text, Hint { hint })
}

pub(super) fn error(text: &str, hint: Option<&str>) -> bool {
    said(Level::Error, text, Hint { hint })
}

fn said(level: Level, text: &str, more: impl Serialize) -> bool {
    let Some(log) = LOG.get() else { return false };
    let text = plain(text);
    if !text.is_empty() {
        write(log, level, "trueup", &text, None, more);
    }
    true
}

/// Writes an event, in the words in which people are told of it.
pub(super) fn event(envelope: &Envelope, words: Option<&str>) {
    let Some(log) = LOG.get() else { return };
    let Envelope { at, run: _, number, event } = envelope;
    let words = words.map(plain).unwrap_or_default();
    let message = if words.is_empty() { named(event) } else { words };
    write(log, level(event), "trueup::run", &message, Some(*at), Told { number: *number, event });
}

/// Writes one request to AWS, and what came of it.
pub fn attempt(attempt: &Attempt, traced: bool) {
    let Some(log) = LOG.get() else { return };
    let Attempt { service, operation, number, seconds, status, request, error, span } = attempt;
    // Whoever asks for what is not there is answered so, and all is well.
    let is_absent = *status == Some(404) || error.as_ref().is_some_and(|code| code.contains("NotFound") || code.contains("NoSuch"));
    let level = if error.is_some() && !is_absent { Level::Warn } else { Level::Debug };
    let ended = error.clone().or(status.map(|status| status.to_string())).unwrap_or_default();
    let message = format!("{service}.{operation} {ended}");
    let more = Called {
        service,
        operation,
        attempt: *number,
        // Microseconds are as much as anybody can use.
        duration_ms: (seconds * 1e6).round() / 1e3,
        status: *status,
        request_id: request.as_deref(),
        error_code: error.as_deref(),
        span_id: traced.then(|| span.to_string()),
    };
    write(log, level, "trueup::aws", &message, None, more);
}

/// Returns an event's name, and that of what it is about: `began network.vpc`.
fn named(event: &Event) -> String {
    let json = serde_json::to_value(event).unwrap_or_default();
    let words = ["event", "address", "kind"].iter().filter_map(|key| json[*key].as_str());
    words.take(2).collect::<Vec<_>>().join(" ")
}

fn level(event: &Event) -> Level {
    match event {
        Event::Failed { .. } | Event::Foreign { .. } => Level::Error,
        Event::Finished { outcome: Outcome::Partial | Outcome::RolledBack, .. } => Level::Error,
        Event::Finished { outcome: Outcome::Interrupted, .. }
        | Event::Read { error: Some(_), .. }
        | Event::Retrying { .. }
        | Event::Skipped { .. }
        | Event::Partial { .. }
        | Event::Unverified { .. }
        | Event::Stopping { .. }
        | Event::Interrupted { .. }
        | Event::Refetching { .. } => Level::Warn,
        Event::Applying { .. }
        | Event::Began { .. }
        | Event::RollingOut { .. }
        | Event::Noted { .. }
        | Event::Done { .. }
        | Event::Finished { outcome: Outcome::Complete, .. }
        | Event::Fetching { .. }
        | Event::Fetched { .. } => Level::Info,
        Event::Reading { .. }
        | Event::Read { error: None, .. }
        | Event::Waiting { .. }
        | Event::Verifying { .. }
        | Event::Arriving { .. }
        | Event::Received { .. }
        | Event::Parsing { .. } => Level::Debug,
    }
}

/// The text without colours.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string().trim().to_owned()
}

fn write(log: &Log, level: Level, target: &str, message: &str, at: Option<Timestamp>, more: impl Serialize) {
    // To the millisecond, as events have it.
    let now = || Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or_default();
    let time = at.unwrap_or_else(now);
    let line = Line { time, level, run: &log.run, trace_id: log.trace.as_deref(), target, message, more };
    // Our own values have string keys and finite numbers, so they serialise.
    let text = serde_json::to_string(&line).unwrap_or_default();
    let mut out = std::io::stderr().lock();
    // One write, so that lines of several threads do not mix. Nobody is left to be told if it fails.
    let _ = out.write_all(format!("{}\n", escape_json(&text)).as_bytes()).and_then(|()| out.flush());
}
