//! COST204: a NAT gateway that nothing leaves by.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::subnet::Subnet;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "COST204",
        level: Level::Warning,
        category: Category::Cost,
        about: "Nothing leaves by a NAT gateway: no route of the stack leads to it.",
        why: "A NAT gateway is billed by the hour, with its public address, whoever uses it.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        nat = "one"
        [override."network.route-table.private-a"]
        routes = []
        [override."network.route-table.private-b"]
        routes = []
    "#],
            right: &[r#"
        [network]
        nat = "one"
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let idle = view.all::<NatGateway>().filter(|(seen, _)| {
        let leads = |id: &str| view.target::<NatGateway>(id).is_some_and(|(gateway, _)| gateway.address == seen.address);
        let mut tables = view.users::<RouteTable>(seen.address);
        !tables.any(|(_, table)| table.routes.iter().filter_map(|route| route.nat_gateway_id.as_deref()).any(leads))
    });
    // A zone that leaves by another's gateway is told by a rule of its own.
    let zone = |subnet: &str| view.target::<Subnet>(subnet).map(|(_, subnet)| subnet.availability_zone.as_str());
    let ways = view.all::<RouteTable>().filter(|(_, table)| table.routes.iter().any(|route| route.nat_gateway_id.is_some()));
    let leave = ways.flat_map(|(_, table)| &table.subnet_ids).filter_map(|subnet| zone(subnet)).collect::<BTreeSet<_>>();
    let idle = idle.filter(|(_, spec)| zone(&spec.subnet_id).is_none_or(|zone| !leave.contains(zone)));
    idle.map(|(seen, _)| seen.finding("", "no route leads to this NAT gateway").help("add a route to it, or take it out")).collect()
}
