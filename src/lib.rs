//! map
#[cfg(feature = "aws")]
pub mod aws;
pub mod core;
pub mod kinds;
pub mod sandbox;
