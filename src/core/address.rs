//! The address of a node in a stack: `network.subnet.private-a`.

use super::natural::compare;
use serde::{Deserialize, Deserializer, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// Two or more segments of `[a-z0-9-]` joined by dots: the module, and the node's own place in it.
///
/// No segment may hold an underscore, so that names which join segments by `_` can be read back.
/// In order, numbers count as numbers: `resource.queue.2` comes before `resource.queue.10`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Address(String);

/// Addresses by their form: `*` stands for any part of one, dots too, as in `database.*`. Without it, one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address: two or more parts of a-z, 0-9 and `-`, joined by dots, such as `network.subnet.private-a`")]
pub struct BadAddress(pub String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address, such as `database.main.instance`, nor a pattern of some, such as `database.*`")]
pub struct BadPattern(pub String);

impl Address {
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let parts = text.split('.').collect::<Vec<_>>();
        if parts.len() >= 2 && text.len() <= 200 && parts.iter().all(|part| is_name(part)) {
            Ok(Address(text.to_owned()))
        } else {
            Err(BadAddress(text.to_owned()))
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }
    /// The first segment: the module that made it, which plans are grouped by.
    pub fn module(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
    /// Returns the heading that it is shown under: `network`, `service.api`.
    pub fn group(&self) -> &str {
        let dots = self.0.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
        match (self.module(), dots.as_slice()) {
            ("network" | "secrets" | "monitoring" | "resource", [first, ..]) | (_, [first]) => &self.0[..*first],
            (_, [_, second, ..]) => &self.0[..*second],
            (_, []) => &self.0,
        }
    }
    /// Returns the reference by which another spec names an output of this node: `${network.subnet.private-a.id}`.
    pub fn output(&self, output: &str) -> String {
        format!("${{{}.{output}}}", self.0)
    }
}

/// True for a name that a stack, an environment, a module instance and an address segment may have: lower-case letters, digits
/// and single hyphens, at most 63, with no hyphen at either end.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

impl Pattern {
    /// The error is that no address has that form.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte == b'*' || byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let fits = if text.contains('*') { text.len() <= 200 && text.split('.').all(part) } else { Address::parse(text).is_ok() };
        if fits { Ok(Pattern(text.to_owned())) } else { Err(BadPattern(text.to_owned())) }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn matches(&self, address: &Address) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| address.0.strip_prefix(first)) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        // The first place of each part is the one that leaves most for those behind it.
        for part in parts {
            match rest.split_once(part) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl From<Address> for Pattern {
    fn from(address: Address) -> Self {
        Pattern(address.0)
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Address::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_part() {
        let address = |text: &str| Address::parse(text).unwrap();
        for (pattern, matches, others) in [
            ("database.*", &["database.main.instance", "database.a.b"][..], &["cache.database.x"][..]),
            ("*.instance", &["database.main.instance"], &["database.main.instances"]),
            ("service.*.log-*", &["service.api.log-group", "service.api.x.log-1"], &["service.log-group"]),
            ("database.main.instance", &["database.main.instance"], &["database.main.instance-2"]),
            ("*", &["network.vpc"], &[]),
            ("a*a.b", &["a-a.b"], &["a.b"]),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert!(matches.iter().all(|text| pattern.matches(&address(text))), "{pattern:?}");
            assert!(others.iter().all(|text| !pattern.matches(&address(text))), "{pattern:?}");
        }
        for bad in ["", "database", "Database.*", "data base.*", "a..*", ".*", "*.\u{7}"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_plain_segments_are_addresses() {
        for good in ["network.vpc", "network.subnet.private-a", "service.api.task-role", "resource.bucket.1"] {
            assert_eq!(Address::parse(good).map(|address| address.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "network", "network.", ".vpc", "network.Vpc", "a.b_c", "a.b c", "a.-b", "a.b--c", "a.$(id)", "a.ü"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
