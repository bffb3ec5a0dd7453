//! ElastiCache: Redis and Valkey.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod parameter_group;
pub mod replication_group;
pub mod subnet_group;
