//! `trueup rollout`: new versions of services on their way.

use super::apply::Reach;
use super::connect::{AwsArgs, interrupts, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::stack::StackArgs;
use crate::core::rollout::decide::State;
use crate::core::rollout::look::Look;
use crate::engine::rollout::conduct::End;
use crate::ops::rollout::{self, VERSION};
use crate::ops::session::Session;
use crate::report;
use serde_json::json;

const AFTER: &str = "\
Examples:
  trueup rollout status --env production     where it is, and what would be decided
  trueup rollout promote --env production    go on at the gate, if nothing speaks against it
  trueup rollout rollback --env production   go back to the version before
  trueup rollout watch --env production      decide from here on, until it is at its end

`trueup apply` of a new version is a rollout, and decides by itself. Should it be killed, ECS waits at the next \
gate and goes back when its time is up; `watch` takes over from any machine.

Exit codes: 0 promoted, 3 refused, 4 the rollback failed, 5 rolled back, 6 under way or waiting at a gate, 130 interrupted.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say where a rollout is, from what is live alone
    Status(Which),
    /// Decide about a rollout from here on, until it is at its end
    Watch(Watch),
    /// Tell ECS to go on at the gate where it waits
    Promote(Promote),
    /// Say on the service that nothing is to go on
    Pause(Which),
    /// Take that back
    Resume(Which),
    /// Tell ECS to go back to the version before
    Rollback(Which),
    /// List the deployments that AWS still knows
    History(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The service: `api` for [service.api]; a stack with one needs no name
    #[arg(long, short, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    stack: StackArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

#[derive(Debug, clap::Args)]
struct Watch {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, clap::Args)]
struct Promote {
    #[command(flatten)]
    which: Which,
    /// Go on although something speaks against it
    #[arg(long)]
    force: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Status(which) => act(which, async |session, live| {
            let look = rollout::look(session, live).await?;
            Ok(Some(look))
        }),
        Command::Watch(Watch { which, reach }) => watch(which, reach),
        Command::Promote(Promote { which, force }) => act(which, async |session, live| {
            rollout::promote(session, live, *force).await?;
            report::talk("ECS goes on");
            Ok(None)
        }),
        Command::Pause(which) => act(which, async |session, live| Ok(Some(rollout::set_paused(session, live, true).await?))),
        Command::Resume(which) => act(which, async |session, live| Ok(Some(rollout::set_paused(session, live, false).await?))),
        Command::Rollback(which) => {
            act(which, async |session, live| {
                rollout::rollback(session, live).await?;
                report::talk("ECS goes back");
                Ok(None)
            })?;
            watch(which, &Reach::default())
        }
        Command::History(which) => history(which),
    }
}

/// Does something with a rollout, and shows what is seen then.
fn act(which: &Which, work: impl AsyncFnOnce(&Session, &rollout::Live) -> Result<Option<Look>, Failure>) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let look = with(&which.aws, (&loaded.stack).into(), &Options::plain(which.json), async |session| {
        let live = rollout::live(session, node).await?;
        work(session, &live).await
    })?;
    let Some(look) = look else { return Ok(Exit::Done) };
    show(&look, which.json);
    Ok(exit(&look))
}

fn watch(which: &Which, reach: &Reach) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    with(&which.aws, (&loaded.stack).into(), &Options::plain(which.json), async |session| {
        let live = rollout::live(session, node).await?.reached_by(&reach.smoke_via);
        let cancel = interrupts(|| report::talk("left; ECS goes back at the next gate when nobody comes"));
        let hear = |look: &Look| if which.json { report::json(look) } else { tell(look) };
        let end = rollout::watch(session, &live, cancel, hear, report::talk).await?;
        Ok(match end {
            End::Reached(look) => {
                if !which.json {
                    report::data(&report::rollout::render(&look));
                }
                exit(&look)
            }
            End::Left(_) => Exit::Interrupted,
        })
    })
}

/// Says what has become new since the look before.
fn tell(look: &Look) {
    let line = report::rollout::order(look).unwrap_or_else(|| report::rollout::brief(look));
    report::talk(&format!("{}  {line}", look.at.strftime("%H:%M:%S")));
}

fn show(look: &Look, json: bool) {
    if json {
        report::json(&json!({ "version": VERSION, "rollout": look }));
    } else {
        report::data(&report::rollout::render(look));
    }
}

fn history(which: &Which) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let past = with(&which.aws, (&loaded.stack).into(), &Options::plain(which.json), async |session| {
        let live = rollout::live(session, node).await?;
        Ok(rollout::past(session, &live).await?)
    })?;
    if which.json {
        report::json(&json!({ "version": VERSION, "deployments": past }));
    } else {
        report::data(&report::rollout::history(&past));
    }
    Ok(Exit::Done)
}

fn exit(look: &Look) -> Exit {
    match look.decision.state {
        State::Promoted | State::ContractFailed => Exit::Done,
        State::RolledBack => Exit::RolledBack,
        State::RollbackFailed | State::Stopped | State::MigrationFailed => Exit::Partial,
        _ => Exit::Waiting,
    }
}
