//! `trueup destroy`.

use super::apply::{Consent, Manner, plan_and_run};
use super::catalog;
use super::connect::{AwsArgs, watched, with};
use super::exit::{Exit, Failure};
use super::options::{Authorship, Options};
use super::plan::keep;
use super::rollout_report::Reports;
use super::stack::StackArgs;
use crate::ops::plan::Wish;
use crate::report;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  trueup destroy --env staging --sandbox
  trueup destroy --env staging --allow-delete database.main.instance
  trueup destroy --env production --out destroy.json   to be approved, and run with `trueup apply --plan`

It is refused while it would delete protected resources (databases, buckets and secrets, unless the file \
says otherwise) that no --allow-delete names. Those marked `retain` stay in AWS and are forgotten.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    options: Options,
    /// Save the plan, for `trueup apply --plan`, and delete nothing
    #[arg(long, value_name = "FILE", conflicts_with = "yes")]
    out: Option<PathBuf>,
    #[command(flatten)]
    authorship: Authorship,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { stack, options, out, authorship, consent, aws } = args;
    let policy = authorship.under(options.policy(true)?);
    out.iter().try_for_each(|file| Failure::unwritable("the plan", file))?;
    let loaded = stack.load(options.json)?;
    let wish = Wish { policy, accepted: None, catalog: catalog::current() };
    with(&aws.sparing(consent.rehearse), (&loaded).into(), options, async |session| {
        if let Some(file) = out {
            let plan = watched(session, options.json, async |events| session.plan(&loaded, &wish, events).await).await?;
            if !options.json {
                report::data(&report::plan::render(&plan, options.view()));
            }
            keep(&plan.sealed, Some(file), options.json)?;
            return Ok(if plan.refusals.is_empty() { Exit::Done } else { Exit::Refused });
        }
        let reports = Reports::default();
        let manner = Manner { twin: consent.twin(aws), ..Manner::plain(&reports) };
        plan_and_run(session, &loaded, &wish, options, consent, manner).await
    })
}
