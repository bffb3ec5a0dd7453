//! A rehearsal: the steps of a plan, run on a twin of the account before the account is touched, and the findings.
//!
//! The twin is the embedded AWS. It is not AWS: whatever it could not take over of the account, and the steps that it could not play, are
//! said as well. A finding stands only where the twin is as the account is.

use super::address::Address;
use serde::{Deserialize, Serialize};

/// The rehearsal of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The live resources that stood on the twin.
    pub live: usize,
    /// The steps that went through.
    pub done: usize,
    /// The steps that were not begun, since others before them did not go through.
    pub not_begun: usize,
    /// The faults that were played, as they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
}

/// One thing that would not go as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "finding")]
pub enum Finding {
    /// AWS would refuse a step, or never be done with it.
    Failed {
        /// Index into the plan's `steps`.
        step: usize,
        address: Address,
        /// The call, AWS's code, and its message.
        error: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        details: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
    /// AWS would take these fields, and hold something else than was sent.
    NotTaken { address: Address, fields: Vec<String> },
    /// The next plan would not be empty: it would `create`, `update`, or whatever the action is.
    Again { address: Address, action: String, fields: Vec<String> },
    /// The next plan would be refused, for the reason with this code.
    AgainRefused {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<Address>,
        code: String,
    },
}

/// One thing in which the twin is not the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "gap")]
pub enum Gap {
    /// A live resource does not stand on the twin: it refused it.
    Absent {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<Address>,
        kind: String,
        id: String,
        error: String,
    },
    /// A live resource is otherwise there in these fields.
    Differs {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<Address>,
        kind: String,
        id: String,
        fields: Vec<String>,
    },
    /// A live resource is on its way somewhere, in AWS's own word; there, it has arrived.
    Arrived {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<Address>,
        kind: String,
        id: String,
        state: String,
    },
    /// A kind could not be read, so nothing of it stands on the twin.
    Unread { kind: String },
    /// Something plain stands in the place of what others have, and this ARN names.
    StandIn { arn: String },
    /// Nobody knows what others have that uses something which is deleted.
    Unasked { reason: String },
    /// A step could not be played: the twin does not know the call, or something that it needs is not there.
    Unplayed { step: usize, address: Address, error: String },
    /// The next plan could not be made there.
    NotAgain { error: String },
    /// Checks that a rollout sends over the network, or those who are told of it, are left out.
    Outside { address: Address, what: Outside },
}

/// A part of a rollout that reaches out of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outside {
    Smoke,
    Notify,
}

/// The outcome of a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Well,
    /// Nothing was found, and not all could be played.
    Partly,
    Found,
}

impl Rehearsal {
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let unplayed = |gap: &Gap| matches!(gap, Gap::Unplayed { .. } | Gap::NotAgain { .. });
        match (self.findings.is_empty(), self.gaps.iter().any(unplayed)) {
            (false, _) => Verdict::Found,
            (true, true) => Verdict::Partly,
            (true, false) => Verdict::Well,
        }
    }
}
