//! `rds.subnet_group`: the subnets that a database may be placed in.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
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
    /// What it is for.
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

impl Kind for DbSubnetGroup {
    type Spec = Spec;
    const NAME: &'static str = "rds.subnet_group";
    const ABOUT: About = About {
        doc: "The subnets that a database may be placed in.",
        outputs: &["id", "name", "arn", "vpc_id"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:subgrp:",
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#db-subnet-group:id={name}",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), update("description"), update("subnet_ids").set(), replace("vpc_id").unmanaged(), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            description: description(),
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            vpc_id: Some("${example.vpc.id}".into()),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        spec.subnet_ids.sort();
        spec.subnet_ids.dedup();
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) {
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_. ".contains(&byte));
            if !plain || name == "default" || !(1..=255).contains(&name.len()) {
                problems.push(
                    Problem::new("name", format!("`{name}` cannot be the name of a subnet group"))
                        .help("up to 255 of a-z, 0-9, `-`, `_`, `.` and spaces, and not `default`"),
                );
            }
        }
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("RDS wants one"));
        }
        if spec.subnet_ids.len() < 2 {
            problems.push(
                Problem::new("subnet_ids", format!("a subnet group needs two subnets or more, not {}", spec.subnet_ids.len()))
                    .help("name subnets in two availability zones"),
            );
        }
        problems
    }
}

impl Priced for DbSubnetGroup {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_rds_would_refuse_is_said() {
        holds::<DbSubnetGroup>(&[
            (json!({"subnet_ids": ["subnet-1"]}), "two subnets or more"),
            (json!({"name": "default"}), "cannot be the name"),
            (json!({"description": ""}), "empty"),
        ]);
    }
}
