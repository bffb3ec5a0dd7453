//! The columns that a text takes on a terminal: colours take none, an accent none of its own, and a letter of Chinese two.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Answers how many columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    plain(text).width()
}

/// The text, filled up with spaces to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text, cut with an ellipsis to at most `columns`. Not for text with colour in it.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or(1);
        used <= room
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

/// The text, with its middle left out where it is wider than so many columns: the end of an address tells it from its neighbours.
pub fn middle(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let tail = columns.saturating_sub(1) / 2;
    let mut used = 0;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or(1);
        used <= tail
    };
    let end = text.chars().rev().take_while(fits).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    cut(text, columns.saturating_sub(end.width())) + &end
}

/// The text in lines of at most so many columns, broken behind a letter that parts words or names. A colour is lost where it is.
pub fn broken(text: &str, columns: usize) -> String {
    let plain = plain(text);
    if plain.width() <= columns {
        return text.to_owned();
    }
    let mut lines = String::new();
    let mut rest = &*plain;
    while !rest.is_empty() {
        let (start, indent) = if lines.is_empty() { ("", 0) } else { ("\n  ", 2) };
        let piece = piece(rest, columns.saturating_sub(indent));
        lines += &format!("{start}{}", piece.trim_end());
        rest = rest[piece.len()..].trim_start();
    }
    lines
}

/// The beginning of a text that takes at most so many columns, and a letter at least. It ends behind a word, if that is not short.
fn piece(text: &str, columns: usize) -> &str {
    let (mut used, mut end, mut word) = (0, 0, 0);
    for (at, letter) in text.char_indices() {
        used += letter.width().unwrap_or(1);
        if used > columns && at > 0 {
            return &text[..if word * 2 > end { word } else { end }];
        }
        end = at + letter.len_utf8();
        if " .,:/-_".contains(letter) {
            word = end;
        }
    }
    text
}

/// The text broken between words into lines of so many columns, each but the first behind `indent` spaces. A text
/// between backticks is one word, and so is `key = "value"`, so that it can be pasted.
pub fn wrap(text: &str, columns: usize, indent: usize) -> String {
    let mut words = Vec::<String>::new();
    let (mut open, mut assigned, mut value) = (false, false, None);
    for part in text.split(' ') {
        match words.last_mut() {
            Some(word) if open || assigned || value.is_some() || part == "=" => *word += &format!(" {part}"),
            _ => words.push(part.to_owned()),
        }
        open ^= part.matches('`').count() % 2 == 1;
        // A value in quotes or brackets ends where they do.
        let begun = assigned.then(|| part.chars().next()).flatten().and_then(closing);
        let rest = if begun.is_some() { part.get(1..).unwrap_or_default() } else { part };
        value = begun.or(value).filter(|end| !rest.contains(*end));
        assigned = part == "=";
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

fn closing(opening: char) -> Option<char> {
    match opening {
        '"' => Some('"'),
        '{' => Some('}'),
        '[' => Some(']'),
        _ => None,
    }
}

/// The text without colours, which take no room.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('\u{1b}') { anstream::adapter::strip_str(text).to_string().into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::super::paint::good;
    use super::*;

    #[test]
    fn columns_are_counted_not_letters() {
        let name = "naïve-日本"; // two letters that take two columns each
        assert_eq!((width(name), width(&good(name)), width("e\u{301}")), (10, 10, 1));
        assert_eq!(pad(name, 12), format!("{name}  "));
        assert_eq!((cut(name, 10), cut(name, 9), cut(name, 8)), (name.into(), "naïve-日…".into(), "naïve-…".into()));
    }

    #[test]
    fn the_end_of_what_is_cut_in_its_middle_stays() {
        let name = "service.public-api.load-balancer";
        assert_eq!((middle(name, 32), middle(name, 21)), (name.into(), "service.pu…d-balancer".into()));
        assert_eq!((middle("日本日本日本", 7), middle(name, 1), middle(name, 0)), ("日本…本".into(), "…".into(), String::new()));
    }

    #[test]
    fn a_name_breaks_where_its_parts_do() {
        assert_eq!(broken("service.public-api.load-balancer", 20), "service.public-api.\n  load-balancer");
        assert_eq!(broken("one, two and three", 12), "one, two\n  and three");
        assert_eq!(broken("abcdefghijkl", 5), "abcde\n  fgh\n  ijk\n  l");
        assert_eq!((broken(&good("ab"), 2), broken(&good("abc"), 2), broken("日本", 1)), (good("ab"), "ab\n  c".into(), "日\n  本".into()));
    }

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
        assert_eq!(wrap("write a_key = \"b c\", or b = { d = 1 } then", 12, 2), "write\n  a_key = \"b c\",\n  or\n  b = { d = 1 }\n  then");
    }
}
