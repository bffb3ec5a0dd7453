//! Makes, reads, changes and deletes `opensearch.domain` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update, principal};
use crate::core::arn::last_part;
use crate::core::identity::{Scope, own_tags};
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::opensearch::domain::*;
use crate::kinds::spelling::{built, choice, word};
use aws_sdk_opensearch::types::{self, DomainStatus, Tag};
use futures::future::try_join_all;
use serde_json::Value;
use std::collections::BTreeMap;

/// The most domains that AWS describes in one call.
const AT_ONCE: usize = 5;

impl Driver for OpensearchDomain {
    const ABSENT: &'static [&'static str] = &["ResourceNotFoundException"];
    const TAKEN: &'static [&'static str] = &["ResourceAlreadyExistsException"];
    /// It takes one change at a time; `told_apart` gives that a code.
    const PASSING: &'static [&'static str] = &["ChangeInProgress", principal::UNKNOWN, principal::NO_LINKED_ROLE];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let names = match select {
            Select::Owned { names, .. } => candidates(aws, names).await?,
            Select::Ids(ids) => ids.clone(),
        };
        let pages = try_join_all(names.chunks(AT_ONCE).map(async |some| {
            let call = aws.opensearch.describe_domains().set_domain_names(Some(some.to_vec()));
            call.send().await.during("opensearch.DescribeDomains")
        }));
        let domains = pages.await?.into_iter().flat_map(|page| page.domain_status_list);
        let gone = |domain: &DomainStatus| domain.deleted == Some(true) && domain.processing != Some(true);
        try_join_all(domains.filter(|domain| !gone(domain)).map(|domain| live(aws, select, domain))).await
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let tags = new.tags.iter().map(|(key, value)| tag(key, value)).collect::<Result<Vec<_>>>()?;
        let answer = aws
            .opensearch
            .create_domain()
            .domain_name(&new.name)
            .engine_version(&spec.engine_version)
            .cluster_config(cluster_config(spec))
            .ebs_options(ebs_options(spec))
            .set_vpc_options((!spec.subnet_ids.is_empty()).then(|| vpc_options(spec)))
            .encryption_at_rest_options(encryption_at_rest(spec))
            .node_to_node_encryption_options(between_nodes(spec))
            .domain_endpoint_options(endpoint_options(spec))
            .set_access_policies(spec.access_policies.as_ref().map(Value::to_string))
            .set_tag_list(Some(tags))
            .send()
            .await
            .during("opensearch.CreateDomain");
        let answer = match answer {
            // No other service leaves it to whoever comes first.
            // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/slr.html
            Err(error) if error.message.contains("service-linked role") => {
                principal::link(aws, "opensearchservice.amazonaws.com").await?;
                return Err(Error { sense: Some(principal::NO_LINKED_ROLE), ..error });
            }
            answer => answer?,
        };
        let domain = answer.domain_status.ok_or_else(|| Error::missing("opensearch.CreateDomain", "DomainStatus"))?;
        Ok(Made { outputs: outputs(&aws.scope, &domain), id: domain.domain_name })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let wanted = &change.wanted;
        let any = |fields: &[&str]| fields.iter().any(|field| change.changes(field));
        // The engine version has an operation of its own, which AWS runs as a blue-green deployment. Whatever else
        // changes waits for its end, and then this is tried again.
        if change.changes("engine_version") && version(aws, &change.live.id).await?.as_ref() != Some(&wanted.engine_version) {
            let call = aws.opensearch.upgrade_domain().domain_name(&change.live.id).target_version(&wanted.engine_version);
            call.send().await.during("opensearch.UpgradeDomain").map_err(told_apart)?;
        }
        if change.changed.iter().all(|field| field == "engine_version") {
            return Ok(BTreeMap::new());
        }
        let cluster = any(&["instance_type", "instance_count", "availability_zone_count", "dedicated_master"]);
        let volumes = any(&["volume_type", "volume_size", "iops", "throughput"]);
        // An empty document takes the policy away.
        let policies =
            change.changes("access_policies").then(|| wanted.access_policies.as_ref().map_or_else(String::new, Value::to_string));
        aws.opensearch
            .update_domain_config()
            .domain_name(&change.live.id)
            .set_cluster_config(cluster.then(|| cluster_config(wanted)))
            .set_ebs_options(volumes.then(|| ebs_options(wanted)))
            .set_vpc_options(any(&["subnet_ids", "security_group_ids"]).then(|| vpc_options(wanted)))
            .set_encryption_at_rest_options(any(&["encrypt_at_rest", "kms_key_id"]).then(|| encryption_at_rest(wanted)))
            .set_node_to_node_encryption_options(change.changes("node_to_node_encryption").then(|| between_nodes(wanted)))
            .set_domain_endpoint_options(any(&["enforce_https", "tls_security_policy"]).then(|| endpoint_options(wanted)))
            .set_access_policies(policies)
            .send()
            .await
            .during("opensearch.UpdateDomainConfig")
            .map_err(told_apart)?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.opensearch.delete_domain().domain_name(&live.id).send().await.during("opensearch.DeleteDomain")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let list = tags.set.iter().map(|(key, value)| tag(key, value)).collect::<Result<Vec<_>>>()?;
            aws.opensearch.add_tags().arn(&live.arn).set_tag_list(Some(list)).send().await.during("opensearch.AddTags")?;
        }
        if !tags.unset.is_empty() {
            let call = aws.opensearch.remove_tags().arn(&live.arn).set_tag_keys(Some(tags.unset.clone()));
            call.send().await.during("opensearch.RemoveTags")?;
        }
        Ok(())
    }
}

