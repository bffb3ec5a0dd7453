//! Makes, reads, changes and deletes `ec2.subnet` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::after_create::after_create;
use crate::kinds::ec2::driver;
use crate::kinds::ec2::subnet::*;
use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, SubnetState};
use std::collections::BTreeMap;

impl Driver for Subnet {
    const ABSENT: &'static [&'static str] = &["InvalidSubnetID.NotFound"];
    /// A range inside a VPC is given once, as a name is.
    const TAKEN: &'static [&'static str] = &["InvalidSubnet.Conflict"];
    const PASSING: &'static [&'static str] = &["DependencyViolation", "InvalidVpcID.NotFound"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let mut pages = aws.ec2.describe_subnets().set_filters(Some(driver::filters(aws, select, "subnet-id"))).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for subnet in page.during("ec2.DescribeSubnets")?.subnets.unwrap_or_default() {
                let (id, tags) = (subnet.subnet_id.unwrap_or_default(), driver::tags(subnet.tags));
                let spec = Spec {
                    vpc_id: subnet.vpc_id.unwrap_or_default(),
                    cidr: subnet.cidr_block.unwrap_or_default(),
                    availability_zone: subnet.availability_zone.unwrap_or_default(),
                    map_public_ip_on_launch: subnet.map_public_ip_on_launch.unwrap_or(false),
                    tags: own_tags(&tags),
                };
                found.push(Live {
                    name: String::new(),
                    arn: aws.ec2_arn("subnet", &id),
                    claim: aws.claim(&tags),
                    state: if subnet.state == Some(SubnetState::Pending) { State::Changing("pending".into()) } else { State::Ready },
                    outputs: outputs(aws, &id, &spec).into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                    spec,
                    id,
                });
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .ec2_once
            .create_subnet()
            .vpc_id(&new.spec.vpc_id)
            .cidr_block(&new.spec.cidr)
            .availability_zone(&new.spec.availability_zone)
            .tag_specifications(driver::tag_specification(ResourceType::Subnet, &new.tags))
            .send()
            .await
            .during("ec2.CreateSubnet")?;
        let id = answer.subnet.and_then(|subnet| subnet.subnet_id).ok_or_else(|| Error::missing("ec2.CreateSubnet", "SubnetId"))?;
        if new.spec.map_public_ip_on_launch {
            after_create(aws, || set_public(aws, &id, true)).await?;
        }
        Ok(Made::new(&id, outputs(aws, &id, &new.spec)))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        if change.changes("map_public_ip_on_launch") {
            set_public(aws, &change.live.id, change.wanted.map_public_ip_on_launch).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.ec2.delete_subnet().subnet_id(&live.id).send().await.during("ec2.DeleteSubnet")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

fn outputs(aws: &Aws, id: &str, spec: &Spec) -> [(&'static str, String); 4] {
    [
        ("id", id.to_owned()),
        ("arn", aws.ec2_arn("subnet", id)),
        ("cidr", spec.cidr.clone()),
        ("availability_zone", spec.availability_zone.clone()),
    ]
}

async fn set_public(aws: &Aws, id: &str, on: bool) -> Result<()> {
    let value = AttributeBooleanValue::builder().value(on).build();
    aws.ec2.modify_subnet_attribute().subnet_id(id).map_public_ip_on_launch(value).send().await.during("ec2.ModifySubnetAttribute")?;
    Ok(())
}
