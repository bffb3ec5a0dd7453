//! Texts that a stack comes from, and places in them.

use serde::Serialize;
use std::fmt;

/// One text: the stack file, or one `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name in messages: a path, or `--set argument 1`.
    pub name: String,
    pub text: String,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source { name: name.into(), text: text.into() }
    }
    /// Line and column from 1, in characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }
}

/// The index of the stack file among the sources; `--set` arguments follow it.
pub const FILE: usize = 0;

/// A range of bytes in one of several sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Span {
    pub source: usize,
    pub start: usize,
    pub end: usize,
}

/// The keys that lead to a value in the file: `service`, `api`, `port`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path(Vec<String>);

impl Path {
    pub fn new<S: Into<String>>(parts: impl IntoIterator<Item = S>) -> Self {
        Path(parts.into_iter().map(Into::into).collect())
    }
    /// The path one level down.
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut parts = self.0.clone();
        parts.push(key.into());
        Path(parts)
    }
    pub fn index(&self, index: usize) -> Self {
        self.key(index.to_string())
    }
    /// The path of a field that a check names with dots; empty for the whole.
    pub fn field(&self, field: &str) -> Self {
        let deeper = field.split('.').filter(|part| !part.is_empty()).map(str::to_owned);
        Path(self.0.iter().cloned().chain(deeper).collect())
    }
    pub fn parts(&self) -> &[String] {
        &self.0
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            if part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') && !part.is_empty() {
                f.write_str(part)?;
            } else {
                write!(f, "{part:?}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("x", "a\nbüc\n");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(5), (2, 3));
        assert_eq!(source.position(4), (2, 2), "inside a character is that character");
        assert_eq!(source.position(99), (3, 1));
    }

    #[test]
    fn paths_quote_what_is_no_bare_key() {
        assert_eq!(Path::new(["override", "service.api.task", "cpu"]).to_string(), "override.\"service.api.task\".cpu");
        assert_eq!(Path::new(["rules"]).field("0.port").to_string(), "rules.0.port");
    }
}
