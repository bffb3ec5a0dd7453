//! `ec2.subnet`: a range of a VPC in one availability zone.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use crate::pricing::Priced;
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
    /// Gives instances and network interfaces made in the subnet a public IPv4 address.
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
        held: true,
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#SubnetDetails:subnetId={id}",
        free: "part of the VPC",
        ..About::NEW
    };
    // ModifySubnetAttribute takes none of the three.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "VPC081",
            about: "A subnet names its VPC by something that is no VPC's id.",
            why: "CreateSubnet refuses it as malformed.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html",
            wrong: &[r#"{"vpc_id": "main"}"#],
            right: &[r#"{"vpc_id": "vpc-0123456789abcdef0"}"#],
            find: |spec| ec2::check_id("vpc_id", &spec.vpc_id, "vpc-").into_iter().collect(),
        },
        Check {
            id: "VPC082",
            about: "The range of a subnet is no IPv4 range.",
            why: "CreateSubnet refuses it as an invalid parameter.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html",
            wrong: &[r#"{"cidr": "10.0.1.0"}"#, r#"{"cidr": "2001:db8::/64"}"#],
            right: &[r#"{"cidr": "10.0.2.0/24"}"#],
            find: |spec| ec2::not_ipv4("cidr", &spec.cidr).into_iter().collect(),
        },
        Check {
            id: "VPC083",
            about: "The range of a subnet has bits set beyond its prefix.",
            why: "EC2 drops them, so the subnet would never have the range that the file says.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html",
            wrong: &[r#"{"cidr": "10.0.1.7/24"}"#],
            right: &[r#"{"cidr": "10.0.7.0/24"}"#],
            find: |spec| ec2::stray_ipv4_bits("cidr", &spec.cidr).into_iter().collect(),
        },
        Check {
            id: "VPC084",
            about: "A subnet is larger or smaller than AWS has them.",
            why: "CreateSubnet refuses ranges outside /16 to /28.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
            wrong: &[r#"{"cidr": "10.0.0.0/15"}"#, r#"{"cidr": "10.0.1.0/29"}"#],
            right: &[r#"{"cidr": "10.0.0.0/16"}"#, r#"{"cidr": "10.0.1.0/28"}"#],
            find: size,
        },
        Check {
            id: "VPC085",
            about: "A subnet names its availability zone by something that is no zone's name.",
            why: "CreateSubnet refuses it as an invalid parameter.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
            wrong: &[
                r#"{"availability_zone": "us-east-1"}"#,
                r#"{"availability_zone": "a"}"#,
                r#"{"availability_zone": "us-east-1aus-east-1a"}"#,
            ],
            right: &[
                r#"{"availability_zone": "us-west-2-lax-1a"}"#,
                r#"{"availability_zone": "us-east-1-wl1-bos-wlz-1"}"#,
                r#"{"availability_zone": "us-gov-west-1a"}"#,
            ],
            find: zone,
        },
    ];
}

impl Priced for Subnet {}

fn size(spec: &Spec) -> Vec<Problem> {
    let problem = ec2::wrong_size("cidr", &spec.cidr, "subnet");
    problem.into_iter().map(|problem| problem.help("AWS keeps five addresses of each subnet for itself, so /28 leaves eleven")).collect()
}

fn zone(spec: &Spec) -> Vec<Problem> {
    let zone = &spec.availability_zone;
    let problem = || {
        Problem::new("availability_zone", format!("`{zone}` is not the name of a zone"))
            .help("a zone is the region and a letter, such as us-east-1a")
    };
    (!is_symbolic(zone) && !is_zone(zone)).then(problem).into_iter().collect()
}

/// True for the name of a region and a letter (`us-east-1a`), or of a Local or Wavelength Zone behind it (`us-west-2-lax-1a`,
/// `us-east-1-wl1-bos-wlz-1`).
fn is_zone(text: &str) -> bool {
    let parts = text.split('-').collect::<Vec<_>>();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let lettered = |part: &str| part.strip_suffix(|last: char| last.is_ascii_lowercase()).is_some_and(number);
    let words = parts.iter().take_while(|part| word(part)).count();
    match &parts[words..] {
        [zone] => words >= 2 && lettered(zone),
        [region, place @ .., zone] => {
            let plain = |part: &&str| part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            words >= 2 && number(region) && !place.is_empty() && place.iter().all(plain) && (lettered(zone) || number(zone))
        }
        [] => false,
    }
}
