//! The drivers of SNS, one file per kind.

pub(crate) mod topic;
