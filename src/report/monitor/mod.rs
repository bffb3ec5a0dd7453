//! A watch in words: a line for each sample while it runs, and all of it at its end.

mod html;
mod markdown;

pub use html::html;
pub use markdown::markdown;

use super::paint;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::monitor::{Monitor, Sample};
use crate::core::rollout::observation::{Reading, Traffic};
use crate::core::visible::line;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The version of the JSON.
const VERSION: u32 = 1;

/// Returns a watch as JSON.
#[must_use]
pub fn json(monitor: &Monitor) -> Value {
    let (verdict, recommendation) = (monitor.verdict(), monitor.recommendation());
    let breaches = monitor.breaches().into_iter().map(|(at, finding)| json!({ "at": at, "finding": finding, "text": finding.to_string() }));
    let breaches = breaches.collect::<Vec<_>>();
    json!({ "version": VERSION, "verdict": verdict, "recommendation": recommendation, "breaches": breaches, "watch": monitor })
}

/// The result in a word.
fn result(monitor: &Monitor) -> &'static str {
    match monitor.verdict() {
        Verdict::Pass => "good",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "bad",
    }
}

/// Says how long it was watched, from when, and what is missing; a line each.
fn circumstances(monitor: &Monitor) -> Vec<String> {
    let ended = monitor.samples.last().map_or(monitor.begun, |sample| sample.at);
    let (watched, begins) = (time(ended.duration_since(monitor.begun)), monitor.begun.strftime("%Y-%m-%d %H:%M"));
    let cut = if monitor.interrupted { ", interrupted" } else { "" };
    let mut all = vec![format!("watched for {watched} from {begins} UTC{cut}, every {}", time(every(monitor)))];
    if !monitor.has_traffic {
        all.push("no application load balancer counts its requests, so errors and latency are not judged".into());
    }
    if monitor.gaps() > 0 {
        all.push(format!("{} of {} samples have gaps, where AWS did not answer", monitor.gaps(), monitor.samples.len()));
    }
    all
}

fn every(monitor: &Monitor) -> SignedDuration {
    SignedDuration::from_secs(monitor.every_seconds.into())
}

/// Says what a sample is like, and how much time is left.
pub fn progress(monitor: &Monitor, sample: &Sample) -> String {
    let left = monitor.until.duration_since(sample.at);
    let left = if left.is_positive() { format!("{} left", time(left)) } else { "the last one".into() };
    let bad = sample.findings.iter().filter(|finding| finding.verdict == sample.verdict && sample.verdict != Verdict::Pass);
    let bad = bad.map(|finding| format!("; {}", line(&finding.to_string()))).collect::<String>();
    format!("{}  {}  {}, {left}{bad}", clock(sample.at), word(sample.verdict), figures(sample))
}

/// The whole of a watch.
pub fn render(monitor: &Monitor) -> String {
    let ended = monitor.samples.last().map_or(monitor.begun, |sample| sample.at);
    let verdict = match monitor.verdict() {
        Verdict::Pass => paint::good("good"),
        Verdict::Inconclusive => paint::change("inconclusive"),
        Verdict::Fail => paint::bad("bad"),
    };
    let cut = if monitor.interrupted { ", interrupted" } else { "" };
    let watched = time(ended.duration_since(monitor.begun));
    let (begins, service) = (monitor.begun.strftime("%Y-%m-%d %H:%M"), line(&monitor.service));
    let mut text = format!("{verdict}  {service}, watched for {watched} from {begins} UTC{cut}\n");
    if !monitor.has_traffic {
        text += "  no application load balancer counts its requests, so errors and latency are not judged\n";
    }
    if let Some(gaps) = Some(monitor.gaps()).filter(|gaps| *gaps > 0) {
        text += &format!("  {gaps} of {} samples have gaps, where AWS did not answer\n", monitor.samples.len());
    }
    text.push('\n');
    for sample in &monitor.samples {
        text += &format!("  {}  {}  {}\n", clock(sample.at), word(sample.verdict), figures(sample));
    }
    let breaches = monitor.breaches();
    if !breaches.is_empty() {
        text += "\nbreaches\n";
    }
    for (at, finding) in breaches {
        text += &format!("  {}  {}\n", clock(at), line(&finding.to_string()));
    }
    if let Some(last) = monitor.samples.last() {
        text += "\nat the end\n";
        for finding in &last.findings {
            text += &format!("  {}  {}\n", word(finding.verdict), line(&finding.to_string()));
        }
        for crash in &last.crashed {
            text += &format!("  task {} stopped: {}\n", line(&crash.task), line(&crash.reason));
            text.extend(crash.log.iter().map(|said| format!("    {}\n", line(said))));
        }
    }
    text + &format!("\n{}\n", line(&monitor.recommendation()))
}

fn figures(sample: &Sample) -> String {
    let health = match &sample.health {
        Reading::Known(health) => format!("{} of {} healthy", health.healthy, health.desired),
        Reading::Unknown(_) => "health unknown".into(),
    };
    let crashed = if sample.crashed.is_empty() { String::new() } else { format!(", {} stopped", sample.crashed.len()) };
    format!("{}{health}{crashed}", sample.traffic.map(|traffic| requests(&traffic)).unwrap_or_default())
}

fn requests(traffic: &Traffic) -> String {
    let failed = if traffic.requests == 0 { 0.0 } else { traffic.errors as f64 * 100.0 / traffic.requests as f64 };
    let slow = traffic.p95.map(|seconds| format!("p95 {:.0} ms, ", seconds * 1000.0)).unwrap_or_default();
    format!("{} requests, {failed:.1} % failed, {slow}", traffic.requests)
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => paint::good("pass"),
        Verdict::Inconclusive => paint::change("open"),
        Verdict::Fail => paint::bad("fail"),
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

fn time(length: SignedDuration) -> String {
    let minutes = (length.as_secs().max(0) + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
