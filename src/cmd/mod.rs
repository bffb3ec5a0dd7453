//! The command line: one thin file per subcommand.

#[cfg(feature = "aws")]
mod apply;
#[cfg(feature = "aws")]
mod approve;
#[cfg(feature = "aws")]
mod ask;
mod catalog;
mod ci;
#[cfg(feature = "aws")]
mod ci_tell;
#[cfg(feature = "aws")]
mod connect;
mod cost;
mod currency;
#[cfg(feature = "aws")]
mod destroy;
#[cfg(feature = "aws")]
mod drift;
pub mod exit;
mod explain;
mod fmt;
#[cfg(feature = "aws")]
mod history;
mod init;
#[cfg(feature = "sandbox")]
mod interrupt;
#[cfg(feature = "aws")]
mod lock;
mod lsp;
mod man;
mod options;
mod outside;
mod plan;
mod prices;
mod reach;
mod readiness;
#[cfg(feature = "aws")]
mod rehearse;
#[cfg(feature = "aws")]
mod rollback;
#[cfg(feature = "aws")]
mod rollout;
#[cfg(feature = "aws")]
mod rollout_logs;
#[cfg(feature = "aws")]
mod rollout_plan;
#[cfg(feature = "aws")]
mod rollout_report;
#[cfg(feature = "aws")]
mod rollout_stage;
#[cfg(feature = "aws")]
mod rollout_view;
mod rules;
#[cfg(feature = "aws")]
mod run;
#[cfg(feature = "aws")]
mod runtime;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod schema;
#[cfg(feature = "aws")]
mod secret;
#[cfg(feature = "aws")]
mod show;
mod stack;
mod synth;
pub mod telemetry;
mod validate;
#[cfg(feature = "aws")]
mod watch;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use exit::{Exit, Failure};

const AFTER: &str = "\
Examples:
  trueup init                            write a starter stack into stack.toml
  trueup cost --env staging              what it costs a month, offline
  trueup plan --env staging --empty      what it would create, offline
  trueup apply --env staging --sandbox   create it on the embedded AWS
  trueup plan --env staging              compare it with your account
  trueup apply --env staging             make your account what it says

A stack file is ./stack.toml unless another is named. stdout is data, stderr is talk.

Exit codes: 0 done or nothing to do, 1 failed, 2 the plan has changes (--detailed-exitcode) or AWS has drifted, 3 refused by a \
check or a budget, 4 apply stopped part-way, 5 a new version was rolled back, 6 a rollout waits, 64 usage, \
130 interrupted.";

/// Keeps an AWS account true to a file.
#[derive(Debug, Parser)]
#[command(name = "trueup", version, after_help = AFTER, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Write stderr as `text`, or as `json`: an object a line, each AWS call among them [default: text]
    #[arg(
        long,
        global = true,
        env = "TRUEUP_LOG",
        hide_env = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    log: telemetry::Log,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a starter stack
    Init(init::Args),
    /// Check a stack file: every problem at once, without an account
    Validate(validate::Args),
    /// Bring stack files to the one layout, and keep their comments
    Fmt(fmt::Args),
    /// Print the page of a code: what it finds, why, and what to do about it
    Explain(explain::Args),
    /// List the codes of everything that is checked
    Rules(rules::Args),
    /// Say whether one end reaches another, by which path, or what blocks it
    Reach(reach::Args),
    /// Say how ready a stack is for people to depend on: a score, blockers first
    Readiness(readiness::Args),
    /// Print every resource that a stack wants, as JSON
    Synth(synth::Args),
    /// Say what a stack costs a month: low, likely and high, every cent with its source
    Cost(cost::Args),
    /// Compare a stack with what is live, and say what would change and why
    Plan(plan::Args),
    /// Sign a saved plan, so that it may be applied where approvals are asked for
    #[cfg(feature = "aws")]
    Approve(approve::Args),
    /// Make AWS what the stack says
    #[cfg(feature = "aws")]
    Apply(apply::Args),
    /// Delete everything that belongs to a stack
    #[cfg(feature = "aws")]
    Destroy(destroy::Args),
    /// Say what somebody has changed in AWS since the last apply, and by whom
    #[cfg(feature = "aws")]
    Drift(drift::Args),
    /// List what is live, by address
    #[cfg(feature = "aws")]
    Show(show::Args),
    /// List the applies of a stack, show one, or compare two
    #[cfg(feature = "aws")]
    History(history::Args),
    /// Plan the whole stack back to the file of an earlier apply, and apply that
    #[cfg(feature = "aws")]
    Rollback(rollback::Args),
    /// New versions of services on their way: look, go on, go back
    #[cfg(feature = "aws")]
    Rollout(rollout::Args),
    /// Run a command once, as a service's tasks run, and end with its exit code
    #[cfg(feature = "aws")]
    Run(run::Args),
    /// Watch a service without a rollout, and say whether one would have gone back
    #[cfg(feature = "aws")]
    Watch(watch::Args),
    /// Say who is at work on a stack, or take the lock from somebody who is gone
    #[cfg(feature = "aws")]
    Lock(lock::Args),
    /// Give the secrets of a stack their values, and say which of them hold one
    #[cfg(feature = "aws")]
    Secret(secret::Args),
    /// Write the pipeline that plans, approves and applies a stack, and what its jobs say
    Ci(ci::Args),
    /// The prices that costs are taken from: look them up, check them, fetch newer ones
    Prices(prices::Args),
    /// The embedded AWS: its state, and a server for other clients
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Args),
    /// Serve an editor: findings as you type, completion, costs, fixes, renames
    Lsp(lsp::Args),
    /// Print the JSON Schema of stack files, or of one kind
    Schema(schema::Args),
    /// Print a completion script for a shell
    Completions(man::Completions),
    /// Print the manual page, or write one per command into a directory
    Man(man::Args),
}

