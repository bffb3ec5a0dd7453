//! Makes, reads, changes and deletes `ecr.repository` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::ecr::repository::*;
use crate::kinds::spelling::{built, choice, word};
use aws_sdk_ecr::types::{EncryptionConfiguration, ImageScanningConfiguration, Repository as AwsRepository, Tag};
use futures::future::try_join_all;
use serde_json::Value;
use std::collections::BTreeMap;

/// AWS has no place for `force_delete`; a tag remembers it for when the repository is no longer in the file.
const TAG_FORCE: &str = "trueup:force-destroy";

impl Driver for Repository {
    const ABSENT: &'static [&'static str] = &["RepositoryNotFoundException"];
    const TAKEN: &'static [&'static str] = &["RepositoryAlreadyExistsException"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select {
            // One name that is absent fails the whole call, so each has its own.
            Select::Ids(ids) => try_join_all(ids.iter().map(|name| by_name(aws, name))).await?.into_iter().flatten().collect(),
            Select::Owned { names, .. } => candidates(aws, names).await?,
        };
        let wanted = |name: &String| match select {
            Select::Ids(_) => true,
            Select::Owned { names, .. } => names.contains(name),
        };
        let live = try_join_all(found.into_iter().map(async |repository| {
            let name = repository.repository_name.clone().unwrap_or_default();
            let arn = repository.repository_arn.clone().unwrap_or_default();
            let tags = aws.tagged.tags(aws, &arn, true, || tags(aws, &arn)).await?;
            // Somebody else's whose name is not in our way: nothing to know.
            if aws.claim(&tags).is_none() && !wanted(&name) {
                return Ok::<_, Error>(None);
            }
            let lifecycle_policy = lifecycle(aws, &name).await?;
            Ok(Some(live(aws, repository, &tags, lifecycle_policy)?))
        }));
        Ok(live.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let mut tags = new.tags.clone();
        if spec.force_delete {
            tags.insert(TAG_FORCE.into(), "true".into());
        }
        let encryption = EncryptionConfiguration::builder()
            .encryption_type(word(&spec.encryption_type).as_str().into())
            .set_kms_key(spec.kms_key_arn.clone())
            .build();
        let answer = aws
            .ecr
            .create_repository()
            .repository_name(&new.name)
            .image_tag_mutability(word(&spec.image_tag_mutability).as_str().into())
            .image_scanning_configuration(ImageScanningConfiguration::builder().scan_on_push(spec.scan_on_push).build())
            .encryption_configuration(built("ecr.CreateRepository", encryption)?)
            .set_tags(Some(tag_list(&tags)?))
            .send()
            .await
            .during("ecr.CreateRepository")?;
        if let Some(policy) = &spec.lifecycle_policy {
            put_lifecycle(aws, &new.name, policy).await?;
        }
        let repository = answer.repository.ok_or_else(|| Error::missing("ecr.CreateRepository", "repository"))?;
        Ok(Made { id: new.name.clone(), outputs: outputs(&repository) })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (name, wanted) = (&change.live.id, &change.wanted);
        if change.changes("image_tag_mutability") {
            let mutability = word(&wanted.image_tag_mutability).as_str().into();
            let call = aws.ecr.put_image_tag_mutability().repository_name(name).image_tag_mutability(mutability);
            call.send().await.during("ecr.PutImageTagMutability")?;
        }
        if change.changes("scan_on_push") {
            let scanning = ImageScanningConfiguration::builder().scan_on_push(wanted.scan_on_push).build();
            let call = aws.ecr.put_image_scanning_configuration().repository_name(name).image_scanning_configuration(scanning);
            call.send().await.during("ecr.PutImageScanningConfiguration")?;
        }
        match &wanted.lifecycle_policy {
            Some(policy) if change.changes("lifecycle_policy") => put_lifecycle(aws, name, policy).await?,
            None if change.changes("lifecycle_policy") => {
                match aws.ecr.delete_lifecycle_policy().repository_name(name).send().await.during("ecr.DeleteLifecyclePolicy") {
                    Err(error) if !error.is(&["LifecyclePolicyNotFoundException"]) => return Err(error),
                    Ok(_) | Err(_) => {}
                }
            }
            Some(_) | None => {}
        }
        if change.changes("force_delete") {
            let mark = match wanted.force_delete {
                true => Retag { set: BTreeMap::from([(TAG_FORCE.into(), "true".into())]), ..Retag::default() },
                false => Retag { unset: vec![TAG_FORCE.into()], ..Retag::default() },
            };
            Self::retag(aws, &change.live, &mark).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let call = aws.ecr.delete_repository().repository_name(&live.id).force(live.spec.force_delete);
        match call.send().await.during("ecr.DeleteRepository") {
            Err(error) if error.is(&["RepositoryNotEmptyException"]) => {
                let message = format!("{}; delete them, or apply it with `force_delete = true` before it is deleted", error.message);
                Err(Error { message, ..error })
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let set = tag_list(&tags.set)?;
            aws.ecr.tag_resource().resource_arn(&live.arn).set_tags(Some(set)).send().await.during("ecr.TagResource")?;
        }
        if !tags.unset.is_empty() {
            let keys = Some(tags.unset.clone());
            aws.ecr.untag_resource().resource_arn(&live.arn).set_tag_keys(keys).send().await.during("ecr.UntagResource")?;
        }
        Ok(())
    }
}

async fn by_name(aws: &Aws, name: &str) -> Result<Option<AwsRepository>> {
    match aws.ecr.describe_repositories().repository_names(name).send().await.during("ecr.DescribeRepositories") {
        Ok(answer) => Ok(answer.repositories.unwrap_or_default().into_iter().next()),
        Err(error) if error.is(Repository::ABSENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the account's repositories that may be ours, or stand in our way.
async fn candidates(aws: &Aws, names: &[String]) -> Result<Vec<AwsRepository>> {
    let tagged = aws.tagged.all(aws).await?;
    let mut found = Vec::new();
    let mut pages = aws.ecr.describe_repositories().max_results(1000).into_paginator().send();
    while let Some(page) = pages.next().await {
        found.extend(page.during("ecr.DescribeRepositories")?.repositories.unwrap_or_default());
    }
    found.retain(|repository| {
        let name = repository.repository_name.as_deref().unwrap_or_default();
        aws.looks_ours(name)
            || names.iter().any(|wanted| wanted == name)
            || tagged.contains_key(repository.repository_arn.as_deref().unwrap_or_default())
    });
    Ok(found)
}

async fn tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.ecr.list_tags_for_resource().resource_arn(arn).send().await.during("ecr.ListTagsForResource")?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

async fn lifecycle(aws: &Aws, name: &str) -> Result<Option<Value>> {
    let text = match aws.ecr.get_lifecycle_policy().repository_name(name).send().await.during("ecr.GetLifecyclePolicy") {
        Ok(answer) => answer.lifecycle_policy_text.unwrap_or_default(),
        Err(error) if error.is(&["LifecyclePolicyNotFoundException", "RepositoryNotFoundException"]) => return Ok(None),
        Err(error) => return Err(error),
    };
    let policy = serde_json::from_str(&text);
    policy.map(Some).map_err(|error| Error::new("ecr.GetLifecyclePolicy", "UnreadableAnswer", format!("the policy is not JSON: {error}")))
}

async fn put_lifecycle(aws: &Aws, name: &str, policy: &Value) -> Result<()> {
    let call = aws.ecr.put_lifecycle_policy().repository_name(name).lifecycle_policy_text(policy.to_string());
    call.send().await.during("ecr.PutLifecyclePolicy")?;
    Ok(())
}

fn live(aws: &Aws, repository: AwsRepository, tags: &BTreeMap<String, String>, lifecycle_policy: Option<Value>) -> Result<Live<Spec>> {
    const CALL: &str = "ecr.DescribeRepositories";
    let name = repository.repository_name.clone().unwrap_or_default();
    let encryption = repository.encryption_configuration.as_ref();
    Ok(Live {
        id: name.clone(),
        arn: repository.repository_arn.clone().unwrap_or_default(),
        claim: aws.claim(tags),
        state: State::Ready,
        outputs: outputs(&repository),
        spec: Spec {
            name: Some(name.clone()),
            image_tag_mutability: match &repository.image_tag_mutability {
                Some(mutability) => choice(CALL, mutability.as_str())?,
                None => Mutability::Mutable,
            },
            scan_on_push: repository.image_scanning_configuration.is_some_and(|scanning| scanning.scan_on_push),
            encryption_type: match encryption {
                Some(encryption) => choice(CALL, encryption.encryption_type.as_str())?,
                None => Encryption::Aes256,
            },
            kms_key_arn: encryption.and_then(|encryption| encryption.kms_key.clone()),
            lifecycle_policy,
            force_delete: tags.get(TAG_FORCE).is_some_and(|value| value == "true"),
            tags: own_tags(tags),
        },
        name,
    })
}

fn outputs(repository: &AwsRepository) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("name".into(), repository.repository_name.clone().unwrap_or_default()),
        ("arn".into(), repository.repository_arn.clone().unwrap_or_default()),
        ("uri".into(), repository.repository_uri.clone().unwrap_or_default()),
    ])
}

fn tag_list(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| built("ecr.TagResource", Tag::builder().key(key).value(value).build())).collect()
}
