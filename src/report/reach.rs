//! Verdicts of reachability: one with its path, or a table of all pairs that should talk.

use super::paint;
use super::table::Table;
use crate::core::reach::{Block, Step, Talk, Verdict};
use crate::core::visible::line;
use serde_json::{Value, json};

/// Raised when a reader of the old form could misread the new one.
pub const VERSION: u32 = 1;

/// One verdict with its path, step by step.
pub fn one(talk: &Talk, columns: usize) -> String {
    let Talk { from, to, port, why: _, verdict } = talk;
    let head = format!("{} to {}, port {port}: {}", paint::strong(&line(from)), paint::strong(&line(to)), word(verdict));
    let mut text = paint::wrap(&head, columns, 2) + "\n";
    for (at, Step { at: _, words }) in verdict.path().iter().enumerate() {
        text += &paint::wrap(&format!("  {}. {}", at + 1, line(words)), columns, 5);
        text.push('\n');
    }
    if let Some(reason) = reason(verdict) {
        text += &paint::wrap(&format!("  {}  {}", mark(verdict), line(reason)), columns, 5);
        text.push('\n');
    }
    text
}

/// A row per pair, and a line that counts them.
pub fn table(talks: &[Talk], columns: usize) -> String {
    let row = |talk: &Talk| {
        let Talk { from, to, port, why, verdict } = talk;
        let remark = reason(verdict).unwrap_or(why);
        [line(from).into_owned(), line(to).into_owned(), port.to_string(), verdict.name().to_owned(), line(remark).into_owned()]
    };
    let head = ["From", "To", "Port", "Verdict", ""].map(str::to_owned);
    let table = Table { head, rows: talks.iter().map(row).collect(), sums: Vec::new(), right: &[2] };
    let count = |name: &str| talks.iter().filter(|talk| talk.verdict.name() == name).count();
    let counts = ["reachable", "blocked", "unknown"].map(|name| format!("{} {name}", count(name))).join(", ");
    format!("{}{}: {counts}\n", table.text(columns, paint::strong, paint::strong), paint::count(talks.len(), "pair"))
}

/// The same for machines.
pub fn to_json(talk: &Talk) -> Value {
    let Talk { from, to, port, why, verdict } = talk;
    let path = verdict.path().iter().map(|Step { at, words }| json!({ "at": at, "does": words })).collect::<Value>();
    let block = verdict.block().map(|Block { cause, at, words }| json!({ "cause": cause.name(), "at": at, "says": words }));
    let unknown = if let Verdict::Unknown(_, why) = verdict { Some(why) } else { None };
    json!({
        "from": from, "to": to, "port": port.to_string(), "why": why, "verdict": verdict.name(), "path": path, "blocked_by": block,
        "unknown": unknown,
    })
}

fn reason(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Open(_) => None,
        Verdict::Shut(_, block) => Some(&block.words),
        Verdict::Unknown(_, why) => Some(why),
    }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Open(_) => paint::good(verdict.name()),
        Verdict::Shut(..) => paint::bad(verdict.name()),
        Verdict::Unknown(..) => paint::change(verdict.name()),
    }
}

fn mark(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Open(_) => String::new(),
        Verdict::Shut(..) => paint::bad("x"),
        Verdict::Unknown(..) => paint::change("?"),
    }
}
