//! The stream of events of a run: each with its time, its run and its number. Renderers of progress, readers of
//! `--json` and the journal see nothing else.

use super::address::Address;
use super::foreign::{By, Foreign};
use super::graph::Outputs;
use super::plan::Verb;
use super::reason::Because;
use super::rollout::look::Look;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One event of a run, as it is told and written down. Written, its keys stand beside those of the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<E = Event> {
    pub at: Timestamp,
    /// The run, by a name that no other run has.
    pub run: String,
    /// Counts the events of a run from 1, without a gap.
    pub number: u64,
    #[serde(flatten)]
    pub event: E,
}

/// A call that was answered, for whoever asks AWS about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The operation: `ec2.CreateVpc`.
    pub operation: String,
    /// AWS's own id of it.
    pub id: String,
}

/// Everything that reading, applying and fetching say while they go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Reading begins.
    Reading { kinds: usize },
    /// One kind has been read; `error` says why if it could not be.
    Read { kind: String, found: usize, error: Option<String> },
    /// Applying begins. `minutes` is the longest chain of typical durations.
    Applying { plan: String, steps: usize, minutes: f32 },
    /// A step has been sent to AWS. `minutes` is how long it typically takes, `left` the longest chain from here to the end of the run.
    Began { step: usize, address: Address, kind: String, verb: Verb, minutes: f32, left: f32 },
    /// It is accepted, and not ready yet; `state` is AWS's own word.
    Waiting { step: usize, address: Address, state: String },
    /// A new version of a service takes over: one look at it, and what was ordered.
    RollingOut { step: usize, address: Address, look: Box<Look> },
    /// Something that changes nothing of a rollout: somebody could not be told of it.
    Noted { step: usize, address: Address, note: String },
    /// It will be tried again.
    Retrying { step: usize, address: Address, reason: String, seconds: f64 },
    /// It is done. `requests` are its calls that were to change something, in order, repeats included.
    Done { step: usize, address: Address, verb: Verb, id: String, seconds: f64, requests: Vec<Request> },
    /// It failed for good; what was done of it stays.
    Failed {
        step: usize,
        address: Address,
        verb: Verb,
        error: String,
        /// AWS's id of the call that failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
        /// Lines that say more, such as why tasks stopped and what they logged; those of a log are indented.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        details: Vec<String>,
        hint: Option<String>,
        requests: Vec<Request>,
    },
    /// Something that a step touches or relies on is no longer what it was, by somebody else's hand: the step fails.
    Foreign {
        step: usize,
        /// The resource that it is about, which the step may only rely on.
        address: Address,
        kind: String,
        id: String,
        foreign: Foreign,
        who: By,
    },
    /// It was not begun, or not awaited to its end: `because` of another step, or an interrupt.
    Skipped { step: usize, address: Address, verb: Verb, because: Because, requests: Vec<Request> },
    /// Everything is done; what was written is being read back.
    Verifying { kinds: usize },
    /// AWS took the call and holds something else than was sent.
    Partial { address: Address, fields: Vec<String> },
    /// Resources of a kind that were written could not be read back; the next plan will tell.
    Unverified { kind: String, error: String },
    /// Nothing new begins; `running` steps are awaited.
    Stopping { because: Because, hint: Option<String>, running: usize },
    /// The first interrupt: nothing new begins, `running` steps are awaited.
    Interrupted { running: usize },
    Finished {
        outcome: Outcome,
        done: usize,
        failed: usize,
        skipped: usize,
        partial: usize,
        seconds: f64,
        /// The outputs of modules as they are now, as far as they are known.
        outputs: Outputs,
    },
    /// The index of AWS's price list is read; `files` of its files are needed.
    Fetching { files: usize },
    /// A file begins to arrive; `have` bytes of it may be there from an earlier try.
    Arriving { file: String, have: u64, bytes: Option<u64> },
    /// `have` bytes of it are there now.
    Received { file: String, have: u64 },
    /// It broke off, and is fetched again.
    Refetching { file: String, reason: String, seconds: f64 },
    /// It is whole, and its prices are being read.
    Parsing { file: String, bytes: u64 },
    /// It is done with. `unchanged` if it is the one that was read last time.
    Fetched { file: String, prices: usize, unchanged: bool },
}

impl Event {
    /// Returns the end of a run that has no steps.
    pub fn nothing_to_do(outputs: Outputs) -> Self {
        Event::Finished { outcome: Outcome::Complete, done: 0, failed: 0, skipped: 0, partial: 0, seconds: 0.0, outputs }
    }
}

/// The outcome of an apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Complete,
    /// Something failed or did not take; the next run goes on from what is there.
    Partial,
    Interrupted,
    /// A new version of a service was not taken; the old one has the traffic, and is well. Something else may have failed as well.
    RolledBack,
}
