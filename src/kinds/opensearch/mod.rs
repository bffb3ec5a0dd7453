//! OpenSearch Service: domains.

pub mod domain;
#[cfg(feature = "aws")]
pub(crate) mod driver;
pub(crate) mod offer;
