//! The order in which people count: 2 before 10.

use std::cmp::Ordering;
use std::fmt;

/// A text in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Natural<'a>(pub &'a str);

impl Ord for Natural<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0, other.0)
    }
}

impl PartialOrd for Natural<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Natural<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Compares byte by byte, and runs of digits as numbers of any length. Only texts that are the same are equal.
pub fn compare(one: &str, other: &str) -> Ordering {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    // The part that they share ends where a number begins that may go on differently.
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let begin = a[..same].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let (mut a, mut b) = (&a[begin..], &b[begin..]);
    loop {
        let order = match (number(a), number(b)) {
            (Some((x, rest)), Some((y, others))) => {
                (a, b) = (rest, others);
                x.len().cmp(&y.len()).then_with(|| x.cmp(y))
            }
            _ => match (a.split_first(), b.split_first()) {
                (Some((x, rest)), Some((y, others))) => {
                    (a, b) = (rest, others);
                    x.cmp(y)
                }
                // They count the same, as `01` and `1` do.
                (None, None) => return one.cmp(other),
                (x, y) => x.is_some().cmp(&y.is_some()),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Returns the number that a text begins with, without leading zeros, and the rest.
fn number(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let zeros = text[..end].iter().take_while(|byte| **byte == b'0').count();
    (end > 0).then(|| (&text[zeros..end], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_comes_before_ten() {
        let mut names =
            ["b-10", "b-2", "b", "b-2.x", "a-100", "b-02", "b-1a", "b-1", "b-20000000000000000000000", "b-3000000000000000000000"];
        names.sort_by(|one, other| compare(one, other));
        let want = ["a-100", "b", "b-1", "b-1a", "b-02", "b-2", "b-2.x", "b-10", "b-3000000000000000000000", "b-20000000000000000000000"];
        assert_eq!(names, want);
    }

    proptest! {
        #[test]
        fn it_is_an_order(texts in prop::array::uniform3("[a0-2.-]{0,6}")) {
            let [a, b, c] = texts.each_ref().map(String::as_str);
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            prop_assert_eq!(compare(a, b).is_eq(), a == b);
            prop_assert!(!(compare(a, b).is_le() && compare(b, c).is_le()) || compare(a, c).is_le());
        }
    }
}
