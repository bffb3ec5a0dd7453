//! `trueup destroy`.

use super::apply::{Consent, Manner, plan_and_run};
use super::catalog;
use super::connect::{AwsArgs, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::rollout_report::Reports;
use super::stack::StackArgs;
use crate::ops::plan::Wish;

const AFTER: &str = "\
Examples:
  trueup destroy --env staging --sandbox
  trueup destroy --env staging --allow-delete database.main.instance

It is refused while it would delete protected resources (databases, buckets and secrets, unless the file \
says otherwise) that no --allow-delete names. Those marked `retain` stay in AWS and are forgotten.";

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

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { stack, options, consent, aws } = args;
    let policy = options.policy(true)?;
    let loaded = stack.load(options.json)?;
    let wish = Wish { policy, accepted: None, catalog: catalog::current() };
    with(&aws.sparing(consent.rehearse), (&loaded).into(), options, async |session| {
        let reports = Reports::default();
        let manner = Manner { twin: consent.twin(aws), ..Manner::plain(&reports) };
        plan_and_run(session, &loaded, &wish, options, consent, manner).await
    })
}
