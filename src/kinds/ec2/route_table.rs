//! `ec2.route_table`: the routes of subnets' traffic. Owns its routes and the subnets that use it.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub struct RouteTable;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub vpc_id: String,
    /// All its routes but those AWS makes: the local one, propagated ones, and those of gateway endpoints.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// The subnets that use it.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// One destination and the one way there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// An IPv4 or IPv6 range, or the id of a prefix list.
    pub destination: String,
    /// An internet gateway or a virtual private gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat_gateway_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress_only_internet_gateway_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_interface_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transit_gateway_id: Option<String>,
    /// A Gateway Load Balancer endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_peering_connection_id: Option<String>,
}

impl Route {
    /// Makes a route to everywhere over an internet gateway.
    pub fn internet(gateway_id: impl Into<String>) -> Self {
        Route { destination: "0.0.0.0/0".into(), gateway_id: Some(gateway_id.into()), ..Route::default() }
    }
    /// Makes a route to everywhere over a NAT gateway.
    pub fn nat(nat_gateway_id: impl Into<String>) -> Self {
        Route { destination: "0.0.0.0/0".into(), nat_gateway_id: Some(nat_gateway_id.into()), ..Route::default() }
    }
    fn targets(&self) -> impl Iterator<Item = (&'static str, &'static str, &String)> {
        [
            ("gateway_id", "", &self.gateway_id),
            ("nat_gateway_id", "nat-", &self.nat_gateway_id),
            ("egress_only_internet_gateway_id", "eigw-", &self.egress_only_internet_gateway_id),
            ("network_interface_id", "eni-", &self.network_interface_id),
            ("transit_gateway_id", "tgw-", &self.transit_gateway_id),
            ("vpc_endpoint_id", "vpce-", &self.vpc_endpoint_id),
            ("vpc_peering_connection_id", "pcx-", &self.vpc_peering_connection_id),
        ]
        .into_iter()
        .filter_map(|(name, prefix, id)| id.as_ref().map(|id| (name, prefix, id)))
    }
}

impl Kind for RouteTable {
    type Spec = Spec;
    const NAME: &'static str = "ec2.route_table";
    const ABOUT: About = About {
        doc: "A set of routes, which direct the traffic of subnets.",
        outputs: &["id", "arn"],
        arn: "ec2:route-table/",
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={id}",
        free: "part of the VPC",
        ..About::NEW
    };
    // No call changes the VPC of a table.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html
    // AWS deletes a subnet with its association, and leaves a route whose target is gone as a black hole.
    // <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>
    const FIELDS: &'static [Field] =
        &[replace("vpc_id"), update("routes").set().way(), update("subnet_ids").set().serves(), update("tags")];

