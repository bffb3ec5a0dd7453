//! Load balancing: listeners and target groups that do not fit their load balancer.

pub mod behavior_in_the_shade;
pub mod certificate_elsewhere;
pub mod group_of_two;
pub mod log_bucket_shut;
pub mod origin_inside;
pub mod origin_not_listened_to;
pub mod pattern_of_no_path;
pub mod protocol_of_another;
pub mod redirect_to_itself;
pub mod redirect_to_nobody;
pub mod rule_in_the_shade;
pub mod version_needs_tls;
pub mod ways;
pub mod zone_not_enabled;
