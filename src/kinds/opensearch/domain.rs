//! `opensearch.domain`: a search cluster.

use crate::core::iam_document::{self, Place};
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::kms;
use crate::pricing::tariffs::opensearch::{Domain, Volume};
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct OpensearchDomain;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The domain's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// As AWS writes it: `OpenSearch_2.19`.
    pub engine_version: String,
    /// Such as `t3.small.search`.
    pub instance_type: String,
    #[serde(default = "one")]
    pub instance_count: i32,
    /// Zones that the data nodes are spread over: 1, 2 or 3.
    #[serde(default = "one")]
    pub availability_zone_count: i32,
    /// Nodes that only steer the cluster; left out, data nodes do.
    #[serde(default)]
    pub dedicated_master: Option<DedicatedMaster>,
    #[serde(default)]
    pub volume_type: VolumeType,
    /// GiB a node.
    #[serde(default = "ten")]
    pub volume_size: i32,
    /// I/O operations a second; left out, what the volume type comes with.
    #[serde(default)]
    pub iops: Option<i32>,
    /// MiB a second, for gp3; left out, what it comes with.
    #[serde(default)]
    pub throughput: Option<i32>,
    /// One subnet for each zone; none puts the domain on the internet.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    #[serde(default = "yes")]
    pub encrypt_at_rest: bool,
    /// The KMS key that encrypts what is stored; left out, AWS's own key for OpenSearch.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    #[serde(default = "yes")]
    pub node_to_node_encryption: bool,
    #[serde(default = "yes")]
    pub enforce_https: bool,
    #[serde(default)]
    pub tls_security_policy: TlsSecurityPolicy,
    /// Who may call the domain.
    #[serde(default)]
    pub access_policies: Option<Value>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Nodes that only steer the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DedicatedMaster {
    pub instance_type: String,
    #[serde(default = "three")]
    pub instance_count: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VolumeType {
    Gp2,
    #[default]
    Gp3,
    Io1,
    Standard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum TlsSecurityPolicy {
    #[serde(rename = "Policy-Min-TLS-1-0-2019-07")]
    Tls10,
    #[default]
    #[serde(rename = "Policy-Min-TLS-1-2-2019-07")]
    Tls12,
    #[serde(rename = "Policy-Min-TLS-1-2-PFS-2023-10")]
    Tls12Pfs,
}

fn yes() -> bool {
    true
}
fn one() -> i32 {
    1
}
fn three() -> i32 {
    3
}
fn ten() -> i32 {
    10
}

impl Kind for OpensearchDomain {
    type Spec = Spec;
    const NAME: &'static str = "opensearch.domain";
    const ABOUT: About = About {
        doc: "A search cluster.",
        outputs: &["id", "name", "arn", "account", "host", "port", "endpoint"],
        foretold: &["id", "name", "arn", "account"],
        naming: Naming::Hyphens { max: 28 },
        arn: "es:domain/",
        stateful: true,
        minutes: Minutes::new(20.0, 20.0, 10.0),
        console: "https://{region}.console.aws.amazon.com/aos/home?region={region}#opensearch/domains/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("engine_version"),
        update("instance_type"),
        update("instance_count"),
        update("availability_zone_count"),
        update("dedicated_master"),
        update("volume_type"),
        update("volume_size"),
        update("iops").unmanaged(),
        update("throughput").unmanaged(),
        replace("subnet_ids").set(),
        update("security_group_ids").set(),
        replace("encrypt_at_rest"),
        replace("kms_key_id").unmanaged(),
        replace("node_to_node_encryption"),
        update("enforce_https"),
        update("tls_security_policy"),
        update("access_policies").document().late(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            engine_version: "OpenSearch_2.19".into(),
            instance_type: "t3.small.search".into(),
            instance_count: 1,
            availability_zone_count: 1,
            dedicated_master: None,
            volume_type: VolumeType::Gp3,
            volume_size: 10,
            iops: None,
            throughput: None,
            subnet_ids: vec!["${example.subnet-a.id}".into()],
            security_group_ids: vec!["${example.security-group.id}".into()],
            encrypt_at_rest: true,
            kms_key_id: None,
            node_to_node_encryption: true,
            enforce_https: true,
            tls_security_policy: TlsSecurityPolicy::Tls12,
            access_policies: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        spec.subnet_ids.sort();
        spec.security_group_ids.sort();
        if spec.access_policies.as_ref().is_some_and(Value::is_null) {
            spec.access_policies = None;
        }
        if let Some(document) = &mut spec.access_policies {
            iam_document::normalise(document);
        }
    }

    fn foretell(scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("id".into(), name.to_owned()),
            ("name".into(), name.to_owned()),
            ("arn".into(), scope.arn("es", &format!("domain/{name}"))),
            // CloudWatch's metrics of a domain name the account.
            ("account".into(), scope.account.clone()),
        ])
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) {
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            if !plain || !name.starts_with(|first: char| first.is_ascii_lowercase()) || !(3..=28).contains(&name.len()) {
                problems.push(
                    Problem::new("name", format!("`{name}` cannot be the name of a domain"))
                        .help("3 to 28 of a-z, 0-9 and `-`, a letter first"),
                );
            }
        }
        if !is_symbolic(&spec.engine_version) && !is_version(&spec.engine_version) {
            problems.push(
                Problem::new("engine_version", format!("`{}` is not a version of OpenSearch", spec.engine_version))
                    .help("as AWS writes it: OpenSearch_2.19"),
            );
        }
        let masters = spec.dedicated_master.as_ref().map(|master| ("dedicated_master.instance_type", &master.instance_type));
        for (field, instance) in [("instance_type", &spec.instance_type)].into_iter().chain(masters) {
            if !is_symbolic(instance) && !instance.ends_with(".search") {
                problems.push(
                    Problem::new(field, format!("`{instance}` is not an instance type of OpenSearch")).help("such as t3.small.search"),
                );
            }
        }
        nodes(spec, &mut problems);
        if spec.volume_size < 10 {
            problems.push(Problem::new("volume_size", format!("a volume has 10 GiB or more, not {}", spec.volume_size)));
        }
        if spec.volume_type == VolumeType::Io1 && spec.iops.is_none() {
            problems.push(Problem::new("iops", "io1 volumes need `iops`"));
        }
        if spec.throughput.is_some() && spec.volume_type != VolumeType::Gp3 {
            problems.push(Problem::new("throughput", "only gp3 volumes have a throughput to set"));
        }
        problems.extend(kms::key_problem("kms_key_id", spec.kms_key_id.as_deref()));
        if let Some(document) = &spec.access_policies {
            problems.extend(iam_document::problems("access_policies", document, Place::Resource));
        }
        problems
    }
}

