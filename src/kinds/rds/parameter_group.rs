//! `rds.parameter_group`: engine settings of databases.

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
            wrong: &[r#"{"family": "16"}"#, r#"{"family": "postgres"}"#],
            right: &[r#"{"family": "mysql8.4"}"#],
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
            find: parameters,
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
    let good = family.starts_with(|first: char| first.is_ascii_lowercase()) && family.ends_with(|last: char| last.is_ascii_digit());
    let problem = || {
        Problem::new("family", format!("`{family}` is not a parameter group family")).help("an engine and its major version: postgres16")
    };
    (!good && !is_symbolic(family)).then(problem).into_iter().collect()
}

fn parameters(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.parameters.keys().filter(|name| !is_parameter(name));
    wrong.map(|name| Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be a parameter's name"))).collect()
}

fn is_parameter(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
