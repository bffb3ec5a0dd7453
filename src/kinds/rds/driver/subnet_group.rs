//! Makes, reads, changes and deletes `rds.subnet_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::database;
use crate::kinds::rds::driver;
use crate::kinds::rds::subnet_group::*;
use aws_sdk_rds::types::DbSubnetGroup as Group;
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for DbSubnetGroup {
    const ABSENT: &'static [&'static str] = &["DBSubnetGroupNotFoundFault"];
    const TAKEN: &'static [&'static str] = &["DBSubnetGroupAlreadyExists"];
    const PASSING: &'static [&'static str] = &["InvalidDBSubnetGroupStateFault"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let groups = match select {
            Select::Owned { .. } => {
                let mut pages = aws.rds.describe_db_subnet_groups().into_paginator().send();
                let mut groups = Vec::new();
                while let Some(page) = pages.next().await {
                    groups.extend(page.during("rds.DescribeDBSubnetGroups")?.db_subnet_groups.unwrap_or_default());
                }
                groups
            }
            Select::Ids(ids) => try_join_all(ids.iter().map(|id| one(aws, id))).await?.into_iter().flatten().collect(),
        };
        try_join_all(groups.into_iter().map(|group| live(aws, select, group))).await
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .rds
            .create_db_subnet_group()
            .db_subnet_group_name(&new.name)
            .db_subnet_group_description(&new.spec.description)
            .set_subnet_ids(Some(new.spec.subnet_ids.clone()))
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await
            .during("rds.CreateDBSubnetGroup")?;
        let group = answer.db_subnet_group.ok_or_else(|| Error::missing("rds.CreateDBSubnetGroup", "DBSubnetGroup"))?;
        let name = group.db_subnet_group_name.clone().unwrap_or_else(|| new.name.clone());
        Ok(Made { outputs: outputs(&group), id: name })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        // The call wants the whole list of subnets, whatever has changed.
        aws.rds
            .modify_db_subnet_group()
            .db_subnet_group_name(&change.live.id)
            .set_db_subnet_group_description(change.changes("description").then(|| change.wanted.description.clone()))
            .set_subnet_ids(Some(change.wanted.subnet_ids.clone()))
            .send()
            .await
            .during("rds.ModifyDBSubnetGroup")?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.rds.delete_db_subnet_group().db_subnet_group_name(&live.id).send().await.during("rds.DeleteDBSubnetGroup")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

async fn one(aws: &Aws, id: &str) -> Result<Vec<Group>> {
    match aws.rds.describe_db_subnet_groups().db_subnet_group_name(id).send().await.during("rds.DescribeDBSubnetGroups") {
        Ok(answer) => Ok(answer.db_subnet_groups.unwrap_or_default()),
        Err(error) if error.is(DbSubnetGroup::ABSENT) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn live(aws: &Aws, select: &Select, group: Group) -> Result<Live<Spec>> {
    let outputs = outputs(&group);
    let name = group.db_subnet_group_name.unwrap_or_default();
    let arn = group.db_subnet_group_arn.unwrap_or_default();
    let tags = driver::tags_of(aws, select, &arn, &name).await?;
    Ok(Live {
        id: name.clone(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs,
        spec: Spec {
            name: Some(name.clone()),
            description: group.db_subnet_group_description.unwrap_or_default(),
            subnet_ids: group.subnets.unwrap_or_default().into_iter().filter_map(|subnet| subnet.subnet_identifier).collect(),
            vpc_id: group.vpc_id,
            tags: own_tags(&tags),
        },
        name,
        arn,
    })
}

fn outputs(group: &Group) -> BTreeMap<String, String> {
    let mut outputs = database::outputs(group.db_subnet_group_name.as_ref(), group.db_subnet_group_arn.as_ref());
    outputs.insert("vpc_id".into(), group.vpc_id.clone().unwrap_or_default());
    outputs
}
