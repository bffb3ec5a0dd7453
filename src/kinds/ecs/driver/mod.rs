//! The drivers of ECS, one file per kind; what they share: tags, clusters, and errors that say more than their code.

pub(crate) mod cluster;
pub(crate) mod container_definition;
pub(crate) mod service;
pub(crate) mod service_definition;
pub(crate) mod stopped_tasks;
pub(crate) mod task_definition;

use crate::aws::{Aws, During, Error, Result, Retag};
pub use crate::core::arn::last_part;
use crate::kinds::ecs::cluster::CapacityProvider;
use crate::kinds::spelling::{built, number};
use aws_sdk_ecs::types::{CapacityProviderStrategyItem, Tag};
use std::collections::BTreeMap;

pub fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
}

pub fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        let set = Some(tag_list(&tags.set));
        aws.ecs.tag_resource().resource_arn(arn).set_tags(set).send().await.during("ecs.TagResource")?;
    }
    if !tags.unset.is_empty() {
        let keys = Some(tags.unset.clone());
        aws.ecs.untag_resource().resource_arn(arn).set_tag_keys(keys).send().await.during("ecs.UntagResource")?;
    }
    Ok(())
}

/// The names of all clusters in the region. ECS has no list that is filtered by tag.
pub async fn cluster_names(aws: &Aws) -> Result<Vec<String>> {
    Ok(aws.clusters.get(|| list_clusters(aws)).await?.to_vec())
}

async fn list_clusters(aws: &Aws) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut pages = aws.ecs.list_clusters().into_paginator().send();
    while let Some(page) = pages.next().await {
        let arns = page.during("ecs.ListClusters")?.cluster_arns.unwrap_or_default();
        names.extend(arns.iter().map(|arn| last_part(arn).to_owned()));
    }
    Ok(names)
}

pub fn strategy(operation: &'static str, items: &[CapacityProvider]) -> Result<Vec<CapacityProviderStrategyItem>> {
    items
        .iter()
        .map(|item| {
            let CapacityProvider { capacity_provider, weight, base } = item;
            let (weight, base) = (number(operation, "weight", *weight)?, number(operation, "base", *base)?);
            let item = CapacityProviderStrategyItem::builder().capacity_provider(capacity_provider).weight(weight).base(base);
            built(operation, item.build())
        })
        .collect()
}

pub fn from_strategy(operation: &'static str, items: Option<Vec<CapacityProviderStrategyItem>>) -> Result<Vec<CapacityProvider>> {
    let item = |item: CapacityProviderStrategyItem| {
        Ok(CapacityProvider {
            capacity_provider: item.capacity_provider,
            weight: number(operation, "weight", item.weight)?,
            base: number(operation, "base", item.base)?,
        })
    };
    items.unwrap_or_default().into_iter().map(item).collect()
}

/// Says what errors mean that pass by themselves, and those of a name that is taken: ECS answers one code
/// for many different faults.
pub fn told_apart(error: Error) -> Error {
    if !error.is(&["InvalidParameterException", "ClientException"]) {
        return error;
    }
    let message = error.message.to_ascii_lowercase();
    let code = if message.contains("assume") && message.contains("role") {
        // A new role is not known everywhere for some seconds.
        "RoleNotAssumable"
    } else if message.contains("not idempotent") {
        "ServiceExists"
    } else if message.contains("still draining") {
        "ServiceStillDraining"
    } else if message.contains("unable to describe task definition") {
        "TaskDefinitionNotFound"
    } else {
        return error;
    };
    Error { sense: Some(code), ..error }
}
