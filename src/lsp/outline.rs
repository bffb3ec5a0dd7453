//! A text as tables, keys and values, each with its place, also while it is being typed and so is no TOML yet.
//!
//! It is made from the tokens of the text. A value that nothing closes ends where the next table or key plainly begins, so that
//! one broken line costs what stands on it and nothing else.

use foldhash::HashMap;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;
use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

/// Lists and tables that lie deeper in each other are not looked into: no stack file has any.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, Default)]
pub struct Outline {
    pub tables: Vec<Table>,
    comments: Vec<Range<usize>>,
    /// The scalars by path, once somebody asked for one.
    said: OnceLock<HashMap<Vec<String>, String>>,
}

/// The lines from one header to the next; the first one has no header.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The keys of its header; of a list of tables the number of this one follows.
    pub path: Vec<String>,
    pub header: Option<Header>,
    pub pairs: Vec<Pair>,
    pub span: Range<usize>,
}

#[derive(Debug, Clone)]
pub struct Header {
    pub keys: Vec<Key>,
    /// True for `[[…]]`.
    pub list: bool,
    /// The place between the brackets, up to the line's end where they are not closed.
    pub inside: Range<usize>,
    pub span: Range<usize>,
}

#[derive(Debug, Clone)]
pub struct Key {
    pub name: String,
    /// With its quotes.
    pub span: Range<usize>,
    /// Without them.
    pub inner: Range<usize>,
}

#[derive(Debug, Clone)]
pub struct Pair {
    pub keys: Vec<Key>,
    /// The place behind `=`.
    pub equals: Option<usize>,
    pub value: Option<Value>,
    /// Up to whatever ends it: a line's end, a comma, a brace.
    pub span: Range<usize>,
}

#[derive(Debug, Clone)]
pub enum Value {
    Scalar(Scalar),
    List { items: Vec<Value>, span: Range<usize> },
    Table { pairs: Vec<Pair>, span: Range<usize> },
}

#[derive(Debug, Clone)]
pub struct Scalar {
    pub text: String,
    pub span: Range<usize>,
    /// The place within its quotes; all of it if it has none.
    pub inner: Range<usize>,
    pub quoted: bool,
    pub closed: bool,
}

impl Value {
    pub fn span(&self) -> &Range<usize> {
        match self {
            Value::Scalar(scalar) => &scalar.span,
            Value::List { span, .. } | Value::Table { span, .. } => span,
        }
    }
}

/// One thing of a walk through an outline.
pub enum Part<'a> {
    /// A key; `header` if it stands in one.
    Key {
        key: &'a Key,
        header: bool,
    },
    Scalar(&'a Scalar),
}

impl Outline {
    pub fn of(text: &str) -> Self {
        let tokens = Source::new(text).lex().into_vec();
        let mut reader = Reader { text, tokens: &tokens, at: 0, outline: Outline::default() };
        reader.file();
        reader.outline
    }

    /// Calls `each` for every key and every scalar with its path; the path of a key ends with it.
    pub fn walk<'a>(&'a self, each: &mut dyn FnMut(&[String], Part<'a>)) {
        for table in &self.tables {
            let mut path = Vec::new();
            for key in table.header.iter().flat_map(|header| &header.keys) {
                path.push(key.name.clone());
                each(&path, Part::Key { key, header: true });
            }
            path.clone_from(&table.path);
            walk(&table.pairs, &mut path, each);
        }
    }

    /// The text of the scalar at a path, the first if there are several.
    pub fn said(&self, path: &[String]) -> Option<&str> {
        let all = self.said.get_or_init(|| {
            let mut all = HashMap::default();
            self.walk(&mut |path, part| {
                if let Part::Scalar(scalar) = part {
                    all.entry(path.to_vec()).or_insert_with(|| scalar.text.clone());
                }
            });
            all
        });
        all.get(path).map(String::as_str)
    }

    /// The keys that stand directly below a path, each once.
    pub fn below(&self, wanted: &[String]) -> Vec<&str> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        self.walk(&mut |path, part| {
            if let Part::Key { key, .. } = part
                && path.len() == wanted.len() + 1
                && path.starts_with(wanted)
                && seen.insert(key.name.as_str())
            {
                found.push(key.name.as_str());
            }
        });
        found
    }

    /// True within a comment.
    pub fn is_comment(&self, at: usize) -> bool {
        self.comments.iter().any(|comment| comment.start < at && at <= comment.end)
    }
}

