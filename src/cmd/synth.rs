//! `trueup synth`.

use super::exit::{Exit, Failure};
use super::stack::StackArgs;
use crate::core::synth::synth;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  trueup synth stacks/registry.toml --env production | jq '.nodes | keys'")]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (stack, graph) = args.stack.load(false)?;
    crate::report::data(&serde_json::to_string_pretty(&synth(&stack, &graph)).unwrap_or_default());
    Ok(Exit::Done)
}
