//! `ec2.vpc_endpoint`: a private way from a VPC to an AWS service.

use crate::core::iam_document::{self, Place};
use crate::core::kind::{About, Field, Kind, Minutes, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::ec2;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct VpcEndpoint;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub vpc_id: String,
    /// The service by its name in the region, such as `com.amazonaws.us-east-1.s3`.
    pub service_name: String,
    /// Routes in route tables (S3 and DynamoDB, free of charge), or network interfaces in subnets (the rest).
    #[serde(default, rename = "type")]
    pub endpoint_type: EndpointType,
    /// Gateway: the route tables that get a route to the service.
    #[serde(default)]
    pub route_table_ids: Vec<String>,
    /// Interface: one subnet a zone.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    /// Interface: who may connect.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Interface: whether the service's usual host name leads here.
    #[serde(default)]
    pub private_dns_enabled: bool,
    /// Who may do what through it; none allows everything that the caller may do.
    #[serde(default)]
    pub policy: Option<Value>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum EndpointType {
    #[default]
    Gateway,
    Interface,
}

impl Kind for VpcEndpoint {
    type Spec = Spec;
    const NAME: &'static str = "ec2.vpc_endpoint";
    const ABOUT: About = About {
        doc: "A private way from a VPC to an AWS service.",
        outputs: &["id", "arn", "dns_name", "hosted_zone_id"],
        arn: "ec2:vpc-endpoint/",
        minutes: Minutes::new(1.5, 1.0, 3.0),
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#EndpointDetails:vpcEndpointId={id}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("vpc_id"),
        replace("service_name"),
        replace("type"),
        update("route_table_ids").set(),
        update("subnet_ids").set(),
        update("security_group_ids").set(),
        update("private_dns_enabled"),
        update("policy").document(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            vpc_id: "${example.vpc.id}".into(),
            service_name: "com.amazonaws.us-east-1.s3".into(),
            endpoint_type: EndpointType::Gateway,
            route_table_ids: vec!["${example.route-table.id}".into()],
            subnet_ids: Vec::new(),
            security_group_ids: Vec::new(),
            private_dns_enabled: false,
            policy: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(ec2::check_id("vpc_id", &spec.vpc_id, "vpc-"));
        let parts = spec.service_name.split('.').count();
        if !is_symbolic(&spec.service_name) && (parts < 4 || spec.service_name.contains(char::is_whitespace)) {
            problems.push(
                Problem::new("service_name", format!("`{}` is not the name of a service", spec.service_name))
                    .help("write it as com.amazonaws.us-east-1.s3; `aws ec2 describe-vpc-endpoint-services` lists them"),
            );
        }
        let lists = [
            ("route_table_ids", &spec.route_table_ids, "rtb-"),
            ("subnet_ids", &spec.subnet_ids, "subnet-"),
            ("security_group_ids", &spec.security_group_ids, "sg-"),
        ];
        for (field, ids, prefix) in lists {
            problems.extend(ids.iter().enumerate().filter_map(|(at, id)| ec2::check_id(&format!("{field}.{at}"), id, prefix)));
        }
        match spec.endpoint_type {
            EndpointType::Gateway => {
                for (field, given) in [
                    ("subnet_ids", !spec.subnet_ids.is_empty()),
                    ("security_group_ids", !spec.security_group_ids.is_empty()),
                    ("private_dns_enabled", spec.private_dns_enabled),
                ] {
                    if given {
                        problems.push(Problem::new(field, "a gateway endpoint has none").help("set type = \"Interface\", or leave it out"));
                    }
                }
                let gateway = [".s3", ".dynamodb", ".s3express"].iter().any(|service| spec.service_name.ends_with(service));
                if !is_symbolic(&spec.service_name) && !gateway {
                    problems.push(
                        Problem::new("type", format!("`{}` has no gateway endpoints", spec.service_name))
                            .help("only S3 and DynamoDB have; set type = \"Interface\""),
                    );
                }
            }
            EndpointType::Interface => {
                if !spec.route_table_ids.is_empty() {
                    problems.push(Problem::new("route_table_ids", "an interface endpoint has none").help("name `subnet_ids` instead"));
                }
                for (field, ids) in [("subnet_ids", &spec.subnet_ids), ("security_group_ids", &spec.security_group_ids)] {
                    if ids.is_empty() {
                        problems.push(Problem::new(field, "an interface endpoint needs at least one"));
                    }
                }
            }
        }
        problems.extend(spec.policy.iter().flat_map(|document| iam_document::problems("policy", document, Place::Resource)));
        problems
    }

    fn normalise(spec: &mut Spec) {
        spec.route_table_ids.sort();
        spec.subnet_ids.sort();
        spec.security_group_ids.sort();
        if let Some(document) = &mut spec.policy {
            iam_document::normalise(document);
        }
        spec.policy = spec.policy.take().filter(|document| !allows_everything(document));
    }

    const USAGE: &'static [Measure] =
        &[Measure::new("endpoint_gb", "GB", [0, 1, 10], "What goes through interface endpoints, in either direction.")];
}

impl Priced for VpcEndpoint {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        match spec.endpoint_type {
            EndpointType::Gateway => Vec::new(),
            EndpointType::Interface => tariffs::vpc::interface_endpoint(spec.subnet_ids.len(), facts.usage("endpoint_gb")),
        }
    }
}

// The policy that AWS gives an endpoint without one.
fn allows_everything(document: &Value) -> bool {
    let mut open = serde_json::json!({
        "Version": "2008-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }],
    });
    iam_document::normalise(&mut open);
    document.get("Statement") == open.get("Statement")
}
