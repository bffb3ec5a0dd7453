//! NET217: a subnet leaves by a NAT gateway of another zone, though its own zone has one.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::nat_gateway::{Connectivity, NatGateway};
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::subnet::Subnet;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET217",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A subnet leaves by the NAT gateway of another zone, though its own zone has one.",
        why: "It loses the internet with a zone that it does not stand in, and each byte to the other zone is billed, while the gateway beside it idles.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        nat = "per-zone"
        [override."network.route-table.private-b"]
        routes = [{ destination = "0.0.0.0/0", nat_gateway_id = "${network.nat.a.id}" }]
    "#],
            right: &["[network]\nnat = \"per-zone\"", "[network]\nnat = \"one\""],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    // The public gateways by VPC and zone. A zone that only its file's reader knows is not told apart.
    let mut there = BTreeMap::new();
    for (seen, spec) in view.all::<NatGateway>().filter(|(_, spec)| spec.connectivity == Connectivity::Public) {
        let subnet = view.target::<Subnet>(&spec.subnet_id).filter(|(_, subnet)| !is_symbolic(&subnet.availability_zone));
        if let Some((_, subnet)) = subnet {
            there.entry((subnet.vpc_id.as_str(), subnet.availability_zone.as_str())).or_insert((seen.address, &spec.subnet_id));
        }
    }
    let mut found = Vec::new();
    for (seen, table) in view.all::<RouteTable>() {
        let subnets = table.subnet_ids.iter().filter_map(|id| view.target::<Subnet>(id)).collect::<Vec<_>>();
        for (at, route) in table.routes.iter().enumerate() {
            let gateway = route.nat_gateway_id.as_deref().and_then(|id| view.target::<NatGateway>(id));
            let Some((gateway, stands)) = gateway.and_then(|(seen, spec)| Some((seen, view.target::<Subnet>(&spec.subnet_id)?.1))) else {
                continue;
            };
            // One table for several zones has to choose one of their gateways.
            let elsewhere = |zone: &str| zone != stands.availability_zone;
            if !subnets.iter().all(|(_, subnet)| elsewhere(&subnet.availability_zone)) {
                continue;
            }
            let nearer = subnets.iter().find_map(|(subnet, spec)| {
                let (own, _) = there.get(&(spec.vpc_id.as_str(), spec.availability_zone.as_str()))?;
                Some((subnet, &spec.availability_zone, own))
            });
            if let Some((subnet, zone, own)) = nearer {
                let message = format!("`{}` in {zone} leaves by `{}` in {}", subnet.address, gateway.address, stands.availability_zone);
                found.push(seen.finding(format!("routes.{at}"), message).help(format!("`{own}` stands in its own zone: lead it there")));
            }
        }
    }
    found
}
