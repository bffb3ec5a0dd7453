//! Takes back what a command before or after a version did.

use super::Error;
use super::rollout::{Live, refused};
use super::session::Session;
use crate::core::arn::revision;
use crate::core::reason::Running;
use crate::core::rollout::look::{Look, Stays};
use crate::core::rollout::observation::{Migration, Status};
use crate::core::rollout::past::Past;
use crate::engine::rollout::history::history;
use crate::engine::rollout::migrate::{CONTRACT, EXPAND, Other, others};
use crate::engine::rollout::undo::{Found, Use, at, find, settle, take_back, used};
use crate::kinds::ecs::driver::last_part;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;

/// The command whose work is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The one before a new version
    Expand,
    /// The one after the old version
    Contract,
}

impl Command {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Command::Expand => "expand",
            Command::Contract => "contract",
        }
    }
}

/// A command that may be taken back.
pub struct Undo {
    pub command: Command,
    found: Found,
}

impl Undo {
    /// The version by the name that people know it by: `web:43`.
    pub fn version(&self) -> &str {
        last_part(&self.found.version)
    }
}

/// Finds the newest version whose command can be taken back, or says why none can be.
pub async fn find_what(session: &Session, live: &Live, command: Command) -> Result<Undo, Error> {
    let (name, subject) = (command.name(), &live.subject);
    let (pair, back) = match command {
        Command::Expand => (EXPAND, &subject.policy.expand_back),
        Command::Contract => (CONTRACT, &subject.policy.contract_back),
    };
    let Some(found) = find(&session.aws, subject, pair).await? else {
        let hint = "its newest twenty versions were looked at, and what was taken back already does not count";
        return Err(refused(format!("`{name}` has run for no version, or was taken back"), hint));
    };
    let version = last_part(&found.version);
    if let Migration::Lost { task } = &found.state {
        let which = if found.is_back() { format!("{name}_back") } else { name.to_owned() };
        let why = format!("nobody can tell how `{which}` of {version} ended: AWS does not know the task {task} any more");
        let hint = format!("look at what it did, and say so: trueup rollout undo {name} --ended succeeded, or failed");
        return Err(refused(why, hint));
    }
    if back.is_empty() {
        let hint = format!("write the command as `{name}_back` into [service.{}.rollout.migrate]", subject.name);
        return Err(refused(format!("the file has no command that takes `{name}` back"), hint));
    }
    // One that runs is followed to its end, whatever has begun since.
    let follows = matches!(found.state, Migration::Running { .. });
    if follows && !found.is_back() {
        let hint = match command {
            Command::Expand => "`trueup rollout status` shows it; the next apply of this version waits for its end",
            Command::Contract => "wait for its end: `trueup rollout watch`",
        };
        return Err(refused(format!("`{name}` of {version} still runs"), hint));
    }
    let others = others(&session.aws, &subject.cluster, &found.version).await?;
    if let Some(other) = others.iter().find(|other| !follows || other.version != found.version) {
        return Err(still_runs(&subject.cluster, other));
    }
    // The order in which they were run, the other way round.
    if command == Command::Expand
        && let Some(standing) = standing(session, live, &found.version).await?
    {
        let why = format!("`contract` of {version} {standing}, and rests on what `expand` did");
        return Err(refused(why, "take it back first: `trueup rollout undo contract`"));
    }
    let in_use = if follows { Use::None } else { used(&session.aws, subject, &found.version).await? };
    match (in_use, command) {
        (Use::Deploys, _) => Err(refused("a deployment of the service is under way", "wait for its end: `trueup rollout watch`")),
        (Use::Runs, Command::Expand) => {
            let why = format!("{version} runs, and needs what `expand` did for it");
            Err(refused(why, "go back to the version before it first: `trueup rollout rollback`"))
        }
        (Use::Runs | Use::None, _) => Ok(Undo { command, found }),
    }
}

/// Writes down how a command ended that nobody can tell of, and answers the version.
pub async fn say_how_it_ended(session: &Session, live: &Live, command: Command, well: bool) -> Result<String, Error> {
    let pair = if command == Command::Expand { EXPAND } else { CONTRACT };
    let found = find(&session.aws, &live.subject, pair).await?;
    let Some(found) = found.filter(|found| matches!(found.state, Migration::Lost { .. })) else {
        let why = format!("AWS knows how `{}` ended, or it has not run", command.name());
        return Err(refused(why, "leave out --ended"));
    };
    settle(&session.aws, &found, well).await?;
    Ok(last_part(&found.version).to_owned())
}

/// Takes it back. None if `cancel` turned true before its end: the task goes on, and the next call follows it.
pub async fn run(session: &Session, live: &Live, undo: &Undo, mut cancel: watch::Receiver<bool>) -> Result<Option<Migration>, Error> {
    let wait = async |time: Duration| {
        tokio::select! {
            () = session.aws.clock.sleep(time) => true,
            _ = cancel.wait_for(|cancelled| *cancelled) => false,
        }
    };
    Ok(Box::pin(take_back(&session.aws, &live.subject, &undo.found, wait)).await?)
}

