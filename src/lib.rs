//! map
#[cfg(feature = "aws")]
pub mod aws;
pub mod cmd;
pub mod core;
#[cfg(feature = "aws")]
pub mod engine;
pub mod kinds;
pub mod modules;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod testing;
