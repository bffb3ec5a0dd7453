//! DATA202: the standard support of a version has ended.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elasticache::replication_group::{self, ReplicationGroup};
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::{DbInstance, Engine};
use crate::kinds::rds::versions;
use crate::pricing::tariffs;

/// The day of the calendars that this rule goes by. It reads no clock: a version that ended since is found by the next release.
const TODAY: &str = "2026-11-30";

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA202",
        level: Level::Warning,
        category: Category::Data,
        about: "AWS's standard support of an engine version has ended.",
        why: "AWS bills Extended Support for it, by the hour and beside the price of the instance, or upgrades it at a time of its own.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[database.main]\nversion = \"13\"",
                "[network]\n[database.main]\nengine = \"mysql\"\nversion = \"8.0\"",
                "[network]\n[database.main]\nengine = \"mariadb\"\nversion = \"10.5\"",
                "[network]\n[cache.main]\nversion = \"5.0.6\"",
                "[network]\n[search.main]\nversion = \"2.9\"",
            ],
            right: &[
                "[network]\n[database.main]\nversion = \"17\"",
                "[network]\n[database.main]\nengine = \"mysql\"\nversion = \"8.4\"",
                "[network]\n[database.main]\nengine = \"mariadb\"\nversion = \"11.4\"",
                "[network]\n[cache.main]\nversion = \"7.1\"",
                "[network]\n[search.main]\nversion = \"2.19\"",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let databases = view.all::<DbInstance>().filter_map(|(seen, spec)| {
        // One that is out of service altogether is refused.
        if versions::is_gone(spec.engine, &spec.engine_version) {
            return None;
        }
        let (name, version) = (spec.engine.name(), spec.engine.major(&spec.engine_version));
        let (end, instead) = match spec.engine {
            Engine::Postgres => (tariffs::rds::ended("postgresql", &version)?, "17"),
            Engine::Mysql => (tariffs::rds::ended("mysql", &version)?, "8.4"),
            Engine::Mariadb => (ended_mariadb(&version)?, "11.4"),
        };
        let billed = if spec.engine == Engine::Mariadb { "RDS upgrades it by itself" } else { BILLED };
        let message = match spec.engine {
            Engine::Mariadb => format!("standard support of {name} {version} has ended on {end}, and there is no Extended Support for it"),
            Engine::Postgres | Engine::Mysql => ended(name, &version, end),
        };
        let finding = (end <= TODAY).then(|| seen.finding("engine_version", message))?;
        Some(finding.help(format!("{billed}; plan to move to {instead}")))
    });
    let caches = view.all::<ReplicationGroup>().filter_map(|(seen, spec)| {
        let major = spec.engine_version.split('.').next()?;
        let redis = spec.engine == replication_group::Engine::Redis;
        let end = redis.then(|| tariffs::elasticache::ended(major)).flatten()?;
        let finding = (end <= TODAY).then(|| seen.finding("engine_version", ended("redis", &spec.engine_version, end)))?;
        Some(finding.help(format!("{BILLED}; plan to move to 7.1, or to Valkey")))
    });
    let domains = view.all::<OpensearchDomain>().filter_map(|(seen, spec)| {
        let (end, _) = tariffs::opensearch::ended(&spec.engine_version)?;
        let (engine, version) = spec.engine_version.split_once('_')?;
        let finding = (end <= TODAY).then(|| seen.finding("engine_version", ended(engine, version, end)))?;
        Some(finding.help(format!("{BILLED}; plan to move to 2.19")))
    });
    databases.chain(caches).chain(domains).collect()
}

const BILLED: &str = "`trueup cost` says what Extended Support costs until then";

fn ended(engine: &str, version: &str, end: &str) -> String {
    format!("standard support of {engine} {version} has ended: from {end} on it costs extra, or is upgraded")
}

/// The first day without support of a release line of MariaDB, which has no Extended Support. The calendar, as of 2026-11-30, goes on
/// with 10.11 (February 2028), 11.8 (June 2028), 11.4 (May 2029) and 12.3 (June 2029); of what is older than 10.5 it says no more than that it
/// is deprecated, and the days are those that it named before.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MariaDB.Concepts.VersionMgmt.html#MariaDB.Concepts.VersionMgmt.ReleaseCalendar>
fn ended_mariadb(major: &str) -> Option<&'static str> {
    match major {
        "10.0" | "10.1" | "10.2" | "10.3" => Some("2023-10-24"),
        "10.4" => Some("2025-03-01"),
        "10.5" => Some("2026-09-01"),
        "10.6" => Some("2027-01-01"),
        _ => None,
    }
}
