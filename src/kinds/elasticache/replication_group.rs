//! `elasticache.replication_group`: a Redis or Valkey cache of one shard, with or without replicas.

use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::{elasticache, kms, rds};
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
    /// What it is for.
    #[serde(default = "description")]
    pub description: String,
    #[serde(default)]
    pub engine: Engine,
    /// The major version (`7`), or with `auto_minor_version_upgrade = false` major and minor (`7.1`).
    pub engine_version: String,
    /// Let ElastiCache move to newer minor versions; only the major version counts then, and a new cache gets its newest minor.
    #[serde(default = "yes")]
    pub auto_minor_version_upgrade: bool,
    /// Such as `cache.t4g.micro`.
    pub cache_node_type: String,
    /// The primary and its replicas together.
    #[serde(default = "one")]
    pub num_cache_clusters: i32,
    /// Make a replica the primary when that fails; needs two nodes.
    #[serde(default)]
    pub automatic_failover_enabled: bool,
    /// Keep the nodes in different zones; needs automatic failover.
    #[serde(default)]
    pub multi_az_enabled: bool,
    #[serde(default = "redis_port")]
    pub port: u16,
    pub cache_subnet_group_name: String,
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Left out, the default group of the engine version.
    #[serde(default)]
    pub cache_parameter_group_name: Option<String>,
    #[serde(default = "yes")]
    pub at_rest_encryption_enabled: bool,
    /// The KMS key that encrypts what is stored; left out, AWS's own.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Clients have to speak TLS.
    #[serde(default = "yes")]
    pub transit_encryption_enabled: bool,
    /// The secret whose value clients sign in with (AUTH). The value itself is read when it is sent, and kept nowhere.
    #[serde(default)]
    pub auth_token_secret_arn: Option<String>,
    /// Days that automatic snapshots are kept; 0 turns them off.
    #[serde(default = "one")]
    pub snapshot_retention_limit: i32,
    /// UTC, `03:00-04:00`; left out, AWS chooses.
    #[serde(default)]
    pub snapshot_window: Option<String>,
    /// UTC, `sun:04:30-sun:05:30`; left out, AWS chooses.
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

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Redis => "redis",
            Engine::Valkey => "valkey",
        }
    }
}

fn description() -> String {
    "Cache".into()
}
fn yes() -> bool {
    true
}
fn one() -> i32 {
    1
}
pub(super) fn redis_port() -> u16 {
    6379
}

