//! `ec2.nat_gateway`: lets private subnets call out, one public address for all.

use crate::core::code::Check;
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
    /// `public` leads to the internet, `private` only to other networks.
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
    // No call changes them: secondary addresses alone come and go.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "VPC021",
            about: "A NAT gateway names its subnet or its address by something that is no id of one.",
            why: "CreateNatGateway refuses it as malformed.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html",
            wrong: &[r#"{"subnet_id": "vpc-0123456789abcdef0"}"#, r#"{"allocation_id": "203.0.113.7"}"#],
            right: &[r#"{"subnet_id": "subnet-0123456789abcdef0", "allocation_id": "eipalloc-0123456789abcdef0"}"#],
            find: ids,
        },
        Check {
            id: "VPC022",
            about: "A public NAT gateway has no elastic IP address.",
            why: "CreateNatGateway refuses a public one without: its traffic would have no address to come from.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
            wrong: &[r#"{"allocation_id": null}"#],
            right: &[r#"{"allocation_id": null, "connectivity": "private"}"#],
            find: without_address,
        },
        Check {
            id: "VPC023",
            about: "A private NAT gateway has an elastic IP address.",
            why: "CreateNatGateway refuses it, since a private gateway leads to other networks only and never to the internet.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
            wrong: &[r#"{"connectivity": "private"}"#],
            right: &[r#"{"allocation_id": null, "connectivity": "private"}"#],
            find: needless_address,
        },
    ];

    const USAGE: &'static [Measure] = &[
        Measure::new("nat_gb", "GB", [0, 10, 100], "Data that passes through NAT gateways, in either direction."),
        Measure::new("nat_sent_gb", "GB", [0, 1, 10], "Data that passes through NAT gateways and is sent to the internet.")
            .idle("its NAT gateways are private, and send nothing to the internet", "say it of a public one"),
        Measure::derived(
            "nat_cross_zone_gb",
            "GB",
            "Data between a NAT gateway and subnets of other zones, in either direction; none if nothing is said. With one gateway for two \
             zones about half of `nat_gb`.",
        ),
    ];
}

impl Priced for NatGateway {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let whole = facts.said("nat_gb");
        let mut charges = tariffs::vpc::nat_gateway(facts.usage("nat_gb"));
        if spec.connectivity == Connectivity::Public {
            charges.push(tariffs::transfer::internet(facts.usage("nat_sent_gb").part_of(whole.as_ref())));
        }
        // https://aws.amazon.com/vpc/pricing/: "you will also be charged for data transfer" between the zones.
        let cross_zone = facts.said("nat_cross_zone_gb").map(|part| part.part_of(whole.as_ref()));
        charges.extend(cross_zone.map(tariffs::transfer::between_zones));
        charges
    }
}

fn ids(spec: &Spec) -> Vec<Problem> {
    let address = spec.allocation_id.iter().filter(|_| spec.connectivity == Connectivity::Public);
    let subnet = ec2::check_id("subnet_id", &spec.subnet_id, "subnet-");
    subnet.into_iter().chain(address.filter_map(|id| ec2::check_id("allocation_id", id, "eipalloc-"))).collect()
}

fn without_address(spec: &Spec) -> Vec<Problem> {
    let missing = spec.connectivity == Connectivity::Public && spec.allocation_id.is_none();
    let problem = || {
        Problem::new("allocation_id", "a public NAT gateway needs an elastic IP address")
            .help("refer to an ec2.eip's id, or set connectivity = \"private\"")
    };
    missing.then(problem).into_iter().collect()
}

fn needless_address(spec: &Spec) -> Vec<Problem> {
    let needless = spec.connectivity == Connectivity::Private && spec.allocation_id.is_some();
    let problem = || Problem::new("allocation_id", "a private NAT gateway has no public address").help("leave `allocation_id` out");
    needless.then(problem).into_iter().collect()
}
