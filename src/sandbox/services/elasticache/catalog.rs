//! The engines, versions and node types on offer. Assumed: the versions that ElastiCache offered in 2025.

use super::{bad_combination, bad_value};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub struct Version {
    pub engine: &'static str,
    /// The version that is asked for.
    pub name: &'static str,
    /// The version that a node then runs.
    pub full: &'static str,
    pub family: &'static str,
}

const fn version(engine: &'static str, name: &'static str, full: &'static str, family: &'static str) -> Version {
    Version { engine, name, full, family }
}

/// The versions, from oldest to newest.
pub static VERSIONS: &[Version] = &[
    version("redis", "5.0.6", "5.0.6", "redis5.0"),
    version("redis", "6.0", "6.0.5", "redis6.x"),
    version("redis", "6.2", "6.2.6", "redis6.x"),
    version("redis", "7.0", "7.0.7", "redis7"),
    version("redis", "7.1", "7.1.0", "redis7"),
    version("valkey", "7.2", "7.2.6", "valkey7"),
    version("valkey", "8.0", "8.0.1", "valkey8"),
    version("valkey", "8.1", "8.1.0", "valkey8"),
];

const SIZES: &[(&str, &[&str])] = &[
    ("t2", &["micro", "small", "medium"]),
    ("t3", &["micro", "small", "medium"]),
    ("t4g", &["micro", "small", "medium"]),
    ("m4", &["large", "xlarge", "2xlarge", "4xlarge", "10xlarge"]),
    ("m5", &["large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge"]),
    ("m6g", &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
    ("m7g", &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
    ("r4", &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"]),
    ("r5", &["large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge"]),
    ("r6g", &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
    ("r6gd", &["xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
    ("r7g", &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
    ("c7gn", &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
];

/// The version for what was asked; none asked gives the engine's newest.
pub fn find(engine: &str, asked: &str) -> Result<&'static Version, Fault> {
    if !["redis", "valkey"].contains(&engine) {
        return Err(bad_value(format!("The engine {engine} is not valid for a replication group: use redis or valkey.")));
    }
    let own = || VERSIONS.iter().filter(|version| version.engine == engine);
    let asked = if asked == "6.x" { "6.2" } else { asked };
    let found = if asked.is_empty() { own().next_back() } else { own().find(|version| version.name == asked) };
    found.ok_or_else(|| match own().any(|version| version.full == asked) {
        true => bad_combination("Specific version selection is not allowed for '6.x' and later; use a version like 6.2, 7.0 or 7.1."),
        false => bad_combination(format!("Cannot find version {asked} for {engine}")),
    })
}

pub fn check_node_type(node_type: &str) -> Result<(), Fault> {
    let known = |(family, sizes): &(&str, &[&str])| sizes.iter().any(|size| node_type == format!("cache.{family}.{size}"));
    match SIZES.iter().any(known) {
        true => Ok(()),
        false => Err(bad_value(format!("Invalid Cache Node Type: {node_type}"))),
    }
}

pub fn engine_versions(call: &mut Call<'_>) -> Result<Value, Fault> {
    let is = |member: &str, own: &str| call.text(member).is_empty() || call.text(member) == own;
    let newest =
        |version: &Version| VERSIONS.iter().rfind(|other| other.engine == version.engine).is_some_and(|last| last.name == version.name);
    let only_default = call.input["DefaultOnly"] == true;
    let versions: Vec<Value> = VERSIONS
        .iter()
        .filter(|own| is("Engine", own.engine) && is("EngineVersion", own.name) && is("CacheParameterGroupFamily", own.family))
        .filter(|own| !only_default || newest(own))
        .map(|own| {
            let title = if own.engine == "redis" { "Redis" } else { "Valkey" };
            json!({
                "Engine": own.engine, "EngineVersion": own.name, "CacheParameterGroupFamily": own.family, "CacheEngineDescription": title,
                "CacheEngineVersionDescription": format!("{} version {}", own.engine, own.full),
            })
        })
        .collect();
    Ok(json!({"CacheEngineVersions": versions}))
}
