//! `ec2.route_table`: where a subnet's traffic goes. Owns its routes and the subnets that use it.

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
    /// To everywhere over an internet gateway.
    pub fn internet(gateway_id: impl Into<String>) -> Self {
        Route { destination: "0.0.0.0/0".into(), gateway_id: Some(gateway_id.into()), ..Route::default() }
    }
    /// To everywhere over a NAT gateway.
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
        doc: "Where a subnet's traffic goes.",
        outputs: &["id", "arn"],
        arn: "ec2:route-table/",
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#RouteTableDetails:RouteTableId={id}",
        free: "part of the VPC",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[replace("vpc_id"), update("routes").set(), update("subnet_ids").set(), update("tags")];

    fn example() -> Spec {
        Spec {
            vpc_id: "${example.vpc.id}".into(),
            routes: vec![Route::internet("${example.internet-gateway.id}")],
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(ec2::check_id("vpc_id", &spec.vpc_id, "vpc-"));
        let mut destinations = BTreeSet::new();
        for (at, route) in spec.routes.iter().enumerate() {
            let field = format!("routes.{at}");
            if !route.destination.starts_with("pl-") {
                problems.extend(ec2::check_range(&format!("{field}.destination"), &route.destination));
            }
            if !is_symbolic(&route.destination) && !destinations.insert(ec2::canonical_range(&route.destination)) {
                problems.push(Problem::new(format!("{field}.destination"), format!("`{}` has two routes", route.destination)));
            }
            let targets = route.targets().collect::<Vec<_>>();
            if targets.len() != 1 {
                problems.push(
                    Problem::new(&field, format!("the route to `{}` has {} ways, it needs one", route.destination, targets.len()))
                        .help("name one of gateway_id, nat_gateway_id, transit_gateway_id, vpc_peering_connection_id, …"),
                );
            }
            problems.extend(
                targets
                    .iter()
                    .filter(|(_, prefix, _)| !prefix.is_empty())
                    .filter_map(|(name, prefix, id)| ec2::check_id(&format!("{field}.{name}"), id, prefix)),
            );
            if let Some(id) = route.gateway_id.as_ref().filter(|id| !is_symbolic(id) && !id.starts_with("igw-") && !id.starts_with("vgw-"))
            {
                problems.push(
                    Problem::new(
                        format!("{field}.gateway_id"),
                        format!("`{id}` is neither an internet gateway nor a virtual private gateway"),
                    )
                    .help("AWS makes the local route itself; a NAT gateway is named by `nat_gateway_id`"),
                );
            }
        }
        let mut subnets = BTreeSet::new();
        for (at, id) in spec.subnet_ids.iter().enumerate() {
            problems.extend(ec2::check_id(&format!("subnet_ids.{at}"), id, "subnet-"));
            if !subnets.insert(id) {
                problems.push(Problem::new(format!("subnet_ids.{at}"), format!("`{id}` is listed twice")));
            }
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        for route in &mut spec.routes {
            route.destination = ec2::canonical_range(&route.destination);
        }
        spec.routes.sort();
        spec.subnet_ids.sort();
    }
}

impl Priced for RouteTable {}
