//! `ec2.eip`: a public IPv4 address that stays.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::pricing::{Charge, Count, Facts, Priced, tariffs};
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

pub(super) fn amazon() -> String {
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
    // An address comes from the pool that it was allocated from.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html
    const FIELDS: &'static [Field] = &[replace("public_ipv4_pool"), update("after").order_only(), update("tags")];

    fn example() -> Spec {
        Spec {
            public_ipv4_pool: amazon(),
            after: vec!["${example.internet-gateway.id}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[Check {
        id: "VPC001",
        about: "The pool of an elastic IP address is neither Amazon's nor one that somebody brought.",
        why: "AllocateAddress refuses an id of another form, so the address is never made.",
        page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html",
        wrong: &[r#"{"public_ipv4_pool": "mine"}"#, r#"{"public_ipv4_pool": ""}"#],
        right: &[r#"{"public_ipv4_pool": "ipv4pool-ec2-012345abcdef67890"}"#],
        find: pool,
    }];
}

impl Priced for Eip {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        // An address of one's own pool is free.
        if spec.public_ipv4_pool != amazon() {
            return Vec::new();
        }
        let in_use = !facts.users::<NatGateway>().is_empty();
        vec![tariffs::vpc::public_addresses(&Count::of(1), in_use)]
    }
}

fn pool(spec: &Spec) -> Vec<Problem> {
    let pool = &spec.public_ipv4_pool;
    if is_symbolic(pool) || pool == "amazon" || pool.starts_with("ipv4pool-ec2-") {
        return Vec::new();
    }
    vec![
        Problem::new("public_ipv4_pool", format!("`{pool}` is not a pool")).help("write `amazon`, or an id that begins with ipv4pool-ec2-"),
    ]
}
