//! The lock of a stack, as whoever asks for it is told.

use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LockSeen {
    pub held: bool,
    /// True where its holder has neither let go of it nor renewed it in time: the next run takes over.
    pub expired: bool,
    /// The number of its holder, where the store counts them.
    pub fence: Option<u64>,
    /// Seconds since it was renewed, where it has to be.
    pub age_seconds: Option<f64>,
    /// Its holder in words; none where what stands there cannot be read.
    pub holder: Option<String>,
}
