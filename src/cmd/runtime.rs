//! The runtimes that commands do their asynchronous work on.

use super::exit::Failure;
use tokio::runtime::{Builder, Runtime};

/// One for work that is done side by side: what talks to AWS.
pub fn many() -> Result<Runtime, Failure> {
    built(Builder::new_multi_thread())
}

/// One for a single piece of work.
pub fn one() -> Result<Runtime, Failure> {
    built(Builder::new_current_thread())
}

fn built(mut builder: Builder) -> Result<Runtime, Failure> {
    builder.enable_all().build().map_err(|error| Failure::new(format!("failed to start: {error}")))
}
