//! The patterns in AWS's models: Java's dialect, matched against the whole value, compiled once.

use fancy_regex::Regex;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// True when the whole text matches. A pattern that does not compile holds nobody back.
pub fn matches(pattern: &'static str, text: &str) -> bool {
    // A runaway match counts as a match: better than refusing what AWS takes.
    compiled(pattern).is_none_or(|regex| regex.is_match(text).unwrap_or(true))
}

/// The compiled pattern, `None` if it does not compile.
pub fn compiled(pattern: &'static str) -> Option<Arc<Regex>> {
    type Cache = Mutex<HashMap<&'static str, Option<Arc<Regex>>>>;
    static CACHE: LazyLock<Cache> = LazyLock::new(Cache::default);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    cache.entry(pattern).or_insert_with(|| Regex::new(&format!(r"\A(?:{})\z", translated(pattern))).ok().map(Arc::new)).clone()
}

/// Java writes characters as `\uXXXX`, those beyond 16 bits as a pair of surrogates.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    // Java's name for hexadecimal digits.
    let pattern = pattern.replace(r"\p{XDigit}", "[0-9A-Fa-f]");
    // A class begins no range: the dash behind it stands for itself.
    let pattern = pattern.replace(r"\p{Z}-", r"\p{Z}\-");
    let mut rest = pattern.as_str();
    while let Some(at) = rest.find(r"\u") {
        out.push_str(&rest[..at]);
        let unit = |text: &str| text.strip_prefix(r"\u").and_then(|hex| hex.get(..4)).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let Some(high) = unit(&rest[at..]) else {
            out.push_str(r"\u");
            rest = &rest[at + 2..];
            continue;
        };
        rest = &rest[at + 6..];
        match (high, unit(rest)) {
            (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
                out.push_str(&format!(r"\x{{{:X}}}", 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
                rest = &rest[6..];
            }
            // Half a pair stands for no character; the neighbours of that gap keep a range valid.
            (0xD800..=0xDBFF, _) => out.push_str(r"\x{D7FF}"),
            (0xDC00..=0xDFFF, _) => out.push_str(r"\x{E000}"),
            (plain, _) => out.push_str(&format!(r"\x{{{plain:X}}}")),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    #[test]
    fn every_pattern_in_the_models_compiles() {
        let mut broken = Vec::new();
        for service in model::names() {
            for (name, shape) in model::model(service).unwrap().shapes() {
                if shape.pattern.as_deref().is_some_and(|pattern| compiled(pattern).is_none()) {
                    broken.push(format!("{service}.{name}: {}", shape.pattern.as_deref().unwrap_or("")));
                }
            }
        }
        assert!(broken.is_empty(), "{broken:#?}");
    }

    #[test]
    fn surrogate_pairs_are_one_character() {
        assert_eq!(translated(r"[\u0020-\uD7FF\uD83D\uDE00]*"), r"[\x{20}-\x{D7FF}\x{1F600}]*");
    }
}
