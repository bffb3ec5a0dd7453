//! A plan: everything apply will do, as data. Apply takes no decision that is not in here.

use super::address::Address;
use super::applied::Ground;
use super::approval::rule::Frozen;
use super::bill::PlanCost;
use super::budget::Verdict;
use super::diff::FieldChange;
use super::graph::Outputs;
use super::identity::{Claim, Scope, digest};
use super::kind::Row;
use super::money::Money;
use super::origin::{Origin, Since};
use super::reason::{Note, Reason, Refusal};
use super::reference::Reference;
use super::rehearsal::Rehearsal;
use super::rollout::policy::Policy;
use super::snapshot::{Live, Snapshot, State, Unread};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub version: u32,
    /// The time it was made, in RFC 3339.
    pub created: String,
    pub scope: Scope,
    /// The place of locks and journals, where the file names one: whoever applies the plan alone finds them there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    pub destroy: bool,
    /// True for a plan that was printed with its secrets masked, so that it lacks what apply would send.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// The changes, for a person to read: one entry per resource that changes.
    pub changes: Vec<Change>,
    /// The steps that apply runs: each after the steps it names, which all stand before it.
    pub steps: Vec<Step>,
    /// The number of nodes that stay as they are.
    pub kept: usize,
    /// The outputs of live nodes that changing ones refer to, which the plan relies on.
    pub known: BTreeMap<Address, BTreeMap<String, String>>,
    /// The kinds of those.
    pub known_kinds: BTreeSet<String>,
    /// The outputs of modules after apply; those that only apply can tell still hold references.
    #[serde(default)]
    pub outputs: Outputs,
    /// Fingerprints of everything it touches or relies on.
    pub basis: BTreeMap<String, String>,
    /// Reasons why it may not be applied. Empty means it may.
    pub refusals: Vec<Refusal>,
    /// The kinds that could not be read. Any makes the plan incomplete.
    pub unread: Vec<Unread>,
    /// Worth knowing; nothing stands in the way.
    pub notes: Vec<Note>,
    /// The approvals that it needs by the rule of its day; none where no rule was in force. Whoever runs it asks by their own as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Box<Frozen>>,
    /// The cost that it adds to a month, or saves; plans of before there were prices have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<PlanCost>,
    /// The way in which its steps went on a twin of the account, where somebody asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
    /// All that a record of its apply needs beside its changes; none where it was made from no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Box<Ground>>,
}

/// The change of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub address: Address,
    pub kind: String,
    pub action: Action,
    pub fields: Vec<FieldChange>,
    pub why: Vec<Reason>,
    /// The interruption that users notice meanwhile; empty for none.
    pub downtime: String,
    /// True when deleting the live one loses data.
    pub data_loss: bool,
    /// Typical minutes it takes.
    pub minutes: f32,
    /// The live resource; for a create, one that is still on its way out and has to be gone first.
    pub live: Option<Live>,
    /// The wanted spec in normal form, with its references; null where nothing is wanted.
    pub wanted: Value,
    /// The claim that the resource will carry.
    pub claim: Option<Claim>,
    /// The physical name to create it with; empty for kinds without.
    pub name: String,
    /// The rules by which a new version takes over, where it is rolled out in steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Box<Policy>>,
    /// The side that has changed since the last apply, where a record of it tells: of a resource that comes or goes, that of its being
    /// there; else that of its fields together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The apply that left the resource as it was before the difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// The sort of a change, with the glyph that stands for it everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    /// Another one is made, then the live one deleted; `delete_first` where AWS allows only one at a time.
    Replace {
        delete_first: bool,
    },
    Delete,
    /// Tags make an existing resource ours.
    Adopt,
    /// Tags give it another address.
    Move,
    /// Tags are taken off: it stays in AWS and is no longer ours.
    Forget,
    /// Nothing is sent: it stays as it is, and what changes needs it ready.
    Wait,
}

impl Action {
    pub fn glyph(self) -> &'static str {
        match self {
            Action::Create => "+",
            Action::Update => "~",
            Action::Replace { .. } => "±",
            Action::Delete => "-",
            Action::Adopt => "←",
            Action::Move => "→",
            Action::Forget => "○",
            Action::Wait => "…",
        }
    }
    pub fn verb(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace { .. } => "replace",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::Move => "move",
            Action::Forget => "forget",
            Action::Wait => "wait for",
        }
    }
}