async fn version(aws: &Aws, name: &str) -> Result<Option<String>> {
    let answer = aws.opensearch.describe_domain().domain_name(name).send().await.during("opensearch.DescribeDomain")?;
    Ok(answer.domain_status.and_then(|domain| domain.engine_version))
}

fn told_apart(error: Error) -> Error {
    match error.is(&["ValidationException"]) && error.message.contains("in progress") {
        true => Error { sense: Some("ChangeInProgress"), ..error },
        false => error,
    }
}

/// Returns domains that may be ours. One call names all of the account; none of them is described that is plainly foreign.
async fn candidates(aws: &Aws, wanted: &[String]) -> Result<Vec<String>> {
    let answer = aws.opensearch.list_domain_names().send().await.during("opensearch.ListDomainNames")?;
    let all = answer.domain_names.unwrap_or_default().into_iter().filter_map(|domain| domain.domain_name).collect::<Vec<_>>();
    if all.is_empty() {
        return Ok(all);
    }
    let tagged = aws.tagged.arns(aws, "es:domain/").await?;
    let known = |name: &str| tagged.iter().any(|arn| last_part(arn) == name);
    Ok(all.into_iter().filter(|name| aws.looks_ours(name) || wanted.contains(name) || known(name)).collect())
}

async fn live(aws: &Aws, select: &Select, domain: DomainStatus) -> Result<Live<Spec>> {
    let state = state(&domain);
    let tags = match select {
        Select::Owned { .. } => aws.tagged.tags(aws, &domain.arn, true, || ask(aws, &domain.arn)).await?,
        // Whoever waits for it asks only for its state.
        Select::Ids(_) if state != State::Ready => BTreeMap::new(),
        Select::Ids(_) => ask(aws, &domain.arn).await?,
    };
    Ok(Live {
        name: domain.domain_name.clone(),
        claim: aws.claim(&tags),
        state,
        outputs: outputs(&aws.scope, &domain),
        spec: spec(&domain, &tags)?,
        id: domain.domain_name,
        arn: domain.arn,
    })
}

