//! A watch in words: a line for each sample while it runs, and all of it at its end.

mod html;
mod markdown;
#[cfg(test)]
mod tests;

pub use html::html;
pub use markdown::markdown;

use super::{paint, text_width};
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::monitor::{Breach, Monitor, Sample};
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
    let breaches = monitor.breaches().into_iter().map(|Breach { at, last, samples, finding }| {
        json!({ "at": at, "last": last, "samples": samples, "finding": finding, "text": finding.to_string() })
    });
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
    if monitor.failed() > 0 {
        let (failed, breaches) = (monitor.failed(), monitor.breaches().len());
        let breaches = format!("{breaches} {}", if breaches == 1 { "breach" } else { "breaches" });
        all.push(format!("{failed} of {} samples failed, in {breaches}", monitor.samples.len()));
    }
    if !monitor.has_traffic {
        all.push("no application load balancer counts its requests, so errors and latency are not judged".into());
    }
    if monitor.gaps() > 0 {
        all.push(format!("{} of {} samples have gaps, where AWS did not answer", monitor.gaps(), monitor.samples.len()));
    }
    all
}

/// Says what failed, and for how long it did.
fn breach(monitor: &Monitor, breach: &Breach<'_>) -> String {
    let Breach { last, samples, finding, .. } = breach;
    let until = match monitor.samples.last() {
        Some(end) if end.at == *last => "to the end".to_owned(),
        _ => format!("until {}", clock(*last)),
    };
    let lasted = if *samples > 1 { format!("; so in {samples} samples, {until}") } else { String::new() };
    format!("{finding}{lasted}")
}

fn every(monitor: &Monitor) -> SignedDuration {
    SignedDuration::from_secs(monitor.every_seconds.into())
}

/// Says what a sample is like, and how much time is left.
pub fn progress(monitor: &Monitor, sample: &Sample) -> String {
    let left = monitor.until.duration_since(sample.at);
    let left = if left.is_positive() { format!("{} left", time(left)) } else { "the last one".into() };
    let bad = sample.findings.iter().filter(|finding| finding.verdict == sample.verdict && sample.verdict != Verdict::Pass);
    let bad = bad.map(|finding| line(&finding.to_string()).into_owned()).collect::<Vec<_>>();
    let before = monitor.samples.iter().rev().find(|before| before.at < sample.at);
    let known = before.map(|before| before.findings.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap_or_default();
    // The figures of a line change; what was found and still is so is not said again.
    let new = bad.iter().filter(|text| !known.contains(text)).map(|text| format!("; {text}")).collect::<String>();
    let still = if new.is_empty() && !bad.is_empty() { "; as before" } else { "" };
    let said = format!("{}, {left}{new}{still}", figures(sample));
    format!("{}  {}  {}", clock(sample.at), word(sample.verdict), paint::wrap(&said, text_width(), 16))
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
    // The first of them is the line above.
    for line in circumstances(monitor).iter().skip(1) {
        text += &format!("  {}\n", paint::wrap(line, text_width(), 2));
    }
    text.push('\n');
    for sample in &monitor.samples {
        text += &format!("  {}  {}  {}\n", clock(sample.at), word(sample.verdict), figures(sample));
    }
    let breaches = monitor.breaches();
    if !breaches.is_empty() {
        text += "\nbreaches\n";
    }
    for one in &breaches {
        text += &format!("  {}  {}\n", clock(one.at), paint::wrap(&line(&breach(monitor, one)), text_width(), 12));
    }
    if let Some(last) = monitor.samples.last() {
        text += "\nat the end\n";
        for finding in &last.findings {
            text += &format!("  {}  {}\n", word(finding.verdict), paint::wrap(&line(&finding.to_string()), text_width(), 8));
        }
        for crash in &last.crashed {
            let stopped = format!("task {} stopped: {}", line(&crash.task), line(&crash.reason));
            text += &format!("  {}\n", paint::wrap(&stopped, text_width(), 4));
            text.extend(crash.log.iter().map(|said| format!("    {}\n", line(said))));
        }
    }
    text + &format!("\n{}\n", paint::wrap(&line(&monitor.recommendation()), text_width(), 0))
}

fn figures(sample: &Sample) -> String {
    let health = match &sample.health {
        Reading::Known(health) => format!("{} of {} healthy", health.healthy, health.all()),
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
