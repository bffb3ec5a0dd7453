//! `[database.NAME]`: an RDS instance that only the services which mention it can reach. AWS keeps its password.

mod nodes;

use super::network::Network;
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::kinds::rds::instance::{Engine, least_growth};
use crate::kinds::rds::versions;
use crate::modules::codes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A relational database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The engine.
    pub engine: Engine,
    /// The engine's version: `17`, or `17.4` to keep to one. Left out, a current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The instance class.
    pub class: String,
    /// GiB of storage. It can grow and never shrink.
    pub storage: u32,
    /// The upper limit, in GiB, to which AWS may grow the storage by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_storage: Option<u32>,
    /// Keeps a standby in another zone that takes over when this one fails. Doubles the cost.
    pub multi_az: bool,
    /// The database that is made at the start; left out, the module's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The master user. Its password is made and kept by AWS, in Secrets Manager.
    pub user: String,
    /// The port; left out, the engine's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Parameters of the engine that differ from AWS's defaults.
    pub parameters: BTreeMap<String, String>,
    /// Days that backups are kept; 0 makes none.
    pub backup_days: u32,
    /// The daily window of backups, in UTC: `03:00-04:00`.
    pub backup_window: String,
    /// The weekly window in which AWS may restart it for maintenance, in UTC: `sun:04:30-sun:05:30`.
    pub maintenance_window: String,
    /// Lets AWS move it to newer minor versions; left out, it does if `version` names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_minor_upgrades: Option<bool>,
    /// Turns on Performance Insights, with a week of data. Not every small class has it.
    pub performance_insights: bool,
    /// Seconds between two readings of the operating system, through a role of its own; 0 for none.
    pub monitoring_interval: u32,
    /// Logs that go to CloudWatch, such as `postgresql`.
    pub logs: Vec<String>,
    /// The KMS key; left out, AWS's own for RDS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// IPv4 ranges that may connect besides the services that mention it.
    pub allow: Vec<String>,
    /// Deletes it without a final snapshot: all data is gone.
    pub skip_final_snapshot: bool,
    /// Makes Trueup refuse to delete or replace it, and AWS to delete it.
    pub protect: bool,
    /// Leaves it in AWS, no longer managed, when it goes from the file.
    pub retain: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            engine: Engine::Postgres,
            version: None,
            class: "db.t4g.micro".into(),
            storage: 20,
            max_storage: None,
            multi_az: false,
            name: None,
            user: "app".into(),
            port: None,
            parameters: BTreeMap::new(),
            backup_days: 7,
            backup_window: "03:00-04:00".into(),
            maintenance_window: "sun:04:30-sun:05:30".into(),
            auto_minor_upgrades: None,
            performance_insights: false,
            monitoring_interval: 0,
            logs: Vec::new(),
            kms_key: None,
            allow: Vec::new(),
            skip_final_snapshot: false,
            protect: true,
            retain: false,
            tags: BTreeMap::new(),
        }
    }
}

