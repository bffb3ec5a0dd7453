//! `rds.subnet_group`: the subnets that a database may be placed in.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct DbSubnetGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default = "description")]
    pub description: String,
    /// Subnets in at least two availability zones.
    pub subnet_ids: Vec<String>,
    /// The VPC of those subnets. Another one means another group: AWS does not let a group move. Left out, nothing is compared.
    #[serde(default)]
    pub vpc_id: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Subnets for databases".into()
}

impl Kind for DbSubnetGroup {
    type Spec = Spec;
    const NAME: &'static str = "rds.subnet_group";
    const ABOUT: About = About {
        doc: "The subnets that a database may be placed in.",
        outputs: &["id", "name", "arn", "vpc_id"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:subgrp:",
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#db-subnet-group:id={name}",
        free: "settings are free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), update("description"), update("subnet_ids").set(), replace("vpc_id").unmanaged(), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            description: description(),
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            vpc_id: Some("${example.vpc.id}".into()),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        spec.subnet_ids.sort();
        spec.subnet_ids.dedup();
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) {
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_. ".contains(&byte));
            if !plain || name == "default" || !(1..=255).contains(&name.len()) {
                problems.push(
                    Problem::new("name", format!("`{name}` cannot be the name of a subnet group"))
                        .help("up to 255 of a-z, 0-9, `-`, `_`, `.` and spaces, and not `default`"),
                );
            }
        }
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("RDS wants one"));
        }
        if spec.subnet_ids.len() < 2 {
            problems.push(
                Problem::new("subnet_ids", format!("a subnet group needs two subnets or more, not {}", spec.subnet_ids.len()))
                    .help("name subnets in two availability zones"),
            );
        }
        problems
    }
}

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::rds;
    use aws_sdk_rds::types::DbSubnetGroup as Group;
    use futures::future::try_join_all;

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
                .set_tags(Some(rds::tag_list(&new.tags)))
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
            rds::retag(aws, &live.arn, tags).await
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
        let tags = rds::tags_of(aws, select, &arn, &name).await?;
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
        let name = group.db_subnet_group_name.clone().unwrap_or_default();
        BTreeMap::from([
            ("id".into(), name.clone()),
            ("name".into(), name),
            ("arn".into(), group.db_subnet_group_arn.clone().unwrap_or_default()),
            ("vpc_id".into(), group.vpc_id.clone().unwrap_or_default()),
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
        holds::<DbSubnetGroup>(&[
            (json!({"subnet_ids": ["subnet-1"]}), "two subnets or more"),
            (json!({"name": "default"}), "cannot be the name"),
            (json!({"description": ""}), "empty"),
        ]);
    }
}
