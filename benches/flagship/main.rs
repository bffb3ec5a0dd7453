//! The flagship as a whole: what its processes cost, how many calls it takes, and how long its apply is.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

mod calls;
mod critical_path;
mod process;
#[path = "../sheet/mod.rs"]
mod sheet;
#[path = "../../tests/it/stand.rs"]
#[allow(dead_code, reason = "the integration tests share it, and each uses its part")]
mod stand;

use sheet::Sheet;
use std::process::ExitCode;

/// The stack, and its environment.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stacks/registry.toml");
const ENV: &str = "production";

fn main() -> ExitCode {
    let mut sheet = Sheet::new("The flagship");
    // First, while this process is small: what a child inherits for a moment counts into its peak.
    process::measure(&mut sheet);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        calls::measure(&mut sheet).await;
        critical_path::measure(&mut sheet).await;
    });
    sheet.end()
}
