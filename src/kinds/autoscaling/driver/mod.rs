//! The drivers of Application Auto Scaling, one file per kind.

pub(crate) mod scalable_target;
