//! `trueup schema`.

use super::exit::{Exit, Failure};
use crate::core::graph::nearest;
use crate::kinds::{KINDS, find};
use crate::modules;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  trueup schema > trueup.schema.json      then put `#:schema trueup.schema.json` on a stack's first line\n  trueup schema ec2.security_group        one kind, as [resource.NAME] takes it")]
pub struct Args {
    /// Only this kind
    kind: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let text = match &args.kind {
        None => serde_json::to_string_pretty(&modules::schema()),
        Some(name) => {
            let names = || KINDS.iter().map(|entry| entry.row.name);
            let entry = find(name).ok_or_else(|| {
                let near = nearest(name, names()).map(|near| format!("there is `{near}`"));
                Failure::usage(format!("there is no kind `{name}`")).hint(near.unwrap_or_else(|| format!("there are {}", names().collect::<Vec<_>>().join(", "))))
            })?;
            serde_json::to_string_pretty(&(entry.row.schema)())
        }
    };
    crate::report::data(&text.unwrap_or_default());
    Ok(Exit::Done)
}
