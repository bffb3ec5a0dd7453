//! Versions that went back: they are not deployed again by themselves.

use super::Subject;
use super::history::{explained, history};
use crate::aws::{Aws, Result};
use crate::core::rollout::observation::Status;
use crate::core::rollout::past::Past;

/// Returns the deployment by which a version went: its newest one, if ECS took that back, or a later one to a version of before.
/// A version that another has pushed aside, or that a newer one has followed, is no bad one.
pub async fn went_back(aws: &Aws, subject: &Subject) -> Result<Option<Past>> {
    match judge(&history(aws, subject).await?, subject.task_definition.as_deref()) {
        Some(past) => Ok(Some(explained(aws, past.clone()).await)),
        None => Ok(None),
    }
}

/// `past` has the newest first.
fn judge<'a>(past: &'a [Past], version: Option<&str>) -> Option<&'a Past> {
    let at = past.iter().position(|one| one.task_definition.as_deref() == version)?;
    if matches!(past[at].status, Status::RollbackSuccessful | Status::RollbackFailed) {
        return Some(&past[at]);
    }
    let (later, earlier) = (&past[..at], &past[at + 1..]);
    let returns = |one: &&Past| one.status == Status::Successful && earlier.iter().any(|old| old.task_definition == one.task_definition);
    later.iter().find(returns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rollout::observation::Migration;
    use jiff::Timestamp;

    fn past(list: &[(&str, Status)]) -> Vec<Past> {
        let one = |(version, status): &(&str, Status)| Past {
            deployment: (*version).into(),
            created: Timestamp::UNIX_EPOCH,
            finished: None,
            status: *status,
            task_definition: Some((*version).into()),
            images: Vec::new(),
            live: false,
            reason: String::new(),
            contract: Migration::NotRun,
        };
        list.iter().map(one).collect()
    }

    #[test]
    fn a_version_is_blocked_that_went_back_or_from_which_somebody_did() {
        use Status::{RollbackSuccessful as Back, Stopped, Successful as Good};
        for (list, blocked) in [
            (&[("2", Good), ("1", Good)][..], false),
            (&[("2", Back), ("1", Good)], true),
            (&[("2", Good), ("2", Back), ("1", Good)], false),
            (&[("3", Good), ("2", Good), ("1", Good)], false),
            (&[("3", Good), ("2", Stopped), ("1", Good)], false),
            (&[("1", Good), ("2", Good), ("1", Good)], true),
            (&[("1", Back), ("2", Good), ("1", Good)], false),
            (&[("1", Good)], false),
        ] {
            assert_eq!(judge(&past(list), Some("2")).is_some(), blocked, "{list:?}");
        }
    }
}
