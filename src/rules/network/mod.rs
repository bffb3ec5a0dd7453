//! NET: ranges, subnets, zones and routes.

pub mod small_subnet;
pub mod subnet_outside_vpc;
pub mod subnet_routed_twice;
pub mod subnets_overlap;
pub mod too_few_zones;
