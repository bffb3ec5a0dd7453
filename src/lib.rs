//! map
#[cfg(feature = "aws")]
pub mod aws;
pub mod cmd;
pub mod core;
pub mod kinds;
#[cfg(feature = "sandbox")]
pub mod sandbox;
