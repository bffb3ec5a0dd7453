//! LIM202: a VPC has more in it than it may have.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc_endpoint::{EndpointType, VpcEndpoint};
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM202",
        level: Level::Warning,
        category: Category::Request,
        about: "A VPC has more subnets, route tables or endpoints, a zone of it more NAT gateways, or a route table more routes, than it may have by default.",
        why: "Where nobody has raised the quota, AWS refuses what is beyond it: SubnetLimitExceeded, RouteTableLimitExceeded, VpcEndpointLimitExceeded, NatGatewayLimitExceeded, RouteLimitExceeded.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.small]
        kind = "ec2.subnet"
        count = 201
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.${count.index}.0/24"
        availability_zone = "us-east-1a"
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.small]
        kind = "ec2.subnet"
        count = 200
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.${count.index}.0/24"
        availability_zone = "us-east-1a"
    "#],
        },
    },
    look: Look::Resources(find),
};

// As of 2026-11-30, from the page above.
const SUBNETS: usize = 200;
const ROUTE_TABLES: usize = 200;
const GATEWAY_ENDPOINTS: usize = 20;
const INTERFACE_ENDPOINTS: usize = 50;
const NAT_GATEWAYS: usize = 5;
/// It was 50 before June 2025.
const ROUTES: usize = 500;

fn find(view: &View<'_>) -> Vec<Finding> {
    let subnets = view.all::<Subnet>().map(|(seen, spec)| (spec.vpc_id.clone(), seen));
    let tables = view.all::<RouteTable>().map(|(seen, spec)| (spec.vpc_id.clone(), seen));
    let of = |sort: EndpointType| {
        let endpoints = view.all::<VpcEndpoint>().filter(move |(_, spec)| spec.endpoint_type == sort);
        endpoints.map(|(seen, spec)| (spec.vpc_id.clone(), seen))
    };
    let gateways = view.all::<NatGateway>().filter_map(|(seen, spec)| {
        let (_, subnet) = view.target::<Subnet>(&spec.subnet_id)?;
        Some((subnet.availability_zone.clone(), seen))
    });
    [
        beyond(subnets, SUBNETS, "subnets of one VPC, which has"),
        beyond(tables, ROUTE_TABLES, "route tables of one VPC, which has"),
        beyond(of(EndpointType::Gateway), GATEWAY_ENDPOINTS, "gateway endpoints of one VPC, and a region has"),
        beyond(of(EndpointType::Interface), INTERFACE_ENDPOINTS, "interface endpoints of one VPC, which has"),
        beyond(gateways, NAT_GATEWAYS, "NAT gateways of one zone, which has"),
        view.all::<RouteTable>().filter_map(|(seen, table)| routes(seen, table.routes.len())).collect(),
    ]
    .concat()
}

fn routes(seen: &Seen<'_>, count: usize) -> Option<Finding> {
    let finding = || seen.finding("routes", format!("{count} routes, and a route table has {ROUTES} by default"));
    (count > ROUTES).then(|| finding().help("name wider ranges, or ask for a higher quota first, and accept this"))
}

fn beyond<'v>(all: impl Iterator<Item = (String, &'v Seen<'v>)>, most: usize, words: &str) -> Vec<Finding> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    all.for_each(|(group, seen)| groups.entry(group).or_default().push(seen));
    let beyond = groups.values().filter_map(|group| Some((group.len(), group.get(most)?)));
    let finding = |(count, seen): (usize, &&Seen<'_>)| {
        let finding = seen.finding("", format!("{count} {words} {most} by default"));
        finding.help("ask for a higher quota first, and accept this")
    };
    beyond.map(finding).collect()
}
