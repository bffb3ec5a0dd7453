//! The live resources of a stack, in the same specs as the file wants them.

use super::identity::{Claim, Scope};
use super::rollout::owed::OWED;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One live resource. Typed in drivers (`Live<Subnet>`), JSON everywhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Live<S = Value> {
    /// The id that AWS knows it by, and that an `adopt` line names.
    pub id: String,
    /// Its physical name; empty where the kind has none.
    pub name: String,
    pub arn: String,
    /// Proof of ownership; `None` means it is not of this stack.
    pub claim: Option<Claim>,
    pub state: State,
    pub spec: S,
    /// The values that references to it resolve to, by output.
    pub outputs: BTreeMap<String, String>,
}

impl<S> Live<S> {
    pub fn map<T>(self, change: impl FnOnce(S) -> T) -> Live<T> {
        let Live { id, name, arn, claim, state, spec, outputs } = self;
        Live { id, name, arn, claim, state, spec: change(spec), outputs }
    }
}

/// The state of a live resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "detail")]
pub enum State {
    Ready,
    /// On its way to ready; AWS's own word for it.
    Changing(String),
    /// AWS gave up; its own reason.
    Failed(String),
    /// On its way out: no longer live, but its name may still be taken.
    Deleting,
}

/// The word that an ECS service's state begins with while it goes from one version to another.
pub const DEPLOYING: &str = "deploying";

impl State {
    /// True for an ECS service whose version is well, and whose command after it failed.
    #[must_use]
    pub fn owes_a_command(&self) -> bool {
        matches!(self, State::Failed(state) if state.starts_with(OWED))
    }

    /// True while an ECS service goes from one version to another, and not merely to another number of tasks.
    #[must_use]
    pub fn is_deploying(&self) -> bool {
        matches!(self, State::Changing(state) if state.starts_with(DEPLOYING))
    }
}

/// Everything a reading found, and what it could not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub version: u32,
    pub scope: Scope,
    /// The live resources by kind, in order of id.
    pub resources: BTreeMap<String, Vec<Live>>,
    /// Kinds that could not be read, and why. Any entry makes a plan incomplete.
    pub unread: Vec<Unread>,
    /// True when every kind was swept, or only those that the stack is known to use.
    pub swept: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    pub kind: String,
    /// The call that failed, and its error.
    pub reason: String,
    /// A remedy, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Snapshot {
    pub const VERSION: u32 = 1;

    /// An account that holds nothing of this stack.
    pub fn empty(scope: Scope) -> Self {
        Snapshot { version: Self::VERSION, scope, resources: BTreeMap::new(), unread: Vec::new(), swept: true }
    }
}
