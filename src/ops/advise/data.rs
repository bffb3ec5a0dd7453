//! Databases, caches and search domains: their classes, disks, engines, versions and snapshots.

use super::{Candidate, Sight, sight};
use crate::core::graph::Node;
use crate::kinds::elasticache::replication_group::{self, ReplicationGroup};
use crate::kinds::opensearch::domain::{OpensearchDomain, VolumeType};
use crate::kinds::rds::instance::{DbInstance, Engine, Spec, StorageType};
use crate::pricing::tariffs::rds;

/// Families that have been followed by others with as many processors and as much memory in each size. The newer ones have
/// AWS's own processors, which no client of a database notices.
const FOLLOWED: &[(&str, &[&str])] = &[
    ("t2", &["t3", "t4g"]),
    ("t3", &["t4g"]),
    ("m4", &["m6g", "m7g"]),
    ("m5", &["m6g", "m7g"]),
    ("m6i", &["m6g", "m7g"]),
    ("m7i", &["m6g", "m7g"]),
    ("r4", &["r6g", "r7g"]),
    ("r5", &["r6g", "r7g"]),
    ("r6i", &["r6g", "r7g"]),
    ("r7i", &["r6g", "r7g"]),
    ("c5", &["c6g", "c7g"]),
    ("c7i", &["c6g", "c7g"]),
];

/// Returns the classes that follow one, which has its family in this place between dots.
fn newer(class: &str, at: usize) -> Vec<String> {
    let parts = class.split('.').collect::<Vec<_>>();
    let followers = FOLLOWED.iter().find(|(family, _)| parts.get(at) == Some(family)).map(|(_, followers)| *followers);
    let class = |family: &&str| {
        parts.iter().enumerate().map(|(place, part)| if place == at { family } else { part }).copied().collect::<Vec<_>>().join(".")
    };
    followers.unwrap_or_default().iter().map(class).collect()
}

fn classes(sight: &Sight<'_>, node: &Node, field: &str, class: &str, at: usize) -> Vec<Candidate> {
    let otherwise = "nothing, it has as many processors and as much memory, of a newer make";
    let candidate = |new: String| {
        let edit = sight.set(node, field, &new);
        Candidate::new("newer-class", sight.place(node), format!("on {new} instead of {class}"), vec![edit], otherwise)
    };
    newer(class, at).into_iter().map(candidate).collect()
}

pub fn database_class(sight: &Sight<'_>) -> Vec<Candidate> {
    // The engines' first versions on AWS's own processors: PostgreSQL 12 and 13 by family, MySQL 8.0, MariaDB 10.4.
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html
    let new_enough = |spec: &Spec| {
        spec.engine_version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| {
            major
                >= match spec.engine {
                    Engine::Postgres => 13,
                    Engine::Mysql => 8,
                    Engine::Mariadb => 10,
                }
        })
    };
    let databases = sight.nodes::<DbInstance>().into_iter().filter(|(_, spec)| new_enough(spec));
    databases.flat_map(|(node, spec)| classes(sight, node, "instance_class", &spec.instance_class, 1)).collect()
}

pub fn cache_class(sight: &Sight<'_>) -> Vec<Candidate> {
    // Nodes of these two have somewhat more memory than those that follow them, and a cache may need all it has.
    // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
    let larger = |spec: &replication_group::Spec| ["cache.t2.", "cache.m4."].iter().any(|family| spec.cache_node_type.starts_with(family));
    let caches = sight.nodes::<ReplicationGroup>().into_iter().filter(|(_, spec)| !larger(spec));
    caches.flat_map(|(node, spec)| classes(sight, node, "cache_node_type", &spec.cache_node_type, 1)).collect()
}

pub fn search_class(sight: &Sight<'_>) -> Vec<Candidate> {
    let domains = sight.nodes::<OpensearchDomain>().into_iter().filter(|(_, spec)| spec.engine_version.starts_with("OpenSearch_"));
    domains.flat_map(|(node, spec)| classes(sight, node, "instance_type", &spec.instance_type, 0)).collect()
}

/// The operations a second that gp3 comes with, over several volumes, and the most that it can have.
const GP3_IOPS: (i32, i32) = (12_000, 64_000);

/// Below 400 GiB gp3 takes no number of operations, and an edit cannot take away what the file says.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>
pub fn database_gp3(sight: &Sight<'_>) -> Vec<Candidate> {
    let databases = sight.nodes::<DbInstance>().into_iter();
    let provisioned = |spec: &Spec| matches!(spec.storage_type, StorageType::Io1 | StorageType::Io2) && spec.allocated_storage >= 400;
    let candidate = |(node, spec): (&Node, Spec)| {
        let iops = spec.iops.filter(|iops| *iops <= GP3_IOPS.1)?.max(GP3_IOPS.0);
        let edits = vec![sight.set(node, "storage_type", "gp3"), sight.set(node, "iops", &iops.to_string())];
        let otherwise = "as many operations a second, but the time that one takes varies more";
        Some(Candidate::new("gp3", sight.place(node), "on gp3 storage", edits, otherwise))
    };
    databases.filter(|(_, spec)| provisioned(spec)).filter_map(candidate).collect()
}

