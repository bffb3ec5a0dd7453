//! `trueup lsp`.

use super::exit::{Exit, Failure};
use super::options::today;
use crate::lsp::serve::serve;
use crate::lsp::server::End;
use crate::ops::catalog::current;
use crate::report;

const AFTER: &str = "\
An editor starts it and talks to it over stdin and stdout. It looks at stack files that are open: those called \
stack.toml or *.stack.toml, those in a folder called stacks, and those with a [stack] table. It reads no other \
file than the prices, and no account.

docs/editors.md has the settings for VS Code, Neovim, Helix and Zed.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Talk over stdin and stdout, as it always does; some editors say so
    #[arg(long, hide = true)]
    stdio: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { stdio: _ } = args;
    match serve(std::io::stdin(), report::wire(), today, current()) {
        Ok(End::Orderly) => Ok(Exit::Done),
        // The editor went without a word: there is nobody left to tell.
        Ok(End::Sudden) => Ok(Exit::Failed),
        Err(broken) => Err(Failure::new(broken.to_string()).hint("an editor starts this command and talks to it: see docs/editors.md")),
    }
}
