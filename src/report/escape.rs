//! Nothing that comes from a file, an argument or AWS may steer the terminal it is shown on.

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

/// The same for JSON, where what serde leaves of them is written as an escape that means the same.
pub fn escape_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let escape = |letter: char| if is_active(letter) { format!("\\u{:04x}", u32::from(letter)) } else { letter.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

fn is_active(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (letter.is_control() && letter != '\n' && letter != '\t')
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
