//! `trueup watch`: a service that is watched without a rollout.

use super::connect::{AwsArgs, interrupts, with};
use super::exit::{Exit, Failure};
use super::options::{self, Options};
use super::rollout_report::Reports;
use super::stack::StackArgs;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::monitor::Monitor;
use crate::ops::{monitor, rollout};
use crate::report;
use jiff::SignedDuration;

const AFTER: &str = "\
Examples:
  trueup watch --env production --for 2h --every 5m
  trueup watch --service web --for 30m --every 1m --until-breach
  trueup watch --for 1h --report watch.html --report watch.md

It takes the guards of [service.NAME.rollout.guard], or their defaults: errors against their limit, errors and \
latency against the half hour before, healthy targets, tasks that stop by themselves, alarms, and metrics with \
their limits. Nothing is changed. Lines go to standard error while it runs, the report to standard output.

Exit codes: 0 nothing speaks against the service, 5 a rollout would have gone back, 6 nothing can be said (too \
few requests, or what could not be read), 130 interrupted, with the report of what was seen so far.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The service: `api` for [service.api]; a stack with one needs no name
    #[arg(long, short, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    stack: StackArgs,
    /// The time to watch it for, such as 45m or 2h; 24h at most
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = options::time)]
    length: SignedDuration,
    /// The time between two samples, from 1m to 30m
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = options::time)]
    every: SignedDuration,
    /// End with the first sample that fails
    #[arg(long)]
    until_breach: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let span = monitor::span(args.length, args.every, args.until_breach).map_err(|error| Failure { exit: Exit::Usage, ..error.into() })?;
    args.reports.check()?;
    let loaded = args.stack.load(args.json)?;
    let node = rollout::find(&loaded, args.service.as_deref())?;
    let aws = AwsArgs { embedded: args.aws.embedded.striking_what_runs()?, ..args.aws.clone() };
    with(&aws, (&loaded).into(), &Options::plain(args.json), async |session| {
        let cancel = interrupts(|| report::talk("stopped at once"));
        let hear = |monitor: &Monitor, sample: &_| report::talk(&report::monitor::progress(monitor, sample));
        let seen = match monitor::watch(session, node, span, cancel, hear).await {
            Ok(seen) => seen,
            // Where it is not there, this says how far its first version is.
            Err(error) => return Err(super::rollout::live(session, &loaded, node).await.err().unwrap_or_else(|| error.into())),
        };
        args.reports.write_watch(&seen);
        match args.json {
            true => report::json(&report::monitor::json(&seen)),
            false => report::data(&report::monitor::render(&seen)),
        }
        Ok(match seen.verdict() {
            _ if seen.interrupted => Exit::Interrupted,
            Verdict::Pass => Exit::Done,
            Verdict::Inconclusive => Exit::Waiting,
            Verdict::Fail => Exit::RolledBack,
        })
    })
}
