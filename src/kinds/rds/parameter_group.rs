//! `rds.parameter_group`: engine settings of databases.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::kinds::rds;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct DbParameterGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The engine and its major version, as AWS writes it: `postgres16`, `mysql8.4`.
    pub family: String,
    /// What it is for.
    #[serde(default = "description")]
    pub description: String,
    /// Every setting that differs from the family's default. Static ones take effect at the next reboot.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Engine settings of databases".into()
}

impl Kind for DbParameterGroup {
    type Spec = Spec;
    const NAME: &'static str = "rds.parameter_group";
    const ABOUT: About = About {
        doc: "Engine settings of databases.",
        outputs: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:pg:",
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#parameter-groups-detail:ids={name};type=DbParameterGroup",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("family"),
        replace("description"),
        update("parameters").downtime("static parameters wait for a reboot"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            family: "postgres16".into(),
            description: description(),
            parameters: BTreeMap::from([("log_min_duration_statement".into(), "500".into()), ("rds.force_ssl".into(), "1".into())]),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        // RDS keeps the names of parameters in lower case.
        spec.parameters = std::mem::take(&mut spec.parameters).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::from_iter(rds::name_problem(spec.name.as_deref(), 255));
        if !spec.family.starts_with(|first: char| first.is_ascii_lowercase()) || !spec.family.ends_with(|last: char| last.is_ascii_digit())
        {
            problems.push(
                Problem::new("family", format!("`{}` is not a parameter group family", spec.family))
                    .help("an engine and its major version: postgres16"),
            );
        }
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("RDS wants one"));
        }
        problems.extend(
            spec.parameters
                .keys()
                .filter(|name| !is_parameter(name))
                .map(|name| Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be a parameter's name"))),
        );
        problems
    }
}

impl Priced for DbParameterGroup {}

fn is_parameter(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_rds_would_refuse_is_said() {
        holds::<DbParameterGroup>(&[
            (json!({"family": "16"}), "not a parameter group family"),
            (json!({"description": ""}), "empty"),
            (json!({"parameters": {"work mem": "1"}}), "cannot be a parameter's name"),
            (json!({"name": "two--hyphens"}), "cannot be the name"),
        ]);
    }
}
