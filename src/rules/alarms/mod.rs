//! MON: alarms that never go off, and alarms that nobody hears.

pub mod never_crossed;
pub mod tells_nobody;
pub mod topic_shut;
