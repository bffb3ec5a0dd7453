//! Nothing that comes from a file, an argument or AWS may steer the terminal it is shown on.

use crate::core::visible::is_active;
use std::borrow::Cow;

/// Control characters, and those that turn the direction of writing, made visible: `\u{1b}`. Colours stay.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match colour(rest) {
            Some(length) => length,
            None => letter.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if is_active(letter) && length == letter.len_utf8() {
            plain.extend(letter.escape_default())
        } else {
            plain.push_str(piece)
        }
        rest = after;
    }
    Cow::Owned(plain)
}

// The length of a colour at the start of a text: `ESC [ digits m`.
fn colour(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("\u{1b}[")?;
    let end = inside.find('m')?;
    inside[..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b';').then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::visible::escape_json;

    #[test]
    fn colours_pass_and_everything_that_steers_a_terminal_does_not() {
        for (text, want) in [
            ("plain ü\n\ttext", "plain ü\n\ttext"),
            ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[2J\u{1b}[H", "\\u{1b}[2J\\u{1b}[H"),
            ("over\rwritten\u{8}", "over\\rwritten\\u{8}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("\u{1b}", "\\u{1b}"),
            ("\u{1b}[ü31m", "\\u{1b}[ü31m"),
        ] {
            assert_eq!(escape(text), want);
        }
        let json = serde_json::to_string("\u{1b}[2J \u{9b} \u{202e}").unwrap();
        assert_eq!(serde_json::from_str::<String>(&escape_json(&json)).unwrap(), "\u{1b}[2J \u{9b} \u{202e}");
        assert!(!escape_json(&json).chars().any(is_active));
    }
}
