//! Makes, reads, changes and deletes `logs.log_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::logs::log_group::*;
use crate::kinds::spelling::{choice, number, word};
use aws_sdk_cloudwatchlogs::types::LogGroup as AwsLogGroup;
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

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
                    retention_in_days: group
                        .retention_in_days
                        .map_or(Ok(0), |days| number("logs.DescribeLogGroups", "retentionInDays", days))?,
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
        let arn = aws.scope.arn("logs", &format!("log-group:{}", new.name));
        Ok(Made::new(&new.name, [("name", new.name.clone()), ("arn", arn)]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        if change.changes("retention_in_days") {
            retain(aws, &change.live.id, change.wanted.retention_in_days).await?;
        }
        if change.changes("kms_key_arn") {
            encrypt(aws, &change.live.id, change.wanted.kms_key_arn.as_deref()).await?;
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

/// Returns what is under our prefix, in one paged call; and one by one what is not but carries our tag or a name that is wanted.
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
        const CALL: &str = "logs.PutRetentionPolicy";
        let call = aws.logs.put_retention_policy().log_group_name(name).retention_in_days(number(CALL, "retention_in_days", days)?);
        call.send().await.during(CALL)?;
    }
    Ok(())
}

async fn encrypt(aws: &Aws, name: &str, key: Option<&str>) -> Result<()> {
    match key {
        Some(key) => {
            aws.logs.associate_kms_key().log_group_name(name).kms_key_id(key).send().await.during("logs.AssociateKmsKey").map(drop)
        }
        None => aws.logs.disassociate_kms_key().log_group_name(name).send().await.during("logs.DisassociateKmsKey").map(drop),
    }
}

// Some answers end in `:*`, for the streams inside.
fn plain(arn: String) -> String {
    arn.strip_suffix(":*").map(String::from).unwrap_or(arn)
}
