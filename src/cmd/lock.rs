//! `trueup lock`: who is at work on a stack, and taking the lock from somebody who is gone.

use super::ask::ask;
use super::connect::{AwsArgs, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::stack::StackArgs;
use crate::report;
use serde_json::json;

const AFTER: &str = "\
Examples:
  trueup lock show --env production
  trueup lock break --env production   its runner is gone for good, and nobody waits for the lease to run out

In a directory the lock goes with its process, so there is nothing to break. In a bucket it is a lease of a minute: whoever was killed \
has lost it after that time, and the next run takes over by itself.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say who is at work on the stack, since when, and how old the lease is
    Show(Which),
    /// Take the lock from whoever has it: a run that still goes on stops before its next write
    Break(Break),
}

#[derive(Debug, clap::Args)]
struct Which {
    #[command(flatten)]
    stack: StackArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

#[derive(Debug, clap::Args)]
struct Break {
    #[command(flatten)]
    which: Which,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// The version of the JSON.
const VERSION: u32 = 1;

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Show(which) => show(which),
        Command::Break(Break { which, yes }) => break_it(which, *yes),
    }
}

fn show(which: &Which) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    let seen = with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| Ok(session.look_at_lock().await?))?;
    if which.json {
        report::json(&json!({ "version": VERSION, "lock": seen }));
    } else {
        report::data(&report::lock::render(seen.as_ref()));
    }
    Ok(Exit::Done)
}

fn break_it(which: &Which, yes: bool) -> Result<Exit, Failure> {
    let loaded = which.stack.load(which.json)?;
    with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let seen = session.look_at_lock().await?.filter(|seen| seen.held || seen.expired);
        let Some(seen) = seen else {
            report::talk("nobody holds it");
            return Ok(Exit::Done);
        };
        if seen.fence.is_none() {
            let failure = Failure::new("the lock is held by a process of this machine, and goes with it");
            return Err(failure.hint("end that process: its lock is free at once"));
        }
        if !yes && !asked(&report::lock::render(Some(&seen)), which.json)? {
            report::talk("nothing was done");
            return Ok(Exit::Failed);
        }
        let taken = session.break_lock().await?;
        report::talk(if taken { "it is free now" } else { "nobody holds it" });
        if which.json {
            report::json(&json!({ "version": VERSION, "broken": taken, "lock": seen }));
        }
        Ok(Exit::Done)
    })
}

fn asked(held: &str, json: bool) -> Result<bool, Failure> {
    let goes_on = "A run that still goes on stops before its next write; what it has sent to AWS goes on.";
    ask(&format!("{held}{goes_on}\nType `break` to take it:"), "break", json, "pass --yes")
}
