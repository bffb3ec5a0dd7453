//! The drivers of IAM, one file per kind.

pub(crate) mod role;
