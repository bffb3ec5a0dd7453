//! CloudWatch Logs: log groups.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod log_group;
