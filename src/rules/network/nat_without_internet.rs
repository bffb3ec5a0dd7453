//! NET206: a public NAT gateway stands in a subnet from which no route leads to the internet.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::internet_gateway::InternetGateway;
use crate::kinds::ec2::nat_gateway::{Connectivity, NatGateway};
use crate::kinds::ec2::route_table::{Route, RouteTable};

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET206",
        category: Category::Network,
        about: "A public NAT gateway stands in a subnet whose routes do not lead to an internet gateway.",
        why: "The NAT gateway itself goes out by the routes of the subnet that it stands in. Without one to an internet gateway nothing behind it reaches the internet.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        nat = "one"
        [override."network.nat.a"]
        subnet_id = "${network.subnet.private-a.id}"
    "#],
            right: &["[network]\nnat = \"one\""],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let public = view.all::<NatGateway>().filter(|(_, spec)| spec.connectivity == Connectivity::Public);
    let cut_off = public.filter_map(|(seen, spec)| {
        // A subnet that no table names has the one of its VPC, which nobody here has read.
        let (table, routes) = view.all::<RouteTable>().find(|(_, table)| table.subnet_ids.contains(&spec.subnet_id))?;
        let out = routes.routes.iter().any(|route| leads_out(view, route));
        (!out).then(|| {
            let message = format!("`{}`, the route table of this subnet, has no route to an internet gateway", table.address);
            seen.finding("subnet_id", message).help("let it stand in a public subnet, or write connectivity = \"private\"")
        })
    });
    cut_off.collect()
}

/// True for a route of all addresses to an internet gateway, or to one that may be one.
pub fn leads_out(view: &View<'_>, route: &Route) -> bool {
    let all = route.destination == "0.0.0.0/0";
    all && route.gateway_id.as_ref().is_some_and(|id| view.target::<InternetGateway>(id).is_some() || id.starts_with("igw-"))
}
