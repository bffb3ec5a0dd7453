//! The drivers of CloudWatch Logs, one file per kind.

pub(crate) mod log_group;
