//! S3: buckets with all their settings.

pub mod bucket;
#[cfg(feature = "aws")]
pub(crate) mod driver;
mod usage;
