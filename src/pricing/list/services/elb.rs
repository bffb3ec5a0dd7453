//! Load balancers: the same usage types for every kind of them.

use super::{Product, Wanted, one};

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    match (product.family.as_str(), product.usage(region)) {
        ("Load Balancer-Application", "LoadBalancerUsage") => one("elb.alb.hour", "hour"),
        ("Load Balancer-Application", "LCUUsage") => one("elb.alb.lcu_hour", "LCU-hour"),
        ("Load Balancer-Network", "LoadBalancerUsage") => one("elb.nlb.hour", "hour"),
        ("Load Balancer-Network", "LCUUsage") => one("elb.nlb.nlcu_hour", "NLCU-hour"),
        ("Load Balancer", "LoadBalancerUsage") => one("elb.clb.hour", "hour"),
        _ => Vec::new(),
    }
}
