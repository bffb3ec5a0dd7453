//! Makes, reads, changes and deletes `ec2.internet_gateway` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::after_create::after_create;
use crate::kinds::ec2::driver;
use crate::kinds::ec2::internet_gateway::*;
use aws_sdk_ec2::types::{AttachmentStatus, ResourceType};
use std::collections::BTreeMap;

impl Driver for InternetGateway {
    const ABSENT: &'static [&'static str] = &["InvalidInternetGatewayID.NotFound"];
    // A gateway cannot leave while the VPC has public addresses in use.
    const PASSING: &'static [&'static str] = &["DependencyViolation", "InvalidVpcID.NotFound"];
    const AGAIN: Again<Spec> = Again::Another;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let filters = driver::filters(aws, select, "internet-gateway-id");
        let mut pages = aws.ec2.describe_internet_gateways().set_filters(Some(filters)).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for gateway in page.during("ec2.DescribeInternetGateways")?.internet_gateways.unwrap_or_default() {
                let (id, tags) = (gateway.internet_gateway_id.unwrap_or_default(), driver::tags(gateway.tags));
                let attached = gateway
                    .attachments
                    .unwrap_or_default()
                    .into_iter()
                    .find(|attachment| !matches!(attachment.state, Some(AttachmentStatus::Detaching | AttachmentStatus::Detached)));
                let arn = aws.ec2_arn("internet-gateway", &id);
                found.push(Live {
                    name: String::new(),
                    claim: aws.claim(&tags),
                    state: State::Ready,
                    outputs: BTreeMap::from([("id".into(), id.clone()), ("arn".into(), arn.clone())]),
                    spec: Spec { vpc_id: attached.and_then(|attachment| attachment.vpc_id), tags: own_tags(&tags) },
                    id,
                    arn,
                });
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .ec2_once
            .create_internet_gateway()
            .tag_specifications(driver::tag_specification(ResourceType::InternetGateway, &new.tags))
            .send()
            .await
            .during("ec2.CreateInternetGateway")?;
        let id = answer
            .internet_gateway
            .and_then(|gateway| gateway.internet_gateway_id)
            .ok_or_else(|| Error::missing("ec2.CreateInternetGateway", "InternetGatewayId"))?;
        if let Some(vpc) = &new.spec.vpc_id {
            after_create(aws, || attach(aws, &id, vpc)).await?;
        }
        Ok(Made::new(&id, [("id", id.clone()), ("arn", aws.ec2_arn("internet-gateway", &id))]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        if let Some(vpc) = change.wanted.vpc_id.as_ref().filter(|_| change.changes("vpc_id")) {
            attach(aws, &change.live.id, vpc).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        if let Some(vpc) = &live.spec.vpc_id {
            detach(aws, &live.id, vpc).await?;
        }
        aws.ec2.delete_internet_gateway().internet_gateway_id(&live.id).send().await.during("ec2.DeleteInternetGateway")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn attach(aws: &Aws, id: &str, vpc: &str) -> Result<()> {
    let answer = aws.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await;
    match answer.during("ec2.AttachInternetGateway") {
        // A repeat of a call whose answer was lost finds it attached; to this VPC, or it is an error after all.
        Err(error) if error.is(&["Resource.AlreadyAssociated"]) => {
            let live = InternetGateway::list(aws, &Select::Ids(vec![id.to_owned()])).await?;
            if live.iter().any(|live| live.spec.vpc_id.as_deref() == Some(vpc)) { Ok(()) } else { Err(error) }
        }
        answer => answer.map(|_| ()),
    }
}

async fn detach(aws: &Aws, id: &str, vpc: &str) -> Result<()> {
    let answer = aws.ec2.detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc).send().await;
    match answer.during("ec2.DetachInternetGateway") {
        Err(error) if error.is(&["Gateway.NotAttached"]) => Ok(()),
        answer => answer.map(|_| ()),
    }
}
