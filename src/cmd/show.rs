//! `trueup show`.

use super::connect::{AwsArgs, with};
use super::exit::{Exit, Failure};
use super::plan::Options;
use super::stack::StackArgs;
use crate::kinds;
use crate::report;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trueup show stacks/registry.toml --links\n  trueup show stacks/registry.toml --snapshot > now.json")]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    aws: AwsArgs,
    /// Print the whole reading as JSON, for `trueup plan --snapshot`
    #[arg(long, visible_alias = "json")]
    snapshot: bool,
    /// With the AWS console's address of each
    #[arg(long)]
    links: bool,
    /// Say how many API calls were made
    #[arg(long, short)]
    verbose: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (stack, graph) = args.stack.load(args.snapshot)?;
    let options = Options { allow_delete: Vec::new(), json: args.snapshot, verbose: args.verbose };
    let snapshot = with(&args.aws, &stack, &options, async |session| session.read(&graph, true).await)?;
    if args.snapshot {
        report::data(&serde_json::to_string(&snapshot).unwrap_or_default());
    } else {
        report::data(&report::show::render(&snapshot, &|name| kinds::find(name).map(|entry| &entry.row), args.links));
    }
    Ok(if snapshot.unread.is_empty() { Exit::Done } else { Exit::Failed })
}