fn walk<'a>(pairs: &'a [Pair], path: &mut Vec<String>, each: &mut dyn FnMut(&[String], Part<'a>)) {
    for pair in pairs {
        let depth = path.len();
        for key in &pair.keys {
            path.push(key.name.clone());
            each(path, Part::Key { key, header: false });
        }
        if let Some(value) = &pair.value {
            walk_value(value, path, each);
        }
        path.truncate(depth);
    }
}

fn walk_value<'a>(value: &'a Value, path: &mut Vec<String>, each: &mut dyn FnMut(&[String], Part<'a>)) {
    match value {
        Value::Scalar(scalar) => each(path, Part::Scalar(scalar)),
        Value::List { items, .. } => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                walk_value(item, path, each);
                path.pop();
            }
        }
        Value::Table { pairs, .. } => walk(pairs, path, each),
    }
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    outline: Outline,
}

impl<'t> Reader<'t> {
    fn kind(&self) -> TokenKind {
        self.kind_at(self.at)
    }

    fn kind_at(&self, at: usize) -> TokenKind {
        self.tokens.get(at).map_or(TokenKind::Eof, Token::kind)
    }

    fn span(&self) -> Range<usize> {
        let end = self.text.len();
        self.tokens.get(self.at).map_or(end..end, |token| token.span().start()..token.span().end())
    }

    fn next(&mut self) -> Range<usize> {
        let span = self.span();
        if self.kind() == TokenKind::Comment {
            self.outline.comments.push(span.clone());
        }
        self.at += 1;
        span
    }

    /// Passes over spaces, and over comments and line ends as well where those may stand.
    fn skip(&mut self, lines: bool) {
        loop {
            match self.kind() {
                TokenKind::Whitespace => {}
                TokenKind::Comment | TokenKind::Newline if lines => {}
                _ => return,
            }
            self.next();
        }
    }

    fn skip_line(&mut self) {
        while !matches!(self.kind(), TokenKind::Newline | TokenKind::Eof) {
            self.next();
        }
    }

    fn file(&mut self) {
        let mut table = Table::default();
        let mut lists: Vec<(Vec<String>, usize)> = Vec::new();
        loop {
            self.skip(true);
            match self.kind() {
                TokenKind::Eof => break,
                TokenKind::LeftSquareBracket => {
                    let header = self.header();
                    table.span.end = header.span.start;
                    self.outline.tables.push(std::mem::take(&mut table));
                    let mut path = header.keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
                    if header.list {
                        let at = lists.iter().position(|(list, _)| *list == path).unwrap_or_else(|| {
                            lists.push((path.clone(), 0));
                            lists.len() - 1
                        });
                        path.push(lists[at].1.to_string());
                        lists[at].1 += 1;
                    }
                    table = Table { path, span: header.span.clone(), header: Some(header), pairs: Vec::new() };
                }
                _ => {
                    let before = self.at;
                    let pair = self.pair(true, 0);
                    if !pair.keys.is_empty() || pair.equals.is_some() {
                        table.pairs.push(pair);
                    }
                    if self.at == before {
                        self.next();
                    }
                }
            }
        }
        table.span.end = self.text.len();
        self.outline.tables.push(table);
    }

    fn header(&mut self) -> Header {
        let start = self.next().start;
        let list = self.kind() == TokenKind::LeftSquareBracket;
        if list {
            self.next();
        }
        let from = self.span().start;
        let keys = self.keys();
        let to = match self.kind() {
            TokenKind::RightSquareBracket => self.span().start,
            _ => {
                while !matches!(self.kind(), TokenKind::RightSquareBracket | TokenKind::Newline | TokenKind::Eof | TokenKind::Comment) {
                    self.next();
                }
                self.span().start
            }
        };
        while self.kind() == TokenKind::RightSquareBracket {
            self.next();
        }
        let end = self.span().start;
        self.skip_line();
        Header { keys, list, inside: from..to, span: start..end }
    }

    /// Reads keys with dots between them.
    fn keys(&mut self) -> Vec<Key> {
        let mut keys = Vec::new();
        loop {
            match self.kind() {
                TokenKind::Whitespace | TokenKind::Dot => drop(self.next()),
                kind @ (TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString) => {
                    let span = self.next();
                    let scalar = self.scalar(kind, span.clone());
                    keys.push(Key { name: scalar.text, span, inner: scalar.inner });
                }
                _ => return keys,
            }
        }
    }

