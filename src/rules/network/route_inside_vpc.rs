//! NET215: a route leads the addresses of the VPC itself elsewhere.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::vpc::Vpc;
use ipnet::Ipv4Net;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET215",
        category: Category::Network,
        about: "A route leads addresses of the VPC itself to a peer or a gateway.",
        why: "AWS routes them itself. CreateRoute refuses such a route, but for one to a network interface, a NAT gateway or an endpoint of a firewall.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.routes]
        kind = "ec2.route_table"
        vpc_id = "${network.vpc.id}"
        routes = [{ destination = "10.0.0.0/16", vpc_peering_connection_id = "pcx-0123456789abcdef0" }]
    "#],
            right: &[r#"
        [network]
        [resource.routes]
        kind = "ec2.route_table"
        vpc_id = "${network.vpc.id}"
        routes = [{ destination = "10.0.0.0/8", vpc_peering_connection_id = "pcx-0123456789abcdef0" }]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<RouteTable>() {
        let Some(own) = view.target::<Vpc>(&spec.vpc_id).and_then(|(_, vpc)| vpc.cidr.parse::<Ipv4Net>().ok()) else { continue };
        let inside = spec.routes.iter().enumerate().filter(|(_, route)| {
            let to_appliance = route.nat_gateway_id.is_some() || route.network_interface_id.is_some() || route.vpc_endpoint_id.is_some();
            !to_appliance && route.destination.parse::<Ipv4Net>().is_ok_and(|range| own.contains(&range))
        });
        for (at, route) in inside {
            let message = format!("{} is in {own}, the range of the VPC itself", route.destination);
            found.push(seen.finding(format!("routes.{at}.destination"), message).help("name the range of the other side"));
        }
    }
    found
}
