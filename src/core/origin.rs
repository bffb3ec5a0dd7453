//! The side from which a difference comes, and the apply since which it is there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The side that changed since the last apply. Where nobody knows, there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The file: what is live is as the last apply left it.
    File,
    /// AWS: the file wants what the last apply left there.
    Aws,
    Both,
}

impl Origin {
    /// Returns what two differences of one resource come from together.
    #[must_use]
    pub fn with(self, other: Origin) -> Origin {
        if self == other { self } else { Origin::Both }
    }
}

/// An apply, by its number among those of its stack, and when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Since {
    pub apply: u64,
    pub at: Timestamp,
}