/// One effect on AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Index into `changes`.
    pub change: usize,
    pub verb: Verb,
    /// Fields that it sends: for create all but these late ones, for update and finish exactly these.
    pub fields: Vec<String>,
    /// Indices of earlier steps that must have succeeded.
    pub after: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Changes tags only: adopt, move, forget.
    Retag,
    Create,
    Update,
    /// Sets late fields, once what they name exists.
    Finish,
    /// Takes away what dependents have let go of by then.
    Release,
    Delete,
    /// Sends nothing: until what is on its way in is ready, or what is on its way out is gone.
    Wait,
}

impl Verb {
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Retag => "retag",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Finish => "finish",
            Verb::Release => "release",
            Verb::Delete => "delete",
            Verb::Wait => "wait for",
        }
    }
}

impl Change {
    /// Returns the value of a reference to the change's own resource, as far as it follows from the name.
    pub fn foretold(&self, kind: &Row, scope: &Scope, reference: &Reference) -> Option<String> {
        (reference.address == self.address).then(|| (kind.foretell)(scope, &self.name).remove(&reference.output))?
    }
}

impl Plan {
    /// True where something that the plan leaves as it is has failed in AWS, or owes a command.
    #[must_use]
    pub fn leaves_failed(&self) -> bool {
        self.notes.iter().any(|note| matches!(note, Note::FailedInAws { .. } | Note::OwesACommand { .. }))
    }

    pub const VERSION: u32 = 3;

    /// Nothing to do, and nothing in the way.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.refusals.is_empty()
    }
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }
    /// Adds its cost. A cost that its budget does not allow, or cannot judge, is a reason not to apply it.
    pub fn with_cost(mut self, cost: PlanCost) -> Self {
        match &cost.budget {
            Some(Verdict::Over { used, reasons }) => {
                self.refusals.push(Refusal::OverBudget { monthly: used.to_accept(), reasons: reasons.clone() });
            }
            Some(Verdict::Unjudged { used, reasons }) => {
                self.refusals.push(Refusal::Unjudged { monthly: used.to_accept(), reasons: reasons.clone() });
            }
            Some(Verdict::Within { .. } | Verdict::Warn { .. } | Verdict::Accepted { .. }) | None => {}
        }
        self.cost = Some(cost);
        self
    }
    /// The reasons that still stand in the way once a person has accepted a cost, which covers that one reason alone.
    pub fn standing(&self, accepted: Option<Money>) -> Vec<&Refusal> {
        let verdict = self.cost.as_ref().and_then(|cost| cost.budget.as_ref());
        let covered = accepted.zip(verdict).is_some_and(|(accepted, verdict)| verdict.used().is_covered_by(accepted));
        let of_cost = |refusal: &Refusal| matches!(refusal, Refusal::OverBudget { .. } | Refusal::Unjudged { .. });
        self.refusals.iter().filter(|refusal| !(covered && of_cost(refusal))).collect()
    }
}

/// Returns a fingerprint for each address that is asked for, of the ids, claims and specs that are live there. Unclaimed
/// resources go by `kind id`; those on their way out do not count.
pub fn fingerprints(snapshot: &Snapshot, asked: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::<String, Vec<String>>::new();
    let all = snapshot.resources.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind, live)));
    for (kind, live) in all.filter(|(_, live)| live.state != State::Deleting) {
        let key = match &live.claim {
            Some(claim) => Cow::Borrowed(claim.address.as_str()),
            None => Cow::Owned(format!("{kind} {}", live.id)),
        };
        if asked(&key) {
            let generation = live.claim.as_ref().map(|claim| claim.generation.as_str()).unwrap_or_default();
            parts.entry(key.into_owned()).or_default().push(digest(&[kind, &live.id, generation, &live.spec.to_string()], 16));
        }
    }
    parts
        .into_iter()
        .map(|(key, mut prints)| {
            prints.sort_unstable();
            (key, digest(&prints.iter().map(String::as_str).collect::<Vec<_>>(), 16))
        })
        .collect()
}
