//! `ec2.vpc_endpoint`: a private way from a VPC to an AWS service.

use crate::core::code::Check;
use crate::core::iam_document::{self, Place};
use crate::core::kind::{About, Field, Holds, Kind, Minutes, replace, update};
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
    /// Interface: the security groups of its network interfaces.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Interface: lets the service's usual host name lead here (private DNS).
    #[serde(default)]
    pub private_dns_enabled: bool,
    /// The endpoint policy: what callers may do through it; none allows everything that the caller may do.
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
    // ModifyVpcEndpoint takes none of the three.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "VPC121",
            about: "An endpoint names a VPC, a route table, a subnet or a security group by something that is no id of one.",
            why: "CreateVpcEndpoint refuses it as malformed.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
            wrong: &[r#"{"vpc_id": "main"}"#, r#"{"route_table_ids": ["public"]}"#],
            right: &[r#"{"vpc_id": "vpc-0123456789abcdef0", "route_table_ids": ["rtb-0123456789abcdef0"]}"#],
            find: ids,
        },
        Check {
            id: "VPC122",
            about: "The service of an endpoint is no service's name.",
            why: "CreateVpcEndpoint refuses it with InvalidServiceName; a service's name has its region in it.",
            page: "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
            wrong: &[r#"{"service_name": "com.amazonaws.s3"}"#, r#"{"service_name": "com.amazonaws.us-east-1. s3"}"#],
            right: &[r#"{"service_name": "com.amazonaws.us-east-1.dynamodb"}"#],
            find: service_name,
        },
        Check {
            id: "VPC123",
            about: "A gateway endpoint has what only an interface endpoint can have.",
            why: "CreateVpcEndpoint refuses it: a gateway endpoint is routes, without an interface in a subnet, a group or a name.",
            page: "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
            wrong: &[
                r#"{"subnet_ids": ["subnet-0123456789abcdef0"]}"#,
                r#"{"security_group_ids": ["sg-0123456789abcdef0"]}"#,
                r#"{"private_dns_enabled": true}"#,
            ],
            right: &[r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [],
                    "subnet_ids": ["subnet-0123456789abcdef0"], "security_group_ids": ["sg-0123456789abcdef0"]
                }"#],
            find: not_of_gateways,
        },
        Check {
            id: "VPC124",
            about: "A gateway endpoint is for a service that has none.",
            why: "CreateVpcEndpoint refuses it: only S3 and DynamoDB are reached through gateways.",
            page: "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
            wrong: &[r#"{"service_name": "com.amazonaws.us-east-1.ecr.api"}"#],
            right: &[
                r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [],
                    "subnet_ids": ["subnet-0123456789abcdef0"], "security_group_ids": ["sg-0123456789abcdef0"]
                }"#,
                r#"{"service_name": "com.amazonaws.us-east-1.dynamodb"}"#,
            ],
            find: no_gateways,
        },
        Check {
            id: "VPC125",
            about: "An interface endpoint has route tables.",
            why: "CreateVpcEndpoint refuses it: an interface endpoint is reached by its address, not by a route.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
            wrong: &[r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api",
                    "subnet_ids": ["subnet-0123456789abcdef0"], "security_group_ids": ["sg-0123456789abcdef0"]
                }"#],
            right: &[r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [],
                    "subnet_ids": ["subnet-0123456789abcdef0"], "security_group_ids": ["sg-0123456789abcdef0"]
                }"#],
            find: not_of_interfaces,
        },
        Check {
            id: "VPC126",
            about: "An interface endpoint has no subnet or no security group.",
            why: "Without a subnet it stands nowhere; without a group AWS takes the VPC's default group, which lets nobody else in.",
            page: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
            wrong: &[
                r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [],
                    "security_group_ids": ["sg-0123456789abcdef0"]
                }"#,
                r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [],
                    "subnet_ids": ["subnet-0123456789abcdef0"]
                }"#,
            ],
            right: &[r#"{
                    "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [],
                    "subnet_ids": ["subnet-0123456789abcdef0"], "security_group_ids": ["sg-0123456789abcdef0"]
                }"#],
            find: interfaces_need,
        },
        Check {
            id: "VPC127",
            about: "The policy of an endpoint is no policy document.",
            why: "CreateVpcEndpoint refuses it as an invalid policy.",
            page: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
            wrong: &[r#"{"policy": {"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}}"#],
            right: &[r#"{"policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}}"#],
            find: |spec| spec.policy.iter().flat_map(|policy| iam_document::problems("policy", policy, Place::Resource)).collect(),
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.route_table_ids.sort();
        spec.subnet_ids.sort();
        spec.security_group_ids.sort();
        if let Some(document) = &mut spec.policy {
            iam_document::normalise(document);
        }
        spec.policy = spec.policy.take().filter(|document| !allows_everything(document));
    }

    // A route table has one route to a service, and a VPC one endpoint that the service's usual name leads to.
    // https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-considerations
    // https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    const HOLDS: Option<Holds<Spec>> = Some(|spec| match spec.endpoint_type {
        EndpointType::Gateway => {
            let way = |table| ("route_table_ids", format!("the route of {table} to {}", spec.service_name));
            spec.route_table_ids.iter().map(way).collect()
        }
        EndpointType::Interface if spec.private_dns_enabled => {
            vec![("private_dns_enabled", format!("the private name of {} in {}", spec.service_name, spec.vpc_id))]
        }
        EndpointType::Interface => Vec::new(),
    });

    const USAGE: &'static [Measure] =
        &[Measure::new("endpoint_gb", "GB", [0, 1, 10], "Data that passes through interface endpoints, in either direction.")
            .idle("its endpoints are gateways, and what passes through those is free", "say it of an interface endpoint")];
}

