//! Changes that mend a finding for certain, as data.

use super::source::{Path, Span};
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
    /// The value that the field gets; none if it goes.
    pub fn value(&self) -> Option<Value> {
        match self {
            Fix::Set { value, .. } => Some(value.clone()),
            Fix::Remove { .. } => None,
        }
    }
}

/// The same in a stack file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The key, below the tables that it stands in, with overlays laid over the file.
    pub path: Path,
    /// Its new value; without one the key goes.
    pub value: Option<Value>,
    /// The place of the value that it has now, in the file or in an overlay; none if the key is new, or is a table of lines.
    pub at: Option<Span>,
}
