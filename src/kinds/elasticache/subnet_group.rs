//! `elasticache.subnet_group`: the subnets that a cache may be placed in.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::kinds::elasticache;
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
    /// What it is for.
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

impl Kind for CacheSubnetGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.subnet_group";
    const ABOUT: About = About {
        doc: "The subnets that a cache may be placed in.",
        outputs: &["id", "name", "arn", "vpc_id"],
        naming: Naming::Hyphens { max: 63 },
        arn: "elasticache:subnetgroup:",
        console: "https://{region}.console.aws.amazon.com/elasticache/home?region={region}#/subnet-groups/{name}",
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
        let mut problems = Vec::from_iter(elasticache::name_problem(spec.name.as_deref(), 255));
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("ElastiCache wants one"));
        }
        if spec.subnet_ids.is_empty() {
            problems.push(Problem::new("subnet_ids", "the group has no subnet").help("name one or more"));
        }
        problems
    }
}

impl Priced for CacheSubnetGroup {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_elasticache_would_refuse_is_said() {
        holds::<CacheSubnetGroup>(&[(json!({"subnet_ids": []}), "no subnet"), (json!({"name": "1st"}), "cannot be the name")]);
    }
}
