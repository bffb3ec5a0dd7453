//! `opensearch.domain`: a search cluster.

use super::offer;
use crate::core::code::Check;
use crate::core::iam_document::{self, Place};
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::{kms, yes};
use crate::pricing::tariffs::opensearch::{Domain, Volume};
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

pub struct OpensearchDomain;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The domain's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The engine and its version, as AWS writes them: `OpenSearch_2.19`.
    pub engine_version: String,
    /// The instance type of data nodes, such as `t3.small.search`.
    pub instance_type: String,
    #[serde(default = "one")]
    pub instance_count: i32,
    /// Zones that the data nodes are spread over: 1, 2 or 3.
    #[serde(default = "one")]
    pub availability_zone_count: i32,
    /// Dedicated master nodes, which only manage the cluster; left out, data nodes do.
    #[serde(default)]
    pub dedicated_master: Option<DedicatedMaster>,
    #[serde(default)]
    pub volume_type: VolumeType,
    /// The size of each data node's volume, in GiB.
    #[serde(default = "ten")]
    pub volume_size: i32,
    /// I/O operations a second; left out, the volume type's own number at first, and then what there is.
    #[serde(default)]
    pub iops: Option<i32>,
    /// MiB a second, for gp3; left out, the volume type's own number at first, and then what there is.
    #[serde(default)]
    pub throughput: Option<i32>,
    /// The VPC of the subnets. A domain cannot move to another one.
    #[serde(default)]
    pub vpc_id: Option<String>,
    /// The subnets, one for each zone; none puts the domain on the internet.
    #[serde(default)]
    pub subnet_ids: Vec<String>,
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    #[serde(default = "yes")]
    pub encrypt_at_rest: bool,
    /// The KMS key that encrypts what is stored; left out, AWS's own key for OpenSearch, or the one that it has.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    #[serde(default = "yes")]
    pub node_to_node_encryption: bool,
    #[serde(default = "yes")]
    pub enforce_https: bool,
    #[serde(default)]
    pub tls_security_policy: TlsSecurityPolicy,
    /// The access policy: the principals that may call the domain, and their actions.
    #[serde(default)]
    pub access_policies: Option<Value>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Dedicated master nodes, which only manage the cluster.
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

fn one() -> i32 {
    1
}
fn three() -> i32 {
    3
}
fn ten() -> i32 {
    10
}

