//! The drivers of OpenSearch Service, one file per kind.

pub(crate) mod domain;