/// Runs a command line and answers its exit code.
pub fn main() -> Exit {
    let parsed = Cli::command().try_get_matches().and_then(|found| Ok((Cli::from_arg_matches(&found)?, name(&found))));
    let (cli, name) = match parsed.map_err(|error| error.format(&mut Cli::command())) {
        Ok(parsed) => parsed,
        Err(error) => {
            crate::report::arguments(&error);
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    telemetry::begin(cli.log, &name);
    let exit = match run(cli.command) {
        Ok(exit) => exit,
        Err(Failure { exit, message, hint }) => {
            if !message.is_empty() {
                crate::report::error(&message, hint.as_deref());
            }
            exit
        }
    };
    let exit = match crate::report::lost() {
        None => exit,
        Some(why) => {
            crate::report::error(&format!("failed to write to standard output: {why}"), None);
            // An answer that got lost is no success; another end is told by its code all the same.
            if exit == Exit::Done { Exit::Failed } else { exit }
        }
    };
    telemetry::end(exit, telemetry::LAST);
    exit
}

/// Returns the command that was asked for, with that below it: `rollout watch`.
fn name(found: &ArgMatches) -> String {
    let below = |(name, found): (&str, &ArgMatches)| format!("{name} {}", self::name(found));
    found.subcommand().map(below).unwrap_or_default().trim_end().to_owned()
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Init(args) => init::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Reach(args) => reach::run(&args),
        Command::Readiness(args) => readiness::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Cost(args) => cost::run(&args),
        Command::Plan(args) => plan::run(&args),
        #[cfg(feature = "aws")]
        Command::Approve(args) => approve::run(&args),
        #[cfg(feature = "aws")]
        Command::Apply(args) => apply::run(&args),
        #[cfg(feature = "aws")]
        Command::Destroy(args) => destroy::run(&args),
        #[cfg(feature = "aws")]
        Command::Drift(args) => drift::run(&args),
        #[cfg(feature = "aws")]
        Command::Show(args) => show::run(&args),
        #[cfg(feature = "aws")]
        Command::History(args) => history::run(&args),
        #[cfg(feature = "aws")]
        Command::Rollback(args) => rollback::run(&args),
        #[cfg(feature = "aws")]
        Command::Rollout(args) => rollout::run(&args),
        #[cfg(feature = "aws")]
        Command::Run(args) => run::run(&args),
        #[cfg(feature = "aws")]
        Command::Watch(args) => watch::run(&args),
        #[cfg(feature = "aws")]
        Command::Lock(args) => lock::run(&args),
        #[cfg(feature = "aws")]
        Command::Secret(args) => secret::run(&args),
        Command::Ci(args) => ci::run(&args),
        Command::Prices(args) => prices::run(&args),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => sandbox::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => man::completions(&args, &mut Cli::command()),
        Command::Man(args) => man::run(&args, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_arguments_is_sound() {
        Cli::command().debug_assert();
    }
}
