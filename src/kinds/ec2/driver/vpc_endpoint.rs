//! Makes, reads, changes and deletes `ec2.vpc_endpoint` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update, principal};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::batch::batch;
use crate::kinds::ec2::driver;
use crate::kinds::ec2::vpc_endpoint::*;
use aws_sdk_ec2::types::{self as sdk, ResourceType, VpcEndpointType};
use serde_json::Value;
use std::collections::BTreeMap;

impl Driver for VpcEndpoint {
    const ABSENT: &'static [&'static str] = &["InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"];
    const PASSING: &'static [&'static str] =
        &["InvalidVpcId.NotFound", "InvalidSubnetId.NotFound", "InvalidRouteTableId.NotFound", principal::UNKNOWN];
    /// AWS answers the one that the token made, which nobody sees any more.
    const SPENT: &'static [&'static str] = &["NotFound"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select.ids() {
            None => {
                let filters = driver::filters(aws, select, "vpc-endpoint-id");
                let mut pages = aws.ec2.describe_vpc_endpoints().set_filters(Some(filters)).into_paginator().send();
                let mut found = Vec::new();
                while let Some(page) = pages.next().await {
                    found.extend(page.during("ec2.DescribeVpcEndpoints")?.vpc_endpoints.unwrap_or_default());
                }
                found
            }
            Some(ids) => batch(ids, Self::ABSENT, |ids| by_id(aws, ids)).await?,
        };
        Ok(found.into_iter().filter_map(|endpoint| live(aws, endpoint)).collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let interface = spec.endpoint_type == EndpointType::Interface;
        let answer = aws
            .ec2
            .create_vpc_endpoint()
            .vpc_id(&spec.vpc_id)
            .service_name(&spec.service_name)
            .vpc_endpoint_type(if interface { VpcEndpointType::Interface } else { VpcEndpointType::Gateway })
            .set_route_table_ids(some(&spec.route_table_ids))
            .set_subnet_ids(some(&spec.subnet_ids))
            .set_security_group_ids(some(&spec.security_group_ids))
            .set_private_dns_enabled(interface.then_some(spec.private_dns_enabled))
            .set_policy_document(spec.policy.as_ref().map(Value::to_string))
            .client_token(&new.token)
            .tag_specifications(driver::tag_specification(ResourceType::VpcEndpoint, &new.tags))
            .send()
            .await
            .during("ec2.CreateVpcEndpoint")?;
        let endpoint = answer.vpc_endpoint.ok_or_else(|| Error::missing("ec2.CreateVpcEndpoint", "VpcEndpoint"))?;
        let id = endpoint.vpc_endpoint_id.clone().ok_or_else(|| Error::missing("ec2.CreateVpcEndpoint", "VpcEndpointId"))?;
        Ok(Made { outputs: outputs(aws, &id, endpoint.dns_entries()), id })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (old, new) = (&change.live.spec, &change.wanted);
        let mut call = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(&change.live.id);
        if change.changes("route_table_ids") {
            call = call
                .set_add_route_table_ids(without(&new.route_table_ids, &old.route_table_ids))
                .set_remove_route_table_ids(without(&old.route_table_ids, &new.route_table_ids));
        }
        if change.changes("subnet_ids") {
            call = call
                .set_add_subnet_ids(without(&new.subnet_ids, &old.subnet_ids))
                .set_remove_subnet_ids(without(&old.subnet_ids, &new.subnet_ids));
        }
        if change.changes("security_group_ids") {
            call = call
                .set_add_security_group_ids(without(&new.security_group_ids, &old.security_group_ids))
                .set_remove_security_group_ids(without(&old.security_group_ids, &new.security_group_ids));
        }
        if change.changes("private_dns_enabled") {
            call = call.private_dns_enabled(new.private_dns_enabled);
        }
        if change.changes("policy") {
            call = match &new.policy {
                Some(document) => call.policy_document(document.to_string()),
                None => call.reset_policy(true),
            };
        }
        call.send().await.during("ec2.ModifyVpcEndpoint")?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let answer = aws.ec2.delete_vpc_endpoints().vpc_endpoint_ids(&live.id).send().await.during("ec2.DeleteVpcEndpoints")?;
        // The call succeeds even where it does nothing; the failure stands inside.
        match answer.unsuccessful.unwrap_or_default().into_iter().find_map(|item| item.error) {
            Some(error) => Err(Error::new(
                "ec2.DeleteVpcEndpoints",
                &error.code.unwrap_or_else(|| "Unsuccessful".into()),
                error.message.unwrap_or_default(),
            )),
            None => Ok(()),
        }
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn by_id(aws: &Aws, ids: Vec<String>) -> Result<Vec<sdk::VpcEndpoint>> {
    let call = aws.ec2.describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids));
    Ok(call.send().await.during("ec2.DescribeVpcEndpoints")?.vpc_endpoints.unwrap_or_default())
}

