//! Load balancing: listeners and target groups that do not fit their load balancer.

pub mod protocol_of_another;
