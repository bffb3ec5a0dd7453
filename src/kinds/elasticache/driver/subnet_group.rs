//! Makes, reads, changes and deletes `elasticache.subnet_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::database;
use crate::kinds::elasticache::driver;
use crate::kinds::elasticache::subnet_group::*;
use aws_sdk_elasticache::types::CacheSubnetGroup as Group;
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for CacheSubnetGroup {
    const ABSENT: &'static [&'static str] = &["CacheSubnetGroupNotFoundFault"];
    const TAKEN: &'static [&'static str] = &["CacheSubnetGroupAlreadyExists"];
    const PASSING: &'static [&'static str] = &["CacheSubnetGroupInUse"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let groups = match select {
            Select::Owned { .. } => {
                let mut pages = aws.elasticache.describe_cache_subnet_groups().into_paginator().send();
                let mut groups = Vec::new();
                while let Some(page) = pages.next().await {
                    groups.extend(page.during("elasticache.DescribeCacheSubnetGroups")?.cache_subnet_groups.unwrap_or_default());
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
            .create_cache_subnet_group()
            .cache_subnet_group_name(&new.name)
            .cache_subnet_group_description(&new.spec.description)
            .set_subnet_ids(Some(new.spec.subnet_ids.clone()))
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await
            .during("elasticache.CreateCacheSubnetGroup")?;
        let group = answer.cache_subnet_group.ok_or_else(|| Error::missing("elasticache.CreateCacheSubnetGroup", "CacheSubnetGroup"))?;
        let name = group.cache_subnet_group_name.clone().unwrap_or_else(|| new.name.clone());
        Ok(Made { outputs: outputs(&group), id: name })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        aws.elasticache
            .modify_cache_subnet_group()
            .cache_subnet_group_name(&change.live.id)
            .set_cache_subnet_group_description(change.changes("description").then(|| change.wanted.description.clone()))
            .set_subnet_ids(change.changes("subnet_ids").then(|| change.wanted.subnet_ids.clone()))
            .send()
            .await
            .during("elasticache.ModifyCacheSubnetGroup")?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.elasticache
            .delete_cache_subnet_group()
            .cache_subnet_group_name(&live.id)
            .send()
            .await
            .during("elasticache.DeleteCacheSubnetGroup")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

async fn one(aws: &Aws, id: &str) -> Result<Vec<Group>> {
    let call = aws.elasticache.describe_cache_subnet_groups().cache_subnet_group_name(id);
    match call.send().await.during("elasticache.DescribeCacheSubnetGroups") {
        Ok(answer) => Ok(answer.cache_subnet_groups.unwrap_or_default()),
        Err(error) if error.is(CacheSubnetGroup::ABSENT) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn live(aws: &Aws, select: &Select, group: Group) -> Result<Live<Spec>> {
    let outputs = outputs(&group);
    let name = group.cache_subnet_group_name.unwrap_or_default();
    let arn = group.arn.unwrap_or_default();
    let tags = driver::tags_of(aws, select, &arn, &name).await?;
    Ok(Live {
        id: name.clone(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs,
        spec: Spec {
            name: Some(name.clone()),
            description: group.cache_subnet_group_description.unwrap_or_default(),
            subnet_ids: group.subnets.unwrap_or_default().into_iter().filter_map(|subnet| subnet.subnet_identifier).collect(),
            vpc_id: group.vpc_id,
            tags: own_tags(&tags),
        },
        name,
        arn,
    })
}

fn outputs(group: &Group) -> BTreeMap<String, String> {
    let mut outputs = database::outputs(group.cache_subnet_group_name.as_ref(), group.arn.as_ref());
    outputs.insert("vpc_id".into(), group.vpc_id.clone().unwrap_or_default());
    outputs
}
