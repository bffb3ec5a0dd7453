//! A command that runs once, as a service's tasks run.

use super::Error;
use super::rollout::Live;
use super::session::Session;
use crate::core::oneoff::{End, Event};
use crate::engine::oneoff::{self, Wish};
use jiff::SignedDuration;
use tokio::sync::watch;

/// The version of the JSON of one-off tasks.
pub const VERSION: u32 = 1;

/// AWS takes overrides of so many letters, as JSON.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html>
const LONGEST: usize = 8192;

/// The command, and in what it differs from the service's own.
#[derive(Debug, Clone, Default)]
pub struct Command {
    pub container: Option<String>,
    pub words: Vec<String>,
    /// Values for it alone. They are sent to AWS and stand nowhere else.
    pub environment: Vec<(String, String)>,
    /// CPU units and mebibytes.
    pub cpu: Option<u32>,
    pub memory: Option<u32>,
    /// The longest time that it may take.
    pub limit: Option<SignedDuration>,
    /// True to leave it as soon as it is started.
    pub detach: bool,
}

/// Runs the command to its end, or leaves it once it is started. None if it has no end here: it was left, or `cancel` turned true
/// before it was started.
pub async fn run(
    session: &Session,
    live: &Live,
    command: &Command,
    mut cancel: watch::Receiver<bool>,
    hear: impl Fn(&Event),
) -> Result<Option<End>, Error> {
    let Command { container, words, environment, cpu, memory, limit, detach } = command;
    let written = words.iter().map(String::len).chain(environment.iter().map(|(name, value)| name.len() + value.len())).sum::<usize>();
    if written > LONGEST {
        let hint = "put what is long into the image, a secret or S3, and let the command read it from there";
        let why = format!("AWS takes {LONGEST} letters of command and environment together, and these are {written}");
        return Err(Error::Rollout { why, hint: hint.into(), refused: false });
    }
    let wish = Wish {
        spec: &live.subject.spec,
        cluster: &live.subject.cluster,
        container: container.clone(),
        command: words.clone(),
        environment: environment.clone(),
        cpu: *cpu,
        memory: *memory,
    };
    let Some(running) = oneoff::start(&session.aws, &wish, &mut cancel, &hear).await? else { return Ok(None) };
    if *detach {
        return Ok(None);
    }
    let end = oneoff::follow(&session.aws, running, *limit, &mut cancel, &hear).await?;
    hear(&Event::Ended(end.clone()));
    Ok(Some(end))
}
