//! The one layout of a stack file. Comments, the order of what stands there, and every value stay.
//!
//! It is made from the tokens of the text rather than from its tree, so that nothing can be left out: each key, value and
//! comment comes out in the order in which it went in, and only what stands between them is ours.

use std::iter::Peekable;
use std::ops::Range;
use std::slice::Iter;
use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

/// The reason why a text has no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlaid {
    /// The text is no TOML, for this reason.
    #[error("it is no TOML: {0}")]
    Syntax(String),
    /// The text would say something else, so it is not written: a mistake of ours.
    #[error("laid out, it would say something else")]
    Changed,
}

/// The spaces by which items stand deeper than what they are in.
const INDENT: usize = 2;

/// Returns a text in the one layout; it is returned as it is if it has that already. Its lines end as its first one does.
pub fn layout(text: &str) -> Result<String, Unlaid> {
    let before = toml::from_str::<toml::Table>(text).map_err(|error| Unlaid::Syntax(error.message().to_owned()))?;
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let tokens = Source::new(body).lex().into_vec();
    let lines = Layout { text: body, tokens: tokens.iter().peekable(), broken: false }.lines();
    let laid = format!("{mark}{}", join(lines));
    // Written out, since what is no number equals nothing.
    let is_same = |laid: &String| {
        let after = toml::from_str::<toml::Table>(laid).is_ok_and(|after| format!("{before:?}") == format!("{after:?}"));
        after && comments(body) == comments(laid)
    };
    let windows = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    let as_windows = windows.then(|| laid.replace("\r\n", "\n").replace('\n', "\r\n"));
    // A text within may have line ends of its own.
    as_windows.into_iter().chain([laid]).find(is_same).ok_or(Unlaid::Changed)
}

fn comments(text: &str) -> Vec<&str> {
    let own = |token: Token| (token.kind() == TokenKind::Comment).then(|| text[range(&token)].trim_end());
    Source::new(text).lex().into_vec().into_iter().filter_map(own).collect()
}

fn range(token: &Token) -> Range<usize> {
    token.span().start()..token.span().end()
}

/// One thing that has a line of its own, or several lines.
enum Line {
    Blank,
    Comment(String),
    Header(String),
    Pair(String),
}

struct Layout<'t> {
    text: &'t str,
    tokens: Peekable<Iter<'t, Token>>,
    /// True once something in the value that is read had several lines.
    broken: bool,
}

impl<'t> Layout<'t> {
    fn lines(mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut breaks = 0;
        while let Some(kind) = self.kind() {
            match kind {
                TokenKind::Whitespace => self.skip(),
                TokenKind::Newline => {
                    self.skip();
                    breaks += 1;
                    if breaks > 1 {
                        lines.push(Line::Blank);
                    }
                    continue;
                }
                TokenKind::Comment => lines.push(Line::Comment(self.comment())),
                TokenKind::LeftSquareBracket => {
                    let header = self.header();
                    lines.push(Line::Header(self.with_comment(header)));
                }
                TokenKind::Eof => break,
                _ => {
                    self.broken = false;
                    let pair = self.pair(0);
                    lines.push(Line::Pair(self.with_comment(pair)));
                }
            }
            if kind != TokenKind::Whitespace {
                breaks = 0;
            }
        }
        lines
    }

