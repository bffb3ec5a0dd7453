//! `trueup validate`.

use super::exit::{Exit, Failure};
use super::options::today;
use super::stack::StackArgs;
use crate::core::{diagnostic, excerpt};
use crate::ops::stack;
use crate::report;
use serde_json::{Value, json};

const AFTER: &str = "\
Without --env every environment of the file is checked.

Examples:
  trueup validate
  trueup validate stacks/registry.toml --env production --json";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Print the problems as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let verdict = stack::validate(args.stack.source(args.json)?, args.stack.choice(None), &today());
    if args.json {
        let valid = verdict.good.iter().map(|(env, nodes)| json!({ "env": env, "resources": nodes })).collect::<Value>();
        let diagnostics = diagnostic::to_json(&verdict.diagnostics, &verdict.sources);
        report::json(&json!({ "version": diagnostic::VERSION, "valid": valid, "diagnostics": diagnostics }));
    } else {
        if !verdict.diagnostics.is_empty() {
            report::talk(&excerpt::render(&verdict.diagnostics, &verdict.sources, report::colour()));
        }
        let file = report::path(&args.stack.file);
        verdict.good.iter().for_each(|(env, nodes)| report::data(&format!("{file} is valid for {env}: {nodes} resources")));
    }
    Ok(stack::end_of(&verdict).map_or(Exit::Done, Exit::from))
}