/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html>
pub fn search_gp3(sight: &Sight<'_>) -> Vec<Candidate> {
    let domains = sight.nodes::<OpensearchDomain>().into_iter().filter(|(_, spec)| spec.volume_type == VolumeType::Gp2);
    let otherwise = "nothing, as gp3 is as large and no slower";
    let candidate =
        |node| Candidate::new("gp3", sight.place(node), "on gp3 storage", vec![sight.set(node, "volume_type", "gp3")], otherwise);
    domains.map(|(node, _)| candidate(node)).collect()
}

/// Valkey takes the place of Redis in a cache that runs:
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html>
pub fn valkey(sight: &Sight<'_>) -> Vec<Candidate> {
    let caches = sight.nodes::<ReplicationGroup>().into_iter();
    let redis =
        caches.filter(|(node, spec)| spec.engine == replication_group::Engine::Redis && !is_tied(node, "cache_parameter_group_name"));
    let candidate = |(node, spec): (&Node, replication_group::Spec)| {
        let says_minor = spec.engine_version.contains('.') && !spec.engine_version.ends_with('x');
        let mut edits = vec![sight.set(node, "engine", "valkey")];
        let is_left_out = sight.stack.parts.named(&sight.place(node)).is_some_and(|part| part.value.get("version").is_none());
        if !is_left_out {
            edits.push(sight.set(node, "engine_version", if says_minor { "\"8.0\"" } else { "\"8\"" }));
        }
        Candidate::new("valkey", sight.place(node), "on Valkey", edits, "nothing, as it takes the same commands")
    };
    redis.map(candidate).collect()
}

/// True for a resource of the file's own with a parameter group, which is for its engine and version alone.
fn is_tied(node: &Node, field: &str) -> bool {
    sight::is_own(node) && !node.written()[field].is_null()
}

const UNTESTED: &str = "its clients have to be tested with that version first, and there is no way back";

/// Leaves versions for which AWS bills Extended Support, for one without it on that day. From MySQL 5.7 AWS upgrades to 8.0 alone.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html>
pub fn supported_version(sight: &Sight<'_>) -> Vec<Candidate> {
    let next = |spec: &Spec| {
        let version = &spec.engine_version;
        let major = spec.engine.major(version);
        let versions: &[&str] = match (spec.engine, major.as_str()) {
            (Engine::Postgres, "11" | "12") => &["16"],
            (Engine::Postgres, "13" | "14" | "15") => &["17"],
            (Engine::Mysql, "5.7") => &["8.0", "8.4"],
            (Engine::Mysql, "8.0") => &["8.4"],
            (Engine::Postgres | Engine::Mysql | Engine::Mariadb, _) => &[],
        };
        let engine = if spec.engine == Engine::Mysql { "mysql" } else { "postgresql" };
        let is_billed = |version: &str| rds::extended_support(engine, version, &spec.instance_class, false, sight.today).is_some();
        let at = versions.iter().position(|version| !is_billed(version))?;
        let otherwise = versions[..at].iter().map(|between| format!("AWS upgrades it to {between} first; ")).collect::<String>();
        Some((versions[at], otherwise + UNTESTED))
    };
    let databases = sight.nodes::<DbInstance>().into_iter();
    let databases = databases.filter(|(node, _)| !is_tied(node, "db_parameter_group_name"));
    let candidate = |(node, spec): (&Node, Spec)| {
        let (version, otherwise) = next(&spec)?;
        let what = format!("on version {version} instead of {}", spec.engine_version);
        let edit = sight.set(node, "engine_version", &format!("\"{version}\""));
        Some(Candidate::new("supported-version", sight.place(node), what, vec![edit], otherwise))
    };
    databases.filter_map(candidate).collect()
}

/// The same of search domains. OpenSearch 2 goes to its last version at once.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/version-migration.html>
pub fn supported_search(sight: &Sight<'_>) -> Vec<Candidate> {
    let old = sight.nodes::<OpensearchDomain>().into_iter().filter(|(_, spec)| spec.engine_version.starts_with("OpenSearch_2."));
    let candidate = |node: &Node, version: &str| {
        let edit = sight.set(node, "engine_version", if sight::is_own(node) { "OpenSearch_2.19" } else { "\"2.19\"" });
        let what = format!("on version 2.19 instead of {}", version.trim_start_matches("OpenSearch_"));
        Candidate::new("supported-version", sight.place(node), what, vec![edit], UNTESTED)
    };
    old.map(|(node, spec)| candidate(node, &spec.engine_version)).collect()
}

/// One snapshot of each cache is free.
pub fn fewer_snapshots(sight: &Sight<'_>) -> Vec<Candidate> {
    let caches = sight.nodes::<ReplicationGroup>().into_iter().filter(|(_, spec)| spec.snapshot_retention_limit > 1);
    let candidate = |node| {
        let edit = sight.set(node, "snapshot_retention_limit", "1");
        Candidate::new("fewer-snapshots", sight.place(node), "with the last day's snapshot", vec![edit], "older snapshots are gone")
    };
    caches.map(|(node, _)| candidate(node)).collect()
}