async fn ask(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.opensearch.list_tags().arn(arn).send().await.during("opensearch.ListTags")?;
    Ok(answer.tag_list.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn state(domain: &DomainStatus) -> State {
    if domain.deleted == Some(true) {
        State::Deleting
    } else if domain.processing == Some(true) || domain.upgrade_processing == Some(true) || domain.created == Some(false) {
        State::Changing("processing".into())
    } else {
        State::Ready
    }
}

fn spec(domain: &DomainStatus, tags: &BTreeMap<String, String>) -> Result<Spec> {
    const READ: &str = "opensearch.DescribeDomains";
    let cluster = domain.cluster_config.as_ref().ok_or_else(|| Error::missing(READ, "ClusterConfig"))?;
    let volumes = domain.ebs_options.as_ref();
    let vpc = domain.vpc_options.as_ref();
    let encryption = domain.encryption_at_rest_options.as_ref();
    let endpoint = domain.domain_endpoint_options.as_ref();
    let zones = cluster.zone_awareness_config.as_ref().and_then(|zones| zones.availability_zone_count).unwrap_or(2);
    let masters = cluster.dedicated_master_enabled == Some(true);
    let policies = domain.access_policies.as_deref().filter(|text| !text.is_empty());
    Ok(Spec {
        name: Some(domain.domain_name.clone()),
        engine_version: domain.engine_version.clone().unwrap_or_default(),
        instance_type: cluster.instance_type.as_ref().map(|instance| instance.as_str().to_owned()).unwrap_or_default(),
        instance_count: cluster.instance_count.unwrap_or(1),
        availability_zone_count: if cluster.zone_awareness_enabled == Some(true) { zones } else { 1 },
        dedicated_master: masters.then(|| DedicatedMaster {
            instance_type: cluster.dedicated_master_type.as_ref().map(|instance| instance.as_str().to_owned()).unwrap_or_default(),
            instance_count: cluster.dedicated_master_count.unwrap_or(3),
        }),
        volume_type: match volumes.and_then(|volumes| volumes.volume_type.as_ref()) {
            Some(name) => choice(READ, name.as_str())?,
            None => VolumeType::default(),
        },
        volume_size: volumes.and_then(|volumes| volumes.volume_size).unwrap_or_default(),
        iops: volumes.and_then(|volumes| volumes.iops).filter(|iops| *iops > 0),
        throughput: volumes.and_then(|volumes| volumes.throughput).filter(|rate| *rate > 0),
        vpc_id: vpc.and_then(|vpc| vpc.vpc_id.clone()),
        subnet_ids: vpc.and_then(|vpc| vpc.subnet_ids.clone()).unwrap_or_default(),
        security_group_ids: vpc.and_then(|vpc| vpc.security_group_ids.clone()).unwrap_or_default(),
        encrypt_at_rest: encryption.and_then(|encryption| encryption.enabled).unwrap_or(false),
        kms_key_id: encryption.and_then(|encryption| encryption.kms_key_id.clone()),
        node_to_node_encryption: domain.node_to_node_encryption_options.as_ref().and_then(|nodes| nodes.enabled).unwrap_or(false),
        enforce_https: endpoint.and_then(|endpoint| endpoint.enforce_https).unwrap_or(false),
        tls_security_policy: match endpoint.and_then(|endpoint| endpoint.tls_security_policy.as_ref()) {
            Some(name) => choice(READ, name.as_str())?,
            None => TlsSecurityPolicy::Tls10,
        },
        access_policies: policies
            .map(|text| serde_json::from_str(text).map_err(|_| Error::new(READ, "UnreadableAnswer", "the policy is not JSON")))
            .transpose()?,
        tags: own_tags(tags),
    })
}

fn outputs(scope: &Scope, domain: &DomainStatus) -> BTreeMap<String, String> {
    let mut outputs = OpensearchDomain::foretell(scope, &domain.domain_name);
    // In a VPC the name stands in a table of its own.
    let host = domain.endpoint.clone().or_else(|| domain.endpoints.as_ref()?.get("vpc").cloned());
    if let Some(host) = host {
        outputs.insert("endpoint".into(), format!("https://{host}"));
        outputs.insert("host".into(), host);
        outputs.insert("port".into(), "443".into());
    }
    outputs
}

fn cluster_config(spec: &Spec) -> types::ClusterConfig {
    let instance = |name: &str| types::OpenSearchPartitionInstanceType::from(name);
    let zones = spec.availability_zone_count;
    let spread = (zones > 1).then(|| types::ZoneAwarenessConfig::builder().availability_zone_count(zones).build());
    let masters = spec.dedicated_master.as_ref();
    types::ClusterConfig::builder()
        .instance_type(instance(&spec.instance_type))
        .instance_count(spec.instance_count)
        .zone_awareness_enabled(zones > 1)
        .set_zone_awareness_config(spread)
        .dedicated_master_enabled(masters.is_some())
        .set_dedicated_master_type(masters.map(|masters| instance(&masters.instance_type)))
        .set_dedicated_master_count(masters.map(|masters| masters.instance_count))
        .build()
}

fn ebs_options(spec: &Spec) -> types::EbsOptions {
    types::EbsOptions::builder()
        .ebs_enabled(true)
        .volume_type(types::VolumeType::from(word(&spec.volume_type).as_str()))
        .volume_size(spec.volume_size)
        .set_iops(spec.iops)
        .set_throughput(spec.throughput)
        .build()
}

fn vpc_options(spec: &Spec) -> types::VpcOptions {
    types::VpcOptions::builder()
        .set_subnet_ids(Some(spec.subnet_ids.clone()))
        .set_security_group_ids(Some(spec.security_group_ids.clone()))
        .build()
}

fn encryption_at_rest(spec: &Spec) -> types::EncryptionAtRestOptions {
    types::EncryptionAtRestOptions::builder().enabled(spec.encrypt_at_rest).set_kms_key_id(spec.kms_key_id.clone()).build()
}

fn between_nodes(spec: &Spec) -> types::NodeToNodeEncryptionOptions {
    types::NodeToNodeEncryptionOptions::builder().enabled(spec.node_to_node_encryption).build()
}

fn endpoint_options(spec: &Spec) -> types::DomainEndpointOptions {
    types::DomainEndpointOptions::builder()
        .enforce_https(spec.enforce_https)
        .tls_security_policy(types::TlsSecurityPolicy::from(word(&spec.tls_security_policy).as_str()))
        .build()
}

fn tag(key: &str, value: &str) -> Result<Tag> {
    built("opensearch.AddTags", Tag::builder().key(key).value(value).build())
}
