//! `[cache.NAME]`: Redis or Valkey on ElastiCache, encrypted, reached only by the services that mention it.

mod nodes;

use super::network::Network;
use super::secrets::Secrets;
use crate::core::codes::{NO_SUCH_MODULE, OUT_OF_RANGE};
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::kinds::elasticache::replication_group::Engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A cache.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// The engine; Valkey takes the same commands as Redis and costs a fifth less.
    pub engine: Engine,
    /// The engine's version, such as `7.1`. Left out, a current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The node type.
    pub class: String,
    /// The number of nodes: one takes writes, the others take reads and take over when it fails.
    pub nodes: u32,
    /// The port.
    pub port: u16,
    /// Encrypts data in transit: clients use TLS, `rediss://`.
    pub tls: bool,
    /// The name of a `[secrets.NAME]` that clients sign in with; needs `tls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Parameters of the engine that differ from AWS's defaults.
    pub parameters: BTreeMap<String, String>,
    /// Days that snapshots are kept; 0 makes none.
    pub snapshot_days: u32,
    /// The daily window of snapshots, in UTC: `03:00-04:00`.
    pub snapshot_window: String,
    /// The weekly window in which AWS may restart it for maintenance, in UTC: `sun:04:30-sun:05:30`.
    pub maintenance_window: String,
    /// Lets AWS move it to newer minor versions; left out, it does if `version` names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_minor_upgrades: Option<bool>,
    /// The KMS key; left out, AWS's own for ElastiCache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// IPv4 ranges that may connect besides the services that mention it.
    pub allow: Vec<String>,
    /// Makes Trueup refuse to delete or replace it, which loses what it holds.
    pub protect: bool,
    /// Leaves it in AWS, no longer managed, when it goes from the file.
    pub retain: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

/// The most nodes of a cache: one that takes writes, and five that follow it.
const MOST_NODES: u32 = 6;

impl Default for Cache {
    fn default() -> Self {
        Cache {
            engine: Engine::Redis,
            version: None,
            class: "cache.t4g.micro".into(),
            nodes: 1,
            port: 6379,
            tls: true,
            password: None,
            parameters: BTreeMap::new(),
            snapshot_days: 0,
            snapshot_window: "03:00-04:00".into(),
            maintenance_window: "sun:04:30-sun:05:30".into(),
            auto_minor_upgrades: None,
            kms_key: None,
            allow: Vec::new(),
            protect: true,
            retain: false,
            tags: BTreeMap::new(),
        }
    }
}

impl Module for Cache {
    const SECTION: &'static str = "cache";
    const NAMED: bool = true;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[
        ("host", "the host name for reading and writing"),
        ("reader", "the host name of all nodes, for reading"),
        ("port", "its port"),
        ("url", "`rediss://host:port`, or `redis://` without TLS"),
        ("id", "the replication group"),
        ("security_group", "the id of its security group"),
    ];
    const HEADLINES: &'static [&'static str] = &["url"];

    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("engine_version", "version"),
        ("cache_node_type", "class"),
        ("num_cache_clusters", "nodes"),
        ("snapshot_retention_limit", "snapshot_days"),
        ("preferred_maintenance_window", "maintenance_window"),
        ("auto_minor_version_upgrade", "auto_minor_upgrades"),
        ("auth_token_secret_arn", "password"),
        ("transit_encryption_enabled", "tls"),
        ("kms_key_id", "kms_key"),
        ("family", "version"),
    ];

    fn output(&self, site: &Site<'_>, output: &str) -> Option<String> {
        let host = || site.out("replication-group", "host");
        match output {
            "host" => Some(host()),
            "reader" => Some(site.out("replication-group", "reader_host")),
            "port" => Some(self.port.to_string()),
            "url" => Some(format!("{}://{}:{}", if self.tls { "rediss" } else { "redis" }, host(), self.port)),
            "id" => Some(site.out("replication-group", "id")),
            "security_group" => Some(site.out("security-group", "id")),
            _ => None,
        }
    }

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if site.get::<Network>("").is_none() {
            found.push(super::needs_network(site));
        }
        if !(1..=MOST_NODES).contains(&self.nodes) {
            let one = site.wrong(&OUT_OF_RANGE, "nodes", format!("a cache has 1 to {MOST_NODES} nodes, not {}", self.nodes));
            found.push(one.help("one writes, up to five more read"));
        }
        if let Some(secret) = &self.password
            && site.get::<Secrets>(secret).is_none()
            && !site.is_absent("secrets", secret)
        {
            let one = site.wrong(&NO_SUCH_MODULE, "password", format!("there is no `[secrets.{secret}]`"));
            found.push(one.help(format!("add `[secrets.{secret}]` with generate = true")));
        }
        found.extend(super::check_ranges(site, &self.allow));
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        self.expand_nodes(nodes);
    }
}

impl Cache {
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or(match self.engine {
            Engine::Redis => "7",
            Engine::Valkey => "8",
        })
    }
    /// Returns the numbers of its nodes; no more than a cache can have.
    pub fn numbers(&self) -> RangeInclusive<u32> {
        1..=self.nodes.min(MOST_NODES)
    }
    fn auto_minor(&self) -> bool {
        self.auto_minor_upgrades.unwrap_or_else(|| !self.version().contains('.') || self.version().ends_with(".x"))
    }
    /// Returns the family of parameter groups: `redis7`, `valkey8`.
    pub fn family(&self) -> String {
        self.engine.family(self.version())
    }
}
