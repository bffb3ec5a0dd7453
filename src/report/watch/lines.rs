//! The lines of the view, from the top down. Where there is no room for all, what matters less goes first.

use super::measures::measures;
use super::stages::{Place, stages};
use super::{Ink, Question, View};
use crate::core::arn::last_part;
use crate::core::rollout::decide::{Hold, Order, State, Why};
use crate::core::rollout::judge::{Finding, Measure};
use crate::core::rollout::observation::{Reading, Side, Smoke};
use crate::core::visible;
use crate::report::{paint, rollout};
use jiff::Timestamp;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// Lines that belong together.
struct Part {
    /// A part with less of it gives its lines away first.
    weight: u8,
    lines: Vec<Line<'static>>,
    /// True where the first lines go first: those of a log.
    from_front: bool,
}

impl Part {
    fn new(weight: u8, lines: Vec<Line<'static>>) -> Self {
        Part { weight, lines, from_front: false }
    }
}

/// Events that are shown before there are empty lines.
const FEW_EVENTS: usize = 3;

/// Returns at most so many lines. A line may be wider than the room.
pub(super) fn lines(view: &View, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut parts = vec![Part::new(9, vec![header(view, width)]), Part::new(4, way(view, width)), Part::new(6, sides(view, width))];
    if view.help {
        parts.push(Part::new(7, help(view, width)));
    } else {
        parts.push(Part::new(3, measures(view, width)));
        parts.push(Part::new(8, next(view, width)));
        parts.push(Part { from_front: true, ..Part::new(1, events(view, width, height)) });
    }
    let end = Part::new(10, last(view, width));
    let all = |parts: &[Part]| parts.iter().map(|part| part.lines.len()).sum::<usize>() + end.lines.len();
    let used = all(&parts);
    // Empty lines between parts are worth more than the older part of a log.
    let gaps = parts.iter().filter(|part| !part.lines.is_empty()).count().saturating_sub(1);
    for log in parts.iter_mut().filter(|part| part.from_front) {
        let surplus = (used + gaps).saturating_sub(height).min(log.lines.len().saturating_sub(FEW_EVENTS));
        log.lines.drain(..surplus);
    }
    while all(&parts) > height {
        let Some(part) = parts.iter_mut().filter(|part| !part.lines.is_empty()).min_by_key(|part| part.weight) else { break };
        let place = if part.from_front { 0 } else { part.lines.len() - 1 };
        part.lines.remove(place);
    }
    parts.retain(|part| !part.lines.is_empty());
    let mut room = height.saturating_sub(all(&parts));
    let mut lines = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        // An empty line between parts, as long as there are any.
        if at > 0 && room > 0 {
            lines.push(Line::default());
            room -= 1;
        }
        lines.extend(part.lines);
    }
    lines.extend(std::iter::repeat_n(Line::default(), room));
    lines.extend(end.lines);
    lines.truncate(height);
    lines
}

/// A text of AWS's or of a file's, which is one line and steers nothing.
pub(super) fn said(text: &str) -> String {
    visible::line(text).into_owned()
}

pub(super) fn plain(text: impl Into<String>) -> Span<'static> {
    Span::raw(text.into())
}

pub(super) fn span(view: &View, ink: Ink, text: impl Into<String>) -> Span<'static> {
    Span::styled(text.into(), view.ink(ink))
}

/// A text in lines of the room, behind a label; the further ones stand below the first.
fn labelled(view: &View, label: &str, ink: Ink, text: &str, width: usize) -> Vec<Line<'static>> {
    const LABEL: usize = 10;
    let indent = if width < 40 { 0 } else { LABEL };
    let wrapped = paint::fit(&said(text), width.saturating_sub(indent).max(10), 0);
    let one = |(at, line): (usize, &str)| {
        let label = format!("{:LABEL$}", if at == 0 { label } else { "" });
        let label = if indent == 0 { String::new() } else { label };
        Line::from(vec![span(view, Ink::Calm, label), span(view, ink, line.to_owned())])
    };
    wrapped.lines().enumerate().map(one).collect()
}

