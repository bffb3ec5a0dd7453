//! `elasticache.parameter_group`: engine settings of caches.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::kinds::elasticache;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct CacheParameterGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The engine and its major version, as AWS writes it: `redis7`, `valkey8`.
    pub family: String,
    /// What it is for.
    #[serde(default = "description")]
    pub description: String,
    /// Every setting that differs from the family's default, such as `maxmemory-policy`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Engine settings of caches".into()
}

impl Kind for CacheParameterGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.parameter_group";
    const ABOUT: About = About {
        doc: "Engine settings of caches.",
        outputs: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "elasticache:parametergroup:",
        console: "https://{region}.console.aws.amazon.com/elasticache/home?region={region}#/parameter-groups/{name}",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), replace("family"), replace("description"), update("parameters"), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            family: "redis7".into(),
            description: description(),
            parameters: BTreeMap::from([("maxmemory-policy".into(), "allkeys-lru".into())]),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::from_iter(elasticache::name_problem(spec.name.as_deref(), 255));
        if !FAMILIES.contains(&spec.family.as_str()) {
            problems.push(
                Problem::new("family", format!("ElastiCache has no parameter group family `{}`", spec.family))
                    .help(format!("one of {}", FAMILIES.join(", "))),
            );
        }
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("ElastiCache wants one"));
        }
        if spec.family.starts_with("redis") || spec.family.starts_with("valkey") {
            for (name, allowed) in [("maxmemory-policy", POLICIES), ("appendonly", &["yes", "no"])] {
                if let Some(value) = spec.parameters.get(name)
                    && !allowed.contains(&value.as_str())
                {
                    problems.push(
                        Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be `{value}`"))
                            .help(format!("one of {}", allowed.join(", "))),
                    );
                }
            }
        }
        problems
    }
}

impl Priced for CacheParameterGroup {}

const FAMILIES: &[&str] =
    &["memcached1.4", "memcached1.5", "memcached1.6", "redis4.0", "redis5.0", "redis6.x", "redis7", "valkey7", "valkey8", "valkey9"];
const POLICIES: &[&str] =
    &["volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random", "volatile-ttl", "noeviction"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_elasticache_would_refuse_is_said() {
        holds::<CacheParameterGroup>(&[
            (json!({"family": "redis99"}), "no parameter group family"),
            (json!({"parameters": {"maxmemory-policy": "oldest"}}), "cannot be `oldest`"),
            (json!({"name": "Upper"}), "cannot be the name"),
        ]);
    }
}
