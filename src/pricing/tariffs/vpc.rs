//! The network: addresses, NAT gateways, endpoints. <https://aws.amazon.com/vpc/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Charge, Count, Given, HOURS};

/// Public IPv4 addresses, which cost the same whoever holds them. One that nobody uses is billed as well.
pub fn public_addresses(count: &Count, in_use: bool) -> Charge {
    let (what, key) = if in_use {
        ("public IPv4 address", "vpc.public_ipv4.in_use_hour")
    } else {
        ("idle public IPv4 address", "vpc.public_ipv4.idle_hour")
    };
    Charge::counted(what, key, "hour", HOURS, count)
}

/// A NAT gateway and every gigabyte through it, in either direction.
pub fn nat_gateway(through: Given) -> Vec<Charge> {
    vec![
        Charge::fixed("NAT gateway", "vpc.nat_gateway.hour", "hour", HOURS),
        Charge::usage("data through the NAT gateway", "vpc.nat_gateway.gb", "GB", through),
    ]
}

/// An endpoint with network interfaces, billed for each zone that it stands in.
pub fn interface_endpoint(zones: usize, through: Given) -> Vec<Charge> {
    vec![
        Charge::fixed("endpoint, each zone", "vpc.endpoint.interface.hour", "hour per AZ", HOURS * Decimal::from(zones)),
        Charge::usage("data through the endpoint", "vpc.endpoint.interface.gb", "GB", through),
    ]
}

/// An endpoint of a Gateway Load Balancer.
pub fn gateway_balancer_endpoint(zones: usize, through: Given) -> Vec<Charge> {
    vec![
        Charge::fixed("endpoint, each zone", "vpc.endpoint.gwlb.hour", "hour per AZ", HOURS * Decimal::from(zones)),
        Charge::usage("data through the endpoint", "vpc.endpoint.gwlb.gb", "GB", through),
    ]
}