impl Kind for ReplicationGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.replication_group";
    const ABOUT: About = About {
        doc: "A Redis or Valkey cache.",
        outputs: &["id", "name", "arn", "host", "reader_host", "port", "endpoint"],
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
        replace("engine"),
        update("engine_version").version().downtime("connections break for seconds"),
        update("auto_minor_version_upgrade"),
        update("cache_node_type").downtime("connections break for seconds"),
        update("num_cache_clusters"),
        update("automatic_failover_enabled"),
        update("multi_az_enabled"),
        replace("port"),
        replace("cache_subnet_group_name"),
        update("security_group_ids").set(),
        update("cache_parameter_group_name").unmanaged(),
        replace("at_rest_encryption_enabled"),
        replace("kms_key_id").unmanaged(),
        replace("transit_encryption_enabled"),
        update("auth_token_secret_arn").downtime("clients have to sign in with the new token"),
        update("snapshot_retention_limit"),
        update("snapshot_window").unmanaged(),
        update("preferred_maintenance_window").unmanaged(),
        update("tags"),
    ];

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
            auth_token_secret_arn: None,
            snapshot_retention_limit: 1,
            snapshot_window: Some("03:00-04:00".into()),
            preferred_maintenance_window: Some("sun:04:30-sun:05:30".into()),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        spec.security_group_ids.sort();
        if !is_symbolic(&spec.engine_version) {
            // ElastiCache answers patch versions (7.1.0) that nobody can ask for.
            let parts = if spec.auto_minor_version_upgrade { 1 } else { 2 };
            spec.engine_version = spec.engine_version.split('.').take(parts).collect::<Vec<_>>().join(".");
        }
        for window in [&mut spec.snapshot_window, &mut spec.preferred_maintenance_window].into_iter().flatten() {
            *window = window.to_lowercase();
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::from_iter(elasticache::name_problem(spec.name.as_deref(), 40));
        let version = &spec.engine_version;
        if !is_symbolic(version) {
            let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
            let known = match spec.engine {
                Engine::Redis => (5..=7).contains(&major.unwrap_or(0)),
                Engine::Valkey => major.unwrap_or(0) >= 7,
            };
            if !known {
                problems.push(
                    Problem::new("engine_version", format!("ElastiCache has no {} {version}", spec.engine.name()))
                        .help("Redis 5 to 7, Valkey 7 and newer"),
                );
            } else if !spec.auto_minor_version_upgrade && !version.contains('.') {
                problems.push(
                    Problem::new("engine_version", format!("`{version}` does not say which minor version"))
                        .help("as 7.1, or set auto_minor_version_upgrade = true"),
                );
            }
        }
        if !is_symbolic(&spec.cache_node_type) && !spec.cache_node_type.starts_with("cache.") {
            problems.push(
                Problem::new("cache_node_type", format!("`{}` is not a node type", spec.cache_node_type)).help("such as cache.t4g.micro"),
            );
        }
        if !(1..=6).contains(&spec.num_cache_clusters) {
            problems.push(Problem::new("num_cache_clusters", format!("a group has 1 to 6 nodes, not {}", spec.num_cache_clusters)));
        }
        if spec.automatic_failover_enabled && spec.num_cache_clusters < 2 {
            problems.push(
                Problem::new("automatic_failover_enabled", "automatic failover needs a replica")
                    .help("set num_cache_clusters to 2 or more"),
            );
        }
        if spec.multi_az_enabled && !spec.automatic_failover_enabled {
            problems
                .push(Problem::new("multi_az_enabled", "several zones need automatic failover").help("automatic_failover_enabled = true"));
        }
        if spec.auth_token_secret_arn.is_some() && !spec.transit_encryption_enabled {
            problems
                .push(Problem::new("auth_token_secret_arn", "AUTH needs encryption in transit").help("transit_encryption_enabled = true"));
        }
        if !(0..=35).contains(&spec.snapshot_retention_limit) {
            problems.push(Problem::new("snapshot_retention_limit", "snapshots are kept 0 to 35 days"));
        }
        problems.extend(kms::key_problem("kms_key_id", spec.kms_key_id.as_deref()));
        if spec.description.is_empty() {
            problems.push(Problem::new("description", "the description is empty").help("ElastiCache wants one"));
        }
        problems.extend(rds::window_problems(
            60,
            ("snapshot_window", spec.snapshot_window.as_deref()),
            ("preferred_maintenance_window", spec.preferred_maintenance_window.as_deref()),
        ));
        problems
    }

    const USAGE: &'static [Measure] = &[Measure::new("cache_snapshot_gb", "GB", [0, 1, 5], "The size of one snapshot of the cache.")];
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
        charges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_elasticache_would_refuse_is_said() {
        holds::<ReplicationGroup>(&[
            (json!({"engine_version": "7.1"}), ""),
            (json!({"engine_version": "8"}), "no redis 8"),
            (json!({"engine": "valkey", "engine_version": "8"}), ""),
            (json!({"auto_minor_version_upgrade": false}), "which minor version"),
            (json!({"automatic_failover_enabled": true}), "needs a replica"),
            (json!({"multi_az_enabled": true}), "need automatic failover"),
            (json!({"auth_token_secret_arn": "${example.secret.arn}", "transit_encryption_enabled": false}), "encryption in transit"),
            (json!({"name": "a-name-that-is-longer-than-forty-characters"}), "cannot be the name"),
            (json!({"snapshot_window": "03:00-03:30"}), "shorter than 60"),
            (json!({"num_cache_clusters": 7}), "1 to 6"),
        ]);
    }

    #[test]
    fn versions_compare_as_far_as_they_are_ours() {
        let normal = |version: &str, auto: bool| {
            let mut spec = Spec { engine_version: version.into(), auto_minor_version_upgrade: auto, ..ReplicationGroup::example() };
            ReplicationGroup::normalise(&mut spec);
            spec.engine_version
        };
        assert_eq!((normal("7.1.0", true), normal("7.1.0", false), normal("7.1", false)), ("7".into(), "7.1".into(), "7.1".into()));
    }
}
