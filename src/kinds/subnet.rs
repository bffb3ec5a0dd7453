//! `ec2.subnet`: a range of a VPC in one availability zone.

use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Subnet;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The VPC that it is a part of.
    pub vpc_id: String,
    /// The IPv4 range, from /16 to /28, inside the VPC's own.
    pub cidr: String,
    /// The zone by its name, such as `us-east-1a`.
    pub availability_zone: String,
    /// Whether what is launched here gets a public address.
    #[serde(default)]
    pub map_public_ip_on_launch: bool,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl Kind for Subnet {
    type Spec = Spec;
    const NAME: &'static str = "ec2.subnet";
    const ABOUT: About = About {
        doc: "A range of a VPC in one availability zone.",
        outputs: &["id", "arn", "cidr", "availability_zone"],
        arn: "ec2:subnet/",
        exclusive: &[&["vpc_id", "cidr"]],
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#SubnetDetails:subnetId={id}",
        free: "part of the VPC",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("vpc_id"), replace("cidr"), replace("availability_zone"), update("map_public_ip_on_launch"), update("tags")];

    fn example() -> Spec {
        Spec {
            vpc_id: "${example.vpc.id}".into(),
            cidr: "10.0.1.0/24".into(),
            availability_zone: "us-east-1a".into(),
            map_public_ip_on_launch: false,
            tags: BTreeMap::from([("Name".into(), "example-a".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(ec2::check_id("vpc_id", &spec.vpc_id, "vpc-"));
        problems.extend(ec2::check_ipv4("cidr", &spec.cidr));
        if let Some(net) = spec.cidr.parse::<Ipv4Net>().ok().filter(|net| !(16..=28).contains(&net.prefix_len())) {
            problems.push(
                Problem::new("cidr", format!("a subnet is from /16 to /28, not /{}", net.prefix_len()))
                    .help("AWS keeps five addresses of each subnet for itself, so /28 leaves eleven"),
            );
        }
        if !is_symbolic(&spec.availability_zone) && !is_zone(&spec.availability_zone) {
            problems.push(
                Problem::new("availability_zone", format!("`{}` is not the name of a zone", spec.availability_zone))
                    .help("a zone is the region and a letter, such as us-east-1a"),
            );
        }
        problems
    }
}

// `us-east-1a`, `us-west-2-lax-1a`: words and digits, then a digit and a letter.
fn is_zone(text: &str) -> bool {
    let parts = text.split('-').collect::<Vec<_>>();
    let plain = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let last = parts.last().map(|part| part.as_bytes()).unwrap_or_default();
    parts.len() >= 3
        && parts.iter().all(plain)
        && matches!(last, [digits @ .., letter] if letter.is_ascii_lowercase() && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::after_create::after_create;
    use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, SubnetState};

    impl Driver for Subnet {
        const ABSENT: &'static [&'static str] = &["InvalidSubnetID.NotFound"];
        const PASSING: &'static [&'static str] = &["DependencyViolation", "InvalidVpcID.NotFound"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let mut pages = aws.ec2.describe_subnets().set_filters(Some(ec2::filters(aws, select, "subnet-id"))).into_paginator().send();
            let mut found = Vec::new();
            while let Some(page) = pages.next().await {
                for subnet in page.during("ec2.DescribeSubnets")?.subnets.unwrap_or_default() {
                    let (id, tags) = (subnet.subnet_id.unwrap_or_default(), ec2::tags(subnet.tags));
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
                .tag_specifications(ec2::tag_specification(ResourceType::Subnet, &new.tags))
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
            ec2::retag(aws, &live.id, tags).await
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
}
