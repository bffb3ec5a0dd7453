//! The drivers of ECR, one file per kind.

pub(crate) mod repository;
