//! Takes back what a command before or after a version did, by another command that somebody asks for.
//!
//! It runs as the first one did: as a task of the version whose command it takes back, once, and written down on its task definition.

use super::Subject;
use super::migrate::{self, Phase, Records, state_of};
use super::observe::{describe, is_absent, list, revisions, status};
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::arn;
use crate::core::rollout::observation::Migration;
use crate::core::rollout::record::{Failure, Record, Recorded};
use aws_sdk_ecs::types::{SortOrder, TaskDefinitionStatus};
use std::time::Duration;

/// A command that ran for a version, and how far it and the one that takes it back are.
#[derive(Debug, Clone)]
pub struct Found {
    /// The task definition, by its ARN.
    pub version: String,
    /// The command, and the one that takes it back.
    pub pair: (Phase, Phase),
    pub state: Migration,
    /// The record of whichever came last.
    last: (Phase, Record),
}

/// So many versions are looked at, newest first.
const VERSIONS: i32 = 20;
/// The time between two looks, and the looks in a row that may fail for a reason that passes.
const LOOK: Duration = Duration::from_secs(10);
const PATIENCE: u32 = 30;

/// Finds the newest version for which the command ran and was not taken back.
pub async fn find(aws: &Aws, subject: &Subject, pair: (Phase, Phase)) -> Result<Option<Found>> {
    let family = arn::family(&subject.spec.task_definition_arn);
    let call = aws.ecs.list_task_definitions().family_prefix(family).status(TaskDefinitionStatus::Active);
    let answer = call.sort(SortOrder::Desc).max_results(VERSIONS).send().await.during("ecs.ListTaskDefinitions")?;
    let of_family = |version: &&String| arn::family(version) == family;
    for version in answer.task_definition_arns().iter().filter(of_family) {
        if let Some(found) = at(aws, subject, version, pair).await?
            && !matches!(found.state, Migration::TakenBack | Migration::NotRun)
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Looks at the command of one version; none where it did not run for it.
pub async fn at(aws: &Aws, subject: &Subject, version: &str, pair: (Phase, Phase)) -> Result<Option<Found>> {
    let records = Records::of(aws, version).await?;
    let Some(last) = records.last(pair.0, pair.1).map(|(phase, record)| (phase, record.clone())) else { return Ok(None) };
    let state = state_of(aws, subject, version, &records, pair).await?;
    // Its end may just have been seen, and written down.
    let last = match &state {
        Migration::Failed { .. } => (last.0, Record { state: Recorded::Failed(Failure::default()), ..last.1 }),
        _ => last,
    };
    Ok(Some(Found { version: version.to_owned(), pair, state, last }))
}

impl Found {
    /// True where it is the command that takes the other back which ran last.
    pub fn is_back(&self) -> bool {
        self.last.0 == self.pair.1
    }
}

/// The use that is made of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    None,
    /// Tasks of it run, or are to run.
    Runs,
    /// A deployment of the service is under way, of whichever version.
    Deploys,
}

/// Says how a version is used.
pub async fn used(aws: &Aws, subject: &Subject, version: &str) -> Result<Use> {
    let (service, briefs) = match tokio::try_join!(describe(aws, subject), list(aws, subject)) {
        // A first version, of which only the command has run.
        Err(error) if is_absent(&error) => return Ok(Use::None),
        found => found?,
    };
    if briefs.iter().any(|brief| status(brief.status.as_ref()).is_open()) {
        return Ok(Use::Deploys);
    }
    let deployed = service.deployments().iter().any(|one| {
        // A first version that never came up is there, and nothing of it runs or will.
        let failed = one.rollout_state().is_some_and(|state| state.as_str() == "FAILED");
        let lives = one.status() == Some("PRIMARY") && !failed || one.running_count > 0 || one.pending_count > 0;
        lives && one.task_definition() == Some(version)
    });
    let live = service.current_service_revisions().iter().filter(|one| one.running_task_count + one.pending_task_count > 0);
    let known = revisions(aws, live.filter_map(|one| one.arn.clone()).collect()).await?;
    let runs = deployed || known.values().any(|revision| revision.task_definition.as_deref() == Some(version));
    Ok(if runs { Use::Runs } else { Use::None })
}

/// Runs the command that takes it back, or finds the task that runs it already, and follows it to its end. None if `wait` turned
/// false before: the task goes on, and whoever asks again finds it.
pub async fn take_back(
    aws: &Aws,
    subject: &Subject,
    found: &Found,
    mut wait: impl AsyncFnMut(Duration) -> bool,
) -> Result<Option<Migration>> {
    let back = found.pair.1;
    let (last, record) = &found.last;
    // One that failed runs anew when somebody asks for it; one that runs is followed.
    let follows = *last == back && matches!(record.state, Recorded::Task(_) | Recorded::Due | Recorded::Sent(_));
    let number = if follows { record.number } else { record.number + 1 };
    let mut failures = 0;
    loop {
        match step(aws, subject, &found.version, back, number).await {
            Ok(Some(ended)) => return Ok(Some(ended)),
            Ok(None) => failures = 0,
            // The same number finds the task that a call without an answer may have started.
            Err(error) if matches!(error.class, Class::Throttled | Class::Unknown) && failures < PATIENCE => failures += 1,
            Err(error) => return Err(error),
        }
        if !wait(LOOK).await {
            return Ok(None);
        }
    }
}

/// Starts it, or looks how far it is; none while it runs.
async fn step(aws: &Aws, subject: &Subject, version: &str, back: Phase, number: u32) -> Result<Option<Migration>> {
    let records = Records::of(aws, version).await?;
    let Some(record) = records.get(back).filter(|record| record.number >= number) else {
        migrate::start(aws, subject, version, &records, (back, number)).await?;
        return Ok(None);
    };
    Ok(match migrate::state(aws, subject, version, back, record).await? {
        Migration::NotRun => {
            migrate::start(aws, subject, version, &records, (back, record.number)).await?;
            None
        }
        Migration::Running { .. } => None,
        Migration::Succeeded => Some(Migration::TakenBack),
        ended => Some(ended),
    })
}

/// Writes down how a command ended of which AWS knows nothing any more.
pub async fn settle(aws: &Aws, found: &Found, well: bool) -> Result<()> {
    let (phase, Record { number, state }) = &found.last;
    let task = match state {
        Recorded::Task(task) => task.clone(),
        Recorded::Sent(_) => String::new(),
        _ => return Err(Error::new("rollout", "NotLost", "the end of the command is known")),
    };
    let state = match well {
        true => Recorded::Succeeded((*phase == found.pair.1).then(|| aws.calls.now().as_second())),
        false => Recorded::Failed(Failure { task, ..Failure::default() }),
    };
    migrate::write(aws, &found.version, *phase, &Record { number: *number, state }).await
}
