//! Texts that a stack comes from, and places in them.

use serde::Serialize;
use std::fmt;
use std::ops::Range;

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
}

/// The lines of a text, and its characters counted from place to place, so that each of many positions costs next to nothing.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The offset that each line begins at.
    starts: Vec<usize>,
    /// The number of characters before each multiple of `STEP` bytes.
    counted: Vec<usize>,
}

const STEP: usize = 1024;

impl Lines {
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut counted = vec![0];
        for part in text.as_bytes().chunks(STEP) {
            counted.push(counted.last().copied().unwrap_or_default() + characters(part));
        }
        Lines { starts: std::iter::once(0).chain(breaks).collect(), counted }
    }
    /// Returns line and column from 1, in characters, of an offset in the same text.
    pub fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset);
        (line + 1, self.before(text, offset) - self.before(text, self.starts[line]) + 1)
    }
    /// Returns the range with all of the lines that it begins and ends in, without the last line's break.
    pub fn whole(&self, text: &str, range: Range<usize>) -> Range<usize> {
        let [from, to] = [range.start, range.end].map(|offset| self.line(offset.min(text.len())));
        let end = self.starts.get(to + 1).map_or(text.len(), |next| next - 1);
        self.starts[from]..end
    }
    // The index of the line that an offset stands in.
    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
    fn before(&self, text: &str, offset: usize) -> usize {
        let step = offset / STEP;
        self.counted[step] + characters(&text.as_bytes()[step * STEP..offset])
    }
}

// Bytes that begin a character.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
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
    /// The path of what lies below by several keys.
    pub fn with(&self, keys: &[String]) -> Self {
        Path([self.0.as_slice(), keys].concat())
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
        let text = "a\nbüc\n";
        let at = |offset: usize| Lines::new(text).position(text, offset);
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(5), (2, 3));
        assert_eq!(at(4), (2, 2), "inside a character is that character");
        assert_eq!(at(99), (3, 1));
        let long = format!("a\n{}b", "ü".repeat(STEP));
        assert_eq!(Lines::new(&long).position(&long, long.len()), (2, STEP + 2));
        assert_eq!(Lines::new(text).whole(text, 3..3), 2..6);
    }

    #[test]
    fn paths_quote_what_is_no_bare_key() {
        assert_eq!(Path::new(["override", "service.api.task", "cpu"]).to_string(), "override.\"service.api.task\".cpu");
        assert_eq!(Path::new(["rules"]).field("0.port").to_string(), "rules.0.port");
    }
}
