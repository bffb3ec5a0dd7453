//! SNS: topics with their subscriptions.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod topic;
