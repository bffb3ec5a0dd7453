//! Characters that steer a terminal, or turn the direction of writing, and how JSON says them harmlessly.

use std::borrow::Cow;

/// True for control characters other than line breaks and tabs, and for those that turn the direction of writing.
pub fn is_active(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (letter.is_control() && letter != '\n' && letter != '\t')
}

/// Writes what serde leaves of them in JSON as an escape that means the same.
pub fn escape_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let escape = |letter: char| if is_active(letter) { format!("\\u{:04x}", u32::from(letter)) } else { letter.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}
