//! `ec2.eip`: a public IPv4 address that stays.

use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::price::charge::{Charge, Count};
use crate::core::price::estate::Facts;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::nat_gateway::NatGateway;
use crate::tariffs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Eip;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The pool that the address comes from: `amazon`, or the id of one that you brought.
    #[serde(default = "amazon")]
    pub public_ipv4_pool: String,
    /// Nodes that must be there first, such as the attached internet gateway.
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn amazon() -> String {
    "amazon".into()
}

impl Kind for Eip {
    type Spec = Spec;
    const NAME: &'static str = "ec2.eip";
    const ABOUT: About = About {
        doc: "A public IPv4 address that stays.",
        outputs: &["id", "arn", "public_ip"],
        arn: "ec2:elastic-ip/",
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#ElasticIpDetails:AllocationId={id}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[replace("public_ipv4_pool"), update("after").order_only(), update("tags")];

    fn example() -> Spec {
        Spec {
            public_ipv4_pool: amazon(),
            after: vec!["${example.internet-gateway.id}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let pool = &spec.public_ipv4_pool;
        if is_symbolic(pool) || pool == "amazon" || pool.starts_with("ipv4pool-ec2-") {
            return Vec::new();
        }
        vec![
            Problem::new("public_ipv4_pool", format!("`{pool}` is not a pool"))
                .help("write `amazon`, or an id that begins with ipv4pool-ec2-"),
        ]
    }

    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        // An address of one's own pool is free.
        if spec.public_ipv4_pool != amazon() {
            return Vec::new();
        }
        let in_use = !facts.users::<NatGateway>().is_empty();
        vec![tariffs::vpc::public_addresses(&Count::of(1), in_use)]
    }
}

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::ec2;
    use aws_sdk_ec2::types::{DomainType, ResourceType};

    impl Driver for Eip {
        const ABSENT: &'static [&'static str] = &["InvalidAllocationID.NotFound"];
        // A NAT gateway holds its address until it is gone.
        const PASSING: &'static [&'static str] = &["InvalidIPAddress.InUse"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let filters = ec2::filters(aws, select, "allocation-id");
            let answer = aws.ec2.describe_addresses().set_filters(Some(filters)).send().await.during("ec2.DescribeAddresses")?;
            let mut found = Vec::new();
            for address in answer.addresses.unwrap_or_default() {
                let (id, tags) = (address.allocation_id.unwrap_or_default(), ec2::tags(address.tags));
                found.push(Live {
                    name: String::new(),
                    arn: aws.ec2_arn("elastic-ip", &id),
                    claim: aws.claim(&tags),
                    state: State::Ready,
                    outputs: made(aws, &id, address.public_ip).outputs,
                    spec: Spec {
                        public_ipv4_pool: address.public_ipv4_pool.unwrap_or_else(amazon),
                        after: Vec::new(),
                        tags: own_tags(&tags),
                    },
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
                .tag_specifications(ec2::tag_specification(ResourceType::ElasticIp, &new.tags))
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
            ec2::retag(aws, &live.id, tags).await
        }
    }

    fn made(aws: &Aws, id: &str, public_ip: Option<String>) -> Made {
        let address = public_ip.map(|address| ("public_ip", address));
        Made::new(id, [("id", id.to_owned()), ("arn", aws.ec2_arn("elastic-ip", id))].into_iter().chain(address))
    }
}
