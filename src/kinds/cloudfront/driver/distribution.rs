//! Makes, reads, changes and deletes `cloudfront.distribution` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update, arn_matches};
use crate::core::arn::last_part;
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::cloudfront::distribution::*;
use crate::kinds::cloudfront::driver;
use crate::kinds::cloudfront::driver::distribution_config as config;
use crate::kinds::spelling::built;
use aws_sdk_cloudfront::types::{self, DistributionConfig, DistributionConfigWithTags, DistributionSummary};
use futures::future::try_join_all;
use std::collections::BTreeMap;

/// The hosted zone of every CloudFront name. <https://docs.aws.amazon.com/general/latest/gr/cf_region.html>
const HOSTED_ZONE: &str = "Z2FDTNDATAQYW2";

impl Driver for Distribution {
    const ABSENT: &'static [&'static str] = &["NoSuchDistribution"];
    const TAKEN: &'static [&'static str] = &["DistributionAlreadyExists"];
    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html>
    const SPENT: &'static [&'static str] = Self::TAKEN;
    // It has to be off everywhere before it can be deleted, which takes minutes.
    const PASSING: &'static [&'static str] = &["DistributionNotDisabled", "PreconditionFailed"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        if let Some(ids) = select.ids() {
            return all(aws, ids.into_iter().map(|id| (id, None))).await;
        }
        let tagged = driver::tagged(aws).await?;
        let ours = tagged.iter().filter(|(arn, _)| arn_matches(arn, Distribution::ABOUT.arn));
        let mut found = all(aws, ours.map(|(arn, tags)| (last_part(arn).to_owned(), Some(tags.clone())))).await?;
        if !select.is_met_by(found.len()) {
            let rest = listed(aws).await?.into_iter().filter(|summary| found.iter().all(|live| live.id != summary.id));
            let rest = owned(aws, &tagged, rest).await?;
            found.extend(all(aws, rest.into_iter()).await?);
        }
        Ok(found)
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let whole = DistributionConfigWithTags::builder()
            .distribution_config(config::new(&new.spec, &new.token)?)
            .tags(tag_list(&new.tags)?)
            .build();
        let call = aws.cloudfront.create_distribution_with_tags().distribution_config_with_tags(whole);
        let answer = call.send().await.during("cloudfront.CreateDistribution")?;
        let made = answer.distribution.ok_or_else(|| Error::missing("cloudfront.CreateDistribution", "Distribution"))?;
        Ok(Made { outputs: outputs(&made.id, &made.arn, &made.domain_name), id: made.id })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (etag, mut config) = read(aws, &change.live.id).await?;
        config::apply(&mut config, &change.wanted, &|field| change.changes(field))?;
        write(aws, &change.live.id, etag, config).await?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let answer = aws.cloudfront.get_distribution().id(&live.id).send().await.during("cloudfront.GetDistribution")?;
        let distribution = answer.distribution.ok_or_else(|| Error::missing("cloudfront.GetDistribution", "Distribution"))?;
        let deployed = distribution.status == "Deployed";
        let config = distribution.distribution_config;
        let mut config = config.ok_or_else(|| Error::missing("cloudfront.GetDistribution", "DistributionConfig"))?;
        let off = !config.enabled;
        if !off {
            config.enabled = false;
            write(aws, &live.id, answer.e_tag.clone(), config).await?;
        }
        if !(off && deployed) {
            let message = "it is being switched off at all edge locations first";
            return Err(Error::new("cloudfront.DeleteDistribution", "DistributionNotDisabled", message));
        }
        let call = aws.cloudfront.delete_distribution().id(&live.id).set_if_match(answer.e_tag);
        call.send().await.during("cloudfront.DeleteDistribution")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let call = aws.cloudfront.tag_resource().resource(&live.arn).tags(tag_list(&tags.set)?);
            call.send().await.during("cloudfront.TagResource")?;
        }
        if !tags.unset.is_empty() {
            let keys = types::TagKeys::builder().set_items(Some(tags.unset.clone())).build();
            aws.cloudfront.untag_resource().resource(&live.arn).tag_keys(keys).send().await.during("cloudfront.UntagResource")?;
        }
        Ok(())
    }
}

type Tags = BTreeMap<String, String>;

