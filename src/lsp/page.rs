//! A text as it stands in an editor, with what is read out of it once.

use super::outline::Outline;
use super::position::Lines;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Page {
    pub text: Arc<str>,
    pub lines: Lines,
    pub outline: Outline,
}

impl Page {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        Page { lines: Lines::new(&text), outline: Outline::of(&text), text }
    }
}

/// A piece of the text becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub range: std::ops::Range<usize>,
    pub text: String,
}

/// Returns the text with changes made, of which none touches another.
pub fn changed(text: &str, changes: &[Change]) -> String {
    let mut changes = changes.iter().collect::<Vec<_>>();
    changes.sort_by_key(|change| std::cmp::Reverse((change.range.start, change.range.end)));
    let mut text = text.to_owned();
    for Change { range, text: new } in changes {
        if text.get(range.clone()).is_some() {
            text.replace_range(range.clone(), new);
        }
    }
    text
}

/// Returns the changes, line by line, that make one text of another: a cursor elsewhere stays where it is.
pub fn between(before: &str, after: &str) -> Vec<Change> {
    let diff = similar::TextDiff::from_lines(before, after);
    let starts = |text: &str| {
        let lines = text.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(lines).collect::<Vec<_>>()
    };
    let (old, new) = (starts(before), starts(after));
    let place = |starts: &[usize], at: usize, whole: &str| starts.get(at).copied().unwrap_or(whole.len());
    let ops = diff.ops().iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    ops.map(|op| {
        let [from, to] = [op.old_range().start, op.old_range().end].map(|at| place(&old, at, before));
        let [start, end] = [op.new_range().start, op.new_range().end].map(|at| place(&new, at, after));
        Change { range: from..to, text: after[start..end].to_owned() }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_between_two_texts_make_one_of_the_other() {
        for (before, after, count) in [
            ("a\nb\nc\n", "a\nb\nc\n", 0),
            ("a\nb\nc\n", "a\nx\nc\n", 1),
            ("a\nb\nc", "x\nb\ny\n", 2),
            ("", "a\n", 1),
            ("a\r\nb", "", 1),
            ("ü\n\n\nö", "ü\n\nö\n", 2),
        ] {
            let changes = between(before, after);
            assert_eq!(changed(before, &changes), after, "{changes:?}");
            assert!(changes.len() <= count, "{changes:?}");
        }
    }
}
