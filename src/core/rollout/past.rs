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
