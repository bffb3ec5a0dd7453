//! One file per subcommand.

#[cfg(feature = "sandbox")]
pub mod sandbox;
