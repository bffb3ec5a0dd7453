//! `ecr.repository`: where container images are kept.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::price::charge::Charge;
use crate::core::price::estate::Facts;
use crate::core::price::usage::Measure;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::tariffs;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct Repository;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The repository's name, slashes allowed; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether a tag, once pushed, stays with its image.
    #[serde(default)]
    pub image_tag_mutability: Mutability,
    /// Whether images are scanned for known vulnerabilities when they are pushed.
    #[serde(default = "yes")]
    pub scan_on_push: bool,
    /// AWS's own key, or one of KMS.
    #[serde(default)]
    pub encryption_type: Encryption,
    /// The KMS key; left out, with encryption type KMS, AWS's key for ECR.
    #[serde(default)]
    pub kms_key_arn: Option<String>,
    /// The lifecycle policy: which images are removed by themselves. Left out, none are.
    #[serde(default)]
    pub lifecycle_policy: Option<Value>,
    /// Whether the repository may be deleted together with the images in it.
    #[serde(default)]
    pub force_destroy: bool,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Mutability {
    #[default]
    #[serde(rename = "IMMUTABLE")]
    Immutable,
    #[serde(rename = "MUTABLE")]
    Mutable,
    #[serde(rename = "IMMUTABLE_WITH_EXCLUSION")]
    ImmutableWithExclusion,
    #[serde(rename = "MUTABLE_WITH_EXCLUSION")]
    MutableWithExclusion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Encryption {
    #[default]
    #[serde(rename = "AES256")]
    Aes256,
    #[serde(rename = "KMS")]
    Kms,
    #[serde(rename = "KMS_DSSE")]
    KmsDsse,
}

fn yes() -> bool {
    true
}

impl Kind for Repository {
    type Spec = Spec;
    const NAME: &'static str = "ecr.repository";
    const ABOUT: About = About {
        doc: "Where container images are kept.",
        outputs: &["name", "arn", "uri"],
        naming: Naming::Hyphens { max: 256 },
        arn: "ecr:repository/",
        stateful: true,
        console: "https://{region}.console.aws.amazon.com/ecr/repositories/private/{account}/{name}?region={region}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("image_tag_mutability"),
        update("scan_on_push"),
        replace("encryption_type"),
        replace("kms_key_arn").unmanaged(),
        update("lifecycle_policy").document(),
        update("force_destroy"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            image_tag_mutability: Mutability::Immutable,
            scan_on_push: true,
            encryption_type: Encryption::Aes256,
            kms_key_arn: None,
            lifecycle_policy: Some(json!({
                "rules": [{
                    "rulePriority": 1,
                    "description": "Keep the last 30 images",
                    "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30 },
                    "action": { "type": "expire" },
                }],
            })),
            force_destroy: false,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !is_repository_name(name)
        {
            problems.push(
                Problem::new("name", format!("`{name}` cannot be the name of a repository"))
                    .help("2 to 256 of a-z and 0-9, words joined by one of . _ - /"),
            );
        }
        if matches!(spec.image_tag_mutability, Mutability::ImmutableWithExclusion | Mutability::MutableWithExclusion) {
            problems.push(
                Problem::new("image_tag_mutability", "exclusion filters are not part of this kind").help("write IMMUTABLE or MUTABLE"),
            );
        }
        if spec.kms_key_arn.is_some() && spec.encryption_type == Encryption::Aes256 {
            problems.push(Problem::new("kms_key_arn", "a KMS key needs encryption type KMS").help("encryption_type = \"KMS\""));
        }
        if let Some(policy) = &spec.lifecycle_policy {
            problems.extend(lifecycle_problems(policy));
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        let Some(policy) = &mut spec.lifecycle_policy else { return };
        if let Value::String(text) = policy
            && let Ok(parsed) = serde_json::from_str(text)
        {
            *policy = parsed;
        }
        // Their priorities order the rules, not where they stand.
        if let Some(Value::Array(rules)) = policy.get_mut("rules") {
            rules.sort_by_key(|rule| rule.get("rulePriority").and_then(Value::as_i64));
        }
    }

    const USAGE: &'static [Measure] = &[Measure::new("image_gb", "GB", [0, 1, 5], "Container images that are kept.")];

    fn price(_spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        vec![tariffs::registry::images(facts.usage("image_gb"))]
    }
}

fn is_repository_name(name: &str) -> bool {
    (2..=256).contains(&name.len())
        && name.split(['.', '_', '-', '/']).all(|word| !word.is_empty())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte))
}

fn lifecycle_problems(policy: &Value) -> Vec<Problem> {
    let Some(rules) = policy.get("rules").and_then(Value::as_array).filter(|rules| !rules.is_empty()) else {
        return match policy {
            Value::String(_) => Vec::new(),
            _ => vec![Problem::new("lifecycle_policy", "the lifecycle policy has no rules").help("give `rules` at least one entry")],
        };
    };
    let mut problems = Vec::new();
    let mut priorities = std::collections::BTreeSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let at = |part: &str| format!("lifecycle_policy.rules.{index}.{part}");
        match rule.get("rulePriority").and_then(Value::as_i64) {
            Some(priority) if priority > 0 => {
                if !priorities.insert(priority) {
                    problems.push(Problem::new(at("rulePriority"), format!("two rules have the priority {priority}")));
                }
            }
            _ => problems.push(Problem::new(at("rulePriority"), "a rule needs a priority from 1 up")),
        }
        let selection = |key: &str| rule.get("selection").and_then(|selection| selection.get(key));
        match selection("tagStatus").and_then(Value::as_str) {
            Some("tagged") if selection("tagPrefixList").is_none() && selection("tagPatternList").is_none() => problems.push(
                Problem::new(at("selection"), "a rule for tagged images says which tags").help("add tagPrefixList or tagPatternList"),
            ),
            Some("tagged" | "untagged" | "any") => {}
            _ => problems.push(Problem::new(at("selection.tagStatus"), "tagStatus is tagged, untagged or any")),
        }
        match selection("countType").and_then(Value::as_str) {
            Some("imageCountMoreThan") => {}
            Some(_) if selection("countUnit").is_none() => {
                problems.push(Problem::new(at("selection.countUnit"), "a rule by age needs its unit").help("countUnit = \"days\""))
            }
            Some(_) => {}
            None => problems
                .push(Problem::new(at("selection.countType"), "a rule says what it counts").help("imageCountMoreThan or sinceImagePushed")),
        }
        if selection("countNumber").and_then(Value::as_i64).is_none_or(|count| count <= 0) {
            problems.push(Problem::new(at("selection.countNumber"), "countNumber is 1 or more"));
        }
        if rule.get("action").and_then(|action| action.get("type")).is_none() {
            problems.push(Problem::new(at("action"), "a rule says what it does").help("action = { type = \"expire\" }"));
        }
    }
    problems
}

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::spelling::{built, choice, word};
    use aws_sdk_ecr::types::{EncryptionConfiguration, ImageScanningConfiguration, Repository as AwsRepository, Tag};
    use futures::future::try_join_all;

    /// AWS has no place for `force_destroy`; a tag remembers it for when the repository is no longer in the file.
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
            if spec.force_destroy {
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
            if change.changes("force_destroy") {
                let mark = match wanted.force_destroy {
                    true => Retag { set: BTreeMap::from([(TAG_FORCE.into(), "true".into())]), ..Retag::default() },
                    false => Retag { unset: vec![TAG_FORCE.into()], ..Retag::default() },
                };
                Self::retag(aws, &change.live, &mark).await?;
            }
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            let call = aws.ecr.delete_repository().repository_name(&live.id).force(live.spec.force_destroy);
            call.send().await.during("ecr.DeleteRepository")?;
            Ok(())
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

    /// Those of the account's repositories that may be ours, or stand in our way.
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
        policy
            .map(Some)
            .map_err(|error| Error::new("ecr.GetLifecyclePolicy", "UnreadableAnswer", format!("the policy is not JSON: {error}")))
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
                force_destroy: tags.get(TAG_FORCE).is_some_and(|value| value == "true"),
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
}
