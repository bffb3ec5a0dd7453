//! Places in a text as editors count them: by line and by units of an encoding.

use lsp_types::{Position, PositionEncodingKind, Range};

/// The unit that a column is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// The one that every client knows, and that it gets unless it asks for another.
    #[default]
    Utf16,
}

impl Encoding {
    /// Returns the best of those that a client offers.
    pub fn negotiated(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 }
    }
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }
    fn length(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.chars().map(char::len_utf16).sum(),
        }
    }
}

/// The lines of a text. A line ends with `\n`, `\r\n` or `\r`, as the protocol has it.
#[derive(Debug, Clone)]
pub struct Lines {
    /// The offset that each line begins at.
    starts: Vec<usize>,
}

impl Lines {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: &usize| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        Lines { starts: std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at + 1)).collect() }
    }

    /// Returns the offset of a position. One beyond a line is the line's end, one beyond the text the text's.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let Some(start) = self.starts.get(position.line as usize).copied() else { return text.len() };
        let line = self.line(text, position.line as usize);
        let mut left = position.character as usize;
        for (at, letter) in line.char_indices() {
            let width = match encoding {
                Encoding::Utf8 => letter.len_utf8(),
                Encoding::Utf16 => letter.len_utf16(),
            };
            // Within a character is before it.
            if left < width {
                return start + at;
            }
            left -= width;
        }
        start + line.len()
    }

    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let before = text.get(self.starts[line]..offset).unwrap_or_default();
        Position { line: line as u32, character: encoding.length(before) as u32 }
    }

    pub fn range(&self, text: &str, range: &std::ops::Range<usize>, encoding: Encoding) -> Range {
        let [start, end] = [range.start, range.end.max(range.start)].map(|offset| self.position(text, offset, encoding));
        Range { start, end }
    }

    /// The text of a line without its end.
    fn line<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        text.get(self.starts[line]..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }
}

/// Returns the start of the character that an offset is in, or the text's end.
pub fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aü\n𝄞b\r\nc\rd";

    #[test]
    fn offsets_and_positions_go_over_into_each_other() {
        let lines = Lines::new(TEXT);
        for (offset, line, utf8, utf16) in
            [(0, 0, 0, 0), (3, 0, 3, 2), (4, 1, 0, 0), (8, 1, 4, 2), (9, 1, 5, 3), (11, 2, 0, 0), (13, 3, 0, 0), (14, 3, 1, 1)]
        {
            for (encoding, character) in [(Encoding::Utf8, utf8), (Encoding::Utf16, utf16)] {
                let position = Position { line, character };
                assert_eq!(lines.position(TEXT, offset, encoding), position, "{offset}");
                assert_eq!(lines.offset(TEXT, position, encoding), offset, "{position:?}");
            }
        }
    }

    #[test]
    fn a_position_that_is_none_is_the_next_one_that_is() {
        let lines = Lines::new(TEXT);
        let at = |line, character| lines.offset(TEXT, Position { line, character }, Encoding::Utf16);
        assert_eq!(at(1, 1), 4, "within a pair of surrogates");
        assert_eq!((at(0, 99), at(1, u32::MAX), at(99, 0), at(u32::MAX, u32::MAX)), (3, 9, TEXT.len(), TEXT.len()));
        assert_eq!(lines.position(TEXT, 2, Encoding::Utf8), Position { line: 0, character: 1 }, "within a character");
        assert_eq!(lines.position(TEXT, 999, Encoding::Utf8), Position { line: 3, character: 1 });
    }
}
