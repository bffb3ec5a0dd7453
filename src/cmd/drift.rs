//! `trueup drift`.

use super::connect::{AwsArgs, watched, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::stack::StackArgs;
use crate::core::drift::Drift;
use crate::ops::drift::find_drift;
use crate::report;
use crate::report::drift as show;

const AFTER: &str = "\
Examples:
  trueup drift --env production          what somebody has changed in AWS since the last apply
  trueup drift --who                     and by whom, as far as CloudTrail says
  trueup drift --markdown > drift.md     for an issue or a page
  trueup drift --json | jq '.drifted[].address'

Drift is what is not as the last apply left it. What has changed in the file since then is told apart, a line each: `trueup plan` shows \
both. Where no apply has left a record, live is held against the file, and it says so.

Exit codes: 0 nothing has drifted, 2 something has, 1 something could not be read and nothing that was has drifted.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Ask CloudTrail who changed each, one after the other
    #[arg(long)]
    who: bool,
    /// Print Markdown, for an issue or a page
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show every line of a difference, and the number of API calls
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let loaded = args.stack.load(args.json)?;
    let options = Options { verbose: args.verbose, ..Options::plain(args.json) };
    let (drift, scope) = with(&args.aws, (&loaded).into(), &options, async |session| {
        let quiet = args.json || args.markdown;
        let drift = watched(session, quiet, async |events| find_drift(session, &loaded, args.who, events).await).await?;
        Ok((drift, session.aws.scope.clone()))
    })?;
    match args {
        Args { json: true, .. } => report::json(&show::to_json(&drift, &scope)),
        Args { markdown: true, .. } => report::data(&show::markdown(&drift, &scope)),
        Args { verbose, .. } => {
            report::data(&show::render(&drift, &scope, report::width(), *verbose));
            for unread in &drift.unread {
                report::error(&format!("failed to read {}: {}", unread.kind, unread.reason), unread.hint.as_deref());
            }
        }
    }
    Ok(exit(&drift))
}

fn exit(drift: &Drift) -> Exit {
    match drift {
        drift if !drift.drifted.is_empty() => Exit::Changes,
        // Nobody said that there is none: it is not known.
        drift if !drift.is_complete() => Exit::Failed,
        _ => Exit::Done,
    }
}
