//! The drivers of ECR, one file per kind.

pub(crate) mod image;
pub(crate) mod repository;
