//! `ec2.vpc`: a virtual network.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::kinds::ec2;
use crate::pricing::Priced;
use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Vpc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The IPv4 range, from /16 to /28.
    pub cidr: String,
    /// Whether instances get DNS names when they have public addresses.
    #[serde(default = "yes")]
    pub dns_hostnames: bool,
    /// Whether AWS's resolver answers in the VPC.
    #[serde(default = "yes")]
    pub dns_support: bool,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn yes() -> bool {
    true
}

impl Kind for Vpc {
    type Spec = Spec;
    const NAME: &'static str = "ec2.vpc";
    const ABOUT: About = About {
        doc: "A virtual network.",
        outputs: &["id", "arn", "cidr"],
        naming: Naming::None,
        arn: "ec2:vpc/",
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#VpcDetails:VpcId={id}",
        free: "a VPC is free, addresses and gateways in it are not",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[replace("cidr"), update("dns_hostnames"), update("dns_support"), update("tags")];

    fn example() -> Spec {
        Spec {
            cidr: "10.0.0.0/16".into(),
            dns_hostnames: true,
            dns_support: true,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(ec2::check_ipv4("cidr", &spec.cidr));
        if let Some(net) = spec.cidr.parse::<Ipv4Net>().ok().filter(|net| !(16..=28).contains(&net.prefix_len())) {
            problems.push(Problem::new("cidr", format!("a VPC is from /16 to /28, not /{}", net.prefix_len())));
        }
        if spec.dns_hostnames && !spec.dns_support {
            problems.push(
                Problem::new("dns_hostnames", "DNS host names need `dns_support`").help("set dns_support = true, or dns_hostnames = false"),
            );
        }
        problems
    }
}

impl Priced for Vpc {}
