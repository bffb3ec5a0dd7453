//! `logs.log_group`: a group of log streams that are kept for the same number of days.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::money::Decimal;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::kms;
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
    /// The number of days that log lines are kept; 0 keeps them for ever.
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
pub const RETENTIONS: &[u32] = &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The ratio that stored lines are compressed by: that of the examples on CloudWatch's price page.
const COMPRESSED: Decimal = Decimal::from_parts(15, 0, 0, false, 2);

impl Kind for LogGroup {
    type Spec = Spec;
    const NAME: &'static str = "logs.log_group";
    const ABOUT: About = About {
        doc: "A group of log streams that are kept for the same number of days.",
        outputs: &["name", "arn"],
        naming: Naming::Path { max: 512 },
        arn: "logs:log-group:",
        stateful: true,
        incidental: true,
        console: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{name}",
        ..About::NEW
    };
    // AssociateKmsKey: what was written before stays readable with the old key.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), update("retention_in_days"), replace("log_group_class"), update("kms_key_arn"), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            retention_in_days: 30,
            log_group_class: Class::Standard,
            kms_key_arn: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "LOG001",
            about: "The name of a log group has another form than AWS takes.",
            why: "CreateLogGroup refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
            wrong: &[r#"{"name": "/web servers"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "/web/access.log#1"}"#],
            find: name,
        },
        Check {
            id: "LOG002",
            about: "The name of a log group begins as AWS's own do.",
            why: "CreateLogGroup refuses names that begin with `aws/`; with a slash in front they are free.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
            wrong: &[r#"{"name": "aws/lambda/resize"}"#],
            right: &[r#"{"name": "/aws/lambda/resize"}"#],
            find: reserved_name,
        },
        Check {
            id: "LOG003",
            about: "A log group of class DELIVERY keeps its lines for a time of its own.",
            why: "AWS decides that itself and answers 2, whatever is asked; another number would be a difference in every plan.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html",
            wrong: &[r#"{"log_group_class": "DELIVERY"}"#, r#"{"log_group_class": "DELIVERY", "retention_in_days": 0}"#],
            right: &[r#"{"log_group_class": "DELIVERY", "retention_in_days": 2}"#],
            find: delivery,
        },
        Check {
            id: "LOG004",
            about: "CloudWatch Logs does not keep lines for that many days.",
            why: "PutRetentionPolicy takes certain numbers of days only and refuses anything else.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
            wrong: &[r#"{"retention_in_days": 2}"#, r#"{"retention_in_days": 31}"#, r#"{"retention_in_days": 10000}"#],
            right: &[r#"{"retention_in_days": 3653}"#, r#"{"retention_in_days": 0}"#],
            find: retention,
        },
        Check {
            id: "LOG005",
            about: "A log group names its KMS key by something that is no ARN.",
            why: "CreateLogGroup refuses the id or the alias of a key.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
            wrong: &[r#"{"kms_key_arn": "alias/logs"}"#],
            right: &[r#"{"kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"}"#],
            find: key,
        },
    ];

    const USAGE: &'static [Measure] = &[
        Measure::new("log_gb", "GB", [0, 1, 10], "Log lines that arrive."),
        Measure::derived(
            "log_delivered_gb",
            "GB",
            "Log lines that AWS's services deliver, such as flow logs of a network, beside `log_gb`; none if nothing is said.",
        ),
        Measure::derived(
            "log_kept_gb",
            "GB",
            "Log lines that are kept, compressed; if nothing is said, 15 % of what arrives for as long as it is kept.",
        ),
        Measure::new("log_searched_gb", "GB", [0, 0, 1], "Log lines that Logs Insights reads."),
        kms::REQUESTS,
    ];
}

impl Priced for LogGroup {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let lines = || facts.usage("log_gb");
        let delivered = || facts.said("log_delivered_gb");
        let arriving = || delivered().into_iter().fold(lines(), |lines, more| lines.join(more, |lines, more| lines + more));
        let kept = facts.said("log_kept_gb").unwrap_or_else(|| {
            // Lines that are kept for ever are counted for their first year.
            let days = if spec.retention_in_days == 0 { 365 } else { spec.retention_in_days };
            let months = Decimal::from(days) / Decimal::from(30);
            let how = format!("compressed to 15 % and kept {days} days");
            arriving().becomes(&how, |gb| gb * COMPRESSED * months)
        });
        let mut charges = match spec.log_group_class {
            Class::Standard => vec![tariffs::cloudwatch::ingested("standard", lines())],
            Class::InfrequentAccess => vec![tariffs::cloudwatch::ingested("infrequent_access", lines())],
            Class::Delivery => Vec::new(),
        };
        // All that arrives in a group of class DELIVERY is delivered by AWS.
        let by_aws = if spec.log_group_class == Class::Delivery { Some(arriving()) } else { delivered() };
        let rare = spec.log_group_class == Class::InfrequentAccess;
        charges.extend(by_aws.map(|gb| tariffs::cloudwatch::delivered(rare, gb)));
        charges.extend([tariffs::cloudwatch::kept(kept), tariffs::cloudwatch::searched(facts.usage("log_searched_gb"))]);
        charges.extend(kms::requests(spec.kms_key_arn.is_some(), facts));
        charges
    }
}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.iter().filter(|name| !is_symbolic(name) && !is_group_name(name));
    let problem = |name: &String| {
        Problem::new("name", format!("`{name}` cannot be the name of a log group")).help("up to 512 of A-Z a-z 0-9 . _ - / #")
    };
    wrong.map(problem).collect()
}

fn is_group_name(name: &str) -> bool {
    (1..=512).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte))
}

fn reserved_name(spec: &Spec) -> Vec<Problem> {
    let reserved = spec.name.iter().filter(|name| !is_symbolic(name) && is_group_name(name) && name.starts_with("aws/"));
    reserved.map(|_| Problem::new("name", "names that begin with `aws/` are AWS's own")).collect()
}

fn delivery(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("retention_in_days", "log groups of class DELIVERY keep lines for 2 days").help("retention_in_days = 2");
    (spec.log_group_class == Class::Delivery && spec.retention_in_days != 2).then(problem).into_iter().collect()
}

fn retention(spec: &Spec) -> Vec<Problem> {
    let days = spec.retention_in_days;
    let fits = spec.log_group_class == Class::Delivery || days == 0 || RETENTIONS.contains(&days);
    let problem = || {
        let near = RETENTIONS.iter().find(|longer| **longer > days).unwrap_or(&3653);
        Problem::new("retention_in_days", format!("CloudWatch Logs has no retention of {days} days"))
            .help(format!("the next one is {near}; 0 keeps lines for ever"))
    };
    (!fits).then(problem).into_iter().collect()
}

fn key(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.kms_key_arn.iter().filter(|key| !is_symbolic(key) && !key.starts_with("arn:"));
    let problem =
        |key: &String| Problem::new("kms_key_arn", format!("`{key}` is not an ARN")).help("CloudWatch Logs takes a key's ARN only");
    wrong.map(problem).collect()
}
