//! Deployments of a service that AWS still knows.

use super::observation::{Migration, Status};
use jiff::Timestamp;
use serde::Serialize;

/// A deployment of before, or the one that is under way.
#[derive(Debug, Clone, Serialize)]
pub struct Past {
    pub deployment: String,
    pub created: Timestamp,
    pub finished: Option<Timestamp>,
    pub status: Status,
    /// The task definition that it went to, by its ARN; none where AWS does not know the revision any more.
    pub task_definition: Option<String>,
    pub images: Vec<String>,
    /// True for the version that has the traffic, once nothing is under way.
    pub live: bool,
    /// Why it went back, from whoever told it to; or AWS's own words.
    pub reason: String,
    /// The end of the command after the version that is live, if there is one.
    #[serde(skip_serializing_if = "Migration::is_not_run")]
    pub contract: Migration,
}

/// The part that a version has had in a service's past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing was done for it, as far as AWS knows.
    Unknown,
    /// It took over, and nobody went back from it.
    TookOver,
    /// It went back, or never took over.
    Open,
}
