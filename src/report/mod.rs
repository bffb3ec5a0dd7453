//! Rendering: the only place that prints. stdout is data, stderr is talk.
//!
//! Everything is rendered with colour into a string; printing takes the colour out where it is not wanted
//! (`NO_COLOR`, a pipe), so nothing below needs to know. Characters that could steer a terminal are made visible on the way.

pub mod calls;
mod columns;
pub mod cost;
mod escape;
mod markdown;
pub mod outputs;
mod paint;
pub mod plan;
pub mod plan_markdown;
pub mod prices;
pub mod progress;
pub mod reason;
pub mod sandbox;
pub mod secret;
pub mod show;
mod table;
mod value;

use crate::core::visible::escape_json;
use serde::Serialize;
use std::io::Write;

/// Prints text to stdout, followed by a line break if it has none. A reader that went away is no error.
pub fn data(text: &str) {
    write(&mut anstream::stdout().lock(), &escape::escape(text));
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
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Prints talk to stderr.
pub fn talk(text: &str) {
    write(&mut anstream::stderr().lock(), &escape::escape(text));
}

// Our own values have string keys and finite numbers, so they serialise.
fn write_json(text: serde_json::Result<String>) {
    write(&mut std::io::stdout().lock(), &escape_json(&text.unwrap_or_default()));
}

fn write(out: &mut impl Write, text: &str) {
    let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    let _ = write!(out, "{text}{end}").and_then(|()| out.flush());
}

/// Prints an error the way all of them look, with what to do about it.
pub fn error(message: &str, hint: Option<&str>) {
    let mut text = format!("{}: {message}\n", paint::bad("error"));
    if let Some(hint) = hint {
        text += &format!("\n{}: {hint}\n", paint::strong("hint"));
    }
    talk(&text);
}

/// Prints what went on otherwise than it might have been expected to, with what to do about it.
pub fn warn(message: &str, hint: &str) {
    talk(&format!("{}: {message}\n\n{}: {hint}\n", paint::change("warning"), paint::strong("hint")));
}

/// True when colour is wanted on stderr.
pub fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Columns of the terminal that data goes to; 120 in a pipe.
pub fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stdout()).map_or(120, |(terminal_size::Width(columns), _)| usize::from(columns).clamp(60, 200))
}
