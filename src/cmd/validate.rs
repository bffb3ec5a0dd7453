//! `trueup validate`.

use super::exit::{Exit, Failure};
use super::stack::StackArgs;
use crate::core::diagnostic::{self, Diagnostic};
use crate::modules;
use crate::report;
use serde_json::json;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  trueup validate stacks/registry.toml
  trueup validate stacks/registry.toml --env production --json")]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Print what is wrong as JSON
    #[arg(long)]
    json: bool,
}

/// Without `--env`, a file that has environments is checked for each of them.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let verdict = modules::validate(args.stack.source(args.json)?, args.stack.env.as_deref(), &args.stack.set);
    if args.json {
        let mut answer = diagnostic::to_json(&verdict.diagnostics, &verdict.sources);
        answer["valid"] = verdict.good.iter().map(|(env, nodes)| json!({ "env": env, "resources": nodes })).collect();
        report::data(&answer.to_string());
    } else {
        if !verdict.diagnostics.is_empty() {
            report::talk(&diagnostic::render(&verdict.diagnostics, &verdict.sources, report::colour()));
        }
        let file = args.stack.file.display();
        verdict.good.iter().for_each(|(env, nodes)| report::data(&format!("{file} is valid for {env}: {nodes} resources")));
    }
    Ok(if verdict.diagnostics.iter().any(Diagnostic::is_error) { Exit::Failed } else { Exit::Done })
}
