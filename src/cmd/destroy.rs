//! `trueup destroy`.

use super::apply::{Consent, agree_and_run};
use super::connect::{AwsArgs, with};
use super::exit::{Exit, Failure};
use super::plan::{Options, make};
use super::stack::StackArgs;

#[derive(Debug, clap::Args)]
#[command(after_help = "Protected resources (databases, buckets, secrets) are refused unless named:\n  trueup destroy hello.toml --allow-delete database.main.instance\nwhat is marked `retain` stays in AWS and is forgotten.")]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    aws: AwsArgs,
    #[command(flatten)]
    consent: Consent,
}

/// Sweeps every kind, so that nothing is left behind that the file no longer names.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (stack, graph) = args.stack.load(args.options.json)?;
    let policy = args.options.policy(true)?;
    with(&args.aws, &stack, &args.options, async |session| {
        let lock = session.store.lock()?;
        let snapshot = session.read(&graph, true).await?;
        let plan = make(&graph, &snapshot, &policy);
        let exit = agree_and_run(session, &plan, &args.options, &args.consent).await;
        drop(lock);
        exit
    })
}
