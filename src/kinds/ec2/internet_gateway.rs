//! `ec2.internet_gateway`: a VPC's way to the internet.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, replace, update};
use crate::kinds::ec2;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct InternetGateway;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The VPC that it is attached to; none leaves it detached.
    #[serde(default)]
    pub vpc_id: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

impl Kind for InternetGateway {
    type Spec = Spec;
    const NAME: &'static str = "ec2.internet_gateway";
    const ABOUT: About = About {
        doc: "A VPC's way to the internet.",
        outputs: &["id", "arn"],
        arn: "ec2:internet-gateway/",
        exclusive: &[&["vpc_id"]],
        // It cannot leave a VPC that has public addresses in use.
        deleted_after: &["ec2.eip", "ec2.nat_gateway", "ecs.service", "elbv2.load_balancer", "rds.instance"],
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#InternetGateway:internetGatewayId={id}",
        free: "gateways are free, what goes out through them is billed where it comes from",
        ..About::NEW
    };
    // A gateway can be detached only once nothing in its VPC has a public address, so that another VPC gets another one.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    const FIELDS: &'static [Field] = &[replace("vpc_id").fills(), update("tags")];

    fn example() -> Spec {
        Spec { vpc_id: Some("${example.vpc.id}".into()), tags: BTreeMap::from([("Name".into(), "example".into())]) }
    }

    const CHECKS: &'static [Check<Spec>] = &[Check {
        id: "VPC011",
        about: "An internet gateway names its VPC by something that is no VPC's id.",
        why: "AttachInternetGateway refuses it, and the gateway stays detached: nothing in the VPC reaches the internet.",
        page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html",
        wrong: &[r#"{"vpc_id": "main"}"#, r#"{"vpc_id": "subnet-0123456789abcdef0"}"#],
        right: &[r#"{"vpc_id": "vpc-0123456789abcdef0"}"#, r#"{"vpc_id": null}"#],
        find: |spec| spec.vpc_id.iter().filter_map(|id| ec2::check_id("vpc_id", id, "vpc-")).collect(),
    }];
}

impl Priced for InternetGateway {}
