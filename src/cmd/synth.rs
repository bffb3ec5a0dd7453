//! `trueup synth`.

use super::exit::{Exit, Failure};
use super::stack::StackArgs;
use crate::core::synth::synth;

const AFTER: &str = "\
Examples:
  trueup synth | jq '.nodes | keys'
  trueup synth stacks/registry.toml --env production > graph.json";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let loaded = args.stack.load(false)?;
    crate::report::json_pretty(&synth(&loaded.stack, &loaded.graph));
    Ok(Exit::Done)
}
