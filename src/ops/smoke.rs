//! The smoke checks of a service, against what is live.

use super::Error;
use super::rollout::{Live, refused};
use super::session::Session;
use super::stack;
use crate::core::rollout::observation::Smoke;
use crate::core::rollout::smoke::{Check, Door, Outcome, file};
use crate::engine::rollout::smoke::check_live;
use std::path::Path;

/// Reads the checks of a file of `[[smoke]]` tables.
pub fn read(path: &Path) -> Result<Vec<Check>, Error> {
    let source = stack::source(path).map_err(|error| match error {
        Error::File { doing, path, source, .. } => {
            Error::File { doing, path, source, hint: Some("name a file of [[smoke]] tables, as a stack has them".into()) }
        }
        error => error,
    })?;
    file::read(source).map_err(Error::Rejected)
}

/// Sends checks, those of the service where none are given, and answers what came of them.
pub async fn run(
    session: &Session,
    live: &Live,
    given: Option<&[Check]>,
    door: Door,
    hear: impl FnMut(Outcome) + Send,
) -> Result<Smoke, Error> {
    let subject = &live.subject;
    let checks = given.unwrap_or(&subject.policy.smoke);
    if checks.is_empty() {
        let hint = format!("write [[service.{}.rollout.smoke]] into the file, or name a file of checks with --file", subject.name);
        return Err(refused("there is no smoke check that could be sent", hint));
    }
    Ok(Box::pin(check_live(&session.aws, subject, checks, door, hear)).await?)
}
