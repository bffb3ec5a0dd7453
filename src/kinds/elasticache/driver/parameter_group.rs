//! Makes, reads, changes and deletes `elasticache.parameter_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::database;
use crate::kinds::elasticache::driver;
use crate::kinds::elasticache::parameter_group::*;
use aws_sdk_elasticache::types::{CacheParameterGroup as Group, ParameterNameValue};
use futures::future::try_join_all;
use std::collections::BTreeMap;

/// The most parameters that ElastiCache takes in one call.
const AT_ONCE: usize = 20;

impl Driver for CacheParameterGroup {
    const ABSENT: &'static [&'static str] = &["CacheParameterGroupNotFound"];
    const TAKEN: &'static [&'static str] = &["CacheParameterGroupAlreadyExists"];
    const PASSING: &'static [&'static str] = &["InvalidCacheParameterGroupState"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let groups = match select {
            Select::Owned { .. } => {
                let mut pages = aws.elasticache.describe_cache_parameter_groups().into_paginator().send();
                let mut groups = Vec::new();
                while let Some(page) = pages.next().await {
                    groups.extend(page.during("elasticache.DescribeCacheParameterGroups")?.cache_parameter_groups.unwrap_or_default());
                }
                groups
            }
            Select::Ids(ids) => try_join_all(ids.iter().map(|id| one(aws, id))).await?.into_iter().flatten().collect(),
        };
        try_join_all(groups.into_iter().map(|group| live(aws, select, group))).await
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .elasticache
            .create_cache_parameter_group()
            .cache_parameter_group_name(&new.name)
            .cache_parameter_group_family(&new.spec.family)
            .description(&new.spec.description)
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await
            .during("elasticache.CreateCacheParameterGroup")?;
        let group =
            answer.cache_parameter_group.ok_or_else(|| Error::missing("elasticache.CreateCacheParameterGroup", "CacheParameterGroup"))?;
        let name = group.cache_parameter_group_name.clone().unwrap_or_else(|| new.name.clone());
        set(aws, &name, new.spec.parameters.iter()).await?;
        Ok(Made { outputs: outputs(&group), id: name })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        if change.changes("parameters") {
            let (wanted, live) = (&change.wanted.parameters, &change.live.spec.parameters);
            set(aws, &change.live.id, wanted.iter().filter(|(name, value)| live.get(*name) != Some(value))).await?;
            reset(aws, &change.live.id, live.keys().filter(|name| !wanted.contains_key(*name))).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.elasticache
            .delete_cache_parameter_group()
            .cache_parameter_group_name(&live.id)
            .send()
            .await
            .during("elasticache.DeleteCacheParameterGroup")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

async fn one(aws: &Aws, id: &str) -> Result<Vec<Group>> {
    let call = aws.elasticache.describe_cache_parameter_groups().cache_parameter_group_name(id);
    match call.send().await.during("elasticache.DescribeCacheParameterGroups") {
        Ok(answer) => Ok(answer.cache_parameter_groups.unwrap_or_default()),
        Err(error) if error.is(CacheParameterGroup::ABSENT) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn live(aws: &Aws, select: &Select, group: Group) -> Result<Live<Spec>> {
    let outputs = outputs(&group);
    let name = group.cache_parameter_group_name.unwrap_or_default();
    let arn = group.arn.unwrap_or_default();
    let tags = driver::tags_of(aws, select, &arn, &name).await?;
    let claim = aws.claim(&tags);
    // One call a group, and only for groups that will be compared.
    let parameters = if claim.is_some() || select.ids().is_some() { set_by_user(aws, &name).await? } else { BTreeMap::new() };
    Ok(Live {
        id: name.clone(),
        claim,
        state: State::Ready,
        outputs,
        spec: Spec {
            name: Some(name.clone()),
            family: group.cache_parameter_group_family.unwrap_or_default(),
            description: group.description.unwrap_or_default(),
            parameters,
            tags: own_tags(&tags),
        },
        name,
        arn,
    })
}

async fn set_by_user(aws: &Aws, group: &str) -> Result<BTreeMap<String, String>> {
    let mut pages = aws.elasticache.describe_cache_parameters().cache_parameter_group_name(group).source("user").into_paginator().send();
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let parameters = page.during("elasticache.DescribeCacheParameters")?.parameters.unwrap_or_default();
        found.extend(parameters.into_iter().filter_map(|one| Some((one.parameter_name?, one.parameter_value?))));
    }
    Ok(found)
}

async fn set(aws: &Aws, group: &str, wanted: impl Iterator<Item = (&String, &String)>) -> Result<()> {
    let all =
        wanted.map(|(name, value)| ParameterNameValue::builder().parameter_name(name).parameter_value(value).build()).collect::<Vec<_>>();
    for some in all.chunks(AT_ONCE) {
        let call = aws.elasticache.modify_cache_parameter_group().cache_parameter_group_name(group);
        let call = call.set_parameter_name_values(Some(some.to_vec()));
        call.send().await.during("elasticache.ModifyCacheParameterGroup")?;
    }
    Ok(())
}

async fn reset(aws: &Aws, group: &str, names: impl Iterator<Item = &String>) -> Result<()> {
    let all = names.map(|name| ParameterNameValue::builder().parameter_name(name).build()).collect::<Vec<_>>();
    for some in all.chunks(AT_ONCE) {
        let call = aws.elasticache.reset_cache_parameter_group().cache_parameter_group_name(group).reset_all_parameters(false);
        let call = call.set_parameter_name_values(Some(some.to_vec()));
        call.send().await.during("elasticache.ResetCacheParameterGroup")?;
    }
    Ok(())
}

fn outputs(group: &Group) -> BTreeMap<String, String> {
    database::outputs(group.cache_parameter_group_name.as_ref(), group.arn.as_ref())
}