    fn kind(&mut self) -> Option<TokenKind> {
        self.tokens.peek().map(|token| token.kind())
    }
    fn skip(&mut self) {
        self.tokens.next();
    }
    fn take(&mut self) -> &'t str {
        self.tokens.next().map_or("", |token| &self.text[range(token)])
    }
    fn comment(&mut self) -> String {
        self.take().trim_end().to_owned()
    }
    fn spaces(&mut self) {
        while self.kind() == Some(TokenKind::Whitespace) {
            self.skip();
        }
    }

    /// Adds the comment that ends the line, if one does.
    fn with_comment(&mut self, line: String) -> String {
        self.spaces();
        if self.kind() == Some(TokenKind::Comment) { format!("{line} {}", self.comment()) } else { line }
    }

    fn header(&mut self) -> String {
        let (mut open, mut close, mut keys) = (String::new(), String::new(), String::new());
        loop {
            match self.kind() {
                Some(TokenKind::LeftSquareBracket) => open += self.take(),
                Some(TokenKind::RightSquareBracket) => close += self.take(),
                Some(TokenKind::Newline | TokenKind::Comment | TokenKind::Eof) | None => return format!("{open}{keys}{close}"),
                Some(_) => keys += &self.key(),
            }
        }
    }

    /// One part of a dotted key, the dot behind it, or nothing for the space around it.
    fn key(&mut self) -> String {
        let kind = self.kind();
        let text = self.take();
        match kind {
            Some(TokenKind::Whitespace) => String::new(),
            Some(TokenKind::BasicString | TokenKind::LiteralString) => {
                let inner = &text[1..text.len() - 1];
                let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                if !inner.is_empty() && inner.bytes().all(bare) { inner.to_owned() } else { quoted(text) }
            }
            Some(_) | None => text.to_owned(),
        }
    }

    fn pair(&mut self, depth: usize) -> String {
        let mut keys = String::new();
        while !matches!(self.kind(), Some(TokenKind::Equals | TokenKind::Eof) | None) {
            keys += &self.key();
        }
        self.skip();
        self.spaces();
        format!("{keys} = {}", self.value(depth))
    }

    fn value(&mut self, depth: usize) -> String {
        match self.kind() {
            Some(TokenKind::LeftSquareBracket) => self.items(depth, ["[", "]"], TokenKind::RightSquareBracket),
            Some(TokenKind::LeftCurlyBracket) => self.items(depth, ["{", "}"], TokenKind::RightCurlyBracket),
            Some(TokenKind::LiteralString | TokenKind::BasicString) => quoted(self.take()),
            Some(TokenKind::MlLiteralString | TokenKind::MlBasicString) => self.take().to_owned(),
            // A number with a fraction is three of them, and a date with a time has a space.
            _ => {
                let mut text = String::new();
                while matches!(self.kind(), Some(TokenKind::Atom | TokenKind::Dot | TokenKind::Whitespace)) {
                    text += self.take();
                }
                text.trim_end().to_owned()
            }
        }
    }

    /// An array, or a table in braces: on one line, or with a line for each item if it was on several.
    fn items(&mut self, depth: usize, [open, close]: [&str; 2], end: TokenKind) -> String {
        self.skip();
        let outside = std::mem::take(&mut self.broken);
        // Each item, and true while its comma is still to come.
        let mut lines = Vec::<(String, bool)>::new();
        let (mut broken, mut fresh) = (false, false);
        let deeper = depth + 1;
        loop {
            match self.kind() {
                None | Some(TokenKind::Eof) => break,
                Some(kind) if kind == end => break,
                Some(TokenKind::Whitespace) => {
                    self.skip();
                    continue;
                }
                Some(TokenKind::Newline) => {
                    self.skip();
                    broken = true;
                    fresh = true;
                    continue;
                }
                Some(TokenKind::Comma) => {
                    self.skip();
                    continue;
                }
                Some(TokenKind::Comment) => {
                    broken = true;
                    let comment = self.comment();
                    match lines.last_mut() {
                        // It stands behind the item, and so behind its comma.
                        Some((line, comma @ true)) if !fresh => {
                            *line += &format!(", {comment}");
                            *comma = false;
                        }
                        _ => lines.push((comment, false)),
                    }
                }
                Some(_) => {
                    let item = if open == "{" { self.pair(deeper) } else { self.value(deeper) };
                    lines.push((item, true));
                }
            }
            fresh = false;
        }
        self.skip();
        // A list that holds something of several lines has several lines itself.
        broken |= self.broken;
        self.broken = outside || broken;
        if !broken {
            let items = lines.into_iter().map(|(item, _)| item).collect::<Vec<_>>().join(", ");
            let space = if open == "{" && !items.is_empty() { " " } else { "" };
            return format!("{open}{space}{items}{space}{close}");
        }
        let indent = " ".repeat(deeper * INDENT);
        let lines = lines.into_iter().map(|(line, item)| format!("{indent}{line}{}\n", if item { "," } else { "" }));
        let lines = lines.collect::<String>();
        if lines.is_empty() { format!("{open}{close}") } else { format!("{open}\n{lines}{}{close}", " ".repeat(depth * INDENT)) }
    }
}

/// A string in double quotes, where that needs no escape. Whatever is in double quotes stays as it is written.
fn quoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match inner {
        Some(inner) if !inner.contains(['"', '\\']) && !inner.chars().any(char::is_control) => format!("\"{inner}\""),
        Some(_) | None => text.to_owned(),
    }
}

