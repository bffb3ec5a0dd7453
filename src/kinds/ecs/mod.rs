//! ECS: clusters, task definitions, services, and what they are made of.

pub mod cluster;
pub mod container;
pub mod deployment;
#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod service;
pub mod task_definition;
