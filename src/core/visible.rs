//! Characters that steer a terminal, turn the direction of writing or take no room, and how they are shown harmlessly.

use std::borrow::Cow;

/// True for control characters other than line breaks and tabs, and for those that format text and are not seen themselves: they
/// turn the direction of writing, join or part letters, or stand for nothing, so that two texts look the same and are not.
/// General category Cf, and all that `Default_Ignorable_Code_Point` adds, such as fillers and variation selectors:
/// <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>, <https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point>
pub fn is_active(letter: char) -> bool {
    let formats = matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}');
    formats || (letter.is_control() && letter != '\n' && letter != '\t')
}

/// Text that is one line, whatever stands in it: its line breaks and tabs are shown as `\n` and `\t`, and what is active as
/// `\u{202e}`. Everything that comes from a file, an argument or AWS goes through this where it stands within a line.
pub fn line(text: &str) -> Cow<'_, str> {
    let breaks = |letter: char| is_active(letter) || letter == '\n' || letter == '\t';
    if !text.chars().any(breaks) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if breaks(letter) { shown.extend(letter.escape_default()) } else { shown.push(letter) }
    }
    Cow::Owned(shown)
}

/// Writes what serde leaves of them in JSON as an escape that means the same.
pub fn escape_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_active(letter) {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| escaped += &format!("\\u{unit:04x}"));
        } else {
            escaped.push(letter);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_hides_nothing() {
        for (text, shown) in [
            ("plain ü 日本", "plain ü 日本"),
            ("one\ntwo\tthree\r", "one\\ntwo\\tthree\\r"),
            ("a\u{200b}b\u{2060}c\u{feff}", "a\\u{200b}b\\u{2060}c\\u{feff}"),
            ("api\u{fe0f} \u{fe00}\u{e0100}", "api\\u{fe0f} \\u{fe00}\\u{e0100}"),
            ("\u{1b}[31m\u{202e}\u{e0041}", "\\u{1b}[31m\\u{202e}\\u{e0041}"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    // All of `Default_Ignorable_Code_Point` in Unicode 16.
    #[test]
    fn nothing_that_is_not_seen_passes() {
        let ranges = [
            0xad..=0xad,
            0x34f..=0x34f,
            0x61c..=0x61c,
            0x115f..=0x1160,
            0x17b4..=0x17b5,
            0x180b..=0x180f,
            0x200b..=0x200f,
            0x202a..=0x202e,
            0x2060..=0x206f,
            0x3164..=0x3164,
            0xfe00..=0xfe0f,
            0xfeff..=0xfeff,
            0xffa0..=0xffa0,
            0xfff0..=0xfff8,
            0x1bca0..=0x1bca3,
            0x1d173..=0x1d17a,
            0xe0000..=0xe0fff,
        ];
        let unseen = ranges.into_iter().flatten().filter_map(char::from_u32);
        assert_eq!(unseen.filter(|letter| !is_active(*letter)).count(), 0);
    }

    #[test]
    fn json_means_the_same_when_it_is_escaped() {
        let text = "\u{1b}[2J \u{9b} \u{202e} \u{200b} \u{e0041} \u{1d173}";
        let json = serde_json::to_string(text).unwrap();
        let escaped = escape_json(&json);
        assert!(!escaped.chars().any(is_active), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
