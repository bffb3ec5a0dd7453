//! Makes, reads, changes and deletes `ecs.cluster` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::ecs::cluster::*;
use crate::kinds::ecs::driver;
use crate::kinds::spelling::{choice, word};
use aws_sdk_ecs::types::{Cluster as AwsCluster, ClusterField, ClusterSetting, ClusterSettingName};
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

impl Driver for Cluster {
    const ABSENT: &'static [&'static str] = &["ClusterNotFoundException"];
    const PASSING: &'static [&'static str] = &[
        "RoleNotAssumable",
        "UpdateInProgressException",
        "ResourceInUseException",
        "ClusterContainsServicesException",
        "ClusterContainsTasksException",
    ];
    const AGAIN: Again<Spec> = Again::Answered;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let names = match select {
            Select::Ids(ids) => ids.clone(),
            Select::Owned { names, .. } => candidates(aws, names).await?,
        };
        // ECS describes a hundred at a time, and leaves out what is absent.
        let answers = try_join_all(names.chunks(100).map(async |names| {
            let call = aws.ecs.describe_clusters().set_clusters(Some(names.to_vec()));
            call.include(ClusterField::Tags).include(ClusterField::Settings).send().await.during("ecs.DescribeClusters")
        }));
        let found = answers.await?.into_iter().flat_map(|answer| answer.clusters.unwrap_or_default());
        found.filter(|cluster| cluster.status.as_deref() != Some("INACTIVE")).map(|cluster| live(aws, cluster)).collect()
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let mut call = aws
            .ecs
            .create_cluster()
            .cluster_name(&new.name)
            .settings(insights(spec.container_insights))
            .set_tags(Some(driver::tag_list(&new.tags)));
        if !spec.capacity_providers.is_empty() {
            let strategy = driver::strategy("ecs.CreateCluster", &spec.default_capacity_provider_strategy)?;
            call = call.set_capacity_providers(Some(spec.capacity_providers.clone()));
            call = call.set_default_capacity_provider_strategy(Some(strategy));
        }
        let answer = call.send().await.during("ecs.CreateCluster").map_err(driver::told_apart)?;
        let arn =
            answer.cluster.and_then(|cluster| cluster.cluster_arn).ok_or_else(|| Error::missing("ecs.CreateCluster", "clusterArn"))?;
        Ok(Made::new(&new.name, [("name", new.name.clone()), ("arn", arn)]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (name, wanted) = (&change.live.id, &change.wanted);
        if change.changes("container_insights") {
            let call = aws.ecs.update_cluster_settings().cluster(name).settings(insights(wanted.container_insights));
            call.send().await.during("ecs.UpdateClusterSettings")?;
        }
        if change.changes("capacity_providers") || change.changes("default_capacity_provider_strategy") {
            let strategy = driver::strategy("ecs.PutClusterCapacityProviders", &wanted.default_capacity_provider_strategy)?;
            aws.ecs
                .put_cluster_capacity_providers()
                .cluster(name)
                .set_capacity_providers(Some(wanted.capacity_providers.clone()))
                .set_default_capacity_provider_strategy(Some(strategy))
                .send()
                .await
                .during("ecs.PutClusterCapacityProviders")
                .map_err(driver::told_apart)?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.ecs.delete_cluster().cluster(&live.id).send().await.during("ecs.DeleteCluster")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

/// Clusters whose name is wanted or that carry our tag; without any tag, those that are named as ours are.
async fn candidates(aws: &Aws, names: &[String]) -> Result<Vec<String>> {
    let tagged = aws.tagged.arns(aws, Cluster::ABOUT.arn).await?;
    let mut found = tagged.iter().map(|arn| driver::last_part(arn).to_owned()).chain(names.iter().cloned()).collect::<BTreeSet<_>>();
    if tagged.is_empty() {
        found.extend(driver::cluster_names(aws).await?.into_iter().filter(|name| aws.looks_ours(name)));
    }
    Ok(found.into_iter().collect())
}

fn live(aws: &Aws, cluster: AwsCluster) -> Result<Live<Spec>> {
    let name = cluster.cluster_name.unwrap_or_default();
    let arn = cluster.cluster_arn.unwrap_or_default();
    let tags = driver::tags(cluster.tags);
    let setting = cluster.settings.unwrap_or_default().into_iter().find(|one| one.name == Some(ClusterSettingName::ContainerInsights));
    let state = match (cluster.status.as_deref(), cluster.attachments_status.as_deref()) {
        (Some("DEPROVISIONING"), _) => State::Deleting,
        (Some("FAILED"), _) => State::Failed("the cluster could not be provisioned".into()),
        (Some("PROVISIONING"), _) => State::Changing("PROVISIONING".into()),
        (_, Some("UPDATE_IN_PROGRESS")) => State::Changing("UPDATE_IN_PROGRESS".into()),
        _ => State::Ready,
    };
    Ok(Live {
        id: name.clone(),
        claim: aws.claim(&tags),
        state,
        outputs: BTreeMap::from([("name".into(), name.clone()), ("arn".into(), arn.clone())]),
        spec: Spec {
            name: Some(name.clone()),
            container_insights: match setting.and_then(|setting| setting.value) {
                Some(value) => choice("ecs.DescribeClusters", &value)?,
                None => ContainerInsights::Disabled,
            },
            capacity_providers: cluster.capacity_providers.unwrap_or_default(),
            default_capacity_provider_strategy: driver::from_strategy("ecs.DescribeClusters", cluster.default_capacity_provider_strategy)?,
            tags: own_tags(&tags),
        },
        name,
        arn,
    })
}

fn insights(value: ContainerInsights) -> ClusterSetting {
    ClusterSetting::builder().name(ClusterSettingName::ContainerInsights).value(word(&value)).build()
}
