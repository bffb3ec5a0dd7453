//! One file per module of the stack file: its keys and checks on top, the nodes it makes below. The table is at the end.
//!
//! To add a module, copy the nearest file and add two lines here.

#[cfg(test)]
mod messages;
pub mod network;

use crate::core::file::{self, Catalog};
use crate::core::file_schema;
use crate::core::module::Row;
use crate::core::source::Source;
use crate::core::stack::{Rejected, Stack};
use crate::kinds;
use serde_json::Value;

pub static MODULES: &[Row] = &[Row::of::<network::Network>()];

/// All that a stack file may name.
pub static CATALOG: Catalog = Catalog {
    modules: MODULES,
    kind: |name| kinds::find(name).map(|entry| &entry.row),
    kinds: || kinds::KINDS.iter().map(|entry| entry.row.name).collect(),
};

/// Parses a stack file for one environment, with `--set path=value` arguments laid over it.
pub fn parse(file: Source, env: Option<&str>, sets: &[String]) -> Result<Stack, Rejected> {
    file::parse(&CATALOG, file, env, sets)
}

/// The JSON Schema of a stack file.
pub fn schema() -> Value {
    file_schema::schema(&CATALOG)
}
