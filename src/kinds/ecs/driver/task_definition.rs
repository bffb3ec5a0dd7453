//! Makes, reads, changes and deletes `ecs.task_definition` in AWS.

use crate::aws::{Again, Aws, Class, Create, Driver, During, Error, Made, Result, Retag, Select, Update, arn_matches};
use crate::core::arn;
use crate::core::backoff::Backoff;
use crate::core::identity::{Claim, own_tags};
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::ecs::driver;
use crate::kinds::ecs::driver::container_definition;
use crate::kinds::ecs::task_definition::*;
use crate::kinds::spelling::{built, choice, number, word};
use aws_sdk_ecs::types::{
    Compatibility, EfsAuthorizationConfig, EfsAuthorizationConfigIam, EfsTransitEncryption, EfsVolumeConfiguration, EphemeralStorage,
    NetworkMode, RuntimePlatform, TaskDefinition as Revision, TaskDefinitionFamilyStatus, TaskDefinitionField, TaskDefinitionStatus,
    Volume as AwsVolume,
};
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

const REGISTER: &str = "ecs.RegisterTaskDefinition";
const DESCRIBE: &str = "ecs.DescribeTaskDefinition";

impl Driver for TaskDefinition {
    const ABSENT: &'static [&'static str] = &["TaskDefinitionNotFound"];
    const PASSING: &'static [&'static str] = &["RoleNotAssumable"];
    const AGAIN: Again<Spec> = Again::Another;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let families = match select {
            Select::Ids(ids) => ids.iter().cloned().collect(),
            Select::Owned { names, .. } => families(aws, names).await?,
        };
        // AWS describes one revision at a time.
        let mut found =
            try_join_all(families.into_iter().map(|family| newest(aws, family))).await?.into_iter().flatten().collect::<Vec<_>>();
        // A pipeline that registers a revision of its own in a family of ours leaves our tags out: the family is ours all the same.
        try_join_all(found.iter_mut().filter(|live| live.claim.is_none()).map(async |live| {
            live.claim = claim_of_family(aws, &live.id, &live.arn).await?;
            Ok::<_, Error>(())
        }))
        .await?;
        Ok(found)
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let revision = register(aws, &new.name, &new.spec, &new.tags).await?;
        Ok(Made { id: new.name.clone(), outputs: outputs(&revision) })
    }

    /// Whatever changed, it is a new revision of the whole; the older ones stay for whoever runs them.
    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let mut tags = change.wanted.tags.clone();
        if let Some(claim) = &change.live.claim {
            tags.extend(aws.scope.claim_tags(claim));
        }
        match register(aws, &change.live.id, &change.wanted, &tags).await {
            Err(error) if error.class == Class::Unknown => match registered(aws, change).await? {
                Some(live) => Ok(live.outputs),
                None => Err(error),
            },
            answer => Ok(outputs(&answer?)),
        }
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let mut arns = Vec::new();
        let call = aws.ecs.list_task_definitions().family_prefix(&live.id).status(TaskDefinitionStatus::Active);
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            arns.extend(page.during("ecs.ListTaskDefinitions")?.task_definition_arns.unwrap_or_default());
        }
        arns.retain(|arn| arn::family(arn) == live.id);
        // AWS allows few of these calls a second.
        for arns in arns.chunks(5) {
            try_join_all(arns.iter().map(async |arn| {
                aws.ecs.deregister_task_definition().task_definition(arn).send().await.during("ecs.DeregisterTaskDefinition")
            }))
            .await?;
        }
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

/// Families that are wanted; and those that carry our tag or are named as ours are, if any of their revisions is active.
async fn families(aws: &Aws, names: &[String]) -> Result<BTreeSet<String>> {
    let mut found = names.iter().cloned().collect::<BTreeSet<_>>();
    let tagged = aws.tagged.arns(aws, TaskDefinition::ABOUT.arn).await?;
    let others = tagged.iter().map(|arn| arn::family(arn)).filter(|family| !found.contains(*family)).collect::<BTreeSet<_>>();
    if !tagged.is_empty() && others.is_empty() {
        return Ok(found);
    }
    // Revisions keep their tags after they are deregistered, so most of these families may be gone.
    let prefix = format!("{}-{}-", aws.scope.stack, aws.scope.env);
    let call = aws.ecs.list_task_definition_families().family_prefix(&prefix).status(TaskDefinitionFamilyStatus::Active);
    let mut active = BTreeSet::new();
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        active.extend(page.during("ecs.ListTaskDefinitionFamilies")?.families.unwrap_or_default());
    }
    let elsewhere = others.into_iter().filter(|family| !family.starts_with(&prefix)).map(String::from).collect::<Vec<_>>();
    found.retain(|family| !family.starts_with(&prefix) || active.contains(family));
    found.extend(active.into_iter().chain(elsewhere));
    Ok(found)
}

