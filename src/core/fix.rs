//! What mends a finding for certain, as data.

use super::source::Path;
use serde_json::Value;

/// One change to a field of a spec after which the finding is gone, and nothing else is.
///
/// The field is dotted and leads through tables alone: items of a list have no place of their own once a spec is in its
/// normal form. A rule gives a fix only where there is no choice to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    Set {
        field: String,
        value: Value,
    },
    /// It is as if the field had never been written.
    Remove {
        field: String,
    },
}

impl Fix {
    pub fn field(&self) -> &str {
        match self {
            Fix::Set { field, .. } | Fix::Remove { field } => field,
        }
    }
}

/// The same in a stack file: a key, with the tables that it stands in, and its new value; without one the key goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub path: Path,
    pub value: Option<Value>,
}
