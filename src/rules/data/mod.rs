//! OPS: databases, and what keeps them.

pub mod no_backups;
