//! RDS: databases.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod instance;
pub mod parameter_group;
pub mod parameters;
mod reserved;
pub mod subnet_group;
pub mod versions;
