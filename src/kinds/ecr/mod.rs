//! ECR: image repositories.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod repository;