/// Puts lines below each other: at most one that is empty, one before each header and what is said above it, none behind it.
fn join(lines: Vec<Line>) -> String {
    let mut text = String::new();
    // Comments that nothing but a header may come between.
    let mut above = String::new();
    let (mut blank, mut after_header) = (false, true);
    for line in lines {
        match line {
            Line::Blank => {
                // A comment that stands alone.
                put(&mut text, &mut above, &mut blank, &mut after_header);
                blank = true;
            }
            Line::Comment(comment) => above += &format!("{comment}\n"),
            Line::Pair(pair) => {
                put(&mut text, &mut above, &mut blank, &mut after_header);
                above = format!("{pair}\n");
                put(&mut text, &mut above, &mut blank, &mut after_header);
            }
            Line::Header(header) => {
                (blank, after_header) = (true, text.is_empty());
                above += &format!("{header}\n");
                put(&mut text, &mut above, &mut blank, &mut after_header);
                after_header = true;
            }
        }
    }
    put(&mut text, &mut above, &mut blank, &mut after_header);
    text
}

/// Adds a group of lines, behind an empty one if that is due.
fn put(text: &mut String, group: &mut String, blank: &mut bool, after_header: &mut bool) {
    if group.is_empty() {
        return;
    }
    if *blank && !*after_header {
        text.push('\n');
    }
    text.push_str(group);
    group.clear();
    (*blank, *after_header) = (false, false);
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn spaces_quotes_commas_and_empty_lines_are_ours_and_the_rest_stays() {
        let text = "\n\n#:schema ./x.json\n  [ stack ]   # the shop\n\nname='shop'\n   region =  \"us-east-1\"  \n\n\n\ntags={a='b',\"c\"  = 1 ,}\n\
                    # of the network\n[network]\nranges = [ '10.0.0.0/8','C:\\x' ,]\nmany = [ # here\n1,2\n  # last\n, 3 # three\n]\n\
                    \"zones\".'a.b' = 1.50\n[[ moved ]]\nfrom='a'\nto='b'\n\n# the end\n";
        expect![[r##"
            #:schema ./x.json
            [stack] # the shop
            name = "shop"
            region = "us-east-1"

            tags = { a = "b", c = 1 }

            # of the network
            [network]
            ranges = ["10.0.0.0/8", 'C:\x']
            many = [
              # here
              1,
              2,
              # last
              3, # three
            ]
            zones."a.b" = 1.50

            [[moved]]
            from = "a"
            to = "b"

            # the end
        "##]]
        .assert_eq(&layout(text).unwrap());
    }

    #[test]
    fn strings_of_several_lines_and_what_is_nested_stay() {
        let text =
            "a = \"\"\"\n  x  \n\n\n y = [1,2]\n\"\"\"\nb = [[1,2],[\n3]]\nc = { d = {}, e = [ ] }\nf = 1979-05-27 07:32:00Z # when\n";
        let want = "a = \"\"\"\n  x  \n\n\n y = [1,2]\n\"\"\"\nb = [\n  [1, 2],\n  [\n    3,\n  ],\n]\nc = { d = {}, e = [] }\nf = 1979-05-27 07:32:00Z # when\n";
        assert_eq!(layout(text).unwrap(), want);
        assert_eq!(layout(want).unwrap(), want);
    }

    #[test]
    fn a_file_of_another_system_keeps_its_values() {
        let windows = "\u{feff}a = 1\r\n\r\nb = '''x\r\ny'''\r\n";
        assert_eq!(layout("\u{feff}a=1\r\n\r\n\r\nb = '''x\r\ny'''\r\n").unwrap(), windows);
        assert_eq!(layout(windows).unwrap(), windows);
        assert_eq!(layout("a=1\nb = '''x\r\ny'''\r\n").unwrap(), "a = 1\nb = '''x\r\ny'''\n");
        assert_eq!(layout("").unwrap(), "");
        assert_eq!(layout("# alone").unwrap(), "# alone\n");
        assert!(matches!(layout("a = \n"), Err(Unlaid::Syntax(_))));
        assert!(matches!(layout("a = 1\na = 2"), Err(Unlaid::Syntax(_))));
    }
}
