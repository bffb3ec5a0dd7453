//! `elasticache.subnet_group`: the subnets that a cache may be placed in.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming};
use crate::core::problem::Problem;
use crate::kinds::{database, ec2};
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct CacheSubnetGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The description of the subnet group.
    #[serde(default = "description")]
    pub description: String,
    /// One subnet or more, in as many availability zones as the cache shall span.
    pub subnet_ids: Vec<String>,
    /// The VPC of those subnets. Another one means another group: AWS does not let a group move. Left out, nothing is compared.
    #[serde(default)]
    pub vpc_id: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Subnets for caches".into()
}

// Pages of AWS that several checks rest on.
const CREATE: &str = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html";

impl Kind for CacheSubnetGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.subnet_group";
    const ABOUT: About = About {
        doc: "The subnets that a cache may be placed in.",
        outputs: &["id", "name", "arn", "vpc_id"],
        naming: Naming::Hyphens { max: 63 },
        arn: "elasticache:subnetgroup:",
        held: true,
        console: "https://{region}.console.aws.amazon.com/elasticache/home?region={region}#/subnet-groups/{name}",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = database::SUBNET_GROUP;

    fn example() -> Spec {
        Spec {
            name: None,
            description: description(),
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            vpc_id: Some("${example.vpc.id}".into()),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECA081",
            about: "The name of a subnet group has another form than AWS takes.",
            why: "CreateCacheSubnetGroup refuses it.",
            page: CREATE,
            wrong: &[r#"{"name": "1st"}"#, r#"{"name": "my group"}"#],
            right: &[r#"{"name": "subnets-1"}"#],
            find: |spec| database::name(spec.name.as_deref(), 255),
        },
        Check {
            id: "ECA082",
            about: "The description of a subnet group is empty.",
            why: "CreateCacheSubnetGroup refuses a group without one.",
            page: CREATE,
            wrong: &[r#"{"description": ""}"#],
            right: &[r#"{"description": "Subnets"}"#],
            find: |spec| database::description(&spec.description, "ElastiCache"),
        },
        Check {
            id: "ECA083",
            about: "A subnet group has no subnet.",
            why: "CreateCacheSubnetGroup refuses it, since no node could be placed.",
            page: CREATE,
            wrong: &[r#"{"subnet_ids": []}"#],
            right: &[r#"{"subnet_ids": ["subnet-1"]}"#],
            find: subnets,
        },
        Check {
            id: "ECA084",
            about: "A subnet group names its VPC by something that is no VPC's id.",
            why: "It is in the VPC of its subnets, so what is no id is never true of it, and every plan would make it anew.",
            page: CREATE,
            wrong: &[r#"{"vpc_id": "main"}"#],
            right: &[r#"{"vpc_id": "vpc-0123456789abcdef0"}"#, r#"{"vpc_id": null}"#],
            find: |spec| spec.vpc_id.iter().filter_map(|id| ec2::check_id("vpc_id", id, "vpc-")).collect(),
        },
    ];

    fn normalise(spec: &mut Spec) {
        database::normalise_subnets(&mut spec.subnet_ids);
    }
}

impl Priced for CacheSubnetGroup {}

fn subnets(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("subnet_ids", "the group has no subnet").help("name one or more");
    spec.subnet_ids.is_empty().then(problem).into_iter().collect()
}
