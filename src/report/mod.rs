//! Rendering: the only place that prints. stdout is data, stderr is talk.
//!
//! Everything is rendered with colour into a string; printing takes the colour out where it is not wanted
//! (`NO_COLOR`, a pipe), so nothing below needs to know.

pub mod calls;
mod paint;
pub mod plan;
pub mod progress;
pub mod sandbox;
pub mod show;
mod value;

use std::io::Write;

/// Prints data to stdout, followed by a line break if it has none. A reader that went away is no error.
pub fn data(text: &str) {
    write(&mut anstream::stdout().lock(), text);
}

/// Prints talk to stderr.
pub fn talk(text: &str) {
    write(&mut anstream::stderr().lock(), text);
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

/// Prints a remark that stands in nobody's way.
pub fn note(message: &str) {
    talk(&format!("{}: {message}", paint::strong("note")));
}

/// Whether colour is wanted on stderr.
pub fn colour() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Columns of the terminal that data goes to; 120 in a pipe.
pub fn width() -> usize {
    terminal_size::terminal_size().map_or(120, |(terminal_size::Width(columns), _)| usize::from(columns).clamp(60, 200))
}
