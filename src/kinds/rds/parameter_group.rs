//! `rds.parameter_group`: engine settings of databases.

use super::parameters::{self, Name};
use super::versions;
use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::database;
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
    /// The description of the parameter group.
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

// Pages of AWS that several checks rest on.
const CREATE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html";

impl Kind for DbParameterGroup {
    type Spec = Spec;
    const NAME: &'static str = "rds.parameter_group";
    const ABOUT: About = About {
        doc: "Engine settings of databases.",
        outputs: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:pg:",
        held: true,
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#parameter-groups-detail:ids={name};type=DbParameterGroup",
        free: "settings are free",
        ..About::NEW
    };
    // ModifyDBParameterGroup takes parameters alone.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "RDS061",
            about: "The name of a parameter group has another form than AWS takes.",
            why: "CreateDBParameterGroup refuses it.",
            page: CREATE,
            wrong: &[r#"{"name": "two--hyphens"}"#, r#"{"name": "ends-"}"#],
            right: &[r#"{"name": "settings-16"}"#],
            find: |spec| database::name(spec.name.as_deref(), 255),
        },
        Check {
            id: "RDS062",
            about: "The family of a parameter group is not an engine with its major version.",
            why: "CreateDBParameterGroup refuses a family that RDS does not have, and a group cannot change its family.",
            page: CREATE,
            wrong: &[r#"{"family": "16"}"#, r#"{"family": "postgres"}"#, r#"{"family": "postgres16.4"}"#],
            right: &[r#"{"family": "postgres17"}"#],
            find: family,
        },
        Check {
            id: "RDS063",
            about: "The description of a parameter group is empty.",
            why: "CreateDBParameterGroup refuses a group without one.",
            page: CREATE,
            wrong: &[r#"{"description": ""}"#],
            right: &[r#"{"description": "Settings"}"#],
            find: |spec| database::description(&spec.description, "RDS"),
        },
        Check {
            id: "RDS064",
            about: "A parameter has a name that none can have.",
            why: "ModifyDBParameterGroup refuses the whole call for one name that it does not know.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBParameterGroup.html",
            wrong: &[r#"{"parameters": {"work mem": "1"}}"#],
            right: &[r#"{"parameters": {"work_mem": "65536"}}"#],
            find: malformed,
        },
        Check {
            id: "RDS065",
            about: "A parameter is none that the engine has.",
            why: "ModifyDBParameterGroup refuses the whole call for one name that the family does not have.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEngineDefaultParameters.html",
            wrong: &[
                r#"{"parameters": {"max_conections": "100"}}"#,
                r#"{"parameters": {"innodb_buffer_pool_size": "1"}}"#,
                r#"{"family": "mysql8.4", "parameters": {"log_min_duration_statement": "500", "rds.force_ssl": null}}"#,
            ],
            right: &[r#"{"parameters": {"max_connections": "100"}}"#],
            find: unknown_parameters,
        },
        Check {
            id: "RDS066",
            about: "A parameter has a value that it cannot have.",
            why: "ModifyDBParameterGroup refuses the whole call for one value that is not allowed; units are not taken, and formulas are.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html",
            wrong: &[r#"{"parameters": {"work_mem": "64MB"}}"#, r#"{"parameters": {"max_connections": "0"}}"#],
            right: &[
                r#"{"parameters": {"work_mem": "65536", "shared_buffers": "{DBInstanceClassMemory/32768}"}}"#,
                r#"{"parameters": {"shared_preload_libraries": "pg_stat_statements,pg_cron"}}"#,
            ],
            find: values,
        },
    ];

    fn normalise(spec: &mut Spec) {
        // RDS keeps the names of parameters in lower case.
        spec.parameters = std::mem::take(&mut spec.parameters).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
    }
}

impl Priced for DbParameterGroup {}

fn family(spec: &Spec) -> Vec<Problem> {
    let family = &spec.family;
    let instead = versions::instead_of_family(family).filter(|_| !is_symbolic(family));
    let problem = |instead| Problem::new("family", format!("`{family}` is not a parameter group family")).help(instead);
    instead.map(problem).into_iter().collect()
}

fn unknown_parameters(spec: &Spec) -> Vec<Problem> {
    let looked_up = spec.parameters.keys().filter(|name| is_parameter(name));
    let wrong = looked_up.filter_map(|name| {
        let problem = Problem::new(format!("parameters.{name}"), format!("{} has no parameter `{name}`", spec.family));
        match parameters::look_up(&spec.family, name) {
            Name::Slip(near) => Some(problem.help(format!("it has `{near}`"))),
            Name::OfAnother => Some(problem.help("it is one of another engine: leave it out")),
            Name::Known | Name::Strange => None,
        }
    });
    wrong.collect()
}

fn values(spec: &Spec) -> Vec<Problem> {
    let given = spec.parameters.iter().filter(|(_, value)| !is_symbolic(value));
    let wrong = given.filter_map(|(name, value)| {
        let instead = parameters::refusal(&spec.family, &name.to_lowercase(), value)?;
        Some(Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be `{value}`")).help(instead))
    });
    wrong.collect()
}

fn malformed(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.parameters.keys().filter(|name| !is_parameter(name));
    wrong.map(|name| Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be a parameter's name"))).collect()
}

fn is_parameter(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
