//! `trueup schema`.

use super::exit::{Exit, Failure};
use crate::core::kind_names;
use crate::kinds::{KINDS, find};
use crate::modules;
use crate::report;

const AFTER: &str = "\
Examples:
  trueup schema > trueup.schema.json         what a stack file may hold
  trueup schema ec2.security_group           one kind, as [resource.NAME] takes it

Editors use it where a stack file begins with the line
  #:schema ./trueup.schema.json";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Print this kind only, such as ec2.security_group
    #[arg(value_name = "KIND")]
    kind: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.kind {
        None => report::json_pretty(&modules::schema()),
        Some(name) => {
            let entry = find(name).ok_or_else(|| {
                let known = KINDS.iter().map(|entry| entry.row.name).collect::<Vec<_>>();
                Failure::usage(format!("there is no kind `{name}`")).hint(kind_names::help(name, &known))
            })?;
            report::json_pretty(&(entry.row.schema)());
        }
    }
    Ok(Exit::Done)
}