impl Module for Database {
    const SECTION: &'static str = "database";
    const NAMED: bool = true;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[
        ("host", "the host name that clients connect to"),
        ("port", "its port"),
        ("name", "the database in it"),
        ("user", "the master user"),
        ("secret", "the ARN of the secret with `username` and `password`"),
        ("id", "the instance"),
        ("arn", "the instance's ARN"),
        ("security_group", "the id of its security group"),
    ];
    const HEADLINES: &'static [&'static str] = &["host"];

    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("engine_version", "version"),
        ("instance_class", "class"),
        ("allocated_storage", "storage"),
        ("max_allocated_storage", "max_storage"),
        ("db_name", "name"),
        ("master_username", "user"),
        ("backup_retention_period", "backup_days"),
        ("preferred_backup_window", "backup_window"),
        ("preferred_maintenance_window", "maintenance_window"),
        ("enabled_cloudwatch_logs_exports", "logs"),
        ("auto_minor_version_upgrade", "auto_minor_upgrades"),
        ("performance_insights_enabled", "performance_insights"),
        ("kms_key_id", "kms_key"),
        ("family", "version"),
        ("deletion_protection", "protect"),
    ];

    fn output(&self, site: &Site<'_>, output: &str) -> Option<String> {
        match output {
            "host" => Some(site.out("instance", "host")),
            "port" => Some(self.port().to_string()),
            // A database that has moved keeps the name that it was made with.
            "name" => Some(self.name.clone().unwrap_or_else(|| site.out("instance", "db_name"))),
            "user" => Some(self.user.clone()),
            "secret" => Some(site.out("instance", "secret_arn")),
            "id" => Some(site.out("instance", "id")),
            "arn" => Some(site.out("instance", "arn")),
            "security_group" => Some(site.out("security-group", "id")),
            _ => None,
        }
    }

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        match site.get::<Network>("") {
            None => found.push(super::needs_network(site)),
            Some(network) if network.letters(&site.settings.region).len() < 2 => {
                let one = site.wrong(&codes::DATABASE_IN_ONE_ZONE, "", "a database needs subnets in two zones, and the network has one");
                found.push(one.help("write zones = 2 in [network]"));
            }
            Some(_) => {}
        }
        let least = least_growth(self.storage.into());
        if let Some(max) = self.max_storage.filter(|max| i64::from(*max) < least) {
            let one =
                site.wrong(&codes::STORAGE_CANNOT_GROW, "max_storage", format!("storage of {} GiB cannot grow to {max}", self.storage));
            found.push(one.help(format!("let `max_storage` be {least} or more, or leave it out")));
        }
        found.extend(super::check_ranges(site, &self.allow));
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        self.expand_nodes(nodes);
    }
}

impl Database {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.engine.port())
    }
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or(match self.engine {
            Engine::Postgres => "17",
            Engine::Mysql => "8.4",
            Engine::Mariadb => "11.4",
        })
    }
    fn auto_minor(&self) -> bool {
        self.auto_minor_upgrades.unwrap_or_else(|| self.engine.major(self.version()) == self.version())
    }
    /// Returns the family of parameter groups: `postgres17`, `mysql8.4`.
    pub fn family(&self) -> String {
        let major = self.engine.major(self.version());
        // A version that is none is told at the version alone.
        let plain = major.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !major.ends_with('.');
        let major = if plain { major } else { versions::current(self.engine).next().unwrap_or(major) };
        format!("{}{major}", self.engine.name())
    }
    // Engines take letters, digits and underscores, and keep some words for themselves.
    fn database_name(&self, module: &str) -> String {
        self.name.clone().unwrap_or_else(|| {
            let plain = module.replace('-', "_");
            let taken = plain.starts_with(|c: char| c.is_ascii_digit()) || self.engine.avoids(&plain);
            if taken { format!("db_{plain}") } else { plain }
        })
    }
    /// Returns the number of connections that the class allows by AWS's own formula for its engine, roughly.
    pub fn max_connections(&self) -> f64 {
        self.engine.max_connections(&self.class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_module_becomes_one_that_the_engine_takes() {
        let name = |module: &str| Database::default().database_name(module);
        assert_eq!(
            (name("main"), name("my-app"), name("1st"), name("db")),
            ("main".into(), "my_app".into(), "db_1st".into(), "db_db".into())
        );
    }

    #[test]
    fn families_and_connections_follow_from_version_and_class() {
        let database = |engine, version: &str, class: &str| Database {
            engine,
            version: Some(version.into()),
            class: class.into(),
            ..Database::default()
        };
        assert_eq!(database(Engine::Postgres, "15.7", "db.t4g.micro").family(), "postgres15");
        assert_eq!(database(Engine::Mysql, "8.0.39", "db.t4g.micro").family(), "mysql8.0");
        assert_eq!(database(Engine::Mariadb, "11.4", "db.t4g.micro").family(), "mariadb11.4");
        assert_eq!(database(Engine::Postgres, "15", "db.t4g.micro").max_connections(), 112.0);
        assert_eq!(database(Engine::Postgres, "15", "db.r6g.2xlarge").max_connections(), 5000.0);
    }
}
