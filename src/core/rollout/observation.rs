//! All that is live of a rollout, as it was read at one time.

use crate::core::arn::last_part;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A value that AWS answered, or the reason why it did not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading<T> {
    Known(T),
    Unknown(String),
}

impl Deployment {
    /// Returns the names that the new version goes by: its task definition, and the tags and digests of its images.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        names(&self.task_definition, &self.green.images)
    }
}

/// Returns the names that a version goes by: its task definition, and the tags and digests of its images.
#[must_use]
pub fn names(task_definition: &str, images: &[Image]) -> Vec<String> {
    let definition = last_part(task_definition);
    let images = images.iter().flat_map(|image| {
        let (name, digest) = image.image.split_once('@').map_or((image.image.as_str(), None), |(name, digest)| (name, Some(digest)));
        let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
        [tag, digest, image.digest.as_deref()]
    });
    let names = [Some(task_definition), Some(definition)].into_iter().chain(images).flatten();
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

impl<T> Reading<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Reading::Known(value) => Some(value),
            Reading::Unknown(_) => None,
        }
    }

    /// Returns the reason why it is not known.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Reading::Known(_) => None,
            Reading::Unknown(reason) => Some(reason),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The newest deployment to the task definition that is rolled out; none before it is begun.
    pub deployment: Option<Deployment>,
    /// The version that is to come while there is none to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Awaited>,
    /// The deployment that has come after it, by its ARN.
    pub superseded_by: Option<String>,
    /// The deployment to another version that is under way while none to this one is, by its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupied_by: Option<String>,
    /// True when somebody has said that nothing is to go on.
    pub paused: bool,
    /// Tasks of the new revision that stopped by themselves.
    pub crashed: Vec<Crash>,
    /// The share of the production traffic in per cent that each side gets by the rules, old and new.
    pub weights: Reading<Weights>,
    /// The traffic, minute by minute, from before the shift on, oldest first.
    pub minutes: Vec<Minute>,
    /// The state of each alarm that the guard names, in their order.
    pub alarms: Reading<Vec<Alarm>>,
    /// The newest value of each metric that the guard names, in their order.
    pub metrics: Vec<Reading<f64>>,
    /// The outcome of the checks of the new revision, if they have been run for this gate.
    pub smoke: Option<Smoke>,
    pub expand: Migration,
    pub contract: Migration,
    /// True when the service owes the command after to this version: it was rolled out with one. A version that was not is left alone,
    /// whatever the file says by now.
    #[serde(default)]
    pub owed: bool,
}

/// A version that no deployment goes to yet: its command has not ended, or has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// Its task definition, by its ARN.
    pub task_definition: String,
    /// Its images, as far as they were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// The task definition that the service runs meanwhile, by its ARN; none for its first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub arn: String,
    /// The task definition that it goes to, by its ARN.
    pub task_definition: String,
    pub status: Status,
    /// AWS's own word for where it is; empty before the first. The SDK does not know each of them.
    pub stage: String,
    pub started: Timestamp,
    pub finished: Option<Timestamp>,
    /// The time when ECS began to bring the old revision back.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Rollback.html>
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<Timestamp>,
    /// True where an earlier deployment went to this task definition as well, so that its commands may have run then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// The finding for which it was told to go back, or AWS's own words for the status.
    pub reason: String,
    /// The old revision; none for the first deployment of a service.
    pub blue: Option<Side>,
    pub green: Side,
    /// True where it moves traffic from one target group to another; where tasks are replaced one by one, both versions have it.
    #[serde(default = "moves")]
    pub moves_traffic: bool,
    /// The time since when the tasks of the new revision have not become more.
    pub stalled: Timestamp,
    pub gates: Vec<Gate>,
    /// The rule that production traffic comes through, or the listener of a Network Load Balancer, by its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

fn moves() -> bool {
    true
}

/// An image of the new version, as the task definition names it, and as ECS has found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub container: String,
    pub image: String,
    /// `sha256:…`; none before ECS has looked it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// One of the two revisions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The ARN of the service revision.
    pub revision: String,
    /// The ARN of its task definition; empty where AWS does not know the revision any more.
    #[serde(default)]
    pub task_definition: String,
    #[serde(default)]
    pub images: Vec<Image>,
    pub requested: u32,
    pub running: u32,
    pub pending: u32,
    /// True where both revisions are in one target group, or in none: it has no share of its own then, and what is healthy there may
    /// be of the other one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// Per cent of the production traffic that ECS wants it to have.
    pub weight: f64,
    /// The target group of its tasks, by its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Targets in its group.
    pub healthy: Reading<u32>,
    pub unhealthy: Reading<u32>,
}

/// A hook at which ECS waits for somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    pub id: String,
    pub stage: String,
    pub opened: Timestamp,
    /// The time when ECS goes back by itself.
    pub expires: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pending,
    InProgress,
    StopRequested,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
    Successful,
    /// A word that is not known yet.
    Unknown,
}

impl Status {
    /// True while ECS works on it, on its way or back.
    #[must_use]
    pub fn is_open(self) -> bool {
        use Status::{InProgress, Pending, RollbackInProgress, RollbackRequested, StopRequested};
        matches!(self, Pending | InProgress | StopRequested | RollbackRequested | RollbackInProgress)
    }

    /// True when it goes back, or went.
    #[must_use]
    pub fn is_back(self) -> bool {
        use Status::{RollbackFailed, RollbackInProgress, RollbackRequested, RollbackSuccessful, StopRequested, Stopped};
        matches!(self, StopRequested | Stopped | RollbackRequested | RollbackInProgress | RollbackSuccessful | RollbackFailed)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    pub blue: f64,
    pub green: f64,
}

/// One minute of both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minute {
    pub at: Timestamp,
    pub blue: Reading<Traffic>,
    pub green: Reading<Traffic>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Traffic {
    pub requests: u64,
    pub errors: u64,
    /// Seconds; none where nothing was asked.
    pub p50: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub name: String,
    pub state: AlarmState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmState {
    Ok,
    Alarm,
    InsufficientData,
    /// There is no such alarm.
    Missing,
}

/// A task that stopped by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    pub task: String,
    /// AWS's own words, and the exit codes of its containers.
    pub reason: String,
    pub log: Vec<String>,
}

/// The outcome of the checks of a new revision before it gets traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum Smoke {
    Passed {
        checks: usize,
    },
    Failed {
        check: String,
        reason: String,
    },
    /// It was not answered, so nothing is known of it.
    Unanswered {
        check: String,
        reason: String,
    },
}

/// A command that changes what both revisions use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Migration {
    #[default]
    NotRun,
    Running {
        task: String,
        /// True where it is the command that takes back what the other one did.
        #[serde(default, skip_serializing_if = "is_false")]
        back: bool,
    },
    Succeeded,
    Failed {
        reason: String,
    },
    /// It was begun, and nobody knows how it ended.
    Lost {
        task: String,
    },
    /// It was not run, since its dry run failed.
    DryRunFailed {
        reason: String,
    },
    /// Another command has taken back what it did.
    TakenBack,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Migration {
    #[must_use]
    pub fn is_not_run(&self) -> bool {
        *self == Migration::NotRun
    }
}
