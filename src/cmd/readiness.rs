//! `trueup readiness`.

use super::catalog;
#[cfg(feature = "aws")]
use super::connect::{AwsArgs, watched, with};
use super::exit::{Exit, Failure};
#[cfg(feature = "aws")]
use super::options::Options;
use super::options::today;
use super::stack::{StackArgs, shown};
use crate::core::readiness::observed::Observed;
use crate::core::stack::Stack;
use crate::ops::cost::Basis;
use crate::ops::readiness;
#[cfg(feature = "aws")]
use crate::ops::stack::Loaded;
use crate::report;
use crate::report::readiness::{html, json, markdown, refusal, text};

const AFTER: &str = "\
Examples:
  trueup readiness --env production              by the file alone, without an account
  trueup readiness --env production --live       also by what is live
  trueup readiness --env production --min 80     for a pipeline: refuses less, and the unknown
  trueup readiness --env production --html > readiness.html
  trueup explain RDY401                          why a question is asked, with examples

With a blocker no stack has more than 65 points. What nobody can tell is unknown, and has no points. \
docs/readiness.md says how points are counted.

Exit codes: 0 assessed, 1 the file cannot be read, 3 with --min: fewer points, or something is unknown.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Look at what is live as well: migrations, secrets, images, targets, alarms, subscriptions
    #[cfg(feature = "aws")]
    #[arg(long)]
    live: bool,
    /// Refuse fewer points than this, 1 to 100, and whatever is unknown
    #[arg(long, value_name = "POINTS", value_parser = clap::value_parser!(u32).range(1..=100))]
    min: Option<u32>,
    /// Print JSON, for machines
    #[arg(long)]
    json: bool,
    /// Print Markdown, for a page that is kept or a comment on a pull request
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print a page that stands alone, for a browser
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    html: bool,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let source = args.stack.source(args.json)?;
    let stack = readiness::parse(source, args.stack.choice(None)).map_err(shown(args.json))?;
    let live = observed(args, &stack)?;
    let today = today();
    let basis = Basis { catalog: catalog::current(), today: &today, accepted: None };
    let found = readiness::assess(&stack, basis, live.as_ref());
    match args {
        Args { json: true, .. } => report::json(&json(&found)),
        Args { markdown: true, .. } => report::data(&markdown(&found)),
        Args { html: true, .. } => report::data(&html(&found)),
        _ => report::data(&text(&found, report::text_width())),
    }
    match args.min.and_then(|least| found.shut(least)) {
        None => Ok(Exit::Done),
        Some(shut) => {
            let (why, hint) = refusal(shut);
            Err(Failure { exit: Exit::Refused, ..Failure::new(why).hint(hint) })
        }
    }
}

#[cfg(not(feature = "aws"))]
fn observed(_: &Args, _: &Stack) -> Result<Option<Observed>, Failure> {
    Ok(None)
}

/// Looks at what is live, where that was asked for. Of a stack that cannot be made nobody knows what to look for.
#[cfg(feature = "aws")]
fn observed(args: &Args, stack: &Stack) -> Result<Option<Observed>, Failure> {
    if !args.live {
        return Ok(None);
    }
    let Ok(loaded) = Loaded::of(stack.clone()) else {
        report::talk("what is live is not looked at: the file has errors, and they come first");
        return Ok(None);
    };
    let observed = with(&args.aws, stack.into(), &Options::plain(true), async |session| {
        watched(session, args.json, async |events| readiness::observe(session, &loaded, events).await).await
    })?;
    Ok(Some(observed))
}