/// Says whose rollout it is, where it is, and what time it is there.
fn header(view: &View, width: usize) -> Line<'static> {
    let of = &view.release.of;
    let name = said(&of.service);
    let place = format!("{} in {}", said(&of.stack), said(&of.env));
    let state = view.look.as_ref().map(rollout::state).unwrap_or_else(|| "looks".into());
    let clock = view.now.strftime("%H:%M:%S UTC").to_string();
    let ink = match view.release.state() {
        Some(State::Promoted) => Ink::Good,
        Some(State::RollingBack | State::RolledBack) => Ink::Open,
        Some(State::RollbackFailed | State::Stopped | State::MigrationFailed | State::ContractFailed) => Ink::Bad,
        _ => Ink::Strong,
    };
    let long = format!("{name}  {place}");
    let used = paint::width(&state) + paint::width(&clock) + 4;
    let left = if width >= used + paint::width(&long) { long } else { name };
    let left = paint::cut(&left, width.saturating_sub(used).max(8));
    let state = paint::cut(&state, width.saturating_sub(paint::width(&left) + 2));
    let gap = width.saturating_sub(paint::width(&left) + paint::width(&state) + paint::width(&clock) + 2);
    let mut spans = vec![span(view, Ink::Strong, left), plain("  "), span(view, ink, state)];
    if gap > 0 {
        spans.extend([plain(" ".repeat(gap)), span(view, Ink::Calm, clock)]);
    }
    Line::from(spans)
}

/// The stages in a row, or only the one where it is; below them ECS's own word for it.
fn way(view: &View, width: usize) -> Vec<Line<'static>> {
    let all = stages(view);
    let joined = all.iter().map(|(name, _)| paint::width(name) + 2).sum::<usize>() + 3 * all.len().saturating_sub(1);
    let mut spans = Vec::new();
    for (at, (name, place)) in all.iter().enumerate() {
        let (letter, ink) = place.letter();
        if joined > width {
            // Letters alone, and the name of the one where it is.
            spans.push(span(view, ink, letter.to_string()));
            if matches!(place, Place::Here | Place::Failed) {
                spans.push(span(view, ink, format!(" {name} ")));
            }
            continue;
        }
        if at > 0 {
            spans.push(span(view, Ink::Calm, " ─ "));
        }
        spans.push(span(view, ink, format!("{letter} {name}")));
    }
    let mut lines = vec![Line::from(spans)];
    if !view.release.stage.is_empty() {
        lines.push(Line::from(span(view, Ink::Calm, format!("ECS is at {}", said(&view.release.stage)))));
    }
    lines
}

/// The weights of both versions as bars, with their tasks and targets.
fn sides(view: &View, width: usize) -> Vec<Line<'static>> {
    let release = &view.release;
    let mut lines = Vec::new();
    for (name, side, ink) in [("old", &release.blue, Ink::Old), ("new", &release.green, Ink::New)] {
        let Some(side) = side else { continue };
        lines.push(one_side(view, name, side, ink, width));
    }
    if let Some(crash) = release.crashes.last() {
        let text = format!("{} of its tasks stopped by themselves: {}", release.crashes.len(), said(&crash.reason));
        lines.push(Line::from(span(view, Ink::Bad, paint::cut(&text, width))));
    }
    match &release.smoke {
        None => {}
        Some(Smoke::Passed { checks }) => {
            lines.push(Line::from(span(view, Ink::Good, format!("{} passed", paint::count(*checks, "check")))))
        }
        Some(Smoke::Failed { check, reason }) => {
            let text = format!("the check `{}` failed: {}", said(check), said(reason));
            lines.push(Line::from(span(view, Ink::Bad, paint::cut(&text, width))));
        }
        Some(Smoke::Unanswered { check, reason }) => {
            let text = format!("the check `{}` was not answered: {}", said(check), said(reason));
            lines.push(Line::from(span(view, Ink::Open, paint::cut(&text, width))));
        }
    }
    lines
}

