//! COST: what is paid for and does nothing.

pub mod idle_balancer;
pub mod kept_for_ever;
pub mod several_nats;
