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

/// The beginning of a text that takes at most so many columns, and a letter at least. It ends behind a word, if that is not
/// short, and never in an amount that would stand on a line of its own.
fn piece(text: &str, columns: usize) -> &str {
    let (mut used, mut end, mut word) = (0, 0, 0);
    for (at, letter) in text.char_indices() {
        used += letter.width().unwrap_or(1);
        if used > columns && at > 0 {
            let amount = text[word..].trim_start_matches(['+', '-', '(']).starts_with(is_of_amount);
            return &text[..if word * 2 > end || word > 0 && amount { word } else { end }];
        }
        end = at + letter.len_utf8();
        let next = text[end..].chars().next();
        let parts = match letter {
            ' ' => !is_code(&text[..at], &text[end..]),
            '.' | ',' | ':' | '/' | '-' | '_' => !next.is_some_and(is_of_amount),
            _ => false,
        };
        if parts {
            word = end;
        }
    }
    text
}

/// True for what an amount begins with.
fn is_of_amount(letter: char) -> bool {
    letter == '$' || letter.is_ascii_digit()
}

/// True where an amount ends and the code of its currency follows: `12.50 EUR`.
fn is_code(before: &str, after: &str) -> bool {
    let letters = after.bytes().take_while(u8::is_ascii_uppercase).count();
    let ends = after[letters..].chars().next().is_none_or(|next| !next.is_alphanumeric());
    letters == 3 && ends && before.ends_with(|last: char| last.is_ascii_digit())
}

/// The text broken between words into lines of so many columns, each but the first behind `indent` spaces. A text
/// between backticks is one word, and so is `key = "value"`, so that it can be pasted. So is an amount with what belongs to it.
pub fn wrap(text: &str, columns: usize, indent: usize) -> String {
    let mut words = Vec::<String>::new();
    let (mut open, mut assigned, mut value) = (false, false, None);
    let parts = text.split(' ').collect::<Vec<_>>();
    for (at, part) in parts.iter().copied().enumerate() {
        match words.last_mut() {
            Some(word) if open || assigned || value.is_some() || part == "=" || is_one_amount(&parts, at) => *word += &format!(" {part}"),
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

/// Does the same, and breaks what is too long for a line by itself, such as a path. Not for text with colour in it.
pub fn fit(text: &str, columns: usize, indent: usize) -> String {
    let mut lines = Vec::new();
    for line in wrap(text, columns, indent).lines() {
        let mut rest = line.trim_start();
        loop {
            let piece = piece(rest, if lines.is_empty() { columns } else { columns.saturating_sub(indent) });
            lines.push(piece.trim_end().to_owned());
            rest = rest[piece.len()..].trim_start();
            if rest.is_empty() {
                break;
            }
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// True where a part belongs to the amount before it: `12.50 EUR`, `$12.00 + ?`, `(0 to 100)`.
fn is_one_amount(parts: &[&str], at: usize) -> bool {
    let part = |at: Option<usize>| at.and_then(|at| parts.get(at)).copied().unwrap_or_default();
    let [first, before, this, next] = [part(at.checked_sub(2)), part(at.checked_sub(1)), part(Some(at)), part(Some(at + 1))];
    let ranges = |first: &str, to: &str, last: &str| {
        to == "to" && first.starts_with('(') && last.trim_end_matches(['.', ',', ':', ';']).ends_with(')')
    };
    let open = |sign: &str, rest: &str| matches!(sign, "+" | "-") && plain(rest).starts_with('?');
    is_code(before, this) || ranges(before, this, next) || ranges(first, before, this) || open(this, next) || open(before, this)
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
    fn a_word_that_is_too_long_is_broken_as_well() {
        assert_eq!(fit("see a/long/path/to/it and b", 14, 4), "see\n    a/long/\n    path/to/it\n    and b");
        assert_eq!(fit("all of it fits", 18, 4), "all of it\n    fits");
        assert_eq!(fit("all of it fits", 19, 4), "all of it fits");
        for columns in 10..40 {
            let text = fit(&format!("what if stack.tags.a={}", "x".repeat(200)), columns, 2);
            assert!(text.lines().all(|line| line.width() <= columns), "{columns}: {text}");
            assert_eq!(text.matches('x').count(), 200);
        }
    }

    #[test]
    fn an_amount_is_never_broken() {
        assert_eq!(broken("2 unpriced lines, at most -$1.80", 30), "2 unpriced lines, at most\n  -$1.80");
        assert_eq!(broken("at most -$1,234.50", 16), "at most\n  -$1,234.50");
        assert_eq!(broken("up to 1,234.50 EUR", 16), "up to\n  1,234.50 EUR");
        for columns in 12..40 {
            for text in
                ["it adds $1,234.50 + ? a month", "it takes (0 to 100) of them", "at least 1,234.50 EUR now", "-$1,234.50 - ?, or so"]
            {
                for part in ["$1,234.50 + ?", "(0 to 100)", "1,234.50 EUR", "-$1,234.50 - ?,"] {
                    let wrapped = wrap(text, columns, 2);
                    assert_eq!(wrapped.contains(part), text.contains(part), "{columns}: {wrapped}");
                }
            }
        }
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