fn live(aws: &Aws, endpoint: sdk::VpcEndpoint) -> Option<Live<Spec>> {
    let reason = endpoint.last_error.and_then(|error| error.message).or(endpoint.failure_reason).unwrap_or_default();
    // The model spells the states with a capital letter, EC2 answers without.
    let state = match endpoint.state.as_ref().map(|state| state.as_str().to_ascii_lowercase()).as_deref() {
        Some("deleted") => return None,
        Some("deleting") => State::Deleting,
        Some("pending") => State::Changing("pending".into()),
        Some(end @ ("failed" | "rejected" | "expired")) => State::Failed(format!("{end} {reason}").trim_end().to_owned()),
        // `pendingAcceptance` waits for the service's owner, not for AWS.
        _ => State::Ready,
    };
    let (id, tags) = (endpoint.vpc_endpoint_id.unwrap_or_default(), driver::tags(endpoint.tags));
    let endpoint_type = match endpoint.vpc_endpoint_type {
        Some(VpcEndpointType::Interface) => EndpointType::Interface,
        _ => EndpointType::Gateway,
    };
    let groups = endpoint.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_id).collect();
    Some(Live {
        name: String::new(),
        arn: aws.ec2_arn("vpc-endpoint", &id),
        claim: aws.claim(&tags),
        state,
        outputs: outputs(aws, &id, endpoint.dns_entries.as_deref().unwrap_or_default()),
        spec: Spec {
            vpc_id: endpoint.vpc_id.unwrap_or_default(),
            service_name: endpoint.service_name.unwrap_or_default(),
            endpoint_type,
            route_table_ids: endpoint.route_table_ids.unwrap_or_default(),
            subnet_ids: endpoint.subnet_ids.unwrap_or_default(),
            security_group_ids: groups,
            private_dns_enabled: endpoint_type == EndpointType::Interface && endpoint.private_dns_enabled.unwrap_or(false),
            policy: endpoint.policy_document.and_then(|text| serde_json::from_str(&text).ok()),
            tags: own_tags(&tags),
        },
        id,
    })
}

// An interface endpoint has names; the first one leads to all its zones.
fn outputs(aws: &Aws, id: &str, names: &[sdk::DnsEntry]) -> BTreeMap<String, String> {
    let (name, zone) = names.first().map(|entry| (entry.dns_name(), entry.hosted_zone_id())).unwrap_or_default();
    let given = [("id", Some(id.to_owned())), ("arn", Some(aws.ec2_arn("vpc-endpoint", id)))];
    let named = [("dns_name", name.map(String::from)), ("hosted_zone_id", zone.map(String::from))];
    given.into_iter().chain(named).filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn some(ids: &[String]) -> Option<Vec<String>> {
    (!ids.is_empty()).then(|| ids.to_vec())
}

fn without(ids: &[String], others: &[String]) -> Option<Vec<String>> {
    some(&ids.iter().filter(|id| !others.contains(id)).cloned().collect::<Vec<_>>())
}
