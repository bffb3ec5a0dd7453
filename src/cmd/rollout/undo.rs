//! `trueup rollout undo`: takes back what a command before or after a version did.

use super::Which;
use crate::cmd::ask::ask;
use crate::cmd::connect::{interrupts, with};
use crate::cmd::exit::{Exit, Failure};
use crate::cmd::options::Options;
use crate::core::rollout::observation::Migration;
use crate::engine::store::Work;
use crate::ops::rollout::{self, VERSION};
use crate::ops::undo::{self, Command};
use crate::report;
use serde_json::json;

const AFTER: &str = "\
Examples:
  trueup rollout undo expand --env staging          after a version went back, or its command failed
  trueup rollout undo contract --env staging --yes  before one goes back to an older version

It runs `expand_back` or `contract_back` of [service.NAME.rollout.migrate], with the image, network, role and secrets \
of the version whose command it takes back: the newest that has one. That version must not run for `expand`, and no \
deployment may be under way. Left while it runs, it goes on, and the same command follows it.

Exit codes: 0 taken back, 3 refused, 4 the command failed, or nobody can tell how it ended, 130 interrupted.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The command whose work is taken back
    #[arg(value_enum, value_name = "COMMAND")]
    phase: Phase,
    #[command(flatten)]
    which: Which,
    /// Go ahead without asking
    #[arg(long, short)]
    yes: bool,
    /// Say how a command ended of which AWS knows nothing any more; nothing is run
    #[arg(long, value_enum, value_name = "HOW")]
    ended: Option<Ended>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Phase {
    Expand,
    Contract,
}

#[derive(Debug, Clone, Copy, PartialEq, clap::ValueEnum)]
enum Ended {
    Succeeded,
    Failed,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { phase, which, yes, ended } = args;
    let command = match phase {
        Phase::Expand => Command::Expand,
        Phase::Contract => Command::Contract,
    };
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        // No version may begin while its command is taken back.
        let lock = session.lock(Work::Apply).await.map_err(Failure::held)?;
        lock.during(async |_| {
            let live = rollout::live_or_first(session, &loaded, node).await?;
            if let Some(ended) = ended {
                let version = undo::say_how_it_ended(session, &live, command, *ended == Ended::Succeeded).await?;
                report::talk(&format!("it is written down for {version}"));
                return Ok(Exit::Done);
            }
            let found = undo::find_what(session, &live, command).await?;
            if !yes && !asked(&found, which.json)? {
                report::talk("nothing was done");
                return Ok(Exit::Failed);
            }
            let cancel = interrupts(|| report::talk("left: the task goes on"));
            report::talk(&format!("takes back what `{}` did for {}", command.name(), found.version()));
            let end = undo::run(session, &live, &found, cancel).await?;
            if which.json {
                let undo = json!({ "command": command.name(), "version": found.version(), "end": end });
                report::json(&json!({ "version": VERSION, "undo": undo }));
            }
            let failed = |text: String, hint: String| Err(Failure { exit: Exit::Partial, ..Failure::new(text).hint(hint) });
            match end {
                Some(Migration::TakenBack) => {
                    report::talk("it was taken back");
                    Ok(Exit::Done)
                }
                Some(Migration::Failed { reason }) => {
                    let hint = "see what it has done; the same command runs it once more";
                    failed(format!("`{}_back` failed: {reason}", command.name()), hint.into())
                }
                Some(Migration::Lost { task }) => failed(
                    format!("nobody can tell how `{}_back` ended: AWS does not know the task {task} any more", command.name()),
                    format!("look at what it did, and say so: trueup rollout undo {} --ended succeeded, or failed", command.name()),
                ),
                Some(Migration::NotRun | Migration::Running { .. } | Migration::Succeeded | Migration::DryRunFailed { .. }) | None => {
                    report::talk(&format!("left: the task goes on; `trueup rollout undo {}` follows it", command.name()));
                    Ok(Exit::Interrupted)
                }
            }
        })
        .await
    })
}

fn asked(found: &undo::Undo, json: bool) -> Result<bool, Failure> {
    let (name, version) = (found.command.name(), found.version());
    let question = format!("`{name}_back` takes back what `{name}` did for {version}.\nType `yes` to run it:");
    ask(&question, "yes", json, "pass --yes")
}
