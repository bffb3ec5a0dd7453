//! Makes, reads, changes and deletes `ec2.nat_gateway` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::ec2::driver;
use crate::kinds::ec2::nat_gateway::*;
use aws_sdk_ec2::types::{ConnectivityType, NatGatewayState, ResourceType};
use std::collections::BTreeMap;

impl Driver for NatGateway {
    const ABSENT: &'static [&'static str] = &["NatGatewayNotFound"];
    const PASSING: &'static [&'static str] = &["InvalidSubnetID.NotFound", "InvalidAllocationID.NotFound", "InvalidElasticIpID.NotFound"];
    /// AWS answers the one that the token made, which nobody sees any more.
    const SPENT: &'static [&'static str] = &["NotFound"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let filters = driver::filters(aws, select, "nat-gateway-id");
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
                let (id, tags) = (gateway.nat_gateway_id.unwrap_or_default(), driver::tags(gateway.tags));
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
            .tag_specifications(driver::tag_specification(ResourceType::Natgateway, &new.tags))
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
        driver::retag(aws, &live.id, tags).await
    }
}
