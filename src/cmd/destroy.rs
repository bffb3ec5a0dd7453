//! `trueup destroy`.

use super::apply::{Consent, agree_and_run};
use super::connect::{AwsArgs, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::plan::make;
use super::stack::StackArgs;

const AFTER: &str = "\
Examples:
  trueup destroy --env staging --sandbox
  trueup destroy --env staging --allow-delete database.main.instance

What is protected (databases, buckets and secrets, unless the file says otherwise) is refused unless it is \
named with --allow-delete. What is marked `retain` stays in AWS and is forgotten.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    aws: AwsArgs,
}

/// Sweeps every kind, so that nothing is left behind that the file no longer names.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let policy = args.options.policy(true)?;
    let (stack, graph) = args.stack.load(args.options.json)?;
    with(&args.aws, &stack, &args.options, async |session| {
        let lock = session.store.lock()?;
        let snapshot = session.read(&graph, true).await?;
        let plan = make(&stack, &graph, &snapshot, &policy, None);
        let exit = agree_and_run(session, &plan, &args.options, &args.consent).await;
        drop(lock);
        exit
    })
}
