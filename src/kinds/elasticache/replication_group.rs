//! `elasticache.replication_group`: a Redis or Valkey cache of one shard, with or without replicas.

use crate::core::code::Check;
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::classes::{self, Misfit};
use crate::kinds::database::{self, Windows};
use crate::kinds::{kms, yes};
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct ReplicationGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's id; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The description of the replication group.
    #[serde(default = "description")]
    pub description: String,
    #[serde(default)]
    pub engine: Engine,
    /// The major version (`7`), or with `auto_minor_version_upgrade = false` the whole one: `7.1`, and below 6 `5.0.6`.
    pub engine_version: String,
    /// Lets ElastiCache move to newer minor versions; only the major version counts then, and a new cache gets its newest minor.
    #[serde(default = "yes")]
    pub auto_minor_version_upgrade: bool,
    /// The node type, such as `cache.t4g.micro`.
    pub cache_node_type: String,
    /// The number of nodes, the primary and its replicas together.
    #[serde(default = "one")]
    pub num_cache_clusters: i32,
    /// Makes a replica the primary when that fails; needs two nodes.
    #[serde(default)]
    pub automatic_failover_enabled: bool,
    /// Keeps the nodes in different zones; needs automatic failover.
    #[serde(default)]
    pub multi_az_enabled: bool,
    #[serde(default = "redis_port")]
    pub port: u16,
    pub cache_subnet_group_name: String,
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// The parameter group; left out, the default one of the engine version, also where another is in use.
    #[serde(default)]
    pub cache_parameter_group_name: Option<String>,
    #[serde(default = "yes")]
    pub at_rest_encryption_enabled: bool,
    /// The KMS key that encrypts data at rest; left out, AWS's own, or the one that it has.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Encrypts data in transit: clients use TLS.
    #[serde(default = "yes")]
    pub transit_encryption_enabled: bool,
    /// The mode of TLS: `required`, the default, or `preferred`, with which clients may do without while they are moved.
    #[serde(default)]
    pub transit_encryption_mode: Option<TransitEncryptionMode>,
    /// The secret whose value clients sign in with (AUTH). The value itself is read when it is sent, and kept nowhere.
    #[serde(default)]
    pub auth_token_secret_arn: Option<String>,
    /// Days that automatic snapshots are kept; 0 turns them off.
    #[serde(default = "one")]
    pub snapshot_retention_limit: i32,
    /// The daily window of automatic snapshots, in UTC: `03:00-04:00`; left out, AWS chooses once and keeps it.
    #[serde(default)]
    pub snapshot_window: Option<String>,
    /// The weekly window of maintenance, in UTC: `sun:04:30-sun:05:30`; left out, AWS chooses once and keeps it.
    #[serde(default)]
    pub preferred_maintenance_window: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    #[default]
    Redis,
    Valkey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransitEncryptionMode {
    Preferred,
    Required,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Redis => "redis",
            Engine::Valkey => "valkey",
        }
    }
    /// Returns what parameter groups of a version are for: `redis7`, `valkey8`. Before 7 they named minor versions, too.
    pub fn family(self, version: &str) -> String {
        match (self, version.split('.').next().unwrap_or_default()) {
            (Engine::Redis, "5") => "redis5.0".into(),
            (Engine::Redis, "6") => "redis6.x".into(),
            (engine, major) => format!("{}{major}", engine.name()),
        }
    }
    /// Returns the versions that one would choose today, the newest first.
    pub fn versions(self) -> &'static [&'static str] {
        match self {
            Engine::Redis => &["7", "7.1", "7.0", "6.2", "6.0"],
            Engine::Valkey => &["9", "9.0", "8", "8.2", "8.1", "8.0", "7.2"],
        }
    }
    /// Returns how many parts a version has that says which release it is. Before 6, Redis had patches to choose from.
    /// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html>
    pub fn version_parts(self, version: &str) -> usize {
        if self == Engine::Redis && version.starts_with("5.") { 3 } else { 2 }
    }
}

