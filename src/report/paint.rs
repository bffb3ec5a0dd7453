//! The few colours there are. None is needed to understand what is shown.

pub use super::columns::{broken, cut, fit, middle, pad, plain, width, wrap};

use crate::core::plan::Action;
use anstyle::{AnsiColor, Style};

fn with(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn coloured(colour: AnsiColor, text: &str) -> String {
    with(Style::new().fg_color(Some(colour.into())), text)
}

pub fn good(text: &str) -> String {
    coloured(AnsiColor::Green, text)
}
pub fn change(text: &str) -> String {
    coloured(AnsiColor::Yellow, text)
}
pub fn bad(text: &str) -> String {
    with(Style::new().bold().fg_color(Some(AnsiColor::Red.into())), text)
}
pub fn minus(text: &str) -> String {
    coloured(AnsiColor::Red, text)
}
pub fn calm(text: &str) -> String {
    with(Style::new().dimmed(), text)
}
pub fn strong(text: &str) -> String {
    with(Style::new().bold(), text)
}

/// A text in the colour of an action.
pub fn action(action: Action, text: &str) -> String {
    match action {
        Action::Create => good(text),
        Action::Update | Action::Adopt | Action::Move | Action::Forget => change(text),
        Action::Replace { .. } => coloured(AnsiColor::Magenta, text),
        Action::Delete => minus(text),
        Action::Wait => calm(text),
    }
}

/// Returns a count with its noun: `1 resource`, `2 resources`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Returns a time to the second: `2026-11-21T08:00:00Z`.
pub fn moment(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, fraction)) if fraction.trim_end_matches('Z').bytes().all(|byte| byte.is_ascii_digit()) => format!("{seconds}Z"),
        _ => time.to_owned(),
    }
}

/// Returns a duration in words: `45 s`, `3 min`, `1 h 20 min`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        short if short < 9.95 => format!("{short:.1} s"),
        medium if medium < 90.0 => format!("{medium:.0} s"),
        long if long < 90.0 * 60.0 => format!("{:.0} min", long / 60.0),
        hours => format!("{:.0} h {:.0} min", (hours / 3600.0).floor(), (hours % 3600.0) / 60.0),
    }
}

/// Returns a size in words: `12 kB`, `4.2 MB`, `480 MB`.
pub fn bytes(count: u64) -> String {
    match count as f64 / 1000.0 {
        small if small < 1.0 => format!("{count} B"),
        kilo if kilo < 1000.0 => format!("{kilo:.0} kB"),
        kilo if kilo < 100_000.0 => format!("{:.1} MB", kilo / 1000.0),
        kilo => format!("{:.0} MB", kilo / 1000.0),
    }
}
