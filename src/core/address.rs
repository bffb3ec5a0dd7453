//! The address of a node in a stack: `network.subnet.private-a`.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Two or more segments of `[a-z0-9-]` joined by dots: the module, and the node's own place in it.
///
/// No segment may hold an underscore, so that names which join segments by `_` can be read back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Address(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address: two or more parts of a-z, 0-9 and `-`, joined by dots, such as `network.subnet.private-a`")]
pub struct BadAddress(pub String);

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
    fn only_plain_segments_are_addresses() {
        for good in ["network.vpc", "network.subnet.private-a", "service.api.task-role", "resource.bucket.1"] {
            assert_eq!(Address::parse(good).map(|address| address.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "network", "network.", ".vpc", "network.Vpc", "a.b_c", "a.b c", "a.-b", "a.b--c", "a.$(id)", "a.ü"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
