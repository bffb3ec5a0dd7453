//! Makes, reads, changes and deletes `cloudfront.origin_access_control` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::address::Address;
use crate::core::identity::Claim;
use crate::core::snapshot::{Live, State};
use crate::kinds::cloudfront::origin_access_control::*;
use crate::kinds::spelling::{built, choice, word};
use aws_sdk_cloudfront::types::{
    OriginAccessControlConfig as Config, OriginAccessControlOriginTypes, OriginAccessControlSigningBehaviors,
    OriginAccessControlSigningProtocols,
};
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for OriginAccessControl {
    const ABSENT: &'static [&'static str] = &["NoSuchOriginAccessControl"];
    const TAKEN: &'static [&'static str] = &["OriginAccessControlAlreadyExists"];
    // A distribution that was just deleted still counts for a moment.
    const PASSING: &'static [&'static str] = &["OriginAccessControlInUse", "PreconditionFailed"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let ids = match select {
            Select::Owned { .. } => return listed(aws).await,
            Select::Ids(ids) => ids,
        };
        let found = try_join_all(ids.iter().map(async |id| match get(aws, id).await {
            Ok((_, config)) => live(aws, id, &config).map(Some),
            Err(error) if error.is(OriginAccessControl::ABSENT) => Ok(None),
            Err(error) => Err(error),
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let config = config(&new.name, &proof(aws, &new.claim), &new.spec)?;
        let call = aws.cloudfront.create_origin_access_control().origin_access_control_config(config);
        let answer = call.send().await.during("cloudfront.CreateOriginAccessControl")?;
        let id = answer
            .origin_access_control
            .map(|control| control.id)
            .ok_or_else(|| Error::missing("cloudfront.CreateOriginAccessControl", "OriginAccessControl"))?;
        Ok(Made { outputs: outputs(aws, &id, &new.name), id })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (etag, before) = get(aws, &change.live.id).await?;
        let name = change.wanted.name.as_ref().unwrap_or(&before.name);
        let after = config(name, before.description.as_deref().unwrap_or_default(), &change.wanted)?;
        put(aws, &change.live.id, etag, after).await?;
        Ok(BTreeMap::from([("name".into(), name.clone())]))
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let (etag, _) = get(aws, &live.id).await?;
        let call = aws.cloudfront.delete_origin_access_control().id(&live.id).set_if_match(etag);
        call.send().await.during("cloudfront.DeleteOriginAccessControl")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        let text = match &tags.claim {
            Some(claim) => proof(aws, claim),
            // Without proof in its description it is nobody's: what `retain` leaves behind.
            None if tags.unset.is_empty() => return Ok(()),
            None => String::new(),
        };
        let (etag, mut config) = get(aws, &live.id).await?;
        config.description = Some(text);
        put(aws, &live.id, etag, config).await
    }
}

/// The description that says whose it is, in place of tags: `trueup web/prod storage.oac 3f9a2k`.
fn proof(aws: &Aws, claim: &Claim) -> String {
    let retain = if claim.retain { " retain" } else { "" };
    format!("trueup {} {} {}{retain}", aws.scope.owner(), claim.address, claim.generation)
}

fn claim(aws: &Aws, description: &str) -> Option<Claim> {
    let mut words = description.strip_prefix("trueup ")?.split(' ');
    (words.next()? == aws.scope.owner()).then_some(())?;
    let address = Address::parse(words.next()?).ok()?;
    let generation = words.next()?.to_owned();
    Some(Claim { address, generation, retain: words.next() == Some("retain"), used: None })
}

async fn listed(aws: &Aws) -> Result<Vec<Live<Spec>>> {
    let mut pages = aws.cloudfront.list_origin_access_controls().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let list = page.during("cloudfront.ListOriginAccessControls")?.origin_access_control_list;
        for item in list.and_then(|list| list.items).unwrap_or_default() {
            let config = Config::builder()
                .name(item.name)
                .description(item.description)
                .signing_protocol(item.signing_protocol)
                .signing_behavior(item.signing_behavior)
                .origin_access_control_origin_type(item.origin_access_control_origin_type)
                .build();
            found.push(live(aws, &item.id, &built("cloudfront.ListOriginAccessControls", config)?)?);
        }
    }
    Ok(found)
}

fn live(aws: &Aws, id: &str, config: &Config) -> Result<Live<Spec>> {
    const READ: &str = "cloudfront.ListOriginAccessControls";
    Ok(Live {
        id: id.to_owned(),
        name: config.name.clone(),
        arn: arn(aws, id),
        claim: claim(aws, config.description.as_deref().unwrap_or_default()),
        state: State::Ready,
        spec: Spec {
            name: Some(config.name.clone()),
            origin_type: choice(READ, config.origin_access_control_origin_type.as_str())?,
            signing_behavior: choice(READ, config.signing_behavior.as_str())?,
        },
        outputs: outputs(aws, id, &config.name),
    })
}

fn config(name: &str, description: &str, spec: &Spec) -> Result<Config> {
    built(
        "cloudfront.UpdateOriginAccessControl",
        Config::builder()
            .name(name)
            .description(description)
            .signing_protocol(OriginAccessControlSigningProtocols::Sigv4)
            .signing_behavior(OriginAccessControlSigningBehaviors::from(word(&spec.signing_behavior).as_str()))
            .origin_access_control_origin_type(OriginAccessControlOriginTypes::from(word(&spec.origin_type).as_str()))
            .build(),
    )
}

async fn get(aws: &Aws, id: &str) -> Result<(Option<String>, Config)> {
    let answer = aws.cloudfront.get_origin_access_control().id(id).send().await.during("cloudfront.GetOriginAccessControl")?;
    let config = answer.origin_access_control.and_then(|control| control.origin_access_control_config);
    let config = config.ok_or_else(|| Error::missing("cloudfront.GetOriginAccessControl", "OriginAccessControlConfig"))?;
    Ok((answer.e_tag, config))
}

async fn put(aws: &Aws, id: &str, etag: Option<String>, config: Config) -> Result<()> {
    let call = aws.cloudfront.update_origin_access_control().id(id).set_if_match(etag).origin_access_control_config(config);
    call.send().await.during("cloudfront.UpdateOriginAccessControl")?;
    Ok(())
}

fn arn(aws: &Aws, id: &str) -> String {
    aws.scope.global_arn("cloudfront", &format!("origin-access-control/{id}"))
}

fn outputs(aws: &Aws, id: &str, name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("id".into(), id.to_owned()), ("name".into(), name.to_owned()), ("arn".into(), arn(aws, id))])
}
