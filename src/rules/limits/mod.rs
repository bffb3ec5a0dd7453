//! Quotas of AWS: what a stack of its size breaks in an account whose quotas nobody has raised, and what a plan
//! breaks in its own account.

pub mod groups_of_interface;
pub mod of_account;
pub mod per_balancer;
pub mod per_group;
pub mod per_region;
pub mod per_service;
pub mod per_vpc;
pub mod policies_of_role;
pub mod task_size;
