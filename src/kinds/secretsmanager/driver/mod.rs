//! The drivers of Secrets Manager, one file per kind.

pub(crate) mod secret;
pub(crate) mod value;