impl Spec {
    /// Returns the parameter group that AWS takes where none is named.
    pub fn default_parameter_group(&self) -> String {
        format!("default.{}", self.engine.family(&self.engine_version))
    }
}

fn description() -> String {
    "Cache".into()
}
fn one() -> i32 {
    1
}
pub(super) fn redis_port() -> u16 {
    6379
}

// Pages of AWS that several checks rest on.
const CREATE: &str = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html";
const BACKUPS: &str = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html";

impl Kind for ReplicationGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.replication_group";
    const ABOUT: About = About {
        doc: "A Redis or Valkey cache.",
        outputs: &["id", "name", "arn", "host", "reader_host", "port", "endpoint"],
        foretold: &["id", "name"],
        naming: Naming::Hyphens { max: 40 },
        arn: "elasticache:replicationgroup:",
        stateful: true,
        minutes: Minutes::new(8.0, 3.0, 6.0),
        console: "https://{region}.console.aws.amazon.com/elasticache/home?region={region}#/redis/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("description"),
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.cross-engine-upgrade.html
        update("engine").in_place_if(|live, wanted| live == "redis" && wanted == "valkey").downtime("connections break for seconds"),
        update("engine_version").version().downtime("connections break for seconds"),
        update("auto_minor_version_upgrade"),
        update("cache_node_type").downtime("connections break for seconds"),
        update("num_cache_clusters"),
        update("automatic_failover_enabled"),
        update("multi_az_enabled"),
        // ModifyReplicationGroup takes neither, nor anything about encryption at rest.
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
        replace("port"),
        replace("cache_subnet_group_name"),
        update("security_group_ids").set(),
        update("cache_parameter_group_name"),
        replace("at_rest_encryption_enabled"),
        replace("kms_key_id").unmanaged(),
        // By way of `preferred`, which serves clients with and without TLS.
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html
        update("transit_encryption_enabled").downtime("clients have to change to TLS, or from it"),
        update("transit_encryption_mode").downtime("clients without TLS are turned away where it is required"),
        update("auth_token_secret_arn").downtime("clients have to sign in with the new token"),
        update("snapshot_retention_limit"),
        update("snapshot_window").unmanaged(),
        update("preferred_maintenance_window").unmanaged(),
        update("tags"),
    ];

    fn foretell(_scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("id".into(), name.to_owned()), ("name".into(), name.to_owned())])
    }

    fn example() -> Spec {
        Spec {
            name: None,
            description: description(),
            engine: Engine::Redis,
            engine_version: "7".into(),
            auto_minor_version_upgrade: true,
            cache_node_type: "cache.t4g.micro".into(),
            num_cache_clusters: 1,
            automatic_failover_enabled: false,
            multi_az_enabled: false,
            port: 6379,
            cache_subnet_group_name: "${example.cache-subnet-group.name}".into(),
            security_group_ids: vec!["${example.security-group.id}".into()],
            cache_parameter_group_name: None,
            at_rest_encryption_enabled: true,
            kms_key_id: None,
            transit_encryption_enabled: true,
            transit_encryption_mode: Some(TransitEncryptionMode::Required),
            auth_token_secret_arn: None,
            snapshot_retention_limit: 1,
            snapshot_window: Some("03:00-04:00".into()),
            preferred_maintenance_window: Some("sun:04:30-sun:05:30".into()),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECA001",
            about: "The name of a cache has another form than AWS takes.",
            why: "CreateReplicationGroup refuses it; the name is part of the host name that clients connect to.",
            page: CREATE,
            wrong: &[r#"{"name": "a-name-that-is-longer-than-forty-characters"}"#, r#"{"name": "Cache"}"#],
            right: &[r#"{"name": "cache-1"}"#],
            find: |spec| database::name(spec.name.as_deref(), 40),
        },
        Check {
            id: "ECA002",
            about: "ElastiCache has no such version of the engine.",
            why: "CreateReplicationGroup refuses it: Redis ends with 7, and Valkey begins there.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html",
            wrong: &[
                r#"{"engine_version": "8"}"#,
                r#"{"engine": "valkey", "engine_version": "6.2"}"#,
                r#"{"engine_version": "newest"}"#,
                r#"{"engine_version": "7.x"}"#,
                r#"{"engine_version": "7.2"}"#,
                r#"{"engine_version": "6.1"}"#,
                r#"{"engine": "valkey", "engine_version": "7.1"}"#,
            ],
            right: &[r#"{"engine_version": "7.1"}"#, r#"{"engine_version": "6.x"}"#, r#"{"engine": "valkey", "engine_version": "8"}"#],
            find: version,
        },
        Check {
            id: "ECA003",
            about: "Minor versions are not upgraded by themselves, and the version does not say which one is wanted.",
            why: "A new cache would get the newest one, and nothing would say later which one the file means.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html",
            wrong: &[
                r#"{"auto_minor_version_upgrade": false}"#,
                r#"{"auto_minor_version_upgrade": false, "engine_version": "6.x"}"#,
                r#"{"auto_minor_version_upgrade": false, "engine_version": "5.0"}"#,
            ],
            right: &[
                r#"{"auto_minor_version_upgrade": false, "engine_version": "7.1"}"#,
                r#"{"auto_minor_version_upgrade": false, "engine_version": "5.0.6"}"#,
            ],
            find: minor_version,
        },
        Check {
            id: "ECA004",
            about: "The node type is none of ElastiCache's.",
            why: "CreateReplicationGroup refuses it: the types of ElastiCache begin with `cache.`, unlike those of EC2 and RDS.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",
            wrong: &[r#"{"cache_node_type": "t4g.micro"}"#],
            right: &[r#"{"cache_node_type": "cache.r7g.large"}"#],
            find: node_type,
        },
        Check {
            id: "ECA005",
            about: "A cache has no node, or more than one shard can have.",
            why: "CreateReplicationGroup refuses it: a shard has a primary and up to five replicas.",
            page: CREATE,
            wrong: &[r#"{"num_cache_clusters": 7}"#, r#"{"num_cache_clusters": 0}"#],
            right: &[r#"{"num_cache_clusters": 6}"#],
            find: nodes,
        },
        Check {
            id: "ECA006",
            about: "Automatic failover is on without a replica.",
            why: "CreateReplicationGroup refuses it, since there is nothing that could become the primary.",
            page: CREATE,
            wrong: &[r#"{"automatic_failover_enabled": true}"#],
            right: &[r#"{"automatic_failover_enabled": true, "num_cache_clusters": 2}"#],
            find: failover,
        },
        Check {
            id: "ECA007",
            about: "Nodes are to stand in several zones without automatic failover.",
            why: "CreateReplicationGroup refuses it: a loss of the primary's zone would need a hand.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html",
            wrong: &[r#"{"multi_az_enabled": true, "num_cache_clusters": 2}"#],
            right: &[r#"{"multi_az_enabled": true, "automatic_failover_enabled": true, "num_cache_clusters": 2}"#],
            find: zones,
        },
        Check {
            id: "ECA008",
            about: "Clients are to sign in with a token over connections that are not encrypted.",
            why: "CreateReplicationGroup refuses a token without TLS, since everybody on the way could read it.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html",
            wrong: &[
                r#"{"auth_token_secret_arn": "${example.secret.arn}", "transit_encryption_enabled": false, "transit_encryption_mode": null}"#,
            ],
            right: &[r#"{"auth_token_secret_arn": "${example.secret.arn}"}"#],
            find: token,
        },
        Check {
            id: "ECA009",
            about: "Snapshots are to be kept longer than ElastiCache keeps them.",
            why: "ElastiCache refuses more than 35 days; one that is exported to S3 can be kept for longer.",
            page: BACKUPS,
            wrong: &[r#"{"snapshot_retention_limit": 36}"#, r#"{"snapshot_retention_limit": -1}"#],
            right: &[r#"{"snapshot_retention_limit": 35}"#],
            find: retention,
        },
        Check {
            id: "ECA010",
            about: "The KMS key is not named by its ARN.",
            why: "ElastiCache answers the ARN, so an alias or a bare id would look like a change that takes another cache.",
            page: CREATE,
            wrong: &[r#"{"kms_key_id": "alias/mine"}"#],
            right: &[r#"{"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"}"#],
            find: |spec| kms::key_problem("kms_key_id", spec.kms_key_id.as_deref()).into_iter().collect(),
        },
        Check {
            id: "ECA011",
            about: "The description of a cache is empty.",
            why: "CreateReplicationGroup refuses a group without one.",
            page: CREATE,
            wrong: &[r#"{"description": ""}"#],
            right: &[r#"{"description": "Sessions"}"#],
            find: |spec| database::description(&spec.description, "ElastiCache"),
        },
        Check {
            id: "ECA012",
            about: "A window of time is not written as ElastiCache reads it.",
            why: "CreateReplicationGroup refuses it; times are in UTC, on 24 hours.",
            page: CREATE,
            wrong: &[r#"{"snapshot_window": "3am-4am"}"#, r#"{"preferred_maintenance_window": "04:30-05:30"}"#],
            right: &[r#"{"snapshot_window": "23:00-00:00"}"#],
            find: |spec| windows(spec).malformed(),
        },
        Check {
            id: "ECA013",
            about: "A window of time is shorter than an hour.",
            why: "ElastiCache refuses it, since snapshots and maintenance need that long.",
            page: BACKUPS,
            wrong: &[r#"{"snapshot_window": "03:00-03:30"}"#, r#"{"preferred_maintenance_window": "sun:04:30-sun:05:00"}"#],
            right: &[r#"{"snapshot_window": "03:00-04:00"}"#],
            find: |spec| windows(spec).short(60),
        },
        Check {
            id: "ECA014",
            about: "The window for snapshots overlaps the one for maintenance.",
            why: "ElastiCache refuses it, since it does not do both at once.",
            page: BACKUPS,
            wrong: &[r#"{"snapshot_window": "04:00-05:00"}"#],
            right: &[r#"{"snapshot_window": "03:30-04:30"}"#],
            find: |spec| windows(spec).overlapping(),
        },
        Check {
            id: "ECA015",
            about: "A mode of TLS is named for a cache without TLS.",
            why: "CreateReplicationGroup refuses it.",
            page: CREATE,
            wrong: &[r#"{"transit_encryption_enabled": false}"#],
            right: &[
                r#"{"transit_encryption_enabled": false, "transit_encryption_mode": null}"#,
                r#"{"transit_encryption_mode": "preferred"}"#,
            ],
            find: needless_mode,
        },
        Check {
            id: "ECA016",
            about: "ElastiCache has no node type of this family and size.",
            why: "CreateReplicationGroup refuses it: ElastiCache has fewer families than EC2, and burstable ones end with medium.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",
            wrong: &[
                r#"{"cache_node_type": "cache.t4g.large"}"#,
                r#"{"cache_node_type": "cache.r7g.medium"}"#,
                r#"{"cache_node_type": "cache.m6i.large"}"#,
            ],
            right: &[r#"{"cache_node_type": "cache.t4g.medium"}"#],
            find: absent_type,
        },
        Check {
            id: "ECA017",
            about: "The node type does not go with the version of the engine.",
            why: "CreateReplicationGroup refuses the pair: newer families are for newer versions, and the newest ones for Valkey alone.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",
            wrong: &[
                r#"{"engine": "redis", "engine_version": "6.0", "auto_minor_version_upgrade": false, "cache_node_type": "cache.r7g.large"}"#,
                r#"{"engine": "redis", "engine_version": "7.1", "cache_node_type": "cache.m8g.large"}"#,
            ],
            right: &[
                r#"{"engine": "redis", "engine_version": "6.2", "auto_minor_version_upgrade": false, "cache_node_type": "cache.r7g.large"}"#,
                r#"{"engine": "valkey", "engine_version": "8.0", "cache_node_type": "cache.m8g.large"}"#,
            ],
            find: type_of_another,
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.security_group_ids.sort();
        if !is_symbolic(&spec.engine_version) {
            // ElastiCache answers patch versions (7.1.0) that nobody can ask for.
            let parts = if spec.auto_minor_version_upgrade { 1 } else { spec.engine.version_parts(&spec.engine_version) };
            spec.engine_version = spec.engine_version.split('.').take(parts).collect::<Vec<_>>().join(".");
        }
        let default = spec.default_parameter_group();
        spec.cache_parameter_group_name = spec.cache_parameter_group_name.take().filter(|name| *name != default);
        spec.transit_encryption_mode =
            spec.transit_encryption_enabled.then(|| spec.transit_encryption_mode.unwrap_or(TransitEncryptionMode::Required));
        for window in [&mut spec.snapshot_window, &mut spec.preferred_maintenance_window].into_iter().flatten() {
            *window = window.to_lowercase();
        }
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("cache_snapshot_gb", "GB", [0, 1, 5], "The size of one snapshot of the cache.")
            .idle("no more than one snapshot is kept, and one is free", "set `snapshot_days` of the cache to more than 1"),
        kms::REQUESTS,
    ];
}

impl Priced for ReplicationGroup {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let (engine, node) = (spec.engine.name(), spec.cache_node_type.as_str());
        let count = u32::try_from(spec.num_cache_clusters).unwrap_or_default();
        let kept = u32::try_from(spec.snapshot_retention_limit).unwrap_or_default();
        let mut charges = vec![tariffs::elasticache::nodes(engine, node, count)];
        charges.extend(tariffs::elasticache::extended_support(engine, &spec.engine_version, node, count, facts.today));
        if kept > 1 {
            charges.push(tariffs::elasticache::snapshots(facts.usage("cache_snapshot_gb"), kept));
        }
        charges.extend(kms::requests(spec.at_rest_encryption_enabled, facts));
        charges
    }
}

/// True for a version that ElastiCache has, as far as its major version says. `6.x` is the newest of Redis 6.
fn is_known(spec: &Spec) -> bool {
    let version = spec.engine_version.as_str();
    let numbers = version.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>().filter(|parts| parts.len() <= 3);
    match (spec.engine, numbers.as_deref()) {
        (Engine::Redis, None) => version == "6.x",
        // Redis ended with 7.1, and before 6 its versions have three parts.
        (Engine::Redis, Some(parts)) => {
            let [major, rest @ ..] = parts else { return false };
            match major {
                5 => matches!(rest, [] | [0] | [0, 0 | 3..=6]),
                6 => matches!(rest, [] | [0 | 2] | [0 | 2, _]),
                7 => matches!(rest, [] | [0 | 1] | [0 | 1, _]),
                _ => false,
            }
        }
        // Valkey goes on; what is newer than this table may be there.
        (Engine::Valkey, Some([7, rest @ ..])) => matches!(rest, [] | [2] | [2, _]),
        (Engine::Valkey, Some([major, ..])) => (8..=11).contains(major),
        (Engine::Valkey, None) | (_, Some([])) => false,
    }
}

fn version(spec: &Spec) -> Vec<Problem> {
    let version = &spec.engine_version;
    let problem = || {
        Problem::new("engine_version", format!("ElastiCache has no {} {version}", spec.engine.name())).help(match spec.engine {
            Engine::Redis => "it has Redis 7.1, 7.0, 6.2, 6.0 and 5.0.6; newer versions are Valkey's",
            Engine::Valkey => "it has Valkey 9.1, 9.0, 8.2, 8.1, 8.0 and 7.2",
        })
    };
    (!is_symbolic(version) && !is_known(spec)).then(problem).into_iter().collect()
}

fn minor_version(spec: &Spec) -> Vec<Problem> {
    let version = &spec.engine_version;
    let (parts, example) = if version.starts_with('5') { (3, "5.0.6") } else { (2, "7.1") };
    let vague = version.split('.').count() < parts || version.ends_with('x');
    let problem = || {
        Problem::new("engine_version", format!("`{version}` does not say which minor version"))
            .help(format!("as {example}, or set auto_minor_version_upgrade = true"))
    };
    (is_known(spec) && !spec.auto_minor_version_upgrade && vague).then(problem).into_iter().collect()
}

fn needless_mode(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("transit_encryption_mode", "a cache without TLS has no mode of it").help("leave it out");
    (!spec.transit_encryption_enabled && spec.transit_encryption_mode.is_some()).then(problem).into_iter().collect()
}

fn absent_type(spec: &Spec) -> Vec<Problem> {
    let node = &spec.cache_node_type;
    let instead = classes::instead_of(classes::Of::Elasticache, node).filter(|_| !is_symbolic(node));
    let problem = |instead| Problem::new("cache_node_type", format!("ElastiCache has no `{node}`")).help(instead);
    instead.map(problem).into_iter().collect()
}

fn type_of_another(spec: &Spec) -> Vec<Problem> {
    let (node, engine, version) = (&spec.cache_node_type, spec.engine.name(), &spec.engine_version);
    let known = !is_symbolic(node) && !is_symbolic(version);
    let misfit = known.then(|| classes::misfit(classes::Of::Elasticache, engine, version, node)).flatten();
    let problem = |misfit: Misfit| {
        let problem = Problem::new("cache_node_type", format!("`{node}` does not go with {engine} {version}")).or("engine_version");
        problem.help(misfit.help("such as cache.t4g.micro or cache.r7g.large"))
    };
    misfit.map(problem).into_iter().collect()
}

fn node_type(spec: &Spec) -> Vec<Problem> {
    let node = &spec.cache_node_type;
    let problem = || Problem::new("cache_node_type", format!("`{node}` is not a node type")).help("such as cache.t4g.micro");
    (!is_symbolic(node) && !node.starts_with("cache.")).then(problem).into_iter().collect()
}

fn nodes(spec: &Spec) -> Vec<Problem> {
    let count = spec.num_cache_clusters;
    let problem = || Problem::new("num_cache_clusters", format!("a group has 1 to 6 nodes, not {count}"));
    (!(1..=6).contains(&count)).then(problem).into_iter().collect()
}

fn failover(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("automatic_failover_enabled", "automatic failover needs a replica").help("set num_cache_clusters to 2 or more");
    (spec.automatic_failover_enabled && spec.num_cache_clusters < 2).then(problem).into_iter().collect()
}

fn zones(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("multi_az_enabled", "several zones need automatic failover").help("automatic_failover_enabled = true");
    (spec.multi_az_enabled && !spec.automatic_failover_enabled).then(problem).into_iter().collect()
}

fn token(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("auth_token_secret_arn", "AUTH needs encryption in transit").help("transit_encryption_enabled = true");
    (spec.auth_token_secret_arn.is_some() && !spec.transit_encryption_enabled).then(problem).into_iter().collect()
}

fn retention(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("snapshot_retention_limit", "snapshots are kept 0 to 35 days").help("write 35 at most; 0 takes none");
    (!(0..=35).contains(&spec.snapshot_retention_limit)).then(problem).into_iter().collect()
}

fn windows(spec: &Spec) -> Windows<'_> {
    Windows {
        backup: ("snapshot_window", spec.snapshot_window.as_deref()),
        maintenance: ("preferred_maintenance_window", spec.preferred_maintenance_window.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_far_as_they_are_ours() {
        let normal = |version: &str, auto: bool| {
            let mut spec = Spec { engine_version: version.into(), auto_minor_version_upgrade: auto, ..ReplicationGroup::example() };
            ReplicationGroup::normalise(&mut spec);
            spec.engine_version
        };
        for (written, auto, want) in [
            ("7.1.0", true, "7"),
            ("7.1.0", false, "7.1"),
            ("7.1", false, "7.1"),
            ("6.x", true, "6"),
            ("5.0.6", false, "5.0.6"),
            ("5.0.6", true, "5"),
        ] {
            assert_eq!(normal(written, auto), want, "{written}");
        }
    }
}
