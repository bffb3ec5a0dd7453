//! `trueup rollout`: new versions of services on their way.

mod smoke;
mod start;
mod undo;

use super::apply::Reach;
use super::connect::{AwsArgs, interrupts, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::outside::outside;
use super::rollout_plan;
use super::rollout_report::{Record, Reports};
use super::rollout_view;
use super::stack::StackArgs;
use crate::core::arn::last_part;
use crate::core::graph::Node;
use crate::core::reason::Running;
use crate::core::rollout::decide::State;
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::{Migration, Status};
use crate::engine::rollout::conduct::End;
use crate::ops::outside::{self, refuse};
use crate::ops::rollout::{self, Back, VERSION};
use crate::ops::session::Session;
use crate::ops::stack::Loaded;
use crate::ops::undo::{Apart, apart, running};
use crate::report::watch::screen;
use crate::report::{self, release};
use serde_json::json;
use std::sync::{Mutex, PoisonError};

const AFTER: &str = "\
Examples:
  trueup rollout plan --env production       whether a new version may be rolled out, and how
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
    /// Check whether a new version may be rolled out, and say what will happen
    Plan(rollout_plan::Args),
    /// Bring a service to another version
    Start(start::Args),
    /// Say where a rollout is, from what is live alone
    Status(Which),
    /// Decide about a rollout from here on, until it is at its end; on a terminal it is drawn, and keys steer it
    Watch(Watch),
    /// Tell ECS to go on at the gate where it waits
    Promote(Promote),
    /// Say on the service that nothing is to go on
    Pause(Which),
    /// Take that back
    Resume(Which),
    /// Tell ECS to go back to the version before
    Rollback(Rollback),
    /// Take back what `expand` or `contract` did for a version
    Undo(undo::Args),
    /// Send the smoke checks to what is live
    Smoke(smoke::Args),
    /// List the deployments that AWS still knows
    History(Which),
    /// Report a release from what AWS still knows of it, and from the journal of its apply: Markdown, or another form
    Report(Report),
    /// Print what the tasks of the newest rollout logged, those that failed first
    Logs(super::rollout_logs::Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// The service: `api` for [service.api]; a stack with one needs no name
    #[arg(long, short, value_name = "NAME")]
    pub service: Option<String>,
    #[command(flatten)]
    pub stack: StackArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub aws: AwsArgs,
}

#[derive(Debug, clap::Args)]
struct Rollback {
    #[command(flatten)]
    which: Which,
    /// The version to go back to where no rollout is under way, by the number of its task definition: `41`
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,
    /// Roll that version out, where no rollout is under way
    #[arg(long, short)]
    yes: bool,
    /// Do so although `contract` of a later version has run
    #[arg(long, requires = "yes")]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct Promote {
    #[command(flatten)]
    which: Which,
    /// Go on although something speaks against it
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
struct Watch {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    how: Watching,
}

/// The way in which a rollout is looked at.
#[derive(Debug, Default, clap::Args)]
struct Watching {
    /// Print lines on a terminal, too
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    reach: Reach,
}

#[derive(Debug, clap::Args)]
struct Report {
    #[command(flatten)]
    which: Which,
    /// The deployment, where it is not the newest: its ARN, as `history --json` has it
    #[arg(long, value_name = "ARN")]
    deployment: Option<String>,
    /// Print a page for browsers that stands alone
    #[arg(long, conflicts_with = "json")]
    html: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Plan(args) => rollout_plan::run(args),
        Command::Start(args) => start::run(args),
        Command::Status(which) => status(which),
        Command::Watch(Watch { which, how }) => watch(which, how, None),
        Command::Promote(Promote { which, force }) => promote(which, *force),
        Command::Pause(which) => act(which, async |session, live| Ok(rollout::set_paused(session, live, true).await?)),
        Command::Resume(which) => act(which, async |session, live| Ok(rollout::set_paused(session, live, false).await?)),
        Command::Rollback(Rollback { which, to, yes, force }) => {
            watch(which, &Watching::default(), Some(Backwards { to: to.as_deref(), yes: *yes, force: *force }))
        }
        Command::Undo(args) => undo::run(args),
        Command::Smoke(args) => smoke::run(args),
        Command::History(which) => history(which),
        Command::Report(args) => report(args),
        Command::Logs(args) => super::rollout_logs::run(args),
    }
}

fn status(which: &Which) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let (look, apart, running) = with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let live = rollout::live_or_first(session, &loaded, node).await?;
        let look = if live.is_first() { None } else { Some(rollout::look(session, &live).await?) };
        let apart = apart(session, &live, look.as_ref()).await?;
        let running = running(session, &live).await?;
        if look.is_none() && apart.is_none() && running.is_none() {
            return Err(rollout::absent(node).into());
        }
        Ok((look, apart, running))
    })?;
    if which.json {
        report::json(&json!({ "version": VERSION, "rollout": look, "apart": apart, "command": running }));
    } else {
        // The newest comes first.
        report::data(&beside(apart.as_ref(), running.as_ref()));
        if apart.is_some() {
            report::data(&look.as_ref().map(report::rollout::before).unwrap_or_default());
        }
        report::data(&look.as_ref().map(|look| report::rollout::render(look, node.address.as_str())).unwrap_or_default());
    }
    let beside = exit_beside(apart.as_ref(), running.as_ref());
    Ok(beside.unwrap_or_else(|| look.map_or(Exit::Waiting, |look| exit(&look))))
}

