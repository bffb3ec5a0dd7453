//! `trueup explain`.

use super::exit::{Exit, Failure};
use crate::ops::codes;
use crate::report;
use serde_json::json;

const AFTER: &str = "\
Examples:
  trueup explain SEC202
  trueup rules                 all codes, a line each";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The code, as it stands in error[CODE] or warning[CODE]
    #[arg(value_name = "CODE")]
    code: String,
    /// Print it as JSON, its examples as whole stack files
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let unknown = |near| Failure::usage(format!("there is no code `{}`", args.code)).hint(near);
    let codes::Entry { code, kind, is_rule } = codes::find(&args.code).map_err(unknown)?;
    if args.json {
        let mut value = json!({ "version": 1 });
        if let (Some(value), Some(fields)) = (value.as_object_mut(), report::codes::to_json(&code, kind, is_rule, true).as_object()) {
            value.extend(fields.clone());
        }
        report::json(&value);
    } else {
        report::data(&report::codes::page(&code, kind, is_rule, report::text_width()));
    }
    Ok(Exit::Done)
}