impl Priced for VpcEndpoint {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        match spec.endpoint_type {
            EndpointType::Gateway => Vec::new(),
            EndpointType::Interface => tariffs::vpc::interface_endpoint(spec.subnet_ids.len(), facts.usage("endpoint_gb")),
        }
    }
}

/// True for the policy that AWS gives an endpoint without one.
fn allows_everything(document: &Value) -> bool {
    let mut open = serde_json::json!({
        "Version": "2008-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }],
    });
    iam_document::normalise(&mut open);
    document.get("Statement") == open.get("Statement")
}

fn ids(spec: &Spec) -> Vec<Problem> {
    let vpc = ec2::check_id("vpc_id", &spec.vpc_id, "vpc-");
    let lists = [
        ("route_table_ids", &spec.route_table_ids, "rtb-"),
        ("subnet_ids", &spec.subnet_ids, "subnet-"),
        ("security_group_ids", &spec.security_group_ids, "sg-"),
    ];
    vpc.into_iter().chain(lists.into_iter().flat_map(|(field, ids, prefix)| ec2::check_ids(field, ids, prefix))).collect()
}

fn service_name(spec: &Spec) -> Vec<Problem> {
    let name = &spec.service_name;
    let fits = is_symbolic(name) || name.split('.').count() >= 4 && !name.contains(char::is_whitespace);
    let problem = || {
        Problem::new("service_name", format!("`{name}` is not the name of a service"))
            .help("write it as com.amazonaws.us-east-1.s3; `aws ec2 describe-vpc-endpoint-services` lists them")
    };
    (!fits).then(problem).into_iter().collect()
}

fn not_of_gateways(spec: &Spec) -> Vec<Problem> {
    let fields = [
        ("subnet_ids", !spec.subnet_ids.is_empty()),
        ("security_group_ids", !spec.security_group_ids.is_empty()),
        ("private_dns_enabled", spec.private_dns_enabled),
    ];
    let given = fields.into_iter().filter(|(_, given)| *given && spec.endpoint_type == EndpointType::Gateway);
    given.map(|(field, _)| Problem::new(field, "a gateway endpoint has none").help("set type = \"Interface\", or leave it out")).collect()
}

fn no_gateways(spec: &Spec) -> Vec<Problem> {
    let name = &spec.service_name;
    let fits = is_symbolic(name) || [".s3", ".dynamodb", ".s3express"].iter().any(|service| name.ends_with(service));
    let problem =
        || Problem::new("type", format!("`{name}` has no gateway endpoints")).help("only S3 and DynamoDB have; set type = \"Interface\"");
    (spec.endpoint_type == EndpointType::Gateway && !fits).then(problem).into_iter().collect()
}

fn not_of_interfaces(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.endpoint_type == EndpointType::Interface && !spec.route_table_ids.is_empty();
    let problem = || Problem::new("route_table_ids", "an interface endpoint has none").help("name `subnet_ids` instead");
    wrong.then(problem).into_iter().collect()
}

fn interfaces_need(spec: &Spec) -> Vec<Problem> {
    let lists = [("subnet_ids", &spec.subnet_ids), ("security_group_ids", &spec.security_group_ids)];
    let empty = lists.into_iter().filter(|(_, ids)| ids.is_empty() && spec.endpoint_type == EndpointType::Interface);
    empty.map(|(field, _)| Problem::new(field, "an interface endpoint needs at least one")).collect()
}
