//! Keeps an offer file from being larger in memory than it may be.
//!
//! A file is read piece by piece, so its length does not matter; that of one piece does. In AWS's own files no text has a
//! kilobyte, and the terms of one product have some.

use std::io::{self, ErrorKind, Read};

/// The largest length of one text, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// The largest size of what is one entry of `terms`, and of all that lies as deep.
const LARGEST_PIECE: usize = 1 << 20;

/// Root, `terms`, `OnDemand`: what is below that is one entry.
const PIECE: usize = 4;

/// JSON that goes through it unchanged until a piece of it is too large.
pub(super) struct Guard<R> {
    from: R,
    depth: usize,
    piece: usize,
    /// The length so far of the text that it is in.
    text: Option<usize>,
    escaped: bool,
}

impl<R> Guard<R> {
    pub(super) fn new(from: R) -> Self {
        Guard { from, depth: 0, piece: 0, text: None, escaped: false }
    }

    fn see(&mut self, byte: u8) -> io::Result<()> {
        if self.depth >= PIECE {
            self.piece += 1;
            if self.piece > LARGEST_PIECE {
                return Err(too_large("an entry in it"));
            }
        }
        let Some(length) = &mut self.text else {
            match byte {
                b'"' => self.text = Some(0),
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth == PIECE {
                        self.piece = 0;
                    }
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            return Ok(());
        };
        *length += 1;
        if *length > LONGEST_TEXT {
            return Err(too_large("a text in it"));
        }
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.text = None,
            _ => {}
        }
        Ok(())
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        into.iter().take(count).try_for_each(|byte| self.see(*byte))?;
        Ok(count)
    }
}

fn too_large(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("{what} is absurdly large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> Result<(), String> {
        let mut out = Vec::new();
        // In small pieces, so that texts and escapes lie across them.
        let read = io::BufReader::with_capacity(7, Guard::new(text.as_bytes())).read_to_end(&mut out);
        read.map(|_| assert_eq!(out, text.as_bytes())).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_large_as_a_whole_passes_and_what_is_large_in_one_piece_does_not() {
        let x = |count: usize| "x".repeat(count);
        let many = |entry: &str, count: usize| vec![entry; count].join(",");
        for fine in [
            format!(r#"{{"a":"{}"}}"#, x(LONGEST_TEXT - 1)),
            format!(r#"{{"a":["\"","{}\\","{}"]}}"#, x(40_000), x(40_000)),
            format!(r#"{{"products":{{"s":{{"attributes":[{}]}}}}}}"#, many(r#""}]{[\"""#, 100_000)),
            format!(r#"{{"terms":{{"Reserved":{{{}}}}}}}"#, many(&format!(r#""s":{{"t":"{}"}}"#, x(1000)), 3000)),
        ] {
            assert_eq!(through(&fine), Ok(()), "{fine:.60}");
        }
        for (large, what) in [
            (format!(r#"{{"a":"{}"}}"#, x(LONGEST_TEXT)), "a text in it"),
            (format!(r#"{{"a":"{}"#, r#"\""#.repeat(LONGEST_TEXT / 2 + 1)), "a text in it"),
            (format!(r#"{{"terms":{{"OnDemand":{{"s":{{{}}}}}}}}}"#, many(r#""t":{}"#, 200_000)), "an entry in it"),
            (format!(r#"{{"terms":{{"OnDemand":{{"s":[{}"#, "[".repeat(LARGEST_PIECE + 1)), "an entry in it"),
        ] {
            assert_eq!(through(&large), Err(format!("{what} is absurdly large")), "{large:.60}");
        }
    }
}