fn one_side(view: &View, name: &str, side: &Side, ink: Ink, width: usize) -> Line<'static> {
    let version = said(last_part(&side.task_definition));
    let weight = if side.shared { String::new() } else { format!(" {:>3.0} %", side.weight) };
    let pending = if side.pending > 0 { format!(", {} pending", side.pending) } else { String::new() };
    let tasks = format!("  {}/{} tasks run{pending}", side.running, side.requested);
    let health = match (&side.healthy, &side.unhealthy) {
        _ if side.shared && name == "old" => String::new(),
        (Reading::Known(healthy), _) if side.shared => format!("  {healthy} healthy of both"),
        (Reading::Known(healthy), Reading::Known(0)) => format!("  {healthy} healthy"),
        (Reading::Known(healthy), Reading::Known(unhealthy)) => format!("  {healthy} healthy, {unhealthy} not"),
        _ => "  health not known".to_owned(),
    };
    let ill = !side.shared && side.healthy.known().is_none_or(|healthy| *healthy < side.running);
    let few = side.running < side.requested;
    // Columns that a bar may have, after the texts of as many of these as leave it some.
    let fixed = name.len() + 1 + weight.len();
    // The revision at the end tells it from the other side's.
    let room = if width >= 100 { 28 } else { 14 };
    let version = format!("{}  ", paint::pad(&paint::middle(&version, room), room));
    let mut shown = [&version, &tasks, &health].map(|text| Some(text.clone()));
    let used = |shown: &[Option<String>; 3]| shown.iter().flatten().map(|text| paint::width(text)).sum::<usize>() + fixed;
    for drop in [0, 2, 1] {
        if used(&shown) + 10 > width {
            shown[drop] = None;
        }
    }
    let columns = if side.shared { 0 } else { width.saturating_sub(used(&shown)).min(50) };
    let columns = if width >= 78 { columns.min(width / 4) } else { columns };
    let full = (side.weight.clamp(0.0, 100.0) / 100.0 * columns as f64).round() as usize;
    // A share that is not nothing is to be seen.
    let full = if side.weight > 0.0 { full.max(1).min(columns) } else { 0 };
    let [version, tasks, health] = shown.map(Option::unwrap_or_default);
    Line::from(vec![
        span(view, ink, format!("{name} ")),
        plain(version),
        span(view, ink, "█".repeat(full)),
        span(view, Ink::Calm, "░".repeat(columns - full)),
        span(view, Ink::Strong, weight),
        span(view, if few { Ink::Open } else { Ink::Plain }, tasks),
        span(view, if ill { Ink::Open } else { Ink::Plain }, health),
    ])
}

/// The next decision and why, and the time that the gate has left.
fn next(view: &View, width: usize) -> Vec<Line<'static>> {
    let Some(look) = &view.look else { return labelled(view, "next", Ink::Plain, "reads what is live", width) };
    let mut lines = Vec::new();
    if view.release.result.is_some() {
        let why = view.release.why.as_ref().map(Why::to_string).filter(|why| !why.is_empty());
        let why = why.or_else(|| Some(view.release.reason.clone()).filter(|reason| !reason.is_empty()));
        lines.extend(labelled(view, "ended", Ink::Strong, &rollout::state(look), width));
        // A version that took over owes nobody a reason.
        let owed = view.release.result != Some(State::Promoted);
        lines.extend(why.filter(|_| owed).iter().flat_map(|why| labelled(view, "because", Ink::Bad, why, width)));
        return lines;
    }
    let holds = &look.decision.holds;
    match &look.decision.order {
        Some(Order::Rollback { why, .. }) => lines.extend(labelled(view, "next", Ink::Bad, &format!("goes back: {why}"), width)),
        Some(Order::Continue { .. }) => lines.extend(labelled(view, "next", Ink::Good, "goes on: nothing speaks against it", width)),
        Some(Order::Start) => lines.extend(labelled(view, "next", Ink::Plain, "tells ECS the new version", width)),
        Some(Order::Smoke { .. }) => lines.extend(labelled(view, "next", Ink::Plain, "checks the new version", width)),
        Some(Order::Expand | Order::Contract) => lines.extend(labelled(view, "next", Ink::Plain, "runs the command", width)),
        None if holds.is_empty() => {
            let text = match view.release.state() {
                Some(State::RollingBack) => "watches until the old version is well",
                Some(State::Finishing) => "waits until ECS has taken the old version down",
                _ => "waits for ECS to come to the next gate",
            };
            lines.extend(labelled(view, "next", Ink::Plain, text, width));
        }
        None => {
            let until = holds.iter().find_map(|hold| if let Hold::Watching { until } = hold { Some(*until) } else { None });
            let others = holds.iter().filter(|hold| !matches!(hold, Hold::Watching { .. })).map(held).collect::<Vec<_>>();
            let text = match until.filter(|until| *until > view.now) {
                // Nobody knows when that is.
                _ if holds.contains(&Hold::Paused) => "goes on once somebody has resumed it, and nothing speaks against it".to_owned(),
                Some(until) => {
                    format!("goes on at {} (in {}) if nothing speaks against it", until.strftime("%H:%M:%S"), left(view.now, until))
                }
                None => "goes on once nothing speaks against it".to_owned(),
            };
            lines.extend(labelled(view, "next", Ink::Plain, &text, width));
            if !others.is_empty() {
                lines.extend(labelled(view, "waits", Ink::Open, &others.join("; "), width));
            }
        }
    }
    if let Some(gate) = &look.gate {
        let text = match gate.expires > view.now {
            true => format!("ECS goes back at {}, in {}, if nobody comes", gate.expires.strftime("%H:%M:%S"), left(view.now, gate.expires)),
            false => "its time is up: ECS goes back".to_owned(),
        };
        let soon = gate.expires.duration_since(view.now).as_secs() < 300;
        lines.extend(labelled(view, "gate", if soon { Ink::Bad } else { Ink::Plain }, &text, width));
    }
    lines
}

