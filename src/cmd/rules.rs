//! `trueup rules`.

use super::exit::{Exit, Failure};
use crate::ops::codes::{self, Entry};
use crate::report;
use serde_json::{Value, json};

const AFTER: &str = "\
Examples:
  trueup rules
  trueup rules --family SEC
  trueup rules --json | jq -r '.rules[] | select(.level == \"warning\") | .code'
  trueup explain SEC202        the page of one code";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// List the codes of this family alone, such as SEC
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let family = args.family.as_deref();
    let unknown = |near| Failure::usage(format!("there is no family `{}`", family.unwrap_or_default())).hint(near);
    let entries = codes::list(family).map_err(unknown)?;
    if args.json {
        let one = |Entry { code, kind, is_rule }: &Entry| report::codes::to_json(code, *kind, *is_rule, false);
        report::json(&json!({ "version": 1, "rules": entries.iter().map(one).collect::<Value>() }));
    } else {
        let codes = entries.iter().map(|entry| entry.code).collect::<Vec<_>>();
        report::data(&report::codes::list(&codes, report::table_width()));
    }
    Ok(Exit::Done)
}
