//! `ec2.subnet`: a range of a VPC in one availability zone.

use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use crate::pricing::Priced;
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

impl Priced for Subnet {}

// `us-east-1a`, `us-west-2-lax-1a`: words and digits, then a digit and a letter.
fn is_zone(text: &str) -> bool {
    let parts = text.split('-').collect::<Vec<_>>();
    let plain = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let last = parts.last().map(|part| part.as_bytes()).unwrap_or_default();
    parts.len() >= 3
        && parts.iter().all(plain)
        && matches!(last, [digits @ .., letter] if letter.is_ascii_lowercase() && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}
