//! `rds.subnet_group`: the subnets that a database may be placed in.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::{database, ec2};
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct DbSubnetGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The description of the subnet group.
    #[serde(default = "description")]
    pub description: String,
    /// Subnets in at least two availability zones.
    pub subnet_ids: Vec<String>,
    /// The VPC of those subnets. Another one means another group: AWS does not let a group move. Left out, nothing is compared.
    #[serde(default)]
    pub vpc_id: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Subnets for databases".into()
}

// Pages of AWS that several checks rest on.
const CREATE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html";

impl Kind for DbSubnetGroup {
    type Spec = Spec;
    const NAME: &'static str = "rds.subnet_group";
    const ABOUT: About = About {
        doc: "The subnets that a database may be placed in.",
        outputs: &["id", "name", "arn", "vpc_id"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:subgrp:",
        held: true,
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#db-subnet-group:id={name}",
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
            id: "RDS081",
            about: "The name of a subnet group has another form than AWS takes.",
            why: "CreateDBSubnetGroup refuses it.",
            page: CREATE,
            wrong: &[r#"{"name": "Upper"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "subnets of the shop"}"#],
            find: name,
        },
        Check {
            id: "RDS082",
            about: "A subnet group is called `default`.",
            why: "CreateDBSubnetGroup refuses the name, which belongs to the group that AWS makes.",
            page: CREATE,
            wrong: &[r#"{"name": "default"}"#],
            right: &[r#"{"name": "default-2"}"#],
            find: default_name,
        },
        Check {
            id: "RDS083",
            about: "The description of a subnet group is empty.",
            why: "CreateDBSubnetGroup refuses a group without one.",
            page: CREATE,
            wrong: &[r#"{"description": ""}"#],
            right: &[r#"{"description": "Subnets"}"#],
            find: |spec| database::description(&spec.description, "RDS"),
        },
        Check {
            id: "RDS084",
            about: "A subnet group has fewer than two subnets.",
            why: "RDS refuses it: it wants two zones at least, so that a standby has a place.",
            page: CREATE,
            wrong: &[r#"{"subnet_ids": ["subnet-1"]}"#, r#"{"subnet_ids": []}"#],
            right: &[r#"{"subnet_ids": ["subnet-1", "subnet-2"]}"#],
            find: subnets,
        },
        Check {
            id: "RDS085",
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

impl Priced for DbSubnetGroup {}

fn name(spec: &Spec) -> Vec<Problem> {
    let name = spec.name.as_deref().filter(|name| !is_symbolic(name));
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_. ".contains(&byte));
    name.filter(|name| !plain(name) || !(1..=255).contains(&name.len())).map(refused_name).into_iter().collect()
}

fn default_name(spec: &Spec) -> Vec<Problem> {
    spec.name.as_deref().filter(|name| *name == "default").map(refused_name).into_iter().collect()
}

fn refused_name(name: &str) -> Problem {
    Problem::new("name", format!("`{name}` cannot be the name of a subnet group"))
        .help("up to 255 of a-z, 0-9, `-`, `_`, `.` and spaces, and not `default`")
}

fn subnets(spec: &Spec) -> Vec<Problem> {
    let count = spec.subnet_ids.len();
    let problem = || {
        Problem::new("subnet_ids", format!("a subnet group needs two subnets or more, not {count}"))
            .help("name subnets in two availability zones")
    };
    (count < 2).then(problem).into_iter().collect()
}