// Pages of AWS that several checks rest on.
const TYPES: &str = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html";
const MULTI_AZ: &str = "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-multiaz.html";

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
        update("engine_version").version(),
        update("instance_type"),
        update("instance_count"),
        update("availability_zone_count"),
        update("dedicated_master"),
        update("volume_type"),
        update("volume_size"),
        update("iops").unmanaged(),
        update("throughput").unmanaged(),
        // Subnets change in place; a domain never leaves its VPC, and never enters one.
        // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
        replace("vpc_id").unmanaged(),
        update("subnet_ids").set().in_place_if(stays_inside),
        update("security_group_ids").set(),
        // Encryption is turned on in place and never off again, and its key stays.
        // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html
        update("encrypt_at_rest").turns_on(),
        update("kms_key_id").unmanaged().fills(),
        // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ntn.html
        update("node_to_node_encryption").turns_on(),
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
            vpc_id: Some("${example.vpc.id}".into()),
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "OSD001",
            about: "The name of a domain has another form than AWS takes.",
            why: "CreateDomain refuses it; the name is part of the host name that clients connect to.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html",
            wrong: &[r#"{"name": "no"}"#, r#"{"name": "Search"}"#, r#"{"name": "1st"}"#],
            right: &[r#"{"name": "search-1"}"#],
            find: name,
        },
        Check {
            id: "OSD002",
            about: "The engine version is not written as OpenSearch writes it.",
            why: "CreateDomain refuses a version without the name of its engine.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html",
            wrong: &[r#"{"engine_version": "2.19"}"#, r#"{"engine_version": "OpenSearch_2"}"#],
            right: &[r#"{"engine_version": "Elasticsearch_7.10"}"#],
            find: version,
        },
        Check {
            id: "OSD003",
            about: "The instance type is none of OpenSearch's.",
            why: "CreateDomain refuses it: the types of OpenSearch end with `.search`, unlike those of EC2.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html",
            wrong: &[r#"{"instance_type": "t3.small"}"#, r#"{"dedicated_master": {"instance_type": "m7g.large", "instance_count": 3}}"#],
            right: &[r#"{"instance_type": "r7g.large.search"}"#],
            find: instance_types,
        },
        Check {
            id: "OSD004",
            about: "A domain has no data node, or more than OpenSearch runs in one.",
            why: "CreateDomain refuses it.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html",
            wrong: &[r#"{"instance_count": 81}"#, r#"{"instance_count": 0}"#],
            right: &[r#"{"instance_count": 80}"#],
            find: instances,
        },
        Check {
            id: "OSD005",
            about: "Data nodes are to spread over more zones than OpenSearch can.",
            why: "CreateDomain refuses all but one, two and three zones.",
            page: MULTI_AZ,
            wrong: &[
                r#"{"availability_zone_count": 4, "instance_count": 4, "subnet_ids": [], "security_group_ids": []}"#,
                r#"{"availability_zone_count": 0, "subnet_ids": [], "security_group_ids": []}"#,
            ],
            right: &[r#"{"availability_zone_count": 3, "instance_count": 3, "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"]}"#],
            find: zones,
        },
        Check {
            id: "OSD006",
            about: "There are fewer data nodes than zones to spread them over.",
            why: "CreateDomain refuses it, since a zone would stay empty.",
            page: MULTI_AZ,
            wrong: &[r#"{"availability_zone_count": 2, "subnet_ids": ["subnet-1", "subnet-2"]}"#],
            right: &[r#"{"availability_zone_count": 2, "instance_count": 2, "subnet_ids": ["subnet-1", "subnet-2"]}"#],
            find: reach,
        },
        Check {
            id: "OSD007",
            about: "An odd number of data nodes is to spread over two zones.",
            why: "CreateDomain refuses it: copies of each shard stand in both zones, which have to be equally large.",
            page: MULTI_AZ,
            wrong: &[r#"{"availability_zone_count": 2, "instance_count": 3, "subnet_ids": ["subnet-1", "subnet-2"]}"#],
            right: &[r#"{"availability_zone_count": 2, "instance_count": 4, "subnet_ids": ["subnet-1", "subnet-2"]}"#],
            find: even,
        },
        Check {
            id: "OSD008",
            about: "There are more or fewer subnets than zones.",
            why: "CreateDomain refuses it: a domain has its addresses in exactly one subnet of each zone.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html",
            wrong: &[r#"{"availability_zone_count": 2, "instance_count": 2}"#, r#"{"subnet_ids": ["subnet-1", "subnet-2"]}"#],
            right: &[r#"{"availability_zone_count": 2, "instance_count": 2, "subnet_ids": ["subnet-1", "subnet-2"]}"#],
            find: subnets,
        },
        Check {
            id: "OSD009",
            about: "A domain outside of a VPC has security groups.",
            why: "CreateDomain refuses them: on the internet only the access policy says who may call.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html",
            wrong: &[r#"{"subnet_ids": []}"#],
            right: &[r#"{"vpc_id": null, "subnet_ids": [], "security_group_ids": []}"#],
            find: groups,
        },
        Check {
            id: "OSD010",
            about: "A domain has another number of dedicated masters than three or five.",
            why: "OpenSearch refuses one, and with an even number a split cluster could find no majority.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-dedicatedmasternodes.html",
            wrong: &[r#"{"dedicated_master": {"instance_type": "m6g.large.search", "instance_count": 2}}"#],
            right: &[r#"{"dedicated_master": {"instance_type": "m6g.large.search", "instance_count": 5}}"#],
            find: masters,
        },
        Check {
            id: "OSD011",
            about: "The volume of a node is smaller than OpenSearch takes.",
            why: "CreateDomain refuses volumes below 10 GiB.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html",
            wrong: &[r#"{"volume_size": 5}"#],
            right: &[r#"{"volume_size": 10}"#],
            find: volume,
        },
        Check {
            id: "OSD012",
            about: "Volumes with provisioned operations do not say how many.",
            why: "CreateDomain refuses io1 without `iops`, by which they are sold.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_EBSOptions.html",
            wrong: &[r#"{"volume_type": "io1", "volume_size": 35}"#],
            right: &[r#"{"volume_type": "io1", "volume_size": 35, "iops": 1000}"#],
            find: iops,
        },
        Check {
            id: "OSD013",
            about: "A throughput is asked for on volumes other than gp3.",
            why: "CreateDomain refuses it: only gp3 is sold by throughput.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_EBSOptions.html",
            wrong: &[r#"{"volume_type": "gp2", "throughput": 250}"#],
            right: &[r#"{"throughput": 250}"#],
            find: throughput,
        },
        Check {
            id: "OSD014",
            about: "The KMS key is not named by its ARN.",
            why: "OpenSearch answers the ARN, so an alias or a bare id would look like a change that takes another domain.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html",
            wrong: &[r#"{"kms_key_id": "alias/mine"}"#],
            right: &[r#"{"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"}"#],
            find: |spec| kms::key_problem("kms_key_id", spec.kms_key_id.as_deref()).into_iter().collect(),
        },
        Check {
            id: "OSD015",
            about: "The access policy of a domain is no policy document.",
            why: "OpenSearch refuses it, and until then nobody could call whom it was meant for.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
            wrong: &[
                r#"{"access_policies": {"Statement": []}}"#,
                r#"{"access_policies": {"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "es:ESHttpGet", "Resource": "*"}]}}"#,
            ],
            right: &[
                r#"{"access_policies": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "es:ESHttpGet", "Resource": "*"}]}}"#,
            ],
            find: policy,
        },
        Check {
            id: "OSD016",
            about: "A domain names a VPC and no subnets in it.",
            why: "CreateDomain would put it on the internet: which VPC a domain stands in follows from its subnets.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html",
            wrong: &[r#"{"subnet_ids": [], "security_group_ids": []}"#],
            right: &[r#"{"vpc_id": null, "subnet_ids": [], "security_group_ids": []}"#, r#"{"vpc_id": null}"#],
            find: vpc_without_subnets,
        },
        Check {
            id: "OSD017",
            about: "OpenSearch Service never had this version.",
            why: "CreateDomain refuses it: of OpenSearch 2 there is every second version, and the last is 2.19.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html#choosing-version",
            wrong: &[
                r#"{"engine_version": "OpenSearch_2.20"}"#,
                r#"{"engine_version": "OpenSearch_2.18"}"#,
                r#"{"engine_version": "Elasticsearch_8.0"}"#,
            ],
            right: &[r#"{"engine_version": "OpenSearch_2.17"}"#, r#"{"engine_version": "Elasticsearch_7.10"}"#],
            find: never_released,
        },
        Check {
            id: "OSD018",
            about: "OpenSearch Service has no such instance type.",
            why: "CreateDomain refuses it: it has fewer families and sizes than EC2.",
            page: TYPES,
            wrong: &[
                r#"{"instance_type": "t3.large.search", "volume_size": 10}"#,
                r#"{"instance_type": "t3a.small.search"}"#,
                r#"{"dedicated_master": {"instance_type": "m6g.small.search", "instance_count": 3}}"#,
            ],
            right: &[r#"{"instance_type": "t3.medium.search"}"#],
            find: absent_types,
        },
        Check {
            id: "OSD019",
            about: "The volume of a node is larger than its instance type takes, or of a type that it does not take.",
            why: "CreateDomain refuses it: each instance type has a greatest volume, and some store on discs of their own.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#ebsresource",
            wrong: &[
                r#"{"instance_type": "t3.small.search", "volume_size": 500}"#,
                r#"{"instance_type": "m5.large.search", "volume_type": "gp2", "volume_size": 600}"#,
                r#"{"instance_type": "r4.large.search"}"#,
                r#"{"instance_type": "i3.large.search"}"#,
            ],
            right: &[
                r#"{"instance_type": "t3.small.search", "volume_size": 100}"#,
                r#"{"instance_type": "m5.large.search", "volume_size": 600}"#,
            ],
            find: large_volume,
        },
        Check {
            id: "OSD020",
            about: "Data is to be encrypted on an instance type that cannot.",
            why: "CreateDomain refuses encryption at rest on the M3, R3 and T2 families.",
            page: TYPES,
            wrong: &[r#"{"instance_type": "t2.small.search", "volume_type": "gp2", "encrypt_at_rest": true}"#],
            right: &[
                r#"{"instance_type": "t2.small.search", "volume_type": "gp2", "encrypt_at_rest": false}"#,
                r#"{"instance_type": "t3.small.search", "encrypt_at_rest": true}"#,
            ],
            find: unencryptable,
        },
        Check {
            id: "OSD021",
            about: "Burstable instance types are in a domain that is too large for them.",
            why: "CreateDomain refuses T2 data nodes, and T2 and T3 dedicated masters, beside more than ten data nodes.",
            page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#clusterresource",
            wrong: &[r#"{"instance_count": 12, "dedicated_master": {"instance_type": "t3.small.search", "instance_count": 3}}"#],
            right: &[
                r#"{"instance_count": 10, "dedicated_master": {"instance_type": "t3.small.search", "instance_count": 3}}"#,
                r#"{"instance_count": 12, "dedicated_master": {"instance_type": "m6g.large.search", "instance_count": 3}}"#,
            ],
            find: too_many_for_burstable,
        },
    ];

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

    const USAGE: &'static [Measure] = &[kms::REQUESTS];
}

impl Priced for OpensearchDomain {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
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
        let domain = Domain {
            data: (&spec.instance_type, count(spec.instance_count)),
            masters: spec.dedicated_master.as_ref().map(|master| (master.instance_type.as_str(), count(master.instance_count))),
            warm: None,
            volume: Some(volume),
        };
        let mut charges = tariffs::opensearch::domain(&domain);
        charges.extend(tariffs::opensearch::extended_support(&domain, &spec.engine_version, facts.today));
        charges.extend(kms::requests(spec.encrypt_at_rest, facts));
        charges
    }
}

fn stays_inside(live: &Value, wanted: &Value) -> bool {
    let some = |ids: &Value| ids.as_array().is_some_and(|ids| !ids.is_empty());
    some(live) && some(wanted)
}

fn name(spec: &Spec) -> Vec<Problem> {
    let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) else { return Vec::new() };
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let good = plain && name.starts_with(|first: char| first.is_ascii_lowercase()) && (3..=28).contains(&name.len());
    let problem =
        || Problem::new("name", format!("`{name}` cannot be the name of a domain")).help("3 to 28 of a-z, 0-9 and `-`, a letter first");
    (!good).then(problem).into_iter().collect()
}

fn version(spec: &Spec) -> Vec<Problem> {
    let version = &spec.engine_version;
    let problem =
        || Problem::new("engine_version", format!("`{version}` is not a version of OpenSearch")).help("as AWS writes it: OpenSearch_2.19");
    (!is_symbolic(version) && !is_version(version)).then(problem).into_iter().collect()
}

fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix("OpenSearch_").or_else(|| text.strip_prefix("Elasticsearch_"));
    rest.and_then(|version| version.split_once('.')).is_some_and(|(major, minor)| {
        let number = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        number(major) && number(minor)
    })
}

fn instance_types(spec: &Spec) -> Vec<Problem> {
    let masters = spec.dedicated_master.as_ref().map(|master| ("dedicated_master.instance_type", &master.instance_type));
    let wrong = [("instance_type", &spec.instance_type)].into_iter().chain(masters);
    let wrong = wrong.filter(|(_, instance)| !is_symbolic(instance) && !instance.ends_with(".search"));
    let problem = |(field, instance): (&str, &String)| {
        Problem::new(field, format!("`{instance}` is not an instance type of OpenSearch")).help("such as t3.small.search")
    };
    wrong.map(problem).collect()
}

fn instances(spec: &Spec) -> Vec<Problem> {
    let count = spec.instance_count;
    let problem = || Problem::new("instance_count", format!("a domain has 1 to 80 data nodes, not {count}"));
    (!(1..=80).contains(&count)).then(problem).into_iter().collect()
}

const ZONES: RangeInclusive<i32> = 1..=3;

fn zones(spec: &Spec) -> Vec<Problem> {
    let zones = spec.availability_zone_count;
    let problem = || Problem::new("availability_zone_count", format!("nodes spread over 1, 2 or 3 zones, not {zones}"));
    (!ZONES.contains(&zones)).then(problem).into_iter().collect()
}

fn reach(spec: &Spec) -> Vec<Problem> {
    let (nodes, zones) = (spec.instance_count, spec.availability_zone_count);
    let problem = || {
        Problem::new("instance_count", format!("{nodes} nodes do not reach {zones} zones"))
            .help(format!("set it to {zones} or more, or spread over fewer zones"))
    };
    (ZONES.contains(&zones) && nodes < zones).then(problem).into_iter().collect()
}

fn even(spec: &Spec) -> Vec<Problem> {
    let odd = spec.availability_zone_count == 2 && spec.instance_count > 2 && spec.instance_count % 2 == 1;
    odd.then(|| Problem::new("instance_count", "two zones need an even number of nodes")).into_iter().collect()
}

fn subnets(spec: &Spec) -> Vec<Problem> {
    let (subnets, zones) = (spec.subnet_ids.len(), spec.availability_zone_count);
    let problem = || {
        Problem::new("subnet_ids", format!("{subnets} subnets for {zones} zones")).help("OpenSearch wants exactly one subnet for each zone")
    };
    (subnets != 0 && usize::try_from(zones) != Ok(subnets)).then(problem).into_iter().collect()
}

fn groups(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("security_group_ids", "a domain outside a VPC has no security groups").help("name `subnet_ids`, or leave them out");
    (spec.subnet_ids.is_empty() && !spec.security_group_ids.is_empty()).then(problem).into_iter().collect()
}

fn vpc_without_subnets(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("vpc_id", "a domain without subnets stands in no VPC").help("name `subnet_ids`, or leave `vpc_id` out");
    (spec.vpc_id.is_some() && spec.subnet_ids.is_empty()).then(problem).into_iter().collect()
}

fn masters(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.dedicated_master.as_ref().filter(|master| ![3, 5].contains(&master.instance_count));
    let problem = |_| Problem::new("dedicated_master.instance_count", "a domain has 3 or 5 dedicated masters").help("write 3");
    wrong.map(problem).into_iter().collect()
}

fn volume(spec: &Spec) -> Vec<Problem> {
    let size = spec.volume_size;
    let problem = || Problem::new("volume_size", format!("a volume has 10 GiB or more, not {size}"));
    (size < 10).then(problem).into_iter().collect()
}

fn iops(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.volume_type == VolumeType::Io1 && spec.iops.is_none();
    wrong.then(|| Problem::new("iops", "io1 volumes need `iops`")).into_iter().collect()
}

fn throughput(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.throughput.is_some() && spec.volume_type != VolumeType::Gp3;
    wrong.then(|| Problem::new("throughput", "only gp3 volumes have a throughput to set")).into_iter().collect()
}

fn never_released(spec: &Spec) -> Vec<Problem> {
    let version = &spec.engine_version;
    let instead = offer::instead_of(version).filter(|_| !is_symbolic(version) && is_version(version));
    let problem =
        |instead| Problem::new("engine_version", format!("OpenSearch Service has no {}", version.replace('_', " "))).help(instead);
    instead.map(problem).into_iter().collect()
}

/// The instance types of a domain, each with its field.
fn types(spec: &Spec) -> impl Iterator<Item = (&'static str, &str)> {
    let masters = spec.dedicated_master.iter().map(|master| ("dedicated_master.instance_type", master.instance_type.as_str()));
    [("instance_type", spec.instance_type.as_str())].into_iter().chain(masters)
}

fn absent_types(spec: &Spec) -> Vec<Problem> {
    let wrong = types(spec).filter_map(|(field, instance)| {
        let sizes = offer::sizes_instead_of(instance)?;
        let problem = Problem::new(field, format!("OpenSearch Service has no `{instance}`"));
        let family = instance.split('.').next().unwrap_or_default();
        Some(problem.help(match sizes.as_slice() {
            [] => "such as t3.small.search, m6g.large.search or r6g.large.search".into(),
            sizes => format!("of {family} it has {}", sizes.join(", ")),
        }))
    });
    wrong.collect()
}

fn large_volume(spec: &Spec) -> Vec<Problem> {
    let most = match spec.volume_type {
        VolumeType::Gp2 => offer::most(&spec.instance_type, false),
        VolumeType::Gp3 => offer::most(&spec.instance_type, true),
        // Those of the page are for gp2 and gp3.
        VolumeType::Io1 | VolumeType::Standard => None,
    };
    let wrong = most.filter(|most| *most < spec.volume_size);
    let instance = &spec.instance_type;
    let problem = |most: i32| match (most, offer::most(instance, false)) {
        (0, Some(1..)) => Problem::new("volume_type", format!("{instance} takes no gp3 volumes")).help("take gp2, or a newer family"),
        (0, _) => Problem::new("instance_type", format!("{instance} stores on discs of its own and takes no volume"))
            .help("take a type with volumes, such as r6g.large.search"),
        (most, _) => Problem::new("volume_size", format!("a volume of {instance} has {most} GiB at most, not {}", spec.volume_size))
            .help("take more nodes or a larger instance type"),
    };
    wrong.map(problem).into_iter().collect()
}

fn unencryptable(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.encrypt_at_rest && offer::stores_in_the_clear(&spec.instance_type);
    let problem = || {
        Problem::new("instance_type", format!("{} cannot encrypt what it stores", spec.instance_type)).help("take t3, m6g or r6g instead")
    };
    wrong.then(problem).into_iter().collect()
}

fn too_many_for_burstable(spec: &Spec) -> Vec<Problem> {
    let wrong = types(spec).filter(|(field, instance)| {
        spec.instance_count > 10 && offer::bursts(instance) && (*field != "instance_type" || instance.starts_with("t2."))
    });
    let problem = |(field, instance): (&'static str, &str)| {
        Problem::new(field, format!("{instance} serves a domain of ten data nodes at most, not {}", spec.instance_count))
            .help("such as m6g.large.search")
    };
    wrong.map(problem).collect()
}

fn policy(spec: &Spec) -> Vec<Problem> {
    let document = spec.access_policies.iter();
    document.flat_map(|document| iam_document::problems("access_policies", document, Place::Resource)).collect()
}