/// The claim of the newest revision of a family that has one; none if the whole family is somebody else's. `newest` has none.
async fn claim_of_family(aws: &Aws, family: &str, newest: &str) -> Result<Option<Claim>> {
    // So far back is looked: others' deployments come one after the other.
    const REVISIONS: u32 = 20;
    let number = |arn: &str| arn.rsplit_once(':').and_then(|(_, number)| number.parse::<u32>().ok()).unwrap_or_default();
    let tagged = aws.tagged.all(aws).await?;
    let own = tagged.iter().filter(|(arn, _)| arn_matches(arn, TaskDefinition::ABOUT.arn) && arn::family(arn) == family);
    if let Some((_, tags)) = own.max_by_key(|(arn, _)| number(arn)) {
        return Ok(aws.claim(tags));
    }
    // The tagging API may not know it yet. A family that is not named as ours are is ours only if that API says so.
    if !aws.looks_ours(family) {
        return Ok(None);
    }
    let newest = number(newest);
    let earlier = (newest.saturating_sub(REVISIONS)..newest).rev().filter(|number| *number > 0);
    for number in earlier {
        let call = aws.ecs.describe_task_definition().task_definition(format!("{family}:{number}")).include(TaskDefinitionField::Tags);
        match call.send().await.during(DESCRIBE).map_err(driver::told_apart) {
            Ok(answer) => {
                if let Some(claim) = aws.claim(&driver::tags(answer.tags)) {
                    return Ok(Some(claim));
                }
            }
            Err(error) if error.is(TaskDefinition::ABSENT) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The number of looks for a revision whose answer was lost: seven seconds.
const LOOKS: usize = 4;

/// Returns the revision that a lost call has registered after all. AWS takes no token with it, so a blind repeat would make another.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
async fn registered(aws: &Aws, change: &Update<Spec>) -> Result<Option<Live<Spec>>> {
    let same = |spec: &Spec| {
        let mut spec = Spec { name: None, ..spec.clone() };
        TaskDefinition::normalise(&mut spec);
        spec
    };
    for pause in Backoff::seconds(1, 4).looks().take(LOOKS) {
        aws.clock.sleep(pause).await;
        let found = newest(aws, change.live.id.clone()).await?;
        let is_it =
            |live: &Live<Spec>| live.arn != change.live.arn && live.claim == change.live.claim && same(&live.spec) == same(&change.wanted);
        if let Some(live) = found.filter(is_it) {
            return Ok(Some(live));
        }
    }
    Ok(None)
}

/// The newest active revision; none if all are deregistered.
async fn newest(aws: &Aws, family: String) -> Result<Option<Live<Spec>>> {
    revision(aws, &family).await
}

/// Returns the revision by its ARN; none if it is deregistered. A family stands for its newest.
pub async fn revision(aws: &Aws, name: &str) -> Result<Option<Live<Spec>>> {
    let call = aws.ecs.describe_task_definition().task_definition(name).include(TaskDefinitionField::Tags);
    let answer = match call.send().await.during(DESCRIBE).map_err(driver::told_apart) {
        Ok(answer) => answer,
        Err(error) if error.is(TaskDefinition::ABSENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    let tags = driver::tags(answer.tags);
    let revision = answer.task_definition.ok_or_else(|| Error::missing(DESCRIBE, "taskDefinition"))?;
    if revision.status == Some(TaskDefinitionStatus::Inactive) {
        return Ok(None);
    }
    let family = arn::family(name).to_owned();
    let platform = revision.runtime_platform.as_ref();
    let architecture = platform.and_then(|platform| platform.cpu_architecture.as_ref());
    let system = platform.and_then(|platform| platform.operating_system_family.as_ref());
    Ok(Some(Live {
        id: family.clone(),
        arn: revision.task_definition_arn.clone().unwrap_or_default(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs: outputs(&revision),
        spec: Spec {
            name: Some(family.clone()),
            cpu: whole(revision.cpu.as_deref()),
            memory: whole(revision.memory.as_deref()),
            execution_role_arn: revision.execution_role_arn,
            task_role_arn: revision.task_role_arn,
            cpu_architecture: architecture.map_or(Ok(Architecture::X86), |it| choice(DESCRIBE, it.as_str()))?,
            operating_system_family: system.map_or(Ok(OperatingSystem::Linux), |it| choice(DESCRIBE, it.as_str()))?,
            ephemeral_storage: revision.ephemeral_storage.map_or(Ok(20), |storage| number(DESCRIBE, "sizeInGiB", storage.size_in_gib))?,
            volumes: revision.volumes.unwrap_or_default().into_iter().map(from_volume).collect(),
            containers: revision
                .container_definitions
                .unwrap_or_default()
                .into_iter()
                .map(container_definition::from_aws)
                .collect::<Result<_>>()?,
            tags: own_tags(&tags),
        },
        name: family,
    }))
}

async fn register(aws: &Aws, family: &str, spec: &Spec, tags: &BTreeMap<String, String>) -> Result<Revision> {
    let platform = RuntimePlatform::builder()
        .cpu_architecture(word(&spec.cpu_architecture).as_str().into())
        .operating_system_family(word(&spec.operating_system_family).as_str().into())
        .build();
    let storage = number(REGISTER, "ephemeral_storage", spec.ephemeral_storage)?;
    let storage = (storage > 20).then(|| EphemeralStorage::builder().size_in_gib(storage).build());
    let volumes = spec.volumes.iter().map(volume).collect::<Result<Vec<_>>>()?;
    let answer = aws
        .ecs_once
        .register_task_definition()
        .family(family)
        .requires_compatibilities(Compatibility::Fargate)
        .network_mode(NetworkMode::Awsvpc)
        .cpu(spec.cpu.to_string())
        .memory(spec.memory.to_string())
        .set_execution_role_arn(spec.execution_role_arn.clone())
        .set_task_role_arn(spec.task_role_arn.clone())
        .runtime_platform(platform)
        .set_ephemeral_storage(storage)
        .set_volumes((!volumes.is_empty()).then_some(volumes))
        .set_container_definitions(Some(spec.containers.iter().map(container_definition::to_aws).collect::<Result<_>>()?))
        .set_tags(Some(driver::tag_list(tags)))
        .send()
        .await
        .during(REGISTER)
        .map_err(driver::told_apart)?;
    answer.task_definition.ok_or_else(|| Error::missing(REGISTER, "taskDefinition"))
}

fn outputs(revision: &Revision) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("arn".into(), revision.task_definition_arn.clone().unwrap_or_default()),
        ("family".into(), revision.family.clone().unwrap_or_default()),
        ("revision".into(), revision.revision.to_string()),
    ])
}

fn whole(text: Option<&str>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn volume(volume: &Volume) -> Result<AwsVolume> {
    let efs = volume.efs.as_ref().map(|efs| {
        let access = EfsAuthorizationConfig::builder()
            .set_access_point_id(efs.access_point_id.clone())
            .iam(if efs.iam { EfsAuthorizationConfigIam::Enabled } else { EfsAuthorizationConfigIam::Disabled })
            .build();
        let builder = EfsVolumeConfiguration::builder().file_system_id(&efs.file_system_id).root_directory(&efs.root_directory);
        built(REGISTER, builder.transit_encryption(EfsTransitEncryption::Enabled).authorization_config(access).build())
    });
    Ok(AwsVolume::builder().name(&volume.name).set_efs_volume_configuration(efs.transpose()?).build())
}

fn from_volume(volume: AwsVolume) -> Volume {
    let efs = volume.efs_volume_configuration.map(|efs| {
        let access = efs.authorization_config;
        Efs {
            file_system_id: efs.file_system_id,
            root_directory: efs.root_directory.unwrap_or_else(root),
            iam: access.as_ref().is_some_and(|access| access.iam == Some(EfsAuthorizationConfigIam::Enabled)),
            access_point_id: access.and_then(|access| access.access_point_id),
        }
    });
    Volume { name: volume.name.unwrap_or_default(), efs }
}
