//! MON: alarms that never go off, alarms that nobody hears, and what has none.

pub mod always_on;
pub mod dimension_of_another;
pub mod metric_elsewhere;
mod metrics;
pub mod never_confirmed;
pub mod never_crossed;
pub mod never_sent;
pub mod no_data;
pub mod tells_nobody;
pub mod topic_closed_to_alarms;
pub mod topic_elsewhere;
pub mod topic_shut;
pub mod unknown_dimension;
pub mod unknown_metric;
pub mod unwatched;
pub mod watched;
pub mod wrong_unit;