/// Says what there is beside the deployment that was looked at: a command that runs, and a version that has come no further.
fn beside(apart: Option<&Apart>, running: Option<&Running>) -> String {
    let apart = apart.map(|apart| report::rollout::apart(&apart.version, &apart.expand, apart.stays, apart.contract));
    running.map(report::rollout::running).unwrap_or_default() + &apart.unwrap_or_default()
}

/// Returns the code for it. A command that runs is waited for, whatever is live meanwhile.
fn exit_beside(apart: Option<&Apart>, running: Option<&Running>) -> Option<Exit> {
    running.map(|_| Exit::Waiting).or_else(|| exit_apart(apart?))
}

/// Returns the code for a version whose command runs or did not end well; what went well and was left says nothing of what is live.
fn exit_apart(apart: &Apart) -> Option<Exit> {
    match apart.expand {
        Migration::Failed { .. } | Migration::DryRunFailed { .. } | Migration::Lost { .. } => Some(Exit::Partial),
        Migration::Running { .. } => Some(Exit::Waiting),
        // Whoever ran it was to deploy the version, and has not come to that.
        Migration::Succeeded if !apart.deployed => Some(Exit::Waiting),
        Migration::NotRun | Migration::Succeeded | Migration::TakenBack => None,
    }
}

/// Finds the service in AWS. Where its first version has not come, the failure says how far the commands before that are, and what goes on.
pub(super) async fn live(session: &Session, loaded: &Loaded, node: &Node) -> Result<rollout::Live, Failure> {
    let live = rollout::live_or_first(session, loaded, node).await?;
    if !live.is_first() {
        return Ok(live);
    }
    let apart = apart(session, &live, None).await?;
    Err(apart.and_then(|apart| not_begun(&apart, node)).unwrap_or_else(|| rollout::absent(node).into()))
}

/// The failure of a command that needs a deployment, where the version is no further than the command before it.
fn not_begun(apart: &Apart, node: &Node) -> Option<Failure> {
    let exit = exit_apart(apart)?;
    let (why, hint) = report::rollout::not_begun(&apart.version, &apart.expand, node.address.as_str())?;
    Some(Failure { exit, ..Failure::new(why).hint(hint) })
}

/// Tells ECS to go on at one gate, and says which comes after it. The rollout is under way still.
fn promote(which: &Which, force: bool) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let promoted = with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let live = live(session, &loaded, node).await?;
        Ok(rollout::promote(session, &live, force).await?)
    })?;
    if which.json {
        report::json(&json!({ "version": VERSION, "rollout": promoted.look, "next": promoted.next }));
    }
    report::talk(&report::rollout::promoted(promoted.next));
    Ok(Exit::Waiting)
}

/// Does something with a rollout, and shows what is seen then.
fn act(which: &Which, work: impl AsyncFnOnce(&Session, &rollout::Live) -> Result<Look, Failure>) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let look = with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let live = live(session, &loaded, node).await?;
        work(session, &live).await
    })?;
    show(&look, node.address.as_str(), which.json);
    Ok(exit(&look))
}

/// The version to go back to, or the one before, and what was allowed for it.
struct Backwards<'a> {
    to: Option<&'a str>,
    yes: bool,
    force: bool,
}

