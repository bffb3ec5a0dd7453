//! RDS: databases.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod instance;
pub mod parameter_group;
mod reserved;
pub mod subnet_group;
