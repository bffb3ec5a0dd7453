//! Rendering: the only place that prints. stdout is data, stderr is talk.
//!
//! Everything is rendered with colour into a string; printing takes the colour out where it is not wanted
//! (`NO_COLOR`, a pipe), so nothing below needs to know. Characters that could steer a terminal are made visible on the way.

pub mod approval;
pub mod calls;
pub mod closing;
pub mod codes;
mod columns;
pub mod comment;
pub mod cost;
mod document;
pub mod drift;
mod escape;
pub mod findings;
pub mod fixes;
mod flat;
mod folded;
pub mod history;
pub mod lock;
pub mod log;
mod markdown;
pub mod monitor;
pub mod oneoff;
pub mod outputs;
mod page;
mod paint;
pub mod pipeline;
pub mod plan;
pub mod plan_html;
pub mod plan_markdown;
pub mod preflight;
pub mod prices;
pub mod progress;
pub mod reach;
pub mod readiness;
pub mod reason;
mod rehearsal;
pub mod release;
pub mod rollout;
pub mod sandbox;
pub mod secret;
pub mod show;
pub mod smoke;
mod table;
pub mod task_logs;
#[cfg(test)]
mod tests;
mod value;
mod veil;
pub mod watch;

pub use paint::moment;

use crate::core::visible::{escape_json, line};
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

/// Prints text to stdout, followed by a line break if it has none. A reader that went away is no error.
pub fn data(text: &str) {
    keep(write(&mut anstream::stdout().lock(), &escape::escape(text)));
}

/// Prints one line of JSON to stdout.
pub fn json(value: &impl Serialize) {
    write_json(serde_json::to_string(value));
}

/// The same over several lines, for people.
pub fn json_pretty(value: &impl Serialize) {
    write_json(serde_json::to_string_pretty(value));
}

/// Prints a file's content to stdout as it is.
pub fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    keep(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Keeps the first error of standard output. A reader that went away has had what it wanted.
fn keep(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error.to_string());
    }
}

static LOST: OnceLock<String> = OnceLock::new();

/// Returns why something of standard output was lost, on a full disk for one.
pub fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// Returns stdout for a protocol that is spoken over it: nobody else may print there meanwhile.
pub fn wire() -> impl Write {
    std::io::stdout()
}

/// Prints talk to stderr.
pub fn talk(text: &str) {
    if log::talk(text) {
        return;
    }
    drop(write(&mut anstream::stderr().lock(), &escape::escape(text)));
}

// Our own values have string keys and finite numbers, so they serialise.
fn write_json(text: serde_json::Result<String>) {
    keep(write(&mut std::io::stdout().lock(), &escape_json(&text.unwrap_or_default())));
}

fn write(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    write!(out, "{text}{end}").and_then(|()| out.flush())
}

/// Prints an error the way all of them look, with what to do about it.
pub fn error(message: &str, hint: Option<&str>) {
    if log::error(message, hint) {
        return;
    }
    talk(&failed(message, hint));
}

fn failed(message: &str, hint: Option<&str>) -> String {
    let mut text = format!("{}: {}\n", paint::bad("error"), indented(message));
    if let Some(hint) = hint {
        text += &format!("\n{}: {}\n", paint::strong("hint"), indented(hint));
    }
    text
}

/// A message of several lines, whose further ones stand behind the margin: what begins there is ours.
fn indented(text: &str) -> String {
    let rest = |text: &str| if text.starts_with("  ") { line(text).into_owned() } else { format!("  {}", line(text)) };
    text.split('\n').enumerate().map(|(at, text)| if at == 0 { line(text).into_owned() } else { rest(text) }).collect::<Vec<_>>().join("\n")
}

/// Returns the name of a file as it stands in a line.
pub fn path(path: &Path) -> String {
    line(&path.display().to_string()).into_owned()
}

/// Prints what the reading of the arguments came to: help, or what is wrong with them. They may be repeated in it, and hold
/// anything.
pub fn arguments(said: &clap::Error) {
    let given = std::env::args().skip(1).filter(|given| !given.starts_with('-')).take(2).collect::<Vec<_>>();
    if said.use_stderr() && given == ["secret", "set"] {
        return error(secret::ARGUMENTS, Some(secret::PIPED));
    }
    let mut text = said.render().ansi().to_string();
    for given in std::env::args_os().skip(1) {
        let given = given.to_string_lossy();
        let (name, value) = given.split_once('=').unwrap_or((&given, ""));
        for part in [given.as_ref(), name, value] {
            let shown = line(part);
            if shown != part {
                text = text.replace(part, &shown);
            }
        }
    }
    if said.use_stderr() { talk(&text) } else { data(&text) }
}

/// Prints what went on otherwise than it might have been expected to, with what to do about it.
pub fn warn(message: &str, hint: &str) {
    if log::warn(message, Some(hint)) {
        return;
    }
    talk(&format!("{}: {}\n\n{}: {}\n", paint::change("warning"), indented(message), paint::strong("hint"), indented(hint)));
}

/// Prints in one line that a run went on without its trace, or without all of it.
pub fn untraced(message: &str) {
    if !log::warn(message, None) {
        talk(&format!("{}: {}", paint::change("warning"), line(message)));
    }
}

/// True when colour is wanted on stderr.
pub fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Columns of a plan: those of the terminal that data goes to; 120 in a pipe.
pub fn width() -> usize {
    terminal().unwrap_or(120)
}

/// Columns of a table: those of the terminal; 80 in a pipe.
pub fn table_width() -> usize {
    terminal().unwrap_or(TEXT)
}

/// Columns of text, of which long lines do not read well.
pub fn text_width() -> usize {
    table_width().min(TEXT)
}

/// Every terminal shows so many columns.
const TEXT: usize = 80;

fn terminal() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(terminal_size::Width(columns), _)| usize::from(columns).clamp(60, 200))
}
