//! Plans in files, to be approved and applied later.

use super::Error;
use crate::core::plan::Plan;
use serde_json::Value;
use std::path::Path;

/// Saves a plan. It is written beside its place first, so that it is either whole or not there.
pub fn write(plan: &Plan, file: &Path) -> Result<(), Error> {
    let draft = file.with_extension("json.part");
    let written = serde_json::to_string(plan).map_err(std::io::Error::other).and_then(|text| std::fs::write(&draft, text));
    written.and_then(|()| std::fs::rename(&draft, file)).map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        Error::file("write", file, error)
    })
}

/// Reads a saved plan. One that is damaged, or of another form, is refused.
pub fn read(file: &Path) -> Result<Plan, Error> {
    let text = std::fs::read_to_string(file).map_err(|error| Error::file("read", file, error))?;
    parse(&text).map_err(|why| Error::Unusable { path: file.to_owned(), why })
}

fn parse(text: &str) -> Result<Plan, String> {
    let value = serde_json::from_str::<Value>(text).map_err(|error| format!("it is cut off, or no plan ({error})"))?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(Plan::VERSION) => {}
        Some(version) => {
            return Err(format!("it was written by another version of trueup (plan format {version}, this one reads {})", Plan::VERSION));
        }
        None => return Err("it is no plan".into()),
    }
    let plan = serde_json::from_value::<Plan>(value).map_err(|error| format!("it is no plan ({error})"))?;
    plan.verify().map_err(|why| why.to_string()).map(|()| plan)
}