    fn pair(&mut self, line: bool, depth: usize) -> Pair {
        let start = self.span().start;
        let keys = self.keys();
        let mut pair = Pair { keys, equals: None, value: None, span: start..start };
        if self.kind() == TokenKind::Equals {
            pair.equals = Some(self.next().end);
            self.skip(false);
            pair.value = self.value(depth);
        }
        if line {
            // Whatever stands behind a value belongs to no one.
            self.skip_line();
        } else {
            while !matches!(
                self.kind(),
                TokenKind::Comma
                    | TokenKind::RightCurlyBracket
                    | TokenKind::RightSquareBracket
                    | TokenKind::Newline
                    | TokenKind::Comment
                    | TokenKind::Eof
            ) {
                self.next();
            }
        }
        pair.span.end = self.span().start;
        pair
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let kind = self.kind();
        match kind {
            TokenKind::BasicString | TokenKind::LiteralString | TokenKind::MlBasicString | TokenKind::MlLiteralString => {
                let span = self.next();
                Some(Value::Scalar(self.scalar(kind, span)))
            }
            TokenKind::Atom | TokenKind::Dot => {
                let Range { start, mut end } = self.next();
                while matches!(self.kind(), TokenKind::Atom | TokenKind::Dot) {
                    end = self.next().end;
                }
                Some(Value::Scalar(self.scalar(TokenKind::Atom, start..end)))
            }
            TokenKind::LeftSquareBracket if depth < DEEPEST => Some(self.list(depth)),
            TokenKind::LeftCurlyBracket if depth < DEEPEST => Some(self.table(depth)),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let start = self.next().start;
        let mut items = Vec::new();
        loop {
            if self.ends(false) {
                return Value::List { items, span: start..self.span().start };
            }
            match self.kind() {
                TokenKind::RightSquareBracket => {
                    let end = self.next().end;
                    return Value::List { items, span: start..end };
                }
                TokenKind::RightCurlyBracket if depth > 0 => return Value::List { items, span: start..self.span().start },
                _ => match self.value(depth + 1) {
                    Some(item) => items.push(item),
                    None => drop(self.next()),
                },
            }
        }
    }

    fn table(&mut self, depth: usize) -> Value {
        let start = self.next().start;
        let mut pairs = Vec::new();
        let mut open = true;
        loop {
            if self.ends(open) {
                return Value::Table { pairs, span: start..self.span().start };
            }
            match self.kind() {
                TokenKind::RightCurlyBracket => {
                    let end = self.next().end;
                    return Value::Table { pairs, span: start..end };
                }
                TokenKind::RightSquareBracket if depth > 0 => return Value::Table { pairs, span: start..self.span().start },
                TokenKind::Comma => {
                    open = true;
                    self.next();
                }
                _ => {
                    let before = self.at;
                    let pair = self.pair(false, depth + 1);
                    if !pair.keys.is_empty() || pair.equals.is_some() {
                        pairs.push(pair);
                        open = false;
                    }
                    if self.at == before {
                        self.next();
                    }
                }
            }
        }
    }

    /// Passes over what may stand between items. True at the end of the text, and where what was not closed is over: before a
    /// header, and before a key on a line of its own where none belongs. In a table one belongs behind its brace and behind a comma.
    fn ends(&mut self, key_belongs: bool) -> bool {
        loop {
            match self.kind() {
                TokenKind::Eof => return true,
                TokenKind::Newline => {
                    let here = self.at;
                    self.next();
                    if self.is_header() || !key_belongs && self.is_pair() {
                        self.at = here;
                        return true;
                    }
                }
                TokenKind::Whitespace | TokenKind::Comment => drop(self.next()),
                _ => return false,
            }
        }
    }

    fn significant(&self, mut at: usize) -> usize {
        while self.kind_at(at) == TokenKind::Whitespace {
            at += 1;
        }
        at
    }

    /// True if the tokens from here are the header of a table and nothing else: a list may hold lists, but no words.
    fn is_header(&self) -> bool {
        let mut at = self.significant(self.at);
        if self.kind_at(at) != TokenKind::LeftSquareBracket {
            return false;
        }
        while self.kind_at(at) == TokenKind::LeftSquareBracket {
            at += 1;
        }
        let Some(first) = self.tokens.get(at).filter(|token| token.kind() == TokenKind::Atom) else { return false };
        let word = self.text.get(first.span().start()..first.span().end()).unwrap_or_default();
        word.starts_with(|letter: char| letter.is_ascii_lowercase()) && !["true", "false", "inf", "nan"].contains(&word)
    }

    fn is_pair(&self) -> bool {
        let mut at = self.significant(self.at);
        let mut keys = 0;
        loop {
            match self.kind_at(at) {
                TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString => keys += 1,
                TokenKind::Dot | TokenKind::Whitespace => {}
                TokenKind::Equals => return keys > 0,
                _ => return false,
            }
            at += 1;
        }
    }

    fn scalar(&self, kind: TokenKind, span: Range<usize>) -> Scalar {
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let quote = match kind {
            TokenKind::BasicString => "\"",
            TokenKind::LiteralString => "'",
            TokenKind::MlBasicString => "\"\"\"",
            TokenKind::MlLiteralString => "'''",
            _ => return Scalar { text: raw.to_owned(), inner: span.clone(), span, quoted: false, closed: true },
        };
        let closed = raw.len() >= 2 * quote.len() && raw.ends_with(quote);
        let end = if closed { span.end - quote.len() } else { span.end };
        let inner = (span.start + quote.len()).min(end)..end;
        let plain = self.text.get(inner.clone()).unwrap_or_default();
        let escapes = matches!(kind, TokenKind::BasicString | TokenKind::MlBasicString) && plain.contains('\\');
        let decoded = (escapes && closed).then(|| toml::from_str::<toml::Table>(&format!("k = {raw}")).ok()).flatten();
        let decoded = decoded.and_then(|table| table.get("k")?.as_str().map(str::to_owned));
        Scalar { text: decoded.unwrap_or_else(|| plain.to_owned()), span, inner, quoted: true, closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scalar with its path, and every header by itself.
    fn told(text: &str) -> Vec<String> {
        let outline = Outline::of(text);
        let mut found = Vec::new();
        outline.walk(&mut |path, part| match part {
            Part::Scalar(scalar) => found.push(format!("{} = {}", path.join("."), scalar.text)),
            Part::Key { key, header } => assert_eq!(&text[key.span.clone()].trim_matches(['"', '\'']), &key.name, "{header}"),
        });
        found
    }

    #[test]
    fn what_is_toml_is_read_as_toml_reads_it() {
        let text = "a = 1\n[service.api]\nport = 8080 # ours\nenvironment.URL = \"x\\ty\"\nnumbers = [\n  1,\n  [2.5, 'b'], # two\n]\n\
                    env = { A = { secret = \"s\" }, \"B.C\" = true }\n[[moved]]\nfrom = \"a\"\n[[moved]]\nfrom = '''b'''\n";
        assert_eq!(
            told(text),
            [
                "a = 1",
                "service.api.port = 8080",
                "service.api.environment.URL = x\ty",
                "service.api.numbers.0 = 1",
                "service.api.numbers.1.0 = 2.5",
                "service.api.numbers.1.1 = b",
                "service.api.env.A.secret = s",
                "service.api.env.B.C = true",
                "moved.0.from = a",
                "moved.1.from = b"
            ]
        );
    }

    #[test]
    fn a_broken_line_costs_itself_alone() {
        let rest = "\n[database.main]\nsize = 5\n";
        for (broken, more) in [
            ("[service.api", vec![]),
            ("[service.api]\nport", vec![]),
            ("[service.api]\nport =", vec![]),
            ("[service.api]\nhost = \"x", vec!["service.api.host = x"]),
            ("[service.api]\nneeds = [\"cache.", vec!["service.api.needs.0 = cache."]),
            ("[service.api]\nneeds = [\nport = 1", vec!["service.api.port = 1"]),
            ("[service.api]\ncommand = [\"a\",\n  [\"b\"", vec!["service.api.command.0 = a", "service.api.command.1.0 = b"]),
            ("[service.api.environment]\nA = { secret = \nB = 1", vec!["service.api.environment.B = 1"]),
            (
                "[service.api.environment]\nA = { secret = \"x\" \nB = 1",
                vec!["service.api.environment.A.secret = x", "service.api.environment.B = 1"],
            ),
            ("]]]} = {[", vec![]),
            ("[[[[", vec![]),
        ] {
            let want = more.into_iter().map(str::to_owned).chain(["database.main.size = 5".to_owned()]).collect::<Vec<_>>();
            assert_eq!(told(&format!("{broken}{rest}")), want, "{broken}");
        }
    }

    #[test]
    fn what_lies_too_deep_is_left_out_and_nothing_else_happens() {
        for open in ["[", "{a=", "[{a=", "{", "}", "]", "a.", "\"", "'''", "=", ","] {
            let text = format!("x = {}\n[a]\nb = 1", open.repeat(50_000));
            let outline = Outline::of(&text);
            assert!(outline.tables.len() <= 2, "{open}");
        }
    }
}
