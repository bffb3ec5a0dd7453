//! The place of a cursor: in a header, at a key or in a value, and below which keys.

use super::outline::{Header, Key, Outline, Pair, Scalar, Table, Value};
use std::ops::Range;

#[derive(Debug)]
pub enum Place<'a> {
    /// In a table's header.
    Header {
        /// The keys before the one that the cursor is at.
        before: Vec<String>,
        /// The key under the cursor, or an empty place.
        word: Range<usize>,
        header: &'a Header,
    },
    /// At a key, or where one may be written.
    Key {
        /// The table that it stands in.
        table: Vec<String>,
        word: Range<usize>,
        /// True when `=` follows already.
        assigned: bool,
        /// True in `{ … }`.
        inline: bool,
    },
    /// In a value, or where one may be written.
    Value {
        path: Vec<String>,
        word: Range<usize>,
        /// None where there is nothing yet.
        scalar: Option<&'a Scalar>,
    },
    /// In a comment, or behind a value.
    Nowhere,
}

pub fn place<'a>(outline: &'a Outline, text: &str, at: usize) -> Place<'a> {
    if outline.is_comment(at) {
        return Place::Nowhere;
    }
    let starts = |table: &Table| table.header.as_ref().map_or(0, |header| header.span.start);
    let behind = outline.tables.partition_point(|table| table.header.is_none() || starts(table) < at);
    let Some(table) = behind.checked_sub(1).and_then(|index| outline.tables.get(index)) else { return Place::Nowhere };
    if let Some(header) = &table.header {
        if (header.inside.start..=header.inside.end).contains(&at) {
            let (before, word) = keys(&header.keys, at);
            return Place::Header { before, word, header };
        }
        if at <= header.span.end {
            return Place::Nowhere;
        }
    }
    if let Some(pair) = table.pairs.iter().find(|pair| (pair.span.start..=pair.span.end).contains(&at)) {
        return in_pair(pair, &table.path, text, at, false);
    }
    let line = text.get(..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    if line.trim().is_empty() {
        return Place::Key { table: table.path.clone(), word: at..at, assigned: false, inline: false };
    }
    Place::Nowhere
}

/// Splits keys at a place: those before it, and the one that it is at.
fn keys(keys: &[Key], at: usize) -> (Vec<String>, Range<usize>) {
    let before = keys.iter().filter(|key| key.span.end < at).map(|key| key.name.clone()).collect();
    let word = keys.iter().find(|key| (key.span.start..=key.span.end).contains(&at)).map_or(at..at, |key| key.span.clone());
    (before, word)
}

fn in_pair<'a>(pair: &'a Pair, table: &[String], text: &str, at: usize, inline: bool) -> Place<'a> {
    let Some(equals) = pair.equals.filter(|equals| *equals <= at) else {
        let (before, word) = keys(&pair.keys, at);
        let last = pair.keys.iter().rfind(|key| key.span.end < at).map_or(pair.span.start, |key| key.span.end);
        // Behind a key comes a dot or `=`, and no other key.
        if !before.is_empty() && !text.get(last..word.start).is_some_and(|between| between.contains('.')) {
            return Place::Nowhere;
        }
        let table = table.iter().cloned().chain(before).collect();
        return Place::Key { table, word, assigned: pair.equals.is_some(), inline };
    };
    let path = table.iter().cloned().chain(pair.keys.iter().map(|key| key.name.clone())).collect::<Vec<_>>();
    match &pair.value {
        None => Place::Value { path, word: at..at, scalar: None },
        Some(value) if value.span().start > at && at >= equals => Place::Nowhere,
        Some(value) => in_value(value, path, text, at),
    }
}

