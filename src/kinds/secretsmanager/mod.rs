//! Secrets Manager: secrets, whose values are never read.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod secret;
