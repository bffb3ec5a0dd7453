//! One file per module of the stack file: its keys and checks on top, the nodes it makes below. The table is at the end.
//!
//! To add a module, copy the nearest file and add two lines here.

pub mod cache;
pub mod codes;
pub mod database;
pub mod monitoring;
pub mod network;
mod policy;
pub mod search;
pub mod secrets;
pub mod service;
pub mod storage;
pub mod template;

use crate::core::diagnostic::Diagnostic;
use crate::core::diagnostic::Rejected;
use crate::core::file::{self, Catalog, Terms, Verdict};
use crate::core::file_schema;
use crate::core::module::{ModuleRow, Site};
use crate::core::settings::Settings;
use crate::core::source::Source;
use crate::core::stack::Stack;
use crate::kinds;
use crate::rules::{RULES, readiness};
use serde_json::Value;

pub static MODULES: &[ModuleRow] = &[
    ModuleRow::of::<network::Network>(),
    ModuleRow::of::<database::Database>(),
    ModuleRow::of::<cache::Cache>(),
    ModuleRow::of::<storage::Storage>(),
    ModuleRow::of::<secrets::Secrets>(),
    ModuleRow::of::<service::Service>(),
    ModuleRow::of::<search::Search>(),
    ModuleRow::of::<monitoring::Monitoring>(),
];

/// All that a stack file may name.
pub static CATALOG: Catalog = Catalog {
    modules: MODULES,
    kind: |name| kinds::find(name).map(|entry| &entry.row),
    kinds: || kinds::KINDS.iter().map(|entry| entry.row.name).collect(),
    rules: RULES,
    readiness: readiness::CHECKS,
    codes: codes::CODES,
};

/// The bytes of a stack file as a source: not too large, and UTF-8.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Source, Rejected> {
    file::decode(name, bytes)
}

/// Parses a stack file for one environment, with `--set path=value` arguments laid over it.
pub fn parse(file: Source, env: Option<&str>, sets: &[String]) -> Result<Stack, Rejected> {
    parse_edited(file, env, sets, &[])
}

/// Does the same with edits on top, which may add to the file.
pub fn parse_edited(file: Source, env: Option<&str>, sets: &[String], edits: &[String]) -> Result<Stack, Rejected> {
    file::parse(&CATALOG, file, env, sets, edits)
}

/// Lays a file of `[usage]` over what a stack's own says.
pub fn add_usage(stack: Stack, file: Source) -> Result<Stack, Rejected> {
    file::add_usage(&CATALOG, stack, file)
}

/// Returns the settings of a file for one environment if it has `[stack.approval]` for any, and looks at nothing else of it.
pub fn approval(file: Source, env: &str) -> Result<Option<Settings>, Rejected> {
    file::settings_with("approval", &CATALOG, file, env)
}

/// Returns the settings of a file for one environment, and looks at nothing else of it; none where it has none.
pub fn settings(file: Source, env: &str) -> Result<Option<Settings>, Rejected> {
    file::settings_with("name", &CATALOG, file, env)
}

/// Checks a stack file for one environment, or for each that it has.
pub fn validate(file: Source, env: Option<&str>, sets: &[String]) -> Verdict {
    validate_on(file, env, sets, Terms::default())
}

/// Does the same on a day, and with warnings that are denied.
pub fn validate_on(file: Source, env: Option<&str>, sets: &[String], terms: Terms<'_>) -> Verdict {
    file::validate(&CATALOG, file, env, sets, terms)
}

/// True for an output of a module (`service.api`, `url`) that a person looks for first.
pub fn is_headline(module: &str, output: &str) -> bool {
    let section = module.split('.').next().unwrap_or_default();
    MODULES.iter().any(|row| row.section == section && row.headlines.contains(&output))
}

// Everything that runs in a network says the same when there is none.
fn needs_network(site: &Site<'_>) -> Diagnostic {
    let one = site.wrong(&codes::NO_NETWORK, "", format!("{} stands in a network, and the file has none", site.part.label()));
    one.help("add `[network]`; its defaults are fine to start with")
}

fn check_ranges(site: &Site<'_>, ranges: &[String]) -> Vec<Diagnostic> {
    let wrong = ranges.iter().enumerate().filter(|(_, range)| range.parse::<ipnet::Ipv4Net>().is_err());
    let wrong = wrong.map(|(at, range)| site.wrong(&codes::NO_RANGE, &format!("allow.{at}"), format!("`{range}` is not an IPv4 range")));
    wrong.map(|one| one.help("write it as 203.0.113.0/24; one address is 203.0.113.7/32")).collect()
}

/// The JSON Schema of a stack file.
pub fn schema() -> Value {
    file_schema::schema(&CATALOG)
}
