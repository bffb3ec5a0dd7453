//! `ec2.nat_gateway`: lets private subnets call out, one public address for all.

use crate::core::kind::{About, Field, Kind, Minutes, replace, update};
use crate::core::problem::Problem;
use crate::core::usage::Measure;
use crate::kinds::ec2;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct NatGateway;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The subnet that it stands in: a public one, unless its connectivity is private.
    pub subnet_id: String,
    /// The elastic IP address that its traffic comes from; a private gateway has none.
    #[serde(default)]
    pub allocation_id: Option<String>,
    /// Whether it leads to the internet or only to other networks.
    #[serde(default)]
    pub connectivity: Connectivity,
    /// Nodes that must be there first, such as the attached internet gateway.
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Connectivity {
    #[default]
    Public,
    Private,
}

impl Kind for NatGateway {
    type Spec = Spec;
    const NAME: &'static str = "ec2.nat_gateway";
    const ABOUT: About = About {
        doc: "Lets private subnets call out, one public address for all.",
        outputs: &["id", "arn", "public_ip", "private_ip"],
        arn: "ec2:natgateway/",
        exclusive: &[&["allocation_id"]],
        minutes: Minutes::new(2.0, 0.0, 1.0),
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#NatGatewayDetails:natGatewayId={id}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("subnet_id"), replace("allocation_id"), replace("connectivity"), update("after").order_only(), update("tags")];

    fn example() -> Spec {
        Spec {
            subnet_id: "${example.subnet-a.id}".into(),
            allocation_id: Some("${example.eip.id}".into()),
            connectivity: Connectivity::Public,
            after: vec!["${example.internet-gateway.id}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(ec2::check_id("subnet_id", &spec.subnet_id, "subnet-"));
        match (spec.connectivity, &spec.allocation_id) {
            (Connectivity::Public, None) => problems.push(
                Problem::new("allocation_id", "a public NAT gateway needs an elastic IP address")
                    .help("refer to an ec2.eip's id, or set connectivity = \"private\""),
            ),
            (Connectivity::Private, Some(_)) => problems
                .push(Problem::new("allocation_id", "a private NAT gateway has no public address").help("leave `allocation_id` out")),
            (Connectivity::Public, Some(id)) => problems.extend(ec2::check_id("allocation_id", id, "eipalloc-")),
            (Connectivity::Private, None) => {}
        }
        problems
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("nat_gb", "GB", [0, 10, 100], "What goes through NAT gateways, in either direction."),
        Measure::new("nat_sent_gb", "GB", [0, 1, 10], "What of it is sent to the internet."),
    ];
}

impl Priced for NatGateway {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let mut charges = tariffs::vpc::nat_gateway(facts.usage("nat_gb"));
        if spec.connectivity == Connectivity::Public {
            charges.push(tariffs::transfer::internet(facts.usage("nat_sent_gb")));
        }
        charges
    }
}
