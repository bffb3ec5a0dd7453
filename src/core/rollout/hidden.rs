//! Values that nobody is shown, and the places that they come from.

use crate::core::codes;
use crate::core::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

/// A secret value. It is printed and written as `(hidden)`, whoever does it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

const SHOWN: &str = "(hidden)";

impl Hidden {
    pub fn new(value: impl Into<String>) -> Self {
        Hidden(value.into())
    }

    /// Returns the value, for a request alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(SHOWN)
    }
}

/// The place that a secret value comes from: `{ secret = "jwt" }` or `{ env = "SMOKE_TOKEN" }`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Source {
    Secret(FromSecret),
    Environment(FromEnvironment),
}

/// A value that is read from Secrets Manager when it is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FromSecret {
    /// The name of a `[secrets.NAME]`, or the ARN of a secret.
    pub secret: String,
    /// The key to take out of a secret that is JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A value that is read from the environment of whoever runs the rollout.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FromEnvironment {
    /// The name of the environment variable.
    pub env: String,
}

/// Says where it comes from, never the value.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Secret(FromSecret { secret, key: None }) => write!(f, "the secret `{secret}`"),
            Source::Secret(FromSecret { secret, key: Some(key) }) => write!(f, "the key `{key}` of the secret `{secret}`"),
            Source::Environment(FromEnvironment { env }) => write!(f, "the environment variable `{env}`"),
        }
    }
}

impl Source {
    /// Finds a name that cannot be one. The module that names a secret knows by itself which ones there are.
    #[must_use]
    pub fn problem(&self, field: &str) -> Option<Problem> {
        let (name, problem) = match self {
            Source::Secret(FromSecret { secret, .. }) if !secret.trim().is_empty() => return None,
            Source::Secret(_) => ("secret", Problem::new("", "the secret has no name").help("write the NAME of a `[secrets.NAME]`")),
            Source::Environment(FromEnvironment { env }) if is_variable(env) => return None,
            Source::Environment(FromEnvironment { env }) => {
                ("env", Problem::new("", format!("`{env}` is no name of an environment variable")).help("write it as `SMOKE_TOKEN`"))
            }
        };
        Some(problem.below(name).below(field).of(codes::NO_SOURCE.id))
    }
}

fn is_variable(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// The values that were read, by where they come from.
pub type Revealed = BTreeMap<Source, Hidden>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_value_is_printed_by_nobody() {
        let token = Hidden::new("s3cret");
        let known = Revealed::from([(Source::Environment(FromEnvironment { env: "TOKEN".into() }), token.clone())]);
        let printed = [format!("{token}"), format!("{token:?}"), format!("{known:#?}"), serde_json::to_string(&token).unwrap()];
        assert!(printed.iter().all(|text| text.contains(SHOWN) && !text.contains("s3cret")), "{printed:?}");
        assert_eq!(token.reveal(), "s3cret");
    }
}
