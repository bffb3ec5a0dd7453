//! Versions that went back: they are not deployed again by themselves.

use super::Subject;
use super::history::{explained, history};
use super::told;
use crate::aws::{Aws, Result};
use crate::core::arn::last_part;
use crate::core::rollout::observation::Status;
use crate::core::rollout::past::{Fate, Past};

/// Returns the deployment by which a version went: its newest one, if ECS took that back, or a later one to a version of before.
/// A version that another has pushed aside, or that a newer one has followed, is no bad one.
pub async fn went_back(aws: &Aws, subject: &Subject) -> Result<Option<Past>> {
    let version = subject.task_definition.as_deref();
    let past = history(aws, subject).await?;
    let Some((own, back)) = judge(&past, version) else { return Ok(None) };
    if own.deployment == back.deployment {
        return Ok(Some(explained(aws, back.clone()).await));
    }
    // It had taken over, and somebody went back from it.
    let told = told::find(aws, version.unwrap_or_default(), &own.deployment).await;
    let old = back.task_definition.as_deref().map_or("an earlier version", last_part);
    let reason = told.unwrap_or_else(|| format!("it had taken over, and somebody has deployed {old} again since"));
    Ok(Some(Past { reason, ..back.clone() }))
}

/// Writes down, for the version that runs, that somebody has it taken back by deploying an earlier one: whoever plans it again is told.
pub async fn write_by_hand(aws: &Aws, subject: &Subject, caller: &str, to: &str) -> Result<()> {
    let runs = subject.spec.task_definition_arn.as_str();
    let past = history(aws, subject).await?;
    if let Some(own) = past.iter().find(|one| one.task_definition.as_deref() == Some(runs)) {
        told::write(aws, runs, &own.deployment, &format!("{caller} went back to {} by hand", last_part(to))).await;
    }
    Ok(())
}

/// Returns the part that the deployments of a service give to a task definition.
#[must_use]
pub fn fate(past: &[Past], version: &str) -> Fate {
    match past.iter().find(|one| one.task_definition.as_deref() == Some(version)) {
        None => Fate::Unknown,
        Some(_) if judge(past, Some(version)).is_some() => Fate::Open,
        Some(own) if own.status == Status::Successful => Fate::TookOver,
        Some(_) => Fate::Open,
    }
}

/// Returns the deployment of a version that is not to come again, and the one by which it went. `past` has the newest first.
fn judge<'a>(past: &'a [Past], version: Option<&str>) -> Option<(&'a Past, &'a Past)> {
    let at = past.iter().position(|one| one.task_definition.as_deref() == version)?;
    if matches!(past[at].status, Status::RollbackSuccessful | Status::RollbackFailed) {
        return Some((&past[at], &past[at]));
    }
    let (later, earlier) = (&past[..at], &past[at + 1..]);
    // One that went back before, and takes over now that somebody has mended what was wrong, is nothing that ran before.
    let is_good = |one: &Past| one.status == Status::Successful;
    let returns = |one: &&Past| is_good(one) && earlier.iter().any(|old| is_good(old) && old.task_definition == one.task_definition);
    later.iter().find(returns).map(|back| (&past[at], back))
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
            (&[("1", Good), ("2", Good), ("1", Back)], false),
            (&[("1", Good)], false),
        ] {
            assert_eq!(judge(&past(list), Some("2")).is_some(), blocked, "{list:?}");
        }
    }

    #[test]
    fn a_version_that_never_took_over_is_another_than_one_that_did() {
        use Status::{RollbackSuccessful as Back, Stopped, Successful as Good};
        for (list, wanted) in [
            (&[("1", Good)][..], Fate::Unknown),
            (&[("3", Good), ("2", Back), ("1", Good)], Fate::Open),
            (&[("3", Good), ("2", Stopped), ("1", Good)], Fate::Open),
            (&[("3", Good), ("1", Good), ("2", Good), ("1", Good)], Fate::Open),
            (&[("3", Good), ("2", Good), ("1", Good)], Fate::TookOver),
            (&[("3", Good), ("2", Good), ("2", Back), ("1", Good)], Fate::TookOver),
        ] {
            assert_eq!(fate(&past(list), "2"), wanted, "{list:?}");
        }
    }
}
