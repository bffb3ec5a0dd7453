//! `trueup rollout logs`: what the tasks of a rollout logged, those that failed first.

use super::connect::{AwsArgs, interrupts, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::rollout::live;
use super::stack::StackArgs;
use crate::ops::rollout::{self, VERSION};
use crate::ops::task_logs;
use crate::report;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The service: `api` for [service.api]; a stack with one needs no name
    #[arg(long, short, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    stack: StackArgs,
    /// The number of last lines of each container
    #[arg(long, value_name = "LINES", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    tail: u32,
    /// Go on with each line as it comes, until the rollout is at its end
    #[arg(long, short)]
    follow: bool,
    /// Print JSON; with --follow a line of it for each line of a log
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let loaded = args.stack.load(args.json)?;
    let node = rollout::find(&loaded, args.service.as_deref())?;
    with(&args.aws, (&loaded).into(), &Options::plain(args.json), async |session| {
        let live = live(session, &loaded, node).await?;
        let (logs, streams) = task_logs::read(session, &live, args.tail).await?;
        if args.json {
            report::json(&json!({ "version": VERSION, "logs": logs }));
        } else {
            report::data(&report::task_logs::render(&logs));
        }
        if !args.follow {
            return Ok(Exit::Done);
        }
        let cancel = interrupts(|| {});
        let hear = |said: &_| if args.json { report::json(said) } else { report::data(&report::task_logs::said(said)) };
        let whole = task_logs::follow(session, &live, streams, cancel, hear).await?;
        Ok(if whole { Exit::Done } else { Exit::Interrupted })
    })
}
