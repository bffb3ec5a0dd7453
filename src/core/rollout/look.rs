//! One look at a rollout, for whoever watches it: the decision, and the figures that people look at.

use super::decide::{Decision, State, decide};
use super::observation::{Awaited, Gate, Migration, Minute, Observation, Reading, Side, Smoke, Status, Traffic};
use super::policy::Policy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub at: Timestamp,
    #[serde(flatten)]
    pub decision: Decision,
    /// The deployment by its ARN, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// The version that is to come before there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
    /// The task definition that it goes to, by its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// AWS's own word for where it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stage: String,
    /// The finding for which it was told to go back, or AWS's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blue: Option<Side>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub green: Option<Side>,
    /// The gate at which ECS waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// The outcome of the checks at this gate, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smoke: Option<Smoke>,
    /// The commands before and after it.
    #[serde(default, skip_serializing_if = "Migration::is_not_run")]
    pub expand: Migration,
    #[serde(default, skip_serializing_if = "Migration::is_not_run")]
    pub contract: Migration,
    /// The work of the command before it, where the version did not take over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<Stays>,
    /// The newest minute of each side, old and new, as far as it is known.
    pub traffic: [Option<Traffic>; 2],
    /// All that it rests on, for whoever draws it. It is not written down: a look is one of many, and most of this is the same in each.
    #[serde(skip)]
    pub seen: Option<Arc<Observation>>,
}

/// A command before a version has changed what others use, and the version is not there. Its text reads as a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// True where it is known that the command ended well.
    pub whole: bool,
    /// True where the file has a command that takes it back.
    pub undo: bool,
}

impl Stays {
    /// Returns it where there is something that stays.
    #[must_use]
    pub fn of(policy: &Policy, expand: &Migration) -> Option<Self> {
        let whole = match expand {
            Migration::Succeeded => true,
            Migration::Failed { .. } | Migration::Lost { .. } => false,
            Migration::NotRun | Migration::Running { .. } | Migration::DryRunFailed { .. } | Migration::TakenBack => return None,
        };
        (!policy.expand.is_empty()).then_some(Stays { whole, undo: !policy.expand_back.is_empty() })
    }
}

impl Look {
    /// Decides, and keeps of what was seen what people look at.
    #[must_use]
    pub fn new(policy: &Policy, seen: &Observation, now: Timestamp) -> Self {
        let deployment = seen.deployment.as_ref();
        let newest = |side: fn(&Minute) -> &Reading<Traffic>| seen.minutes.last().and_then(|minute| side(minute).known().copied());
        // Where both are in one target group its traffic is counted once.
        let old = newest(|minute| &minute.blue).filter(|_| deployment.is_none_or(|deployment| deployment.moves_traffic));
        Look {
            smoke: seen.smoke.clone(),
            expand: seen.expand.clone(),
            contract: seen.contract.clone(),
            deployment: deployment.map(|deployment| deployment.arn.clone()),
            awaited: seen.awaited.clone(),
            task_definition: deployment.map(|deployment| deployment.task_definition.clone()),
            status: deployment.map(|deployment| deployment.status),
            stage: deployment.map(|deployment| deployment.stage.clone()).unwrap_or_default(),
            reason: deployment.map(|deployment| deployment.reason.clone()).unwrap_or_default(),
            blue: deployment.and_then(|deployment| deployment.blue.clone()),
            green: deployment.map(|deployment| deployment.green.clone()),
            gate: deployment.and_then(|deployment| deployment.gates.first().cloned()),
            stays: None,
            traffic: [old, newest(|minute| &minute.green)],
            seen: Some(Arc::new(seen.clone())),
            ..Look::bare(now, decide(policy, seen, now))
        }
        .with_what_stays(policy)
    }

    /// Returns the reason why nobody could see if the old version is well, where ECS says that it has gone back and nothing that is known
    /// speaks against it.
    #[must_use]
    pub fn unseen(&self) -> Option<&str> {
        let blue = self.blue.as_ref().filter(|_| self.decision.state == State::RollbackFailed)?;
        let weights = self.seen.as_ref().map(|seen| &seen.weights);
        let has_gone_back = self.status == Some(Status::RollbackSuccessful) && blue.running >= blue.requested.min(1);
        let all_back = weights.and_then(Reading::known).is_none_or(|weights| blue.shared || weights.blue >= 99.0);
        let unread = blue.healthy.unknown().or_else(|| weights?.unknown().filter(|_| !blue.shared));
        unread.filter(|_| has_gone_back && all_back && blue.healthy != Reading::Known(0))
    }

    fn with_what_stays(mut self, policy: &Policy) -> Self {
        use State::{MigrationFailed, RollbackFailed, RolledBack, Stopped};
        let is_not_there = matches!(self.decision.state, RolledBack | RollbackFailed | Stopped | MigrationFailed);
        self.stays = is_not_there.then(|| Stays::of(policy, &self.expand)).flatten();
        self
    }

    /// A decision before there is anything to look at.
    #[must_use]
    pub fn bare(at: Timestamp, decision: Decision) -> Self {
        Look {
            at,
            decision,
            deployment: None,
            awaited: None,
            task_definition: None,
            status: None,
            stage: String::new(),
            reason: String::new(),
            blue: None,
            green: None,
            gate: None,
            smoke: None,
            expand: Migration::NotRun,
            contract: Migration::NotRun,
            stays: None,
            traffic: [None, None],
            seen: None,
        }
    }

    /// Looks at a deployment that may be over for long. One that others have come after is judged by AWS's word alone, since what is
    /// live is theirs.
    #[must_use]
    pub fn back(policy: &Policy, mut seen: Observation, now: Timestamp) -> Self {
        let status = seen.deployment.as_ref().map(|deployment| deployment.status);
        let is_over = matches!(status, Some(Status::Successful | Status::RollbackSuccessful | Status::RollbackFailed | Status::Stopped));
        let superseded = seen.superseded_by.take_if(|_| is_over).is_some();
        let mut look = Look::new(policy, &seen, now);
        if superseded && status == Some(Status::RollbackSuccessful) {
            look.decision = Decision { state: State::RolledBack, order: None, holds: Vec::new(), evidence: Vec::new(), look: None };
            look = look.with_what_stays(policy);
        }
        look
    }
}
