//! Makes, reads, changes and deletes `elasticache.replication_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::elasticache::driver;
use crate::kinds::elasticache::replication_group::*;
use crate::kinds::spelling::number;
use aws_sdk_elasticache::types::{
    AuthTokenUpdateStrategyType as Strategy, AutomaticFailoverStatus, CacheCluster, MultiAzStatus, PendingAutomaticFailoverStatus,
    ReplicationGroup as Group, TransitEncryptionMode as AwsMode,
};
use futures::future::try_join_all;
use std::collections::BTreeMap;
use std::time::Duration;

/// The tag that names the secret which the AUTH token was read from; AWS knows the token only.
const AUTH_SECRET: &str = "trueup:auth-token-secret";

impl Driver for ReplicationGroup {
    const ABSENT: &'static [&'static str] = &["ReplicationGroupNotFoundFault"];
    const TAKEN: &'static [&'static str] = &["ReplicationGroupAlreadyExists"];
    const PASSING: &'static [&'static str] = &["InvalidReplicationGroupState", "InvalidCacheClusterState"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let groups = match select {
            Select::Owned { .. } => {
                let mut pages = aws.elasticache.describe_replication_groups().into_paginator().send();
                let mut groups = Vec::new();
                while let Some(page) = pages.next().await {
                    groups.extend(page.during("elasticache.DescribeReplicationGroups")?.replication_groups.unwrap_or_default());
                }
                groups
            }
            Select::Ids(ids) => try_join_all(ids.iter().map(|id| one(aws, id))).await?.into_iter().flatten().collect(),
        };
        let found = try_join_all(groups.into_iter().map(async |group| {
            let id = group.replication_group_id.as_deref().unwrap_or_default();
            // While it changes, whoever waits for it asks only for its state, and AWS answers no tags.
            let tags = match (select, state(group.status.as_deref())) {
                (Select::Ids(_), State::Changing(_) | State::Deleting) => BTreeMap::new(),
                _ => driver::tags_of(aws, select, group.arn.as_deref().unwrap_or_default(), id).await?,
            };
            let compared = aws.claim(&tags).is_some()
                || match select {
                    Select::Owned { names, .. } => names.iter().any(|name| name == id),
                    Select::Ids(_) => state(group.status.as_deref()) == State::Ready,
                };
            Ok::<_, Error>((group, tags, compared))
        }))
        .await?;
        let clusters = clusters(aws, select, found.iter().filter(|(_, _, compared)| *compared).map(|(group, _, _)| group)).await?;
        found.into_iter().map(|(group, tags, _)| live(aws, group, &tags, &clusters)).collect()
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let mut tags = new.tags.clone();
        tags.extend(spec.auth_token_secret_arn.iter().map(|arn| (AUTH_SECRET.to_owned(), arn.clone())));
        let token = token(aws, spec).await?;
        let answer = aws
            .elasticache
            .create_replication_group()
            .replication_group_id(&new.name)
            .replication_group_description(&spec.description)
            .engine(spec.engine.name())
            .engine_version(full_version(aws, spec).await?)
            .auto_minor_version_upgrade(spec.auto_minor_version_upgrade)
            .cache_node_type(&spec.cache_node_type)
            .num_cache_clusters(spec.num_cache_clusters)
            .automatic_failover_enabled(spec.automatic_failover_enabled)
            .multi_az_enabled(spec.multi_az_enabled)
            .port(i32::from(spec.port))
            .cache_subnet_group_name(&spec.cache_subnet_group_name)
            .set_security_group_ids(Some(spec.security_group_ids.clone()).filter(|ids| !ids.is_empty()))
            .set_cache_parameter_group_name(spec.cache_parameter_group_name.clone())
            .at_rest_encryption_enabled(spec.at_rest_encryption_enabled)
            .set_kms_key_id(spec.kms_key_id.clone())
            .transit_encryption_enabled(spec.transit_encryption_enabled)
            .set_transit_encryption_mode(mode(spec).filter(|mode| *mode == AwsMode::Preferred))
            .set_auth_token(token.clone())
            .snapshot_retention_limit(spec.snapshot_retention_limit)
            .set_snapshot_window(spec.snapshot_window.clone())
            .set_preferred_maintenance_window(spec.preferred_maintenance_window.clone())
            .set_tags(Some(driver::tag_list(&tags)))
            .send()
            .await
            .during("elasticache.CreateReplicationGroup")
            .map_err(|error| error.without(token.as_deref().unwrap_or_default()))?;
        let group = answer.replication_group.ok_or_else(|| Error::missing("elasticache.CreateReplicationGroup", "ReplicationGroup"))?;
        let id = group.replication_group_id.clone().unwrap_or_else(|| new.name.clone());
        Ok(Made { outputs: outputs(&group), id })
    }

    // AWS takes one change at a time, and the next one once the group is available again. Replicas come
    // before the failover that needs them, and go after it; a token needs TLS, and goes before it.
    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        const APART: &[&str] = &["num_cache_clusters", "auth_token_secret_arn", "transit_encryption_enabled", "transit_encryption_mode"];
        let id = &change.live.id;
        let (before, after) = (change.live.spec.num_cache_clusters, change.wanted.num_cache_clusters);
        let signs_in = change.changes("auth_token_secret_arn");
        let tls = change.changes("transit_encryption_enabled") || change.changes("transit_encryption_mode");
        let mut begun = false;
        if after > before {
            let call = aws.elasticache.increase_replica_count().replication_group_id(id).new_replica_count(after - 1);
            call.apply_immediately(true).send().await.during("elasticache.IncreaseReplicaCount")?;
            begun = true;
        }
        if change.changed.iter().any(|field| !APART.contains(&field.as_str())) {
            settle(aws, id, begun).await?;
            modify(aws, change).await?;
            begun = true;
        }
        if signs_in && !change.wanted.transit_encryption_enabled {
            settle(aws, id, begun).await?;
            authenticate(aws, change).await?;
        }
        if tls {
            settle(aws, id, begun).await?;
            encrypt(aws, change).await?;
            begun = true;
        }
        if signs_in && change.wanted.transit_encryption_enabled {
            settle(aws, id, begun).await?;
            authenticate(aws, change).await?;
            begun = true;
        }
        if after < before {
            settle(aws, id, begun).await?;
            let call = aws.elasticache.decrease_replica_count().replication_group_id(id).new_replica_count(after - 1);
            call.apply_immediately(true).send().await.during("elasticache.DecreaseReplicaCount")?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let call = aws.elasticache.delete_replication_group().replication_group_id(&live.id).retain_primary_cluster(false);
        call.send().await.during("elasticache.DeleteReplicationGroup")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

async fn one(aws: &Aws, id: &str) -> Result<Vec<Group>> {
    let call = aws.elasticache.describe_replication_groups().replication_group_id(id);
    match call.send().await.during("elasticache.DescribeReplicationGroups") {
        Ok(answer) => Ok(answer.replication_groups.unwrap_or_default()),
        Err(error) if error.is(ReplicationGroup::ABSENT) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The first node of each group: what only nodes answer (version, security groups, parameter group) is the same on all.
async fn clusters<'a>(aws: &Aws, select: &Select, groups: impl Iterator<Item = &'a Group>) -> Result<BTreeMap<String, CacheCluster>> {
    let wanted = groups.filter_map(|group| group.member_clusters.as_ref()?.first()).collect::<Vec<_>>();
    let mut found = Vec::new();
    match select {
        _ if wanted.is_empty() => {}
        Select::Owned { .. } => {
            let mut pages = aws.elasticache.describe_cache_clusters().into_paginator().send();
            while let Some(page) = pages.next().await {
                found.extend(page.during("elasticache.DescribeCacheClusters")?.cache_clusters.unwrap_or_default());
            }
        }
        Select::Ids(_) => {
            let calls = wanted.iter().map(async |id| {
                let answer = aws.elasticache.describe_cache_clusters().cache_cluster_id(*id).send().await;
                match answer.during("elasticache.DescribeCacheClusters") {
                    Ok(answer) => Ok(answer.cache_clusters.unwrap_or_default()),
                    // Nodes come later than their group, and go before it.
                    Err(error) if error.is(&["CacheClusterNotFound"]) => Ok(Vec::new()),
                    Err(error) => Err(error),
                }
            });
            found.extend(try_join_all(calls).await?.into_iter().flatten());
        }
    }
    Ok(found.into_iter().filter_map(|cluster| Some((cluster.cache_cluster_id.clone()?, cluster))).collect())
}

fn live(aws: &Aws, group: Group, tags: &BTreeMap<String, String>, clusters: &BTreeMap<String, CacheCluster>) -> Result<Live<Spec>> {
    let outputs = outputs(&group);
    let id = group.replication_group_id.clone().unwrap_or_default();
    let members = group.member_clusters.unwrap_or_default();
    let node = members.first().and_then(|member| clusters.get(member)).cloned();
    let pending = group.pending_modified_values.as_ref();
    let failover = match pending.and_then(|next| next.automatic_failover_status.clone()) {
        Some(status) => status == PendingAutomaticFailoverStatus::Enabled,
        None => matches!(group.automatic_failover, Some(AutomaticFailoverStatus::Enabled | AutomaticFailoverStatus::Enabling)),
    };
    let transit = pending.and_then(|next| next.transit_encryption_enabled).or(group.transit_encryption_enabled).unwrap_or(false);
    let mode = pending.and_then(|next| next.transit_encryption_mode.clone()).or(group.transit_encryption_mode.clone());
    let engine = group.engine.or(node.as_ref().and_then(|node| node.engine.clone()));
    let minor = node.as_ref().and_then(|node| node.auto_minor_version_upgrade).or(group.auto_minor_version_upgrade);
    let port = outputs.get("port").and_then(|port| port.parse().ok()).unwrap_or_else(redis_port);
    Ok(Live {
        name: id.clone(),
        arn: group.arn.unwrap_or_default(),
        claim: aws.claim(tags),
        state: state(group.status.as_deref()),
        spec: Spec {
            name: Some(id.clone()),
            description: group.description.unwrap_or_default(),
            engine: if engine.as_deref() == Some("valkey") { Engine::Valkey } else { Engine::Redis },
            engine_version: node
                .as_ref()
                .and_then(|node| {
                    node.pending_modified_values.as_ref().and_then(|next| next.engine_version.clone()).or(node.engine_version.clone())
                })
                .unwrap_or_default(),
            auto_minor_version_upgrade: minor.unwrap_or(true),
            cache_node_type: group.cache_node_type.unwrap_or_default(),
            num_cache_clusters: number("elasticache.DescribeReplicationGroups", "the number of nodes", members.len())?,
            automatic_failover_enabled: failover,
            multi_az_enabled: group.multi_az == Some(MultiAzStatus::Enabled),
            port,
            cache_subnet_group_name: node.as_ref().and_then(|node| node.cache_subnet_group_name.clone()).unwrap_or_default(),
            security_group_ids: node
                .as_ref()
                .and_then(|node| node.security_groups.clone())
                .unwrap_or_default()
                .into_iter()
                .filter_map(|group| group.security_group_id)
                .collect(),
            cache_parameter_group_name: node
                .as_ref()
                .and_then(|node| node.cache_parameter_group.as_ref()?.cache_parameter_group_name.clone()),
            at_rest_encryption_enabled: group.at_rest_encryption_enabled.unwrap_or(false),
            kms_key_id: group.kms_key_id,
            transit_encryption_enabled: transit,
            transit_encryption_mode: mode.filter(|_| transit).map(|mode| match mode {
                AwsMode::Preferred => TransitEncryptionMode::Preferred,
                _ => TransitEncryptionMode::Required,
            }),
            auth_token_secret_arn: tags.get(AUTH_SECRET).cloned().filter(|_| group.auth_token_enabled != Some(false)),
            snapshot_retention_limit: group.snapshot_retention_limit.unwrap_or_default(),
            snapshot_window: group.snapshot_window,
            preferred_maintenance_window: node.and_then(|node| node.preferred_maintenance_window),
            tags: own_tags(tags),
        },
        outputs,
        id,
    })
}

fn state(status: Option<&str>) -> State {
    match status.unwrap_or_default() {
        "available" => State::Ready,
        "deleting" => State::Deleting,
        "create-failed" => State::Failed("create-failed".into()),
        status => State::Changing(status.to_owned()),
    }
}

fn outputs(group: &Group) -> BTreeMap<String, String> {
    let id = group.replication_group_id.clone().unwrap_or_default();
    let mut outputs =
        BTreeMap::from([("id".to_owned(), id.clone()), ("name".to_owned(), id), ("arn".to_owned(), group.arn.clone().unwrap_or_default())]);
    let shard = group.node_groups.as_ref().and_then(|shards| shards.first());
    let primary = shard.and_then(|shard| shard.primary_endpoint.as_ref()).or(group.configuration_endpoint.as_ref());
    if let Some((host, port)) = primary.and_then(|endpoint| Some((endpoint.address.clone()?, endpoint.port?))) {
        let reader = shard.and_then(|shard| shard.reader_endpoint.as_ref()).and_then(|endpoint| endpoint.address.clone());
        outputs.insert("endpoint".into(), format!("{host}:{port}"));
        outputs.insert("reader_host".into(), reader.unwrap_or_else(|| host.clone()));
        outputs.insert("host".into(), host);
        outputs.insert("port".into(), port.to_string());
    }
    outputs
}

/// ElastiCache takes no bare major version: the newest minor of it, then.
async fn full_version(aws: &Aws, spec: &Spec) -> Result<String> {
    if spec.engine_version.contains('.') {
        return Ok(spec.engine_version.clone());
    }
    let mut pages = aws.elasticache.describe_cache_engine_versions().engine(spec.engine.name()).into_paginator().send();
    let mut newest = None;
    while let Some(page) = pages.next().await {
        for version in page.during("elasticache.DescribeCacheEngineVersions")?.cache_engine_versions.unwrap_or_default() {
            let version = version.engine_version.unwrap_or_default();
            let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
            let key = (parts.next(), parts.next(), parts.next());
            if version.split('.').next() == Some(&spec.engine_version) && newest.as_ref().is_none_or(|(best, _)| *best < key) {
                newest = Some((key, version));
            }
        }
    }
    let (_, version) = newest.ok_or_else(|| {
        let message = format!("there is no {} {}", spec.engine.name(), spec.engine_version);
        Error::new("elasticache.DescribeCacheEngineVersions", "NoSuchVersion", message)
    })?;
    // Redis 6 is asked for as 6.2, Redis 7 as 7.1: without the patch that some answers have.
    Ok(version.split('.').take(spec.engine.version_parts(&version)).collect::<Vec<_>>().join("."))
}

/// The value of the secret, on its way from one AWS service to another and nowhere else.
async fn token(aws: &Aws, spec: &Spec) -> Result<Option<String>> {
    let Some(arn) = &spec.auth_token_secret_arn else { return Ok(None) };
    let answer = aws.secretsmanager.get_secret_value().secret_id(arn).send().await.during("secretsmanager.GetSecretValue")?;
    let value = answer.secret_string.ok_or_else(|| Error::missing("secretsmanager.GetSecretValue", "SecretString"))?;
    Ok(Some(value))
}

async fn modify(aws: &Aws, change: &Update<Spec>) -> Result<()> {
    let wanted = &change.wanted;
    let flag = |field: &str, value: bool| change.changes(field).then_some(value);
    let maybe = |field: &str, value: &Option<String>| value.clone().filter(|_| change.changes(field));
    // Another engine is asked for with its version.
    let engine = change.changes("engine");
    let version = if engine || change.changes("engine_version") { Some(full_version(aws, wanted).await?) } else { None };
    let group = || wanted.cache_parameter_group_name.clone().unwrap_or_else(|| wanted.default_parameter_group());
    aws.elasticache
        .modify_replication_group()
        .replication_group_id(&change.live.id)
        .apply_immediately(true)
        .set_replication_group_description(change.changes("description").then(|| wanted.description.clone()))
        .set_engine(engine.then(|| wanted.engine.name().to_owned()))
        .set_engine_version(version)
        .set_auto_minor_version_upgrade(flag("auto_minor_version_upgrade", wanted.auto_minor_version_upgrade))
        .set_cache_node_type(change.changes("cache_node_type").then(|| wanted.cache_node_type.clone()))
        .set_automatic_failover_enabled(flag("automatic_failover_enabled", wanted.automatic_failover_enabled))
        .set_multi_az_enabled(flag("multi_az_enabled", wanted.multi_az_enabled))
        .set_security_group_ids(change.changes("security_group_ids").then(|| wanted.security_group_ids.clone()))
        .set_cache_parameter_group_name(change.changes("cache_parameter_group_name").then(group))
        .set_snapshot_retention_limit(change.changes("snapshot_retention_limit").then_some(wanted.snapshot_retention_limit))
        .set_snapshot_window(maybe("snapshot_window", &wanted.snapshot_window))
        .set_preferred_maintenance_window(maybe("preferred_maintenance_window", &wanted.preferred_maintenance_window))
        .send()
        .await
        .during("elasticache.ModifyReplicationGroup")?;
    Ok(())
}

fn mode(spec: &Spec) -> Option<AwsMode> {
    spec.transit_encryption_mode.map(|mode| match mode {
        TransitEncryptionMode::Preferred => AwsMode::Preferred,
        TransitEncryptionMode::Required => AwsMode::Required,
    })
}

// From none to required and back the way leads over preferred, and each step ends before the next one begins.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html
async fn encrypt(aws: &Aws, change: &Update<Spec>) -> Result<()> {
    let id = &change.live.id;
    let (live, wanted) = (mode(&change.live.spec), mode(&change.wanted));
    let send = async |mode: Option<AwsMode>| {
        let call = aws.elasticache.modify_replication_group().replication_group_id(id).apply_immediately(true);
        let call = call.transit_encryption_enabled(mode.is_some()).set_transit_encryption_mode(mode);
        call.send().await.during("elasticache.ModifyReplicationGroup").map(drop)
    };
    let by_way = matches!((&live, &wanted), (None, Some(AwsMode::Required)) | (Some(AwsMode::Required), None));
    if by_way {
        send(Some(AwsMode::Preferred)).await?;
        settle(aws, id, true).await?;
    }
    send(wanted).await
}

// ROTATE adds the new token beside what there is; SET then leaves the new one alone.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
async fn authenticate(aws: &Aws, change: &Update<Spec>) -> Result<()> {
    let id = &change.live.id;
    let send = async |token: Option<String>, strategy: Strategy| {
        let call = aws.elasticache.modify_replication_group().replication_group_id(id).apply_immediately(true);
        let call = call.set_auth_token(token.clone()).auth_token_update_strategy(strategy);
        let answer = call.send().await.during("elasticache.ModifyReplicationGroup");
        answer.map_err(|error| error.without(token.as_deref().unwrap_or_default()))
    };
    let (mut set, mut unset) = (BTreeMap::new(), Vec::new());
    match &change.wanted.auth_token_secret_arn {
        Some(arn) => {
            let token = token(aws, &change.wanted).await?;
            send(token.clone(), Strategy::Rotate).await?;
            settle(aws, id, true).await?;
            send(token, Strategy::Set).await?;
            set.insert(AUTH_SECRET.to_owned(), arn.clone());
        }
        None => {
            send(None, Strategy::Delete).await?;
            unset.push(AUTH_SECRET.to_owned());
        }
    }
    settle(aws, id, true).await?;
    driver::retag(aws, &change.live.arn, &Retag { set, unset, claim: None }).await
}

/// Waits until the group takes the next change, if one was begun.
async fn settle(aws: &Aws, id: &str, begun: bool) -> Result<()> {
    const BEAT: Duration = Duration::from_secs(15);
    const LIMIT: u32 = 4 * 60;
    if !begun {
        return Ok(());
    }
    for _ in 0..LIMIT {
        aws.clock.sleep(BEAT).await;
        match one(aws, id).await?.first().map(|group| state(group.status.as_deref())) {
            Some(State::Ready) => return Ok(()),
            Some(State::Changing(_)) => {}
            Some(State::Failed(reason)) => return Err(Error::new("elasticache.ModifyReplicationGroup", "Failed", reason)),
            Some(State::Deleting) | None => {
                return Err(Error::new("elasticache.ModifyReplicationGroup", "ReplicationGroupNotFoundFault", "the group is gone"));
            }
        }
    }
    Err(Error::new("elasticache.ModifyReplicationGroup", "StillNotReady", "the group is not available after an hour"))
}
