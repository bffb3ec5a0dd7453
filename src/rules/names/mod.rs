//! NAME: physical names.

pub mod key_elsewhere;
pub mod of_another_partition;
pub mod same_name;
pub mod same_thing;
