//! A part of a content: `bytes=0-99`, `bytes=100-`, `bytes=-5`.

use crate::world::Fault;
use std::ops::Range;

/// The bytes that a Range header names of a content of this size. A header that is no range, or names several, is as good as none,
/// in S3 as well. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub fn asked(header: &str, size: usize) -> Result<Option<Range<usize>>, Fault> {
    let Some((from, to)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<usize>();
    let range = match (number(from), number(to)) {
        (Ok(from), Ok(to)) if from <= to => from..to.saturating_add(1).min(size),
        (Ok(from), Err(_)) if to.trim().is_empty() => from..size,
        (Err(_), Ok(last)) if from.trim().is_empty() => size.saturating_sub(last)..size,
        _ => return Ok(None),
    };
    match range.start < range.end {
        true => Ok(Some(range)),
        false => Err(Fault::new("InvalidRange", "The requested range is not satisfiable").status(416)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_content() {
        for (header, want) in [
            ("bytes=0-3", Some(0..4)),
            ("bytes=8-100", Some(8..10)),
            ("bytes=4-", Some(4..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-100", Some(0..10)),
            ("bytes=5-2", None),
            ("bytes=0-1,3-4", None),
            ("lines=1-2", None),
            ("", None),
        ] {
            assert_eq!(asked(header, 10).unwrap(), want, "{header}");
        }
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            assert_eq!(asked(header, 10).unwrap_err().status, 416, "{header}");
        }
    }
}
