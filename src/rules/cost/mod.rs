//! COST: what is paid for and does nothing.

pub mod idle_address;
pub mod idle_balancer;
pub mod idle_gateway;
pub mod kept_for_ever;
pub mod logs_of_logs;
pub mod several_nats;
