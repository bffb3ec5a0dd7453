//! `ec2.vpc`: a virtual network.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::kinds::ec2;
use crate::kinds::yes;
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
    /// Gives instances with public IP addresses public DNS host names.
    #[serde(default = "yes")]
    pub dns_hostnames: bool,
    /// Lets AWS's DNS resolver answer in the VPC.
    #[serde(default = "yes")]
    pub dns_support: bool,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
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
    // The first range of a VPC stays; others can be added beside it.
    // https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    const FIELDS: &'static [Field] = &[replace("cidr"), update("dns_hostnames"), update("dns_support"), update("tags")];

    fn example() -> Spec {
        Spec {
            cidr: "10.0.0.0/16".into(),
            dns_hostnames: true,
            dns_support: true,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "VPC101",
            about: "The range of a VPC is no IPv4 range.",
            why: "CreateVpc refuses it as an invalid parameter.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html",
            wrong: &[r#"{"cidr": "10.0.0.0"}"#, r#"{"cidr": "2001:db8::/56"}"#],
            right: &[r#"{"cidr": "172.16.0.0/16"}"#],
            find: |spec| ec2::not_ipv4("cidr", &spec.cidr).into_iter().collect(),
        },
        Check {
            id: "VPC102",
            about: "The range of a VPC has bits set beyond its prefix.",
            why: "EC2 drops them, so the VPC would never have the range that the file says.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html",
            wrong: &[r#"{"cidr": "10.0.0.1/16"}"#],
            right: &[r#"{"cidr": "10.1.0.0/16"}"#],
            find: |spec| ec2::stray_ipv4_bits("cidr", &spec.cidr).into_iter().collect(),
        },
        Check {
            id: "VPC103",
            about: "A VPC is larger or smaller than AWS has them.",
            why: "CreateVpc refuses ranges outside /16 to /28.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
            wrong: &[r#"{"cidr": "10.0.0.0/8"}"#, r#"{"cidr": "10.0.0.0/29"}"#],
            right: &[r#"{"cidr": "10.0.0.0/28"}"#],
            find: |spec| ec2::wrong_size("cidr", &spec.cidr, "VPC").into_iter().collect(),
        },
        Check {
            id: "VPC104",
            about: "A VPC gives out DNS host names although its resolver is off.",
            why: "ModifyVpcAttribute refuses host names without DNS support, since nobody could resolve them.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html",
            wrong: &[r#"{"dns_support": false}"#],
            right: &[r#"{"dns_support": false, "dns_hostnames": false}"#, r#"{"dns_hostnames": false}"#],
            find: host_names,
        },
        Check {
            id: "VPC105",
            about: "The range of a VPC is one that no network can have.",
            why: "Addresses of the host itself, of the link, of groups, and those kept for later are no addresses of a network: AWS refuses them, or nothing in the VPC can be reached.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
            wrong: &[
                r#"{"cidr": "127.0.0.0/16"}"#,
                r#"{"cidr": "224.0.0.0/16"}"#,
                r#"{"cidr": "169.254.0.0/16"}"#,
                r#"{"cidr": "0.0.0.0/16"}"#,
                r#"{"cidr": "240.0.0.0/16"}"#,
            ],
            right: &[r#"{"cidr": "100.64.0.0/16"}"#, r#"{"cidr": "198.18.0.0/16"}"#],
            find: |spec| of_no_network(&spec.cidr).into_iter().collect(),
        },
    ];
}

impl Priced for Vpc {}

/// The ranges that are kept for other ends, and the ends.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>
const KEPT: [(&str, &str); 5] = [
    ("0.0.0.0/8", "a host that does not know its address"),
    ("127.0.0.0/8", "the host itself"),
    ("169.254.0.0/16", "the link, AWS's own services on it among them"),
    ("224.0.0.0/4", "groups of receivers (multicast)"),
    ("240.0.0.0/4", "later use"),
];

fn of_no_network(cidr: &str) -> Option<Problem> {
    let range = cidr.parse::<Ipv4Net>().ok()?;
    let overlaps = |kept: &str| kept.parse::<Ipv4Net>().is_ok_and(|kept| kept.contains(&range) || range.contains(&kept));
    let (kept, end) = KEPT.iter().find(|(kept, _)| overlaps(kept))?;
    let problem = Problem::new("cidr", format!("{kept} is kept for {end}"));
    Some(problem.help("take a private range: out of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"))
}

fn host_names(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("dns_hostnames", "DNS host names need `dns_support`").help("set dns_support = true, or dns_hostnames = false");
    (spec.dns_hostnames && !spec.dns_support).then(problem).into_iter().collect()
}
