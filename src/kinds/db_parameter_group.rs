//! `rds.parameter_group`: engine settings of databases.

use super::rds;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct DbParameterGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The engine and its major version, as AWS writes it: `postgres16`, `mysql8.4`.
    pub family: String,
    /// What it is for.
    #[serde(default = "description")]
    pub description: String,
    /// Every setting that differs from the family's default. Static ones take effect at the next reboot.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Engine settings of databases".into()
}

impl Kind for DbParameterGroup {
    type Spec = Spec;
    const NAME: &'static str = "rds.parameter_group";
    const ABOUT: About = About {
        doc: "Engine settings of databases.",
        outputs: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:pg:",
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#parameter-groups-detail:ids={name};type=DbParameterGroup",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("family"),
        replace("description"),
        update("parameters").downtime("static parameters wait for a reboot"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            family: "postgres16".into(),
            description: description(),
            parameters: BTreeMap::from([("log_min_duration_statement".into(), "500".into()), ("rds.force_ssl".into(), "1".into())]),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        // RDS keeps the names of parameters in lower case.
        spec.parameters = std::mem::take(&mut spec.parameters).into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::from_iter(rds::name_problem(spec.name.as_deref(), 255));
        if !spec.family.starts_with(|first: char| first.is_ascii_lowercase()) || !spec.family.ends_with(|last: char| last.is_ascii_digit())
        {
            problems.push(
                Problem::new("family", format!("`{}` is not a parameter group family", spec.family))
                    .help("an engine and its major version: postgres16"),
            );
        }
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("RDS wants one"));
        }
        problems.extend(
            spec.parameters
                .keys()
                .filter(|name| !is_parameter(name))
                .map(|name| Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be a parameter's name"))),
        );
        problems
    }
}

fn is_parameter(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use aws_sdk_rds::types::{ApplyMethod, DbParameterGroup as Group, Parameter};
    use futures::future::try_join_all;

    /// How many parameters RDS takes in one call.
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
                .set_tags(Some(rds::tag_list(&new.tags)))
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
            rds::retag(aws, &live.arn, tags).await
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
        let tags = rds::tags_of(aws, select, &arn, &name).await?;
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
        let dynamic = |name: &str| {
            known.iter().any(|one| one.parameter_name.as_deref() == Some(name) && one.apply_type.as_deref() == Some("dynamic"))
        };
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
        let all = names
            .map(|name| Parameter::builder().parameter_name(name).apply_method(ApplyMethod::PendingReboot).build())
            .collect::<Vec<_>>();
        for some in all.chunks(AT_ONCE) {
            let call = aws.rds.reset_db_parameter_group().db_parameter_group_name(group).reset_all_parameters(false);
            call.set_parameters(Some(some.to_vec())).send().await.during("rds.ResetDBParameterGroup")?;
        }
        Ok(())
    }

    fn outputs(group: &Group) -> BTreeMap<String, String> {
        let name = group.db_parameter_group_name.clone().unwrap_or_default();
        BTreeMap::from([
            ("id".into(), name.clone()),
            ("name".into(), name),
            ("arn".into(), group.db_parameter_group_arn.clone().unwrap_or_default()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_rds_would_refuse_is_said() {
        holds::<DbParameterGroup>(&[
            (json!({"family": "16"}), "not a parameter group family"),
            (json!({"description": ""}), "empty"),
            (json!({"parameters": {"work mem": "1"}}), "cannot be a parameter's name"),
            (json!({"name": "two--hyphens"}), "cannot be the name"),
        ]);
    }
}