/// Decides from here on; `back` goes back first.
fn watch(which: &Which, how: &Watching, back: Option<Backwards<'_>>) -> Result<Exit, Failure> {
    how.reports.check()?;
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let mut live = live(session, &loaded, node).await?.reached_by(&how.reach.smoke_via);
        if let Some(Backwards { to, yes, force }) = back {
            match rollout::rollback(session, &live, to, force).await? {
                Back::Told => report::talk("ECS goes back"),
                Back::Joined(version) => {
                    let name = last_part(&version);
                    report::talk(&format!("somebody brings {name} back already: it is watched"));
                    live = live.joined(version);
                }
                Back::Again(version) if !yes => {
                    let version = last_part(&version);
                    let failure = Failure::new(format!("no rollout is under way; {version} would be rolled out again"));
                    return Err(failure.hint("if that is meant: --yes"));
                }
                Back::Again(version) => {
                    report::talk(&format!("no rollout is under way: {version} is deployed again"));
                    live = live.back_to(session, version);
                }
            }
        }
        let mut known = None;
        if back.is_none() {
            let around = outside(&how.reach.smoke_via, session.aws.embedded);
            let lacks = outside::of(&live.subject.name, &live.subject.policy, &around);
            let now = rollout::look(session, &live).await?;
            if let Some(deployment) = &now.deployment {
                // Whoever watches at night has more to lose than the beginning of a report.
                match rollout::journalled(session).await {
                    Ok(mut journals) => known = journals.remove(deployment),
                    Err(error) => report::warn(&error.to_string(), "the record begins with the first look from here"),
                }
            }
            // One that is over needs nothing any more.
            let open = now.status.is_some_and(Status::is_open);
            if open && !lacks.is_empty() {
                refuse(&lacks)?;
            }
            // One that failed is told, whatever the file has by now.
            let failed = exit(&now) == Exit::Partial;
            if !open
                && !failed
                && let Some(image) = rollout::other_image(&loaded, node, &now)
            {
                // The version of the file may be no further than its command.
                if let Some(apart) = apart(session, &live, Some(&now)).await?
                    && let Some(failure) = not_begun(&apart, node)
                {
                    return Err(failure);
                }
                let failure =
                    Failure::new(format!("no rollout is under way, and the service runs another version than the file's: {image}"));
                return Err(failure.hint("`trueup apply` begins one"));
            }
        }
        let interrupted = interrupts(|| {
            screen::restore();
            report::talk(LEFT);
        });
        let of = rollout::of(session, rollout::short(node));
        let record = Record::new(rollout::begin(of, live.subject.policy.clone(), known.as_ref(), None));
        let end = if screen::is_wanted() && !which.json && !how.plain {
            rollout_view::watch(session, &live, &record, interrupted).await
        } else {
            let before = Mutex::default();
            let hear = |look: &Look| {
                record.take(look);
                if which.json { report::json(look) } else { tell(look, &before) }
            };
            rollout::watch(session, &live, interrupted, hear, report::talk).await.map_err(Failure::from)
        };
        how.reports.write(&Vec::from_iter(end.is_ok().then(|| record.release())));
        Ok(match end? {
            End::Reached(look) => {
                let (apart, running) = (apart(session, &live, Some(&look)).await?, running(session, &live).await?);
                if !which.json {
                    report::data(&report::rollout::render(&look, node.address.as_str()));
                    report::data(&beside(apart.as_ref(), running.as_ref()));
                }
                exit_beside(apart.as_ref(), running.as_ref()).unwrap_or_else(|| exit(&look))
            }
            End::Left(look) => {
                let words = look.map(|look| report::closing::paragraph(&look, node.address.as_str()));
                match words.filter(|words| !words.is_empty()) {
                    Some(words) => report::talk(&format!("left: {words}")),
                    None => report::talk(&format!("{LEFT}; `trueup rollout watch` goes on with it")),
                }
                Exit::Interrupted
            }
        })
    })
}

const LEFT: &str = "left: ECS waits at the next gate, and goes back when its time is up and nobody has come";

fn report(args: &Report) -> Result<Exit, Failure> {
    let Report { which, deployment, html } = args;
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let release = with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let live = live(session, &loaded, node).await?;
        Ok(rollout::recall(session, &live, node, deployment.as_deref()).await?)
    })?;
    match (which.json, html) {
        (true, _) => report::json(&release::json(&[release])),
        (false, true) => report::data(&release::html(&[release])),
        (false, false) => report::data(&release::markdown(&[release])),
    }
    Ok(Exit::Done)
}

/// Says what has become new since the look before: nothing, where only time has passed.
fn tell(look: &Look, before: &Mutex<String>) {
    let told = report::rollout::told(look);
    let new = told.get(CLOCK..).unwrap_or_default();
    let mut before = before.lock().unwrap_or_else(PoisonError::into_inner);
    if *before != new {
        report::talk(&told);
        *before = new.to_owned();
    }
}

/// The letters of the time that a line begins with.
const CLOCK: usize = "00:00:00".len();

fn show(look: &Look, address: &str, json: bool) {
    if json {
        report::json(&json!({ "version": VERSION, "rollout": look }));
    } else {
        report::data(&report::rollout::render(look, address));
    }
}

fn history(which: &Which) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let (past, first) = with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let live = rollout::live_or_first(session, &loaded, node).await?;
        if !live.is_first() {
            return Ok((rollout::past(session, &live).await?, None));
        }
        // A first version that has not come has no deployments.
        let first = apart(session, &live, None).await?.ok_or_else(|| rollout::absent(node))?;
        Ok((Vec::new(), Some(first)))
    })?;
    if which.json {
        report::json(&json!({ "version": VERSION, "deployments": past, "apart": first }));
    } else if first.is_some() {
        report::data(&beside(first.as_ref(), None));
    } else {
        report::data(&report::rollout::history(&past));
    }
    Ok(Exit::Done)
}

fn exit(look: &Look) -> Exit {
    match look.decision.state {
        State::Promoted => Exit::Done,
        State::RolledBack => Exit::RolledBack,
        State::RollbackFailed | State::Stopped | State::MigrationFailed | State::ContractFailed => Exit::Partial,
        _ => Exit::Waiting,
    }
}