/// Says why it waits. The measures show by themselves what is open for want of requests.
fn held(hold: &Hold) -> String {
    let unread = |finding: &&Finding| match &finding.measure {
        Measure::Unread { .. } => true,
        Measure::Alarm { unread, .. } | Measure::Metric { unread, .. } => unread.is_some(),
        Measure::Errors { .. } | Measure::Latency { .. } => false,
    };
    match hold {
        Hold::Inconclusive { findings } => Hold::Inconclusive { findings: findings.iter().filter(unread).cloned().collect() }.to_string(),
        hold => hold.to_string(),
    }
}

/// The time from now until then: `4 min 05 s`.
fn left(now: Timestamp, until: Timestamp) -> String {
    let seconds = until.duration_since(now).as_secs().max(0).unsigned_abs();
    crate::report::progress::clock(Duration::from_secs(seconds))
}

/// The last things that happened, newest last.
fn events(view: &View, width: usize, most: usize) -> Vec<Line<'static>> {
    let happened = rollout::happened(&view.release);
    let shown = happened.into_iter().rev().take(most).collect::<Vec<_>>();
    let line = |(at, bad, text): (Timestamp, bool, String)| {
        let text = paint::cut(&said(&text), width.saturating_sub(10));
        Line::from(vec![
            span(view, Ink::Calm, format!("{}  ", at.strftime("%H:%M:%S"))),
            span(view, if bad { Ink::Bad } else { Ink::Plain }, text),
        ])
    };
    shown.into_iter().rev().map(line).collect()
}

const KEYS: [(&str, &str); 5] = [("p", "promote"), ("space", "pause"), ("r", "roll back"), ("q", "leave"), ("?", "help")];

/// The question, the answer to the last key, and the keys.
fn last(view: &View, width: usize) -> Vec<Line<'static>> {
    let question = match &view.asking {
        Some(Question::Promote { against: None }) => Some("Tell ECS to go on now? y / n".to_owned()),
        Some(Question::Promote { against: Some(why) }) => {
            Some(format!("Go on although {}? Press f to take that upon you, n to let it wait.", said(why)))
        }
        Some(Question::Pause(true)) => Some("Shall nothing go on until it is resumed? The gate's time runs all the same. y / n".to_owned()),
        Some(Question::Pause(false)) => Some("Shall it go on again? y / n".to_owned()),
        Some(Question::Rollback) => Some("Tell ECS to go back to the old version? y / n".to_owned()),
        None => None,
    };
    if let Some(question) = question {
        let wrapped = paint::fit(&question, width.max(10), 0);
        return wrapped.lines().map(|line| Line::from(span(view, Ink::Key, line.to_owned()))).collect();
    }
    let mut lines = Vec::new();
    if let Some(notice) = &view.notice {
        let wrapped = paint::fit(&said(notice), width.max(10), 0);
        lines.extend(wrapped.lines().take(3).map(|line| Line::from(span(view, Ink::Open, line.to_owned()))));
    }
    let paused = view.look.as_ref().is_some_and(|look| look.seen.as_ref().is_some_and(|seen| seen.paused));
    let mut spans = Vec::new();
    let mut room = width;
    for (key, word) in KEYS {
        if view.release.result.is_some() && !matches!(key, "q" | "?") {
            continue;
        }
        let word = if key == "space" && paused { "resume" } else { word };
        let takes = key.len() + word.len() + 4;
        if takes > room + 2 {
            break;
        }
        room = room.saturating_sub(takes);
        spans.extend([span(view, Ink::Key, format!(" {key} ")), plain(format!(" {word} "))]);
    }
    lines.push(Line::from(spans));
    lines
}

fn help(view: &View, width: usize) -> Vec<Line<'static>> {
    let keys = [
        ("p", "tell ECS to go on at the gate, after a question; against a verdict it takes f"),
        ("space", "nothing goes on until it is resumed, from whichever machine; z does the same"),
        ("r", "tell ECS to go back to the old version, after a question"),
        ("q", "leave: ECS waits at the next gate, and goes back when its time is up and nobody comes"),
        ("", "`trueup rollout watch` takes over from any machine"),
        ("?", "back"),
    ];
    keys.into_iter().flat_map(|(key, text)| labelled(view, key, Ink::Plain, text, width)).collect()
}
