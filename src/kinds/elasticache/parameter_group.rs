//! `elasticache.parameter_group`: engine settings of caches.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::database;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct CacheParameterGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The group's name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The engine and its major version, as AWS writes it: `redis7`, `valkey8`.
    pub family: String,
    /// The description of the parameter group.
    #[serde(default = "description")]
    pub description: String,
    /// Every setting that differs from the family's default, such as `maxmemory-policy`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Engine settings of caches".into()
}

// Pages of AWS that several checks rest on.
const CREATE: &str = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html";

impl Kind for CacheParameterGroup {
    type Spec = Spec;
    const NAME: &'static str = "elasticache.parameter_group";
    const ABOUT: About = About {
        doc: "Engine settings of caches.",
        outputs: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "elasticache:parametergroup:",
        held: true,
        console: "https://{region}.console.aws.amazon.com/elasticache/home?region={region}#/parameter-groups/{name}",
        free: "settings are free",
        ..About::NEW
    };
    // ModifyCacheParameterGroup takes parameters alone.
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheParameterGroup.html
    const FIELDS: &'static [Field] =
        &[replace("name").unmanaged(), replace("family"), replace("description"), update("parameters"), update("tags")];

    fn example() -> Spec {
        Spec {
            name: None,
            family: "redis7".into(),
            description: description(),
            parameters: BTreeMap::from([("maxmemory-policy".into(), "allkeys-lru".into())]),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECA061",
            about: "The name of a parameter group has another form than AWS takes.",
            why: "CreateCacheParameterGroup refuses it.",
            page: CREATE,
            wrong: &[r#"{"name": "Upper"}"#, r#"{"name": "ends-"}"#],
            right: &[r#"{"name": "settings-7"}"#],
            find: |spec| database::name(spec.name.as_deref(), 255),
        },
        Check {
            id: "ECA062",
            about: "ElastiCache has no such family of parameter groups.",
            why: "CreateCacheParameterGroup refuses it, and a group cannot change its family.",
            page: CREATE,
            wrong: &[r#"{"family": "redis99"}"#],
            right: &[r#"{"family": "valkey8"}"#],
            find: family,
        },
        Check {
            id: "ECA063",
            about: "The description of a parameter group is empty.",
            why: "CreateCacheParameterGroup refuses a group without one.",
            page: CREATE,
            wrong: &[r#"{"description": ""}"#],
            right: &[r#"{"description": "Settings"}"#],
            find: |spec| database::description(&spec.description, "ElastiCache"),
        },
        Check {
            id: "ECA064",
            about: "A parameter has a value that is none of those it can have.",
            why: "ModifyCacheParameterGroup refuses the whole call for one value that is not allowed.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html",
            wrong: &[r#"{"parameters": {"maxmemory-policy": "oldest"}}"#, r#"{"parameters": {"appendonly": "true"}}"#],
            right: &[r#"{"parameters": {"maxmemory-policy": "noeviction"}}"#],
            find: parameters,
        },
        Check {
            id: "ECA065",
            about: "A parameter is none that caches have, or none that can be set.",
            why: "ModifyCacheParameterGroup refuses the whole call for one name that the family does not have, or that the node type decides over.",
            page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html",
            wrong: &[
                r#"{"parameters": {"maxmemory_policy": "noeviction"}}"#,
                r#"{"parameters": {"timout": "60"}}"#,
                r#"{"parameters": {"maxmemory": "100mb"}}"#,
            ],
            right: &[r#"{"parameters": {"timeout": "60"}}"#],
            find: unknown_parameters,
        },
    ];
}

impl Priced for CacheParameterGroup {}

fn family(spec: &Spec) -> Vec<Problem> {
    let family = &spec.family;
    let problem = || {
        Problem::new("family", format!("ElastiCache has no parameter group family `{family}`"))
            .help(format!("one of {}", FAMILIES.join(", ")))
    };
    (!is_symbolic(family) && !FAMILIES.contains(&family.as_str())).then(problem).into_iter().collect()
}

fn parameters(spec: &Spec) -> Vec<Problem> {
    if !spec.family.starts_with("redis") && !spec.family.starts_with("valkey") {
        return Vec::new();
    }
    let switches = SWITCHES.iter().map(|name| (*name, ["yes", "no"].as_slice()));
    let closed = switches.chain([("maxmemory-policy", POLICIES)]);
    let given = closed.filter_map(|(name, allowed)| Some((name, allowed, spec.parameters.get(name)?)));
    let wrong = given.filter(|(_, allowed, value)| !is_symbolic(value) && !allowed.contains(&value.as_str()));
    let problem = |(name, allowed, value): (&str, &[&str], &String)| {
        Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be `{value}`")).help(format!("one of {}", allowed.join(", ")))
    };
    wrong.map(problem).collect()
}

fn unknown_parameters(spec: &Spec) -> Vec<Problem> {
    if !spec.family.starts_with("redis") && !spec.family.starts_with("valkey") {
        return Vec::new();
    }
    let fixed = spec.parameters.keys().filter(|name| FIXED.contains(&name.as_str()));
    let fixed = fixed.map(|name| {
        let problem = Problem::new(format!("parameters.{name}"), format!("`{name}` cannot be set: the node type decides over it"));
        problem.help("take another class, or keep memory free with `reserved-memory-percent`")
    });
    let all = || NAMES.iter().chain(SWITCHES).copied();
    let strange = spec.parameters.keys().filter(|name| all().all(|known| known != *name));
    // A name that is near to none may be newer than this list.
    let wrong = strange.filter_map(|name| {
        let plain = name.to_ascii_lowercase().replace('_', "-");
        let slips = |known: &&str| strsim::damerau_levenshtein(known, &plain);
        let near = all().filter(|known| slips(known) <= if plain.len() < 8 { 1 } else { 2 }).min_by_key(slips)?;
        let problem = Problem::new(format!("parameters.{name}"), format!("{} has no parameter `{name}`", spec.family));
        Some(problem.help(format!("it has `{near}`")))
    });
    fixed.chain(wrong).collect()
}

/// Parameters that every family has and that nobody can set.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html>
const FIXED: &[&str] =
    &["maxclients", "maxmemory", "client-output-buffer-limit-replica-hard-limit", "client-output-buffer-limit-slave-hard-limit"];

/// Parameters of Redis and Valkey that are on or off, and the others, of all families from 5 on, as of 2026-11-29.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html>
const SWITCHES: &[&str] = &[
    "activedefrag",
    "activerehashing",
    "appendonly",
    "close-on-replica-write",
    "close-on-slave-write",
    "cluster-allow-pubsubshard-when-down",
    "cluster-allow-reads-when-down",
    "cluster-enabled",
    "cluster-require-full-coverage",
    "latency-tracking",
    "lazyfree-lazy-eviction",
    "lazyfree-lazy-expire",
    "lazyfree-lazy-server-del",
    "lazyfree-lazy-user-del",
    "lua-replicate-commands",
    "replica-allow-chaining",
    "replica-lazy-flush",
    "slave-allow-chaining",
];
const NAMES: &[&str] = &[
    "acl-pubsub-default",
    "acllog-max-len",
    "active-defrag-cycle-max",
    "active-defrag-cycle-min",
    "active-defrag-ignore-bytes",
    "active-defrag-max-scan-fields",
    "active-defrag-threshold-lower",
    "active-defrag-threshold-upper",
    "active-expire-effort",
    "appendfsync",
    "client-output-buffer-limit-normal-hard-limit",
    "client-output-buffer-limit-normal-soft-limit",
    "client-output-buffer-limit-normal-soft-seconds",
    "client-output-buffer-limit-pubsub-hard-limit",
    "client-output-buffer-limit-pubsub-soft-limit",
    "client-output-buffer-limit-pubsub-soft-seconds",
    "client-output-buffer-limit-replica-soft-seconds",
    "client-output-buffer-limit-slave-soft-seconds",
    "client-query-buffer-limit",
    "commandlog-execution-slower-than",
    "commandlog-large-reply-max-len",
    "commandlog-large-request-max-len",
    "commandlog-reply-larger-than",
    "commandlog-request-larger-than",
    "commandlog-slow-execution-max-len",
    "databases",
    "extended-redis-compatibility",
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "hash-max-ziplist-entries",
    "hash-max-ziplist-value",
    "hll-sparse-max-bytes",
    "lfu-decay-time",
    "lfu-log-factor",
    "list-compress-depth",
    "list-max-listpack-size",
    "list-max-ziplist-entries",
    "list-max-ziplist-size",
    "list-max-ziplist-value",
    "lua-time-limit",
    "maxclients",
    "maxmemory",
    "maxmemory-clients",
    "maxmemory-policy",
    "maxmemory-samples",
    "min-replicas-max-lag",
    "min-replicas-to-write",
    "min-slaves-max-lag",
    "min-slaves-to-write",
    "notify-keyspace-events",
    "proto-max-bulk-len",
    "rename-commands",
    "repl-backlog-size",
    "repl-backlog-ttl",
    "repl-timeout",
    "replica-ignore-disk-write-errors",
    "replica-ignore-maxmemory",
    "reserved-memory",
    "reserved-memory-percent",
    "search-fanout-target-mode",
    "search-query-timeout-ms",
    "set-max-intset-entries",
    "set-max-listpack-entries",
    "set-max-listpack-value",
    "slowlog-log-slower-than",
    "slowlog-max-len",
    "stream-node-max-bytes",
    "stream-node-max-entries",
    "tcp-keepalive",
    "timeout",
    "tracking-table-max-keys",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
    "zset-max-ziplist-entries",
    "zset-max-ziplist-value",
];

const FAMILIES: &[&str] =
    &["memcached1.4", "memcached1.5", "memcached1.6", "redis4.0", "redis5.0", "redis6.x", "redis7", "valkey7", "valkey8", "valkey9"];
const POLICIES: &[&str] =
    &["volatile-lru", "allkeys-lru", "volatile-lfu", "allkeys-lfu", "volatile-random", "allkeys-random", "volatile-ttl", "noeviction"];
