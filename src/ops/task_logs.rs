//! The logs of the tasks of a service's newest rollout.

use super::Error;
use super::rollout::Live;
use super::session::Session;
use crate::core::rollout::task_log::{Logs, Said};
use crate::engine::rollout::logs::{self, Streams};
use tokio::sync::watch;

/// Reads the last lines of each task, those that failed first.
pub async fn read(session: &Session, live: &Live, tail: u32) -> Result<(Logs, Streams), Error> {
    Ok(logs::logs(&session.aws, &live.subject, tail).await?)
}

/// Says each further line until the rollout is at its end. False if `cancel` turned true before.
pub async fn follow(
    session: &Session,
    live: &Live,
    streams: Streams,
    cancel: watch::Receiver<bool>,
    hear: impl Fn(&Said),
) -> Result<bool, Error> {
    Ok(logs::follow(&session.aws, &live.subject, streams, cancel, hear).await?)
}
