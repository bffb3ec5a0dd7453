//! NET: ranges, subnets, zones and routes.

pub mod before_gateway;
pub mod default_group;
pub mod endpoint_elsewhere;
pub mod endpoint_without_dns;
pub mod names_unresolved;
pub mod nat_of_another_zone;
pub mod nat_without_internet;
pub mod no_gateway;
pub mod of_two_vpcs;
pub mod one_nat;
pub mod public_range;
pub mod route_inside_vpc;
pub mod small_subnet;
pub mod subnet_outside_vpc;
pub mod subnet_routed_twice;
pub mod subnets_overlap;
pub mod too_few_addresses;
pub mod too_few_zones;
pub mod zone_elsewhere;
pub mod zone_twice;
