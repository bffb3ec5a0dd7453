//! `elasticache.parameter_group`: engine settings of caches.

use super::elasticache;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct CacheParameterGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The engine and its major version, as AWS writes it: `redis7`, `valkey8`.
    pub family: String,
    /// What it is for.
    #[serde(default = "description")]
    pub description: String,
    /// Every setting that differs from the family's default, such as `maxmemory-policy`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Engine settings of caches".into()
}

impl Kind for CacheParameterGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.parameter_group";
    const ABOUT: About = About {
        doc: "Engine settings of caches.",
        outputs: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "elasticache:parametergroup:",
        console: "https://{region}.console.aws.amazon.com/elasticache/home?region={region}#/parameter-groups/{name}",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), replace("family"), replace("description"), update("parameters"), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            family: "redis7".into(),
            description: description(),
            parameters: BTreeMap::from([("maxmemory-policy".into(), "allkeys-lru".into())]),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::from_iter(elasticache::name_problem(spec.name.as_deref(), 255));
        if !FAMILIES.contains(&spec.family.as_str()) {
            problems.push(
                Problem::new("family", format!("ElastiCache has no parameter group family `{}`", spec.family))
                    .help(format!("one of {}", FAMILIES.join(", "))),
            );
        }
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("ElastiCache wants one"));
        }
        if spec.family.starts_with("redis") || spec.family.starts_with("valkey") {
            for (name, allowed) in [("maxmemory-policy", POLICIES), ("appendonly", &["yes", "no"])] {
                if let Some(value) = spec.parameters.get(name)
                    && !allowed.contains(&value.as_str())
                {
                    problems.push(
                        Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be `{value}`"))
                            .help(format!("one of {}", allowed.join(", "))),
                    );
                }
            }
        }
        problems
    }
}

const FAMILIES: &[&str] =
    &["memcached1.4", "memcached1.5", "memcached1.6", "redis4.0", "redis5.0", "redis6.x", "redis7", "valkey7", "valkey8", "valkey9"];
const POLICIES: &[&str] =
    &["volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random", "volatile-ttl", "noeviction"];

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use aws_sdk_elasticache::types::{CacheParameterGroup as Group, ParameterNameValue};
    use futures::future::try_join_all;

    /// How many parameters ElastiCache takes in one call.
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
                .set_tags(Some(elasticache::tag_list(&new.tags)))
                .send()
                .await
                .during("elasticache.CreateCacheParameterGroup")?;
            let group = answer
                .cache_parameter_group
                .ok_or_else(|| Error::missing("elasticache.CreateCacheParameterGroup", "CacheParameterGroup"))?;
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
            elasticache::retag(aws, &live.arn, tags).await
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
        let tags = elasticache::tags_of(aws, select, &arn, &name).await?;
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
        let mut pages =
            aws.elasticache.describe_cache_parameters().cache_parameter_group_name(group).source("user").into_paginator().send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let parameters = page.during("elasticache.DescribeCacheParameters")?.parameters.unwrap_or_default();
            found.extend(parameters.into_iter().filter_map(|one| Some((one.parameter_name?, one.parameter_value?))));
        }
        Ok(found)
    }

    async fn set(aws: &Aws, group: &str, wanted: impl Iterator<Item = (&String, &String)>) -> Result<()> {
        let all = wanted
            .map(|(name, value)| ParameterNameValue::builder().parameter_name(name).parameter_value(value).build())
            .collect::<Vec<_>>();
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
        let name = group.cache_parameter_group_name.clone().unwrap_or_default();
        BTreeMap::from([("id".into(), name.clone()), ("name".into(), name), ("arn".into(), group.arn.clone().unwrap_or_default())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_elasticache_would_refuse_is_said() {
        holds::<CacheParameterGroup>(&[
            (json!({"family": "redis99"}), "no parameter group family"),
            (json!({"parameters": {"maxmemory-policy": "oldest"}}), "cannot be `oldest`"),
            (json!({"name": "Upper"}), "cannot be the name"),
        ]);
    }
}
