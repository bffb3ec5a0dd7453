//! Makes, reads, changes and deletes `cloudwatch.dashboard` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::Claim;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::cloudwatch::dashboard::*;
use crate::kinds::cloudwatch::driver;
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for Dashboard {
    const ABSENT: &'static [&'static str] = driver::ABSENT;
    const AGAIN: Again<Spec> = Again::Overwritten(|new| new.name.clone());

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let names = match select {
            Select::Ids(ids) => ids.clone(),
            Select::Owned { .. } => {
                let mut names = Vec::new();
                let mut pages = aws.cloudwatch.list_dashboards().dashboard_name_prefix(aws.scope.underscored()).into_paginator().send();
                while let Some(page) = pages.next().await {
                    let entries = page.during("cloudwatch.ListDashboards")?.dashboard_entries.unwrap_or_default();
                    names.extend(entries.into_iter().filter_map(|entry| entry.dashboard_name));
                }
                names
            }
        };
        // AWS answers bodies one dashboard at a time.
        Ok(try_join_all(names.into_iter().map(|name| read(aws, name))).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        put(aws, &new.name, &new.spec).await?;
        Ok(Made::new(&new.name, [("name", new.name.clone()), ("arn", arn(aws, &new.name))]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        put(aws, &name_now(aws, &change.live), &change.wanted).await?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.cloudwatch.delete_dashboards().dashboard_names(&live.id).send().await.during("cloudwatch.DeleteDashboards")?;
        Ok(())
    }

    /// The name is the mark, so a new address is a new name. The old one goes first: two would claim the same node.
    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        let Some(claim) = tags.claim.as_ref().filter(|_| live.claim.is_some()) else {
            return Err(Error::new(
                "cloudwatch.PutDashboard",
                "NameIsMark",
                format!("the dashboard `{}` cannot be adopted or let go: it belongs to the stack that its name says", live.name),
            ));
        };
        if live.claim.as_ref().map(|old| &old.address) == Some(&claim.address) {
            return Ok(());
        }
        Self::delete(aws, live).await?;
        put(aws, &aws.scope.physical_name(Self::ABOUT.naming, claim), &live.spec).await
    }
}

/// The name after a move in the same run: what was read still has the old one.
fn name_now(aws: &Aws, live: &Live<Spec>) -> String {
    let moved = |claim: &&Claim| aws.scope.address_in_name(&live.name).as_ref() != Some(&claim.address);
    match live.claim.as_ref().filter(moved) {
        Some(claim) => aws.scope.physical_name(Dashboard::ABOUT.naming, claim),
        None => live.name.clone(),
    }
}

async fn read(aws: &Aws, name: String) -> Result<Option<Live<Spec>>> {
    const CALL: &str = "cloudwatch.GetDashboard";
    let answer = match aws.cloudwatch.get_dashboard().dashboard_name(&name).send().await.during(CALL) {
        Ok(answer) => answer,
        Err(error) if error.is(driver::ABSENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    let body = answer.dashboard_body.unwrap_or_default();
    let body =
        serde_json::from_str(&body).map_err(|error| Error::new(CALL, "UnreadableAnswer", format!("the body is not JSON: {error}")))?;
    let arn = answer.dashboard_arn.unwrap_or_else(|| arn(aws, &name));
    Ok(Some(Live {
        id: name.clone(),
        // The generation stands only as a digest in the name; nothing about a dashboard is fixed at creation.
        claim: aws.scope.address_in_name(&name).map(|address| Claim::new(address, "")),
        state: State::Ready,
        outputs: BTreeMap::from([("name".into(), name.clone()), ("arn".into(), arn.clone())]),
        spec: Spec { body },
        name,
        arn,
    }))
}

async fn put(aws: &Aws, name: &str, spec: &Spec) -> Result<()> {
    let call = aws.cloudwatch.put_dashboard().dashboard_name(name).dashboard_body(spec.body.to_string());
    // Messages in the answer are warnings about widgets; a body that CloudWatch refuses is an error.
    call.send().await.during("cloudwatch.PutDashboard")?;
    Ok(())
}

fn arn(aws: &Aws, name: &str) -> String {
    aws.scope.global_arn("cloudwatch", &format!("dashboard/{name}"))
}
