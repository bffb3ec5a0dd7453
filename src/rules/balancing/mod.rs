//! Load balancing: listeners and target groups that do not fit their load balancer.

pub mod certificate_elsewhere;
pub mod group_of_two;
pub mod log_bucket_shut;
pub mod protocol_of_another;
pub mod version_needs_tls;
pub mod ways;
