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

/// The one side of which a plan is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Only {
    /// The differences that are in AWS since the last apply.
    Drift,
    /// Those that are in the file since then.
    File,
}

impl Only {
    /// The argument that asks for it.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Only::Drift => "--only-drift",
            Only::File => "--only-file",
        }
    }

    /// True for what this side alone has changed.
    #[must_use]
    pub fn is_of(self, origin: Origin) -> bool {
        matches!((self, origin), (Only::Drift, Origin::Aws) | (Only::File, Origin::File))
    }
}
