//! What reading and applying say while they run: the only thing that renderers of progress see.

use super::address::Address;
use super::graph::Outputs;
use super::plan::Verb;
use super::reason::Because;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Reading begins.
    Reading {
        kinds: usize,
    },
    /// One kind has been read; `error` if it could not be.
    Read {
        kind: String,
        found: usize,
        error: Option<String>,
    },
    /// Applying begins. `minutes` is the longest chain of typical durations.
    Applying {
        plan: String,
        steps: usize,
        minutes: f32,
    },
    /// A step has been sent to AWS. `minutes` is how long it typically takes, `left` the longest chain from here to the end of the run.
    Began {
        step: usize,
        address: Address,
        kind: String,
        verb: Verb,
        minutes: f32,
        left: f32,
    },
    /// It is accepted, and not ready yet; `state` is AWS's own word.
    Waiting {
        step: usize,
        address: Address,
        state: String,
    },
    /// It will be tried again.
    Retrying {
        step: usize,
        address: Address,
        reason: String,
        seconds: f64,
    },
    Done {
        step: usize,
        address: Address,
        verb: Verb,
        id: String,
        seconds: f64,
    },
    Failed {
        step: usize,
        address: Address,
        verb: Verb,
        error: String,
        hint: Option<String>,
    },
    /// Not begun, or not awaited to its end.
    Skipped {
        step: usize,
        address: Address,
        verb: Verb,
        because: Because,
    },
    /// Everything is done; what was written is being read back.
    Verifying {
        kinds: usize,
    },
    /// AWS took the call and holds something else than was sent.
    Partial {
        address: Address,
        fields: Vec<String>,
    },
    /// What was written of a kind could not be read back; the next plan will tell.
    Unverified {
        kind: String,
        error: String,
    },
    /// Nothing new begins; `running` steps are awaited.
    Stopping {
        because: Because,
        hint: Option<String>,
        running: usize,
    },
    /// The first interrupt: nothing new begins, `running` steps are awaited.
    Interrupted {
        running: usize,
    },
    Finished {
        outcome: Outcome,
        done: usize,
        failed: usize,
        skipped: usize,
        partial: usize,
        seconds: f64,
        /// What the modules answer now, as far as it is known.
        outputs: Outputs,
    },
}

impl Event {
    /// How a run ends that has no step.
    pub fn nothing_to_do(outputs: Outputs) -> Self {
        Event::Finished { outcome: Outcome::Complete, done: 0, failed: 0, skipped: 0, partial: 0, seconds: 0.0, outputs }
    }
}

/// How an apply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Complete,
    /// Something failed or did not take; the next run goes on from what is there.
    Partial,
    Interrupted,
}

/// What a refresh of prices says while it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Fetch {
    /// AWS's index is read: so many files are needed.
    Fetching { files: usize },
    /// A file begins to arrive; some of it may be there from an earlier try.
    Arriving { file: String, have: u64, bytes: Option<u64> },
    /// So much of it is there now.
    Received { file: String, have: u64 },
    /// It broke off, and is tried again.
    Retrying { file: String, reason: String, seconds: f64 },
    /// It is whole, and is being read.
    Reading { file: String, bytes: u64 },
    /// It is done with. `unchanged` if it is the one that was read last time.
    Fetched { file: String, prices: usize, unchanged: bool },
}
