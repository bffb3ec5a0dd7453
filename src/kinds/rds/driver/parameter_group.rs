//! Makes, reads, changes and deletes `rds.parameter_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::database;
use crate::kinds::rds::driver;
use crate::kinds::rds::parameter_group::*;
use aws_sdk_rds::types::{ApplyMethod, DbParameterGroup as Group, Parameter};
use futures::future::try_join_all;
use std::collections::BTreeMap;

/// The most parameters that RDS takes in one call.
const AT_ONCE: usize = 20;

impl Driver for DbParameterGroup {
    const ABSENT: &'static [&'static str] = &["DBParameterGroupNotFound"];
    const TAKEN: &'static [&'static str] = &["DBParameterGroupAlreadyExists"];
    const PASSING: &'static [&'static str] = &["InvalidDBParameterGroupState"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let groups = match select {
            Select::Owned { .. } => {
                let mut pages = aws.rds.describe_db_parameter_groups().into_paginator().send();
                let mut groups = Vec::new();
                while let Some(page) = pages.next().await {
                    groups.extend(page.during("rds.DescribeDBParameterGroups")?.db_parameter_groups.unwrap_or_default());
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
            .create_db_parameter_group()
            .db_parameter_group_name(&new.name)
            .db_parameter_group_family(&new.spec.family)
            .description(&new.spec.description)
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await
            .during("rds.CreateDBParameterGroup")?;
        let group = answer.db_parameter_group.ok_or_else(|| Error::missing("rds.CreateDBParameterGroup", "DBParameterGroup"))?;
        let name = group.db_parameter_group_name.clone().unwrap_or_else(|| new.name.clone());
        // Nothing uses the group yet, so there is nothing that could take effect at once.
        modify(aws, &name, new.spec.parameters.iter().map(|(name, value)| parameter(name, value, ApplyMethod::PendingReboot))).await?;
        Ok(Made { outputs: outputs(&group), id: name })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        if change.changes("parameters") {
            let (wanted, live) = (&change.wanted.parameters, &change.live.spec.parameters);
            let differ = wanted.iter().filter(|(name, value)| live.get(*name) != Some(value));
            set(aws, &change.live.id, &differ.map(|(name, value)| (name.clone(), value.clone())).collect()).await?;
            reset(aws, &change.live.id, live.keys().filter(|name| !wanted.contains_key(*name))).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.rds.delete_db_parameter_group().db_parameter_group_name(&live.id).send().await.during("rds.DeleteDBParameterGroup")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

async fn one(aws: &Aws, id: &str) -> Result<Vec<Group>> {
    match aws.rds.describe_db_parameter_groups().db_parameter_group_name(id).send().await.during("rds.DescribeDBParameterGroups") {
        Ok(answer) => Ok(answer.db_parameter_groups.unwrap_or_default()),
        Err(error) if error.is(DbParameterGroup::ABSENT) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn live(aws: &Aws, select: &Select, group: Group) -> Result<Live<Spec>> {
    let outputs = outputs(&group);
    let name = group.db_parameter_group_name.unwrap_or_default();
    let arn = group.db_parameter_group_arn.unwrap_or_default();
    let tags = driver::tags_of(aws, select, &arn, &name).await?;
    let claim = aws.claim(&tags);
    // One call a group, and only for groups that will be compared.
    let parameters = if claim.is_some() || select.ids().is_some() { parameters(aws, &name, Some("user")).await? } else { Vec::new() };
    Ok(Live {
        id: name.clone(),
        claim,
        state: State::Ready,
        outputs,
        spec: Spec {
            name: Some(name.clone()),
            family: group.db_parameter_group_family.unwrap_or_default(),
            description: group.description.unwrap_or_default(),
            parameters: parameters.into_iter().filter_map(|one| Some((one.parameter_name?, one.parameter_value?))).collect(),
            tags: own_tags(&tags),
        },
        name,
        arn,
    })
}

async fn parameters(aws: &Aws, group: &str, source: Option<&str>) -> Result<Vec<Parameter>> {
    let call = aws.rds.describe_db_parameters().db_parameter_group_name(group).set_source(source.map(String::from));
    let mut pages = call.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.during("rds.DescribeDBParameters")?.parameters.unwrap_or_default());
    }
    Ok(found)
}

// Only the group's own listing says which parameters may change at once; for static ones RDS refuses `immediate`.
async fn set(aws: &Aws, group: &str, wanted: &BTreeMap<String, String>) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let known = parameters(aws, group, None).await?;
    let dynamic =
        |name: &str| known.iter().any(|one| one.parameter_name.as_deref() == Some(name) && one.apply_type.as_deref() == Some("dynamic"));
    let method = |name: &str| if dynamic(name) { ApplyMethod::Immediate } else { ApplyMethod::PendingReboot };
    modify(aws, group, wanted.iter().map(|(name, value)| parameter(name, value, method(name)))).await
}

fn parameter(name: &str, value: &str, method: ApplyMethod) -> Parameter {
    Parameter::builder().parameter_name(name).parameter_value(value).apply_method(method).build()
}

async fn modify(aws: &Aws, group: &str, parameters: impl Iterator<Item = Parameter>) -> Result<()> {
    let all = parameters.collect::<Vec<_>>();
    for some in all.chunks(AT_ONCE) {
        let call = aws.rds.modify_db_parameter_group().db_parameter_group_name(group).set_parameters(Some(some.to_vec()));
        call.send().await.during("rds.ModifyDBParameterGroup")?;
    }
    Ok(())
}

async fn reset(aws: &Aws, group: &str, names: impl Iterator<Item = &String>) -> Result<()> {
    let all =
        names.map(|name| Parameter::builder().parameter_name(name).apply_method(ApplyMethod::PendingReboot).build()).collect::<Vec<_>>();
    for some in all.chunks(AT_ONCE) {
        let call = aws.rds.reset_db_parameter_group().db_parameter_group_name(group).reset_all_parameters(false);
        call.set_parameters(Some(some.to_vec())).send().await.during("rds.ResetDBParameterGroup")?;
    }
    Ok(())
}

fn outputs(group: &Group) -> BTreeMap<String, String> {
    database::outputs(group.db_parameter_group_name.as_ref(), group.db_parameter_group_arn.as_ref())
}
