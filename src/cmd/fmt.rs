//! `trueup fmt`.

use super::exit::{Exit, Failure};
use super::stack::shown;
use crate::core::layout::layout;
use crate::ops::stack::{self, DEFAULT_FILE};
use crate::report;
use std::path::PathBuf;

const AFTER: &str = "\
Comments, the order of tables and keys, and every value stay. Strings stand in double quotes where \
they need no escape there; a list that is on several lines has a line for each item.

Examples:
  trueup fmt
  trueup fmt --check stacks/*.toml      name those that have another layout, and end with 1";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The stack files
    #[arg(value_name = "FILE", default_value = DEFAULT_FILE, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Write nothing: name the files that would change
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut other = false;
    for file in &args.files {
        let source = stack::source(file).map_err(shown(false))?;
        let failed = |error| Failure::new(format!("failed to lay out {}: {error}", report::path(file)));
        let laid = layout(&source.text).map_err(failed)?;
        if laid == source.text {
            continue;
        }
        other = true;
        if !args.check {
            stack::rewrite(file, &source.text, &laid)?;
        }
        report::data(&report::path(file));
    }
    Ok(if args.check && other { Exit::Failed } else { Exit::Done })
}
