//! Everything that readiness looks at in AWS, as a value.

use super::super::address::Address;
use super::super::quota::{Demand, Use};
use super::super::rollout::observation::Reading;
use std::collections::BTreeMap;

/// The live state of a stack. A list that has no entry of a node says that nobody asked about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    pub account: String,
    /// The addresses that a plan would change, by now.
    pub changes: Option<Reading<Vec<Address>>>,
    /// Services.
    pub migrations: BTreeMap<Address, Reading<Migrated>>,
    pub tasks: BTreeMap<Address, Reading<Tasks>>,
    /// The targets of services that a load balancer leads to; none of one that is not in AWS yet.
    pub targets: BTreeMap<Address, Reading<Option<Targets>>>,
    /// The images that a service is to run, each by its name.
    pub images: BTreeMap<Address, Vec<(String, Reading<Image>)>>,
    pub secrets: BTreeMap<Address, Reading<Content>>,
    pub alarms: BTreeMap<Address, Reading<Alarm>>,
    /// Topics with their subscriptions; none of one that is not in AWS yet.
    pub subscriptions: BTreeMap<Address, Reading<Option<Vec<Subscription>>>>,
    /// The parts of quotas that an apply would need, each beside what the account has.
    pub rooms: Vec<(Demand, Reading<Use>)>,
}

/// The progress of the command before a version, by the record on the task definition that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Migrated {
    /// The service is not in AWS yet.
    Absent,
    /// The version that runs has none recorded.
    NotRun {
        version: String,
    },
    Succeeded,
    /// The words say how: `it ended with exit code 1, task 0f3c`.
    Failed {
        how: String,
    },
    /// Another command has taken back what it did.
    TakenBack,
    /// It was begun as this task, and its end is not recorded.
    Open {
        task: String,
    },
    /// The command after the old version was gone has failed.
    CleanupFailed {
        how: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tasks {
    Absent,
    There { desired: u32, running: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    pub healthy: u32,
    pub unhealthy: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    There,
    Missing,
    /// Its repository is not in AWS yet.
    Absent,
    /// It is in a registry that nobody here can ask.
    Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Absent,
    Empty,
    /// Its keys hold what stood in for values when it was made.
    Placeholders,
    Set,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    Absent,
    Ok,
    Alarm,
    NoData,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The end as people may read it: an address of e-mail, or the host of a webhook.
    pub end: String,
    pub confirmed: bool,
}