fn in_value<'a>(value: &'a Value, mut path: Vec<String>, text: &str, at: usize) -> Place<'a> {
    let span = value.span();
    let closed = |brackets: &str| text.get(..span.end).is_some_and(|before| before.ends_with(brackets)) && span.len() > 1;
    match value {
        Value::Scalar(scalar) if (span.start..=span.end).contains(&at) => {
            // Behind the quote that closes it there is nothing more of it.
            let over = scalar.quoted && scalar.closed && at == span.end;
            if over { Place::Nowhere } else { Place::Value { path, word: scalar.inner.clone(), scalar: Some(scalar) } }
        }
        Value::List { items, .. } if span.start < at && (at < span.end || at == span.end && !closed("]")) => {
            let found = items.iter().position(|item| (item.span().start..=item.span().end).contains(&at));
            let index = found.unwrap_or_else(|| items.iter().filter(|item| item.span().end < at).count());
            path.push(index.to_string());
            match found {
                Some(index) => in_value(&items[index], path, text, at),
                None => Place::Value { path, word: at..at, scalar: None },
            }
        }
        Value::Table { pairs, .. } if span.start < at && (at < span.end || at == span.end && !closed("}")) => {
            match pairs.iter().find(|pair| (pair.span.start..=pair.span.end).contains(&at)) {
                Some(pair) => in_pair(pair, &path, text, at, true),
                None => Place::Key { table: path, word: at..at, assigned: false, inline: true },
            }
        }
        _ => Place::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of `|` in a text, in words.
    fn told(text: &str) -> String {
        let at = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let outline = Outline::of(&text);
        match place(&outline, &text, at) {
            Place::Header { before, word, header } => {
                format!("header {:?} {:?}{}", before.join("."), &text[word], if header.list { " list" } else { "" })
            }
            Place::Key { table, word, assigned, inline } => {
                format!(
                    "key in {:?} {:?}{}{}",
                    table.join("."),
                    &text[word],
                    if assigned { " =" } else { "" },
                    if inline { " inline" } else { "" }
                )
            }
            Place::Value { path, word, scalar } => {
                format!("value of {:?} {:?}{}", path.join("."), &text[word], if scalar.is_some() { "" } else { " new" })
            }
            Place::Nowhere => "nowhere".into(),
        }
    }

    #[test]
    fn every_place_is_known_also_in_what_is_no_toml() {
        for (text, want) in [
            ("|", "key in \"\" \"\""),
            ("[|", "header \"\" \"\""),
            ("[serv|]", "header \"\" \"serv\""),
            ("[service.|", "header \"service\" \"\""),
            ("[service.a|pi]\n", "header \"service\" \"api\""),
            ("[[mov|", "header \"\" \"mov\" list"),
            ("[override.\"database.ma|in\"]", "header \"override\" \"\\\"database.main\\\"\""),
            ("[a]|", "nowhere"),
            ("[a]\n|", "key in \"a\" \"\""),
            ("[a]\npo|", "key in \"a\" \"po\""),
            ("[a]\npo|rt = 1\n", "key in \"a\" \"port\" ="),
            ("[a]\nport |", "nowhere"),
            ("[a]\nhealth.pa|", "key in \"a.health\" \"pa\""),
            ("[a]\nport =|", "value of \"a.port\" \"\" new"),
            ("[a]\nport = |\n[b]", "value of \"a.port\" \"\" new"),
            ("[a]\nport = 80|80", "value of \"a.port\" \"8080\""),
            ("[a]\nhost = \"x|", "value of \"a.host\" \"x\""),
            ("[a]\nhost = \"x\"|", "nowhere"),
            ("[a]\nhost = \"x\" # |", "nowhere"),
            ("[a]\nlist = [|]", "value of \"a.list.0\" \"\" new"),
            ("[a]\nlist = [\"x\", |]", "value of \"a.list.1\" \"\" new"),
            ("[a]\nlist = [\"x\", \"y|\"]", "value of \"a.list.1\" \"y\""),
            ("[a]\nlist = [\"x\",\n  \"|\nb = 1", "value of \"a.list.1\" \"\""),
            ("[a]\nenv = { |", "key in \"a.env\" \"\" inline"),
            ("[a]\nenv = { A = { sec| } }", "key in \"a.env.A\" \"sec\" inline"),
            ("[a]\nenv = { A = { secret = \"|\" } }", "value of \"a.env.A.secret\" \"\""),
            ("[a]\nenv = { A = 1 }|", "nowhere"),
            ("[[moved]]\nfrom = 1\n[[moved]]\nfr|", "key in \"moved.1\" \"fr\""),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }
}
