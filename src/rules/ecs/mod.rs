//! ECS: services that do not fit their task definitions, their target groups or their load balancers.

pub mod cannot_scale;
pub mod capacity_of_nobody;
pub mod container_of_nobody;
pub mod count_of_two_masters;
pub mod grace_too_short;
pub mod health_never_runs;
pub mod key_of_plain_secret;
pub mod log_elsewhere;
pub mod log_group_of_nobody;
pub mod mounted_nowhere;
pub mod moving_image;
pub mod not_behind_balancer;
pub mod platform_too_old;
pub mod shell_cannot_write;
pub mod target_of_a_fraction;
pub mod targets_not_by_address;
