//! NAME: physical names.

pub mod same_name;
