//! `logs.log_group`: where log lines are kept, and for how long.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::money::Decimal;
use crate::core::price::charge::Charge;
use crate::core::price::estate::Facts;
use crate::core::price::usage::Measure;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::tariffs;
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

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::spelling::{choice, word};
    use aws_sdk_cloudwatchlogs::types::LogGroup as AwsLogGroup;
    use futures::future::try_join_all;
    use std::collections::BTreeSet;

    impl Driver for LogGroup {
        const ABSENT: &'static [&'static str] = &["ResourceNotFoundException"];
        const TAKEN: &'static [&'static str] = &["ResourceAlreadyExistsException"];
        const PASSING: &'static [&'static str] = &["OperationAbortedException"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let found = match select {
                Select::Ids(ids) => by_name(aws, ids.iter().cloned()).await?,
                Select::Owned { names, .. } => owned(aws, names).await?,
            };
            try_join_all(found.into_iter().map(async |group| {
                let name = group.log_group_name.unwrap_or_default();
                let arn = plain(group.log_group_arn.or(group.arn).unwrap_or_default());
                let tags = aws.tagged.tags(aws, &arn, true, || tags(aws, &arn)).await?;
                Ok(Live {
                    id: name.clone(),
                    claim: aws.claim(&tags),
                    state: State::Ready,
                    outputs: BTreeMap::from([("name".into(), name.clone()), ("arn".into(), arn.clone())]),
                    spec: Spec {
                        name: Some(name.clone()),
                        retention_in_days: group.retention_in_days.map_or(0, |days| days as u32),
                        log_group_class: match &group.log_group_class {
                            Some(class) => choice("logs.DescribeLogGroups", class.as_str())?,
                            None => Class::Standard,
                        },
                        kms_key_arn: group.kms_key_id,
                        tags: own_tags(&tags),
                    },
                    name,
                    arn,
                })
            }))
            .await
        }

        async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
            aws.logs
                .create_log_group()
                .log_group_name(&new.name)
                .log_group_class(word(&new.spec.log_group_class).as_str().into())
                .set_kms_key_id(new.spec.kms_key_arn.clone())
                .set_tags(Some(new.tags.clone().into_iter().collect()))
                .send()
                .await
                .during("logs.CreateLogGroup")?;
            if new.spec.log_group_class != Class::Delivery && new.spec.retention_in_days > 0 {
                retain(aws, &new.name, new.spec.retention_in_days).await?;
            }
            let arn = format!("arn:aws:logs:{}:{}:log-group:{}", aws.scope.region, aws.scope.account, new.name);
            Ok(Made::new(&new.name, [("name", new.name.clone()), ("arn", arn)]))
        }

        async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
            if change.changes("retention_in_days") {
                retain(aws, &change.live.id, change.wanted.retention_in_days).await?;
            }
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            aws.logs.delete_log_group().log_group_name(&live.id).send().await.during("logs.DeleteLogGroup")?;
            Ok(())
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            if !tags.set.is_empty() {
                let set = Some(tags.set.clone().into_iter().collect());
                aws.logs.tag_resource().resource_arn(&live.arn).set_tags(set).send().await.during("logs.TagResource")?;
            }
            if !tags.unset.is_empty() {
                let keys = Some(tags.unset.clone());
                aws.logs.untag_resource().resource_arn(&live.arn).set_tag_keys(keys).send().await.during("logs.UntagResource")?;
            }
            Ok(())
        }
    }

    /// What is under our prefix, in one paged call; and what is not but carries our tag or a name that is wanted, one by one.
    async fn owned(aws: &Aws, names: &[String]) -> Result<Vec<AwsLogGroup>> {
        let path = aws.scope.path();
        let under = async {
            let mut found = Vec::new();
            let mut pages = aws.logs.describe_log_groups().log_group_name_prefix(&path).limit(50).into_paginator().send();
            while let Some(page) = pages.next().await {
                found.extend(page.during("logs.DescribeLogGroups")?.log_groups.unwrap_or_default());
            }
            Ok::<_, Error>(found)
        };
        let elsewhere = async {
            let tagged = aws.tagged.arns(aws, LogGroup::ABOUT.arn).await?;
            let tagged = tagged.iter().filter_map(|arn| plain(arn.clone()).splitn(7, ':').nth(6).map(String::from));
            let names = tagged.chain(names.iter().cloned()).filter(|name| !name.starts_with(&path)).collect::<BTreeSet<_>>();
            by_name(aws, names.into_iter()).await
        };
        let (mut found, elsewhere) = tokio::try_join!(under, elsewhere)?;
        found.extend(elsewhere);
        Ok(found)
    }

    async fn by_name(aws: &Aws, names: impl Iterator<Item = String>) -> Result<Vec<AwsLogGroup>> {
        let found = try_join_all(names.map(async |name| {
            // Sorted by name, so the exact one comes first.
            let answer = aws.logs.describe_log_groups().log_group_name_prefix(&name).send().await.during("logs.DescribeLogGroups")?;
            let groups = answer.log_groups.unwrap_or_default();
            Ok::<_, Error>(groups.into_iter().find(|group| group.log_group_name.as_ref() == Some(&name)))
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
        match aws.logs.list_tags_for_resource().resource_arn(arn).send().await.during("logs.ListTagsForResource") {
            Ok(answer) => Ok(answer.tags.unwrap_or_default().into_iter().collect()),
            Err(error) if error.is(LogGroup::ABSENT) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    async fn retain(aws: &Aws, name: &str, days: u32) -> Result<()> {
        if days == 0 {
            aws.logs.delete_retention_policy().log_group_name(name).send().await.during("logs.DeleteRetentionPolicy")?;
        } else {
            let call = aws.logs.put_retention_policy().log_group_name(name).retention_in_days(days as i32);
            call.send().await.during("logs.PutRetentionPolicy")?;
        }
        Ok(())
    }

    // Some answers end in `:*`, for the streams inside.
    fn plain(arn: String) -> String {
        arn.strip_suffix(":*").map(String::from).unwrap_or(arn)
    }
}
