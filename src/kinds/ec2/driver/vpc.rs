//! Makes, reads, changes and deletes `ec2.vpc` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::ec2::driver;
use crate::kinds::ec2::vpc::*;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, VpcAttributeName, VpcState};
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for Vpc {
    const ABSENT: &'static [&'static str] = &["InvalidVpcID.NotFound"];
    const PASSING: &'static [&'static str] = &["DependencyViolation"];
    const AGAIN: Again<Spec> = Again::Another;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let mut pages = aws.ec2.describe_vpcs().set_filters(Some(driver::filters(aws, select, "vpc-id"))).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(page.during("ec2.DescribeVpcs")?.vpcs.unwrap_or_default());
        }
        // AWS answers the two DNS settings one VPC and one setting at a time.
        try_join_all(found.into_iter().map(async |vpc| {
            let id = vpc.vpc_id.unwrap_or_default();
            let (dns_hostnames, dns_support) = tokio::try_join!(
                attribute(aws, &id, VpcAttributeName::EnableDnsHostnames),
                attribute(aws, &id, VpcAttributeName::EnableDnsSupport)
            )?;
            let tags = driver::tags(vpc.tags);
            let cidr = vpc.cidr_block.unwrap_or_default();
            let arn = aws.ec2_arn("vpc", &id);
            Ok(Live {
                name: String::new(),
                claim: aws.claim(&tags),
                state: if vpc.state == Some(VpcState::Pending) { State::Changing("pending".into()) } else { State::Ready },
                outputs: BTreeMap::from([("id".into(), id.clone()), ("arn".into(), arn.clone()), ("cidr".into(), cidr.clone())]),
                spec: Spec { cidr, dns_hostnames, dns_support, tags: own_tags(&tags) },
                id,
                arn,
            })
        }))
        .await
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .ec2_once
            .create_vpc()
            .cidr_block(&new.spec.cidr)
            .tag_specifications(driver::tag_specification(ResourceType::Vpc, &new.tags))
            .send()
            .await
            .during("ec2.CreateVpc")?;
        let id = answer.vpc.and_then(|vpc| vpc.vpc_id).ok_or_else(|| Error::missing("ec2.CreateVpc", "VpcId"))?;
        // A new VPC resolves names (dns_support) and gives none (dns_hostnames).
        set_dns(aws, &id, (!new.spec.dns_support).then_some(false), new.spec.dns_hostnames.then_some(true)).await?;
        Ok(Made::new(&id, [("id", id.clone()), ("arn", aws.ec2_arn("vpc", &id)), ("cidr", new.spec.cidr.clone())]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let wanted = &change.wanted;
        let support = change.changes("dns_support").then_some(wanted.dns_support);
        let hostnames = change.changes("dns_hostnames").then_some(wanted.dns_hostnames);
        set_dns(aws, &change.live.id, support, hostnames).await?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.ec2.delete_vpc().vpc_id(&live.id).send().await.during("ec2.DeleteVpc")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn attribute(aws: &Aws, id: &str, name: VpcAttributeName) -> Result<bool> {
    let answer = aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(name).send().await.during("ec2.DescribeVpcAttribute")?;
    Ok(answer.enable_dns_hostnames.or(answer.enable_dns_support).and_then(|value| value.value).unwrap_or(false))
}

// One attribute a call, and host names need support to be on first.
async fn set_dns(aws: &Aws, id: &str, support: Option<bool>, hostnames: Option<bool>) -> Result<()> {
    let value = |on: bool| AttributeBooleanValue::builder().value(on).build();
    if let Some(on) = support.filter(|on| *on) {
        aws.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_support(value(on)).send().await.during("ec2.ModifyVpcAttribute")?;
    }
    if let Some(on) = hostnames {
        aws.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_hostnames(value(on)).send().await.during("ec2.ModifyVpcAttribute")?;
    }
    if let Some(on) = support.filter(|on| !*on) {
        aws.ec2.modify_vpc_attribute().vpc_id(id).enable_dns_support(value(on)).send().await.during("ec2.ModifyVpcAttribute")?;
    }
    Ok(())
}