fn still_runs(cluster: &str, other: &Other) -> Error {
    let why = format!("`{}` of {} still runs, and nothing else begins before its end", other.phase.key(), last_part(&other.version));
    refused(why, format!("wait for its end, or stop it: aws ecs stop-task --cluster {cluster} --task {}", other.task))
}

/// Refuses to deploy an earlier version while a command runs: it makes the database fit for another one, or takes that back.
pub(super) async fn no_command_runs(session: &Session, live: &Live) -> Result<(), Error> {
    let subject = &live.subject;
    match others(&session.aws, &subject.cluster, &subject.spec.task_definition_arn).await?.first() {
        Some(other) => Err(still_runs(&subject.cluster, other)),
        None => Ok(()),
    }
}

/// Returns the command of a service that runs, whoever has begun it.
pub async fn running(session: &Session, live: &Live) -> Result<Option<Running>, Error> {
    let subject = &live.subject;
    if !subject.policy.has_commands() {
        return Ok(None);
    }
    let others = others(&session.aws, &subject.cluster, &subject.spec.task_definition_arn).await?;
    Ok(others.into_iter().next().map(|other| other.named(&subject.cluster)))
}

/// Refuses to go back to a version whose `expand` was taken back since.
pub(super) async fn still_has_its_command(session: &Session, live: &Live, version: &str) -> Result<(), Error> {
    if live.subject.policy.expand.is_empty() {
        return Ok(());
    }
    match at(&session.aws, &live.subject, version, EXPAND).await? {
        Some(Found { state: Migration::TakenBack, .. }) => {
            let why = format!("what `expand` did for {} was taken back, and going back runs no command", last_part(version));
            Err(refused(why, "deploy it as a new version: `trueup apply` with its image, and --retry where the plan asks for it"))
        }
        _ => Ok(()),
    }
}

/// Refuses to go back to a version while what `contract` of a later one took away is not there again.
pub(super) async fn nothing_was_cleaned_up_since(session: &Session, live: &Live, past: &[Past], version: &str) -> Result<(), Error> {
    let later = past.iter().filter_map(|one| one.task_definition.as_deref()).filter(|later| revision(later) > revision(version));
    for later in later.collect::<BTreeSet<_>>() {
        let Some(how) = standing(session, live, later).await? else { continue };
        let why = format!("`contract` of {} {how}, and {} may need what it took away", last_part(later), last_part(version));
        return Err(refused(why, "take it back first: `trueup rollout undo contract`; or go back all the same: --force"));
    }
    Ok(())
}

/// Says that what `contract` of a version did is there, if it is.
async fn standing(session: &Session, live: &Live, version: &str) -> Result<Option<&'static str>, Error> {
    Ok(match at(&session.aws, &live.subject, version, CONTRACT).await?.map(|found| found.state) {
        Some(Migration::Succeeded) => Some("has run"),
        Some(Migration::Failed { .. } | Migration::Lost { .. }) => Some("may have done a part of its work"),
        _ => None,
    })
}

/// A version whose command has run, and of which no deployment came, or none that is there any more.
#[derive(Debug, Clone, Serialize)]
pub struct Apart {
    /// `web:43`
    pub version: String,
    pub expand: Migration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stays: Option<Stays>,
    /// The state of `contract` of it, where what it did is there or may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<&'static str>,
    /// True where AWS knows a deployment of it.
    pub deployed: bool,
}

/// Looks for one that is newer than the newest deployment, or than the version that somebody went back to; there is no look at a service
/// that is not there yet.
pub async fn apart(session: &Session, live: &Live, look: Option<&Look>) -> Result<Option<Apart>, Error> {
    let subject = &live.subject;
    if !subject.policy.has_commands() || look.and_then(|look| look.status).is_some_and(Status::is_open) {
        return Ok(None);
    }
    let expand = find(&session.aws, subject, EXPAND).await?;
    let (found, expand) = match expand {
        Some(found) => (found.clone(), found.state),
        None => match find(&session.aws, subject, CONTRACT).await? {
            Some(found) => (found, Migration::NotRun),
            None => return Ok(None),
        },
    };
    let is_newer =
        look.and_then(|look| look.task_definition.as_deref()).is_none_or(|deployed| revision(&found.version) > revision(deployed));
    if !is_newer
        || matches!(expand, Migration::Succeeded | Migration::NotRun) && used(&session.aws, subject, &found.version).await? != Use::None
    {
        return Ok(None);
    }
    let stays = Stays::of(&subject.policy, &expand);
    let contract = standing(session, live, &found.version).await?;
    let deployed = !live.is_first()
        && history(&session.aws, subject).await?.iter().any(|past| past.task_definition.as_deref() == Some(found.version.as_str()));
    Ok(Some(Apart { version: last_part(&found.version).to_owned(), expand, stays, contract, deployed }))
}