impl Priced for OpensearchDomain {
    fn price(spec: &Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        let count = |number: i32| u32::try_from(number).unwrap_or_default();
        let volume = Volume {
            volume_type: match spec.volume_type {
                VolumeType::Gp2 => "gp2",
                VolumeType::Gp3 => "gp3",
                VolumeType::Io1 => "io1",
                VolumeType::Standard => "standard",
            },
            count: count(spec.instance_count),
            gb: spec.volume_size.into(),
            iops: spec.iops.map(Into::into),
            throughput: spec.throughput.map(Into::into),
        };
        tariffs::opensearch::domain(&Domain {
            data: (&spec.instance_type, count(spec.instance_count)),
            masters: spec.dedicated_master.as_ref().map(|master| (master.instance_type.as_str(), count(master.instance_count))),
            warm: None,
            volume: Some(volume),
        })
    }
}

fn nodes(spec: &Spec, problems: &mut Vec<Problem>) {
    let zones = spec.availability_zone_count;
    if !(1..=80).contains(&spec.instance_count) {
        problems.push(Problem::new("instance_count", format!("a domain has 1 to 80 data nodes, not {}", spec.instance_count)));
    }
    if !(1..=3).contains(&zones) {
        problems.push(Problem::new("availability_zone_count", format!("nodes spread over 1, 2 or 3 zones, not {zones}")));
    } else if spec.instance_count < zones {
        problems.push(
            Problem::new("instance_count", format!("{} nodes do not reach {zones} zones", spec.instance_count))
                .help(format!("set it to {zones} or more, or spread over fewer zones")),
        );
    } else if zones == 2 && spec.instance_count % 2 == 1 {
        problems.push(Problem::new("instance_count", "two zones need an even number of nodes"));
    }
    if !spec.subnet_ids.is_empty() && spec.subnet_ids.len() != zones as usize {
        problems.push(
            Problem::new("subnet_ids", format!("{} subnets for {zones} zones", spec.subnet_ids.len()))
                .help("OpenSearch wants exactly one subnet for each zone"),
        );
    }
    if spec.subnet_ids.is_empty() && !spec.security_group_ids.is_empty() {
        problems.push(
            Problem::new("security_group_ids", "a domain outside a VPC has no security groups")
                .help("name `subnet_ids`, or leave them out"),
        );
    }
    if let Some(master) = &spec.dedicated_master
        && ![3, 5].contains(&master.instance_count)
    {
        problems.push(Problem::new("dedicated_master.instance_count", "a domain has 3 or 5 dedicated masters"));
    }
}

fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix("OpenSearch_").or_else(|| text.strip_prefix("Elasticsearch_"));
    rest.and_then(|version| version.split_once('.')).is_some_and(|(major, minor)| {
        let number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        number(major) && number(minor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_opensearch_would_refuse_is_said() {
        holds::<OpensearchDomain>(&[
            (json!({"name": "no"}), "cannot be the name"),
            (json!({"engine_version": "2.19"}), "not a version"),
            (json!({"instance_type": "t3.small"}), "not an instance type"),
            (json!({"availability_zone_count": 2}), "do not reach 2 zones"),
            (json!({"availability_zone_count": 2, "instance_count": 3, "subnet_ids": []}), "even number"),
            (json!({"availability_zone_count": 2, "instance_count": 2}), "1 subnets for 2 zones"),
            (json!({"subnet_ids": []}), "no security groups"),
            (json!({"dedicated_master": {"instance_type": "m6g.large.search", "instance_count": 2}}), "3 or 5"),
            (json!({"volume_type": "io1"}), "need `iops`"),
            (json!({"volume_size": 5}), "10 GiB or more"),
        ]);
    }
}
