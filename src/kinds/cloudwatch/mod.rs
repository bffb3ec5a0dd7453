//! CloudWatch: alarms and dashboards.

pub mod alarm;
pub mod dashboard;
#[cfg(feature = "aws")]
pub(crate) mod driver;
