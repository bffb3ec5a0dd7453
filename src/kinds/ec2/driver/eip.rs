//! Makes, reads, changes and deletes `ec2.eip` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::ec2::driver;
use crate::kinds::ec2::eip::*;
use aws_sdk_ec2::types::{DomainType, ResourceType};
use std::collections::BTreeMap;

impl Driver for Eip {
    const ABSENT: &'static [&'static str] = &["InvalidAllocationID.NotFound"];
    // A NAT gateway holds its address until it is gone.
    const PASSING: &'static [&'static str] = &["InvalidIPAddress.InUse"];
    const AGAIN: Again<Spec> = Again::Another;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let filters = driver::filters(aws, select, "allocation-id");
        let answer = aws.ec2.describe_addresses().set_filters(Some(filters)).send().await.during("ec2.DescribeAddresses")?;
        let mut found = Vec::new();
        for address in answer.addresses.unwrap_or_default() {
            let (id, tags) = (address.allocation_id.unwrap_or_default(), driver::tags(address.tags));
            found.push(Live {
                name: String::new(),
                arn: aws.ec2_arn("elastic-ip", &id),
                claim: aws.claim(&tags),
                state: State::Ready,
                outputs: made(aws, &id, address.public_ip).outputs,
                spec: Spec { public_ipv4_pool: address.public_ipv4_pool.unwrap_or_else(amazon), after: Vec::new(), tags: own_tags(&tags) },
                id,
            });
        }
        Ok(found)
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let pool = Some(&new.spec.public_ipv4_pool).filter(|pool| **pool != amazon()).cloned();
        let answer = aws
            .ec2_once
            .allocate_address()
            .domain(DomainType::Vpc)
            .set_public_ipv4_pool(pool)
            .tag_specifications(driver::tag_specification(ResourceType::ElasticIp, &new.tags))
            .send()
            .await
            .during("ec2.AllocateAddress")?;
        let id = answer.allocation_id.ok_or_else(|| Error::missing("ec2.AllocateAddress", "AllocationId"))?;
        Ok(made(aws, &id, answer.public_ip))
    }

    async fn update(_aws: &Aws, _change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.ec2.release_address().allocation_id(&live.id).send().await.during("ec2.ReleaseAddress")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

fn made(aws: &Aws, id: &str, public_ip: Option<String>) -> Made {
    let address = public_ip.map(|address| ("public_ip", address));
    Made::new(id, [("id", id.to_owned()), ("arn", aws.ec2_arn("elastic-ip", id))].into_iter().chain(address))
}
