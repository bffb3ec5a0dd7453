//! `ec2.nat_gateway`: lets private subnets call out, one public address for all.

use crate::core::kind::{About, Field, Kind, Minutes, replace, update};
use crate::core::price::charge::Charge;
use crate::core::price::estate::Facts;
use crate::core::price::usage::Measure;
use crate::core::problem::Problem;
use crate::kinds::ec2;
use crate::tariffs;
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
        minutes: Minutes { create: 2.0, update: 0.0, delete: 1.0 },
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

    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let mut charges = tariffs::vpc::nat_gateway(facts.usage("nat_gb"));
        if spec.connectivity == Connectivity::Public {
            charges.push(tariffs::transfer::internet(facts.usage("nat_sent_gb")));
        }
        charges
    }
}

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use aws_sdk_ec2::types::{ConnectivityType, NatGatewayState, ResourceType};

    impl Driver for NatGateway {
        const ABSENT: &'static [&'static str] = &["NatGatewayNotFound"];
        const PASSING: &'static [&'static str] =
            &["InvalidSubnetID.NotFound", "InvalidAllocationID.NotFound", "InvalidElasticIpID.NotFound"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let filters = ec2::filters(aws, select, "nat-gateway-id");
            let mut pages = aws.ec2.describe_nat_gateways().set_filter(Some(filters)).into_paginator().send();
            let mut found = Vec::new();
            while let Some(page) = pages.next().await {
                for gateway in page.during("ec2.DescribeNatGateways")?.nat_gateways.unwrap_or_default() {
                    // AWS shows a deleted gateway for an hour, and deletes a failed one within the hour.
                    let state = match gateway.state {
                        Some(NatGatewayState::Deleted) => continue,
                        Some(NatGatewayState::Failed) if select.ids().is_none() => continue,
                        Some(NatGatewayState::Failed) => {
                            let code = gateway.failure_code.unwrap_or_default();
                            State::Failed(format!("{code}: {}", gateway.failure_message.unwrap_or_default()))
                        }
                        Some(NatGatewayState::Deleting) => State::Deleting,
                        Some(NatGatewayState::Pending) => State::Changing("pending".into()),
                        _ => State::Ready,
                    };
                    let (id, tags) = (gateway.nat_gateway_id.unwrap_or_default(), ec2::tags(gateway.tags));
                    let addresses = gateway.nat_gateway_addresses.unwrap_or_default();
                    let first = addresses.iter().find(|address| address.is_primary == Some(true)).or(addresses.first());
                    let arn = aws.ec2_arn("natgateway", &id);
                    let mut outputs = BTreeMap::from([("id".to_owned(), id.clone()), ("arn".to_owned(), arn.clone())]);
                    let (public, private) = first.map(|address| (address.public_ip(), address.private_ip())).unwrap_or_default();
                    outputs.extend(public.map(|address| ("public_ip".to_owned(), address.to_owned())));
                    outputs.extend(private.map(|address| ("private_ip".to_owned(), address.to_owned())));
                    found.push(Live {
                        name: String::new(),
                        claim: aws.claim(&tags),
                        state,
                        outputs,
                        spec: Spec {
                            subnet_id: gateway.subnet_id.unwrap_or_default(),
                            allocation_id: first.and_then(|address| address.allocation_id.clone()),
                            connectivity: match gateway.connectivity_type {
                                Some(ConnectivityType::Private) => Connectivity::Private,
                                _ => Connectivity::Public,
                            },
                            after: Vec::new(),
                            tags: own_tags(&tags),
                        },
                        id,
                        arn,
                    });
                }
            }
            Ok(found)
        }

        async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
            let connectivity = match new.spec.connectivity {
                Connectivity::Public => ConnectivityType::Public,
                Connectivity::Private => ConnectivityType::Private,
            };
            let answer = aws
                .ec2
                .create_nat_gateway()
                .subnet_id(&new.spec.subnet_id)
                .set_allocation_id(new.spec.allocation_id.clone())
                .connectivity_type(connectivity)
                .client_token(&new.token)
                .tag_specifications(ec2::tag_specification(ResourceType::Natgateway, &new.tags))
                .send()
                .await
                .during("ec2.CreateNatGateway")?;
            let id = answer
                .nat_gateway
                .and_then(|gateway| gateway.nat_gateway_id)
                .ok_or_else(|| Error::missing("ec2.CreateNatGateway", "NatGatewayId"))?;
            Ok(Made::new(&id, [("id", id.clone()), ("arn", aws.ec2_arn("natgateway", &id))]))
        }

        async fn update(_aws: &Aws, _change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            aws.ec2.delete_nat_gateway().nat_gateway_id(&live.id).send().await.during("ec2.DeleteNatGateway")?;
            Ok(())
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            ec2::retag(aws, &live.id, tags).await
        }
    }
}
