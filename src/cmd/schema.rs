//! `trueup schema`.

use super::exit::{Exit, Failure};
use crate::core::suggest::nearest;
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
            let names = || KINDS.iter().map(|entry| entry.row.name);
            let entry = find(name).ok_or_else(|| {
                let near = nearest(name, names()).map(|near| format!("there is `{near}`"));
                Failure::usage(format!("there is no kind `{name}`"))
                    .hint(near.unwrap_or_else(|| format!("there are {}", names().collect::<Vec<_>>().join(", "))))
            })?;
            report::json_pretty(&(entry.row.schema)());
        }
    }
    Ok(Exit::Done)
}
