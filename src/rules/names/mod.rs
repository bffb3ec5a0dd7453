//! NAME: physical names.

pub mod same_name;
pub mod same_thing;
