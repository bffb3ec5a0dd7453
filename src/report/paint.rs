//! The few colours there are. None is needed to understand what is shown.

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

/// How many columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().chars().count()
}

/// The text, filled up with spaces to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text, cut with an ellipsis to at most `columns`. Not for text with colour in it.
pub fn cut(text: &str, columns: usize) -> String {
    match columns {
        columns if text.chars().count() <= columns => text.to_owned(),
        0 => String::new(),
        columns => text.chars().take(columns - 1).collect::<String>() + "…",
    }
}

/// The text broken between words into lines of so many columns, each but the first behind `indent` spaces. What stands
/// between backticks is one word.
pub fn wrap(text: &str, columns: usize, indent: usize) -> String {
    let mut words = Vec::<String>::new();
    let mut open = false;
    for part in text.split(' ') {
        match words.last_mut() {
            Some(word) if open => *word += &format!(" {part}"),
            _ => words.push(part.to_owned()),
        }
        open ^= part.matches('`').count() % 2 == 1;
    }
    let mut lines = String::new();
    let mut used = indent;
    for (at, word) in words.iter().enumerate() {
        let width = width(word);
        if at > 0 && used + 1 + width < columns {
            lines.push(' ');
            used += 1 + width;
        } else if at > 0 {
            lines += &format!("\n{}", " ".repeat(indent));
            used = indent + width;
        } else {
            used += width;
        }
        lines += word;
    }
    lines
}

/// `1 resource`, `2 resources`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `45 s`, `3 min`, `1 h 20 min`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        short if short < 9.95 => format!("{short:.1} s"),
        medium if medium < 90.0 => format!("{medium:.0} s"),
        long if long < 90.0 * 60.0 => format!("{:.0} min", long / 60.0),
        hours => format!("{:.0} h {:.0} min", (hours / 3600.0).floor(), (hours % 3600.0) / 60.0),
    }
}

/// `12 kB`, `4.2 MB`, `480 MB`.
pub fn bytes(count: u64) -> String {
    match count as f64 / 1000.0 {
        small if small < 1.0 => format!("{count} B"),
        kilo if kilo < 1000.0 => format!("{kilo:.0} kB"),
        kilo if kilo < 100_000.0 => format!("{:.1} MB", kilo / 1000.0),
        kilo => format!("{:.0} MB", kilo / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_between_words_and_colours_take_no_room() {
        assert_eq!(wrap("aa bb cc dd", 8, 2), "aa bb\n  cc dd");
        assert_eq!(wrap(&format!("{} bb", good("aa")), 8, 2), format!("{} bb", good("aa")));
        assert_eq!(wrap("a-word-that-is-too-long b", 8, 1), "a-word-that-is-too-long\n b");
        assert_eq!(wrap("one line stays one", usize::MAX, 4), "one line stays one");
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!((cut("abcd", 4), cut("abcd", 3), cut("abcd", 0)), ("abcd".into(), "ab…".into(), String::new()));
    }

    #[test]
    fn what_is_quoted_stays_on_one_line() {
        assert_eq!(wrap("say `a = b` or not", 12, 2), "say\n  `a = b`\n  or not");
        assert_eq!(wrap("an open ` stays", 80, 2), "an open ` stays");
    }
}
