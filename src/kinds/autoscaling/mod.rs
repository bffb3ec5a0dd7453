//! Application Auto Scaling: what scales an ECS service.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod scalable_target;