/// Returns those of some distributions that are ours. The listing answers no tags and no names; one that the tagging API does
/// not know yet is asked for alone if its origins are called as ours are, or if it is new.
async fn owned(
    aws: &Aws,
    tagged: &BTreeMap<String, Tags>,
    some: impl Iterator<Item = DistributionSummary>,
) -> Result<Vec<(String, Option<Tags>)>> {
    let found = try_join_all(some.map(async |summary| {
        let tags = match tagged.get(&summary.arn) {
            Some(tags) => tags.clone(),
            None if likely(aws, &summary) => tags(aws, &summary.arn).await?,
            None => Tags::new(),
        };
        Ok::<_, Error>(aws.claim(&tags).map(|_| (summary.id, Some(tags))))
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

/// Returns those that exist, with their configuration.
async fn all(aws: &Aws, some: impl Iterator<Item = (String, Option<Tags>)>) -> Result<Vec<Live<Spec>>> {
    let found = try_join_all(some.map(async |(id, tags)| match live(aws, &id, tags).await {
        Err(error) if error.is(Distribution::ABSENT) => Ok(None),
        found => found.map(Some),
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

fn likely(aws: &Aws, summary: &DistributionSummary) -> bool {
    const RECENT: f64 = 3600.0;
    let origins = summary.origins.as_ref().map(|origins| origins.items.as_slice()).unwrap_or_default();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    now - summary.last_modified_time.as_secs_f64() < RECENT
        || origins.iter().any(|origin| aws.looks_ours(&origin.domain_name) || aws.looks_ours(&origin.id))
}

async fn listed(aws: &Aws) -> Result<Vec<DistributionSummary>> {
    let mut pages = aws.cloudfront.list_distributions().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let list = page.during("cloudfront.ListDistributions")?.distribution_list;
        found.extend(list.and_then(|list| list.items).unwrap_or_default());
    }
    Ok(found)
}

// The listing lacks the root object and the logging; one call a distribution answers all of it.
async fn live(aws: &Aws, id: &str, known: Option<Tags>) -> Result<Live<Spec>> {
    let answer = aws.cloudfront.get_distribution().id(id).send().await.during("cloudfront.GetDistribution")?;
    let distribution = answer.distribution.ok_or_else(|| Error::missing("cloudfront.GetDistribution", "Distribution"))?;
    let deployed = distribution.status == "Deployed";
    let config = distribution.distribution_config.as_ref();
    let config = config.ok_or_else(|| Error::missing("cloudfront.GetDistribution", "DistributionConfig"))?;
    let tags = match known {
        Some(tags) => tags,
        // Whoever waits for it asks only for its state.
        None if !deployed => Tags::new(),
        None => tags(aws, &distribution.arn).await?,
    };
    Ok(Live {
        name: String::new(),
        claim: aws.claim(&tags),
        state: if deployed { State::Ready } else { State::Changing(distribution.status) },
        spec: Spec { tags: own_tags(&tags), ..config::spec(config)? },
        outputs: outputs(&distribution.id, &distribution.arn, &distribution.domain_name),
        id: distribution.id,
        arn: distribution.arn,
    })
}

fn outputs(id: &str, arn: &str, domain_name: &str) -> BTreeMap<String, String> {
    [("id", id), ("arn", arn), ("domain_name", domain_name), ("hosted_zone_id", HOSTED_ZONE)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

async fn read(aws: &Aws, id: &str) -> Result<(Option<String>, DistributionConfig)> {
    let answer = aws.cloudfront.get_distribution_config().id(id).send().await.during("cloudfront.GetDistributionConfig")?;
    let config = answer.distribution_config;
    Ok((answer.e_tag, config.ok_or_else(|| Error::missing("cloudfront.GetDistributionConfig", "DistributionConfig"))?))
}

// CloudFront takes the whole configuration, and only over the version that was read.
async fn write(aws: &Aws, id: &str, etag: Option<String>, config: DistributionConfig) -> Result<()> {
    let call = aws.cloudfront.update_distribution().id(id).set_if_match(etag).distribution_config(config);
    call.send().await.during("cloudfront.UpdateDistribution")?;
    Ok(())
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    let answer = aws.cloudfront.list_tags_for_resource().resource(arn).send().await.during("cloudfront.ListTagsForResource")?;
    let tags = answer.tags.and_then(|tags| tags.items).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
}

fn tag_list(tags: &Tags) -> Result<types::Tags> {
    let items = tags.iter().map(|(key, value)| built("cloudfront.TagResource", types::Tag::builder().key(key).value(value).build()));
    Ok(types::Tags::builder().set_items(Some(items.collect::<Result<_>>()?)).build())
}
