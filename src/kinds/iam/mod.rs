//! IAM: roles with their policies.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod role;