    fn example() -> Spec {
        Spec {
            vpc_id: "${example.vpc.id}".into(),
            routes: vec![Route::internet("${example.internet-gateway.id}")],
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "VPC031",
            about: "A route table names a VPC, a subnet or a route's target by something that is no id of one.",
            why: "CreateRouteTable, CreateRoute and AssociateRouteTable refuse it as malformed.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
            wrong: &[
                r#"{"vpc_id": "main"}"#,
                r#"{"subnet_ids": ["a"]}"#,
                r#"{"routes": [{"destination": "0.0.0.0/0", "nat_gateway_id": "igw-0123456789abcdef0"}]}"#,
            ],
            right: &[r#"{"routes": [{"destination": "0.0.0.0/0", "nat_gateway_id": "nat-0123456789abcdef0"}]}"#],
            find: ids,
        },
        Check {
            id: "VPC032",
            about: "The destination of a route is neither an IP range nor a prefix list.",
            why: "CreateRoute refuses it as an invalid parameter.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
            wrong: &[r#"{"routes": [{"destination": "everywhere", "gateway_id": "igw-0123456789abcdef0"}]}"#],
            right: &[
                r#"{"routes": [{"destination": "::/0", "gateway_id": "igw-0123456789abcdef0"}]}"#,
                r#"{"routes": [{"destination": "pl-0123456789abcdef0", "gateway_id": "igw-0123456789abcdef0"}]}"#,
            ],
            find: |spec| destinations(spec).filter_map(|(field, text)| ec2::not_range(&field, text)).collect(),
        },
        Check {
            id: "VPC033",
            about: "The destination of a route has bits set beyond its prefix.",
            why: "EC2 drops them, so the route leads further than the file says.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
            wrong: &[r#"{"routes": [{"destination": "10.1.2.3/16", "gateway_id": "vgw-0123456789abcdef0"}]}"#],
            right: &[r#"{"routes": [{"destination": "10.1.0.0/16", "gateway_id": "vgw-0123456789abcdef0"}]}"#],
            find: |spec| destinations(spec).filter_map(|(field, text)| ec2::stray_bits(&field, text)).collect(),
        },
        Check {
            id: "VPC034",
            about: "Two routes of a route table have the same destination.",
            why: "CreateRoute refuses the second one with RouteAlreadyExists.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
            wrong: &[r#"{"routes": [
                    {"destination": "0.0.0.0/0", "gateway_id": "igw-0123456789abcdef0"},
                    {"destination": "0.0.0.0/0", "nat_gateway_id": "nat-0123456789abcdef0"}
                ]}"#],
            right: &[r#"{"routes": [
                    {"destination": "0.0.0.0/0", "nat_gateway_id": "nat-0123456789abcdef0"},
                    {"destination": "::/0", "egress_only_internet_gateway_id": "eigw-0123456789abcdef0"}
                ]}"#],
            find: same_destination,
        },
        Check {
            id: "VPC035",
            about: "A route has no way to its destination, or several.",
            why: "CreateRoute wants exactly one target and refuses the rest.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
            wrong: &[
                r#"{"routes": [{"destination": "0.0.0.0/0"}]}"#,
                r#"{"routes": [
                    {"destination": "0.0.0.0/0", "gateway_id": "igw-0123456789abcdef0", "nat_gateway_id": "nat-0123456789abcdef0"}
                ]}"#,
            ],
            right: &[r#"{"routes": [{"destination": "0.0.0.0/0", "gateway_id": "igw-0123456789abcdef0"}]}"#],
            find: one_way,
        },
        Check {
            id: "VPC036",
            about: "The gateway of a route is neither an internet gateway nor a virtual private gateway.",
            why: "CreateRoute takes only these two as a gateway; every other target has a field of its own, and the local route is AWS's.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
            wrong: &[
                r#"{"routes": [{"destination": "0.0.0.0/0", "gateway_id": "nat-0123456789abcdef0"}]}"#,
                r#"{"routes": [{"destination": "10.0.0.0/16", "gateway_id": "local"}]}"#,
            ],
            right: &[r#"{"routes": [{"destination": "10.0.0.0/8", "gateway_id": "vgw-0123456789abcdef0"}]}"#],
            find: gateways,
        },
        Check {
            id: "VPC037",
            about: "A route table lists a subnet twice.",
            why: "AssociateRouteTable refuses the second one: a subnet has one route table at a time.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html",
            wrong: &[r#"{"subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef0"]}"#],
            right: &[r#"{"subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}"#],
            find: same_subnet,
        },
    ];

    fn normalise(spec: &mut Spec) {
        for route in &mut spec.routes {
            route.destination = ec2::canonical_range(&route.destination);
        }
        spec.routes.sort();
        spec.subnet_ids.sort();
    }
}

impl Priced for RouteTable {}

fn ids(spec: &Spec) -> Vec<Problem> {
    let target = |(at, route): (usize, &Route)| {
        let wrong = route.targets().filter(|(_, prefix, _)| !prefix.is_empty());
        wrong.filter_map(|(name, prefix, id)| ec2::check_id(&format!("routes.{at}.{name}"), id, prefix)).collect::<Vec<_>>()
    };
    let vpc = ec2::check_id("vpc_id", &spec.vpc_id, "vpc-");
    let targets = spec.routes.iter().enumerate().flat_map(target);
    vpc.into_iter().chain(targets).chain(ec2::check_ids("subnet_ids", &spec.subnet_ids, "subnet-")).collect()
}

/// Returns the destinations that should be IP ranges, each with its field.
fn destinations(spec: &Spec) -> impl Iterator<Item = (String, &str)> {
    let all = spec.routes.iter().enumerate().map(|(at, route)| (format!("routes.{at}.destination"), route.destination.as_str()));
    all.filter(|(_, text)| !text.starts_with("pl-"))
}

fn same_destination(spec: &Spec) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let known = spec.routes.iter().enumerate().filter(|(_, route)| !is_symbolic(&route.destination));
    let again = known.filter(|(_, route)| !seen.insert(ec2::canonical_range(&route.destination)));
    let problem = |(at, route): (usize, &Route)| {
        Problem::new(format!("routes.{at}.destination"), format!("`{}` has two routes", route.destination))
            .help("keep the one that its traffic is to take")
    };
    again.map(problem).collect()
}

fn one_way(spec: &Spec) -> Vec<Problem> {
    let counted = spec.routes.iter().enumerate().map(|(at, route)| (at, route, route.targets().count()));
    let problem = |(at, route, count): (usize, &Route, usize)| {
        Problem::new(format!("routes.{at}"), format!("the route to `{}` has {count} ways, it needs one", route.destination))
            .help("name one of gateway_id, nat_gateway_id, transit_gateway_id, vpc_peering_connection_id, …")
    };
    counted.filter(|(_, _, count)| *count != 1).map(problem).collect()
}

fn gateways(spec: &Spec) -> Vec<Problem> {
    let given = spec.routes.iter().enumerate().filter_map(|(at, route)| Some((at, route.gateway_id.as_ref()?)));
    let wrong = given.filter(|(_, id)| !is_symbolic(id) && !id.starts_with("igw-") && !id.starts_with("vgw-"));
    let problem = |(at, id): (usize, &String)| {
        Problem::new(format!("routes.{at}.gateway_id"), format!("`{id}` is neither an internet gateway nor a virtual private gateway"))
            .help("AWS makes the local route itself; a NAT gateway is named by `nat_gateway_id`")
    };
    wrong.map(problem).collect()
}

fn same_subnet(spec: &Spec) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let again = spec.subnet_ids.iter().enumerate().filter(|(_, id)| !seen.insert(*id));
    again.map(|(at, id)| Problem::new(format!("subnet_ids.{at}"), format!("`{id}` is listed twice"))).collect()
}
