//! `logs.log_group`: where log lines are kept, and for how long.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::money::Decimal;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct LogGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The log group's name; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// How many days lines are kept; 0 keeps them for ever.
    #[serde(default = "month")]
    pub retention_in_days: u32,
    /// STANDARD, or INFREQUENT_ACCESS at half the price with fewer features.
    #[serde(default)]
    pub log_group_class: Class,
    /// The KMS key that encrypts the lines; left out, CloudWatch's own.
    #[serde(default)]
    pub kms_key_arn: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Class {
    #[default]
    Standard,
    InfrequentAccess,
    Delivery,
}

fn month() -> u32 {
    30
}

/// The only retentions that CloudWatch Logs takes.
const RETENTIONS: &[u32] = &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// How small lines become where they are kept: the ratio of the examples on CloudWatch's price page.
const COMPRESSED: Decimal = Decimal::from_parts(15, 0, 0, false, 2);

impl Kind for LogGroup {
    type Spec = Spec;
    const NAME: &'static str = "logs.log_group";
    const ABOUT: About = About {
        doc: "Where log lines are kept, and for how long.",
        outputs: &["name", "arn"],
        naming: Naming::Path { max: 512 },
        arn: "logs:log-group:",
        stateful: true,
        console: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), update("retention_in_days"), replace("log_group_class"), replace("kms_key_arn"), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            retention_in_days: 30,
            log_group_class: Class::Standard,
            kms_key_arn: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte));
            if !plain || !(1..=512).contains(&name.len()) {
                problems.push(
                    Problem::new("name", format!("`{name}` cannot be the name of a log group")).help("up to 512 of A-Z a-z 0-9 . _ - / #"),
                );
            } else if name.starts_with("aws/") {
                problems.push(Problem::new("name", "names that begin with `aws/` are AWS's own"));
            }
        }
        if spec.log_group_class == Class::Delivery && spec.retention_in_days != 2 {
            problems.push(
                Problem::new("retention_in_days", "log groups of class DELIVERY keep lines for 2 days").help("retention_in_days = 2"),
            );
        } else if spec.log_group_class != Class::Delivery && spec.retention_in_days != 0 && !RETENTIONS.contains(&spec.retention_in_days) {
            let near = RETENTIONS.iter().find(|days| **days > spec.retention_in_days).unwrap_or(&3653);
            problems.push(
                Problem::new("retention_in_days", format!("CloudWatch Logs has no retention of {} days", spec.retention_in_days))
                    .help(format!("the next one is {near}; 0 keeps lines for ever")),
            );
        }
        if let Some(key) = spec.kms_key_arn.as_deref().filter(|key| !is_symbolic(key))
            && !key.starts_with("arn:")
        {
            problems.push(Problem::new("kms_key_arn", format!("`{key}` is not an ARN")).help("CloudWatch Logs takes a key's ARN only"));
        }
        problems
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("log_gb", "GB", [0, 1, 10], "Log lines that arrive."),
        Measure::derived(
            "log_kept_gb",
            "GB",
            "Log lines that are kept, compressed; if nothing is said, a seventh of what arrives for as long as it is kept.",
        ),
        Measure::new("log_searched_gb", "GB", [0, 0, 1], "Log lines that Logs Insights reads."),
    ];
}

impl Priced for LogGroup {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let arriving = || facts.usage("log_gb");
        let kept = facts.said("log_kept_gb").unwrap_or_else(|| {
            // Lines that are kept for ever are counted for their first year.
            let days = if spec.retention_in_days == 0 { 365 } else { spec.retention_in_days };
            let months = Decimal::from(days) / Decimal::from(30);
            let how = format!("compressed to 15 % and kept {days} days");
            arriving().becomes(&how, |gb| gb * COMPRESSED * months)
        });
        let arrive = match spec.log_group_class {
            Class::Standard => tariffs::cloudwatch::ingested("standard", arriving()),
            Class::InfrequentAccess => tariffs::cloudwatch::ingested("infrequent_access", arriving()),
            Class::Delivery => tariffs::cloudwatch::delivered(arriving()),
        };
        vec![arrive, tariffs::cloudwatch::kept(kept), tariffs::cloudwatch::searched(facts.usage("log_searched_gb"))]
    }
}
