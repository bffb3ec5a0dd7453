//! `rds.instance`: a PostgreSQL, MySQL or MariaDB database. RDS makes and keeps the master password, in a secret of its own.

use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::secretsmanager::secret::READS;
use crate::kinds::{kms, rds};
use crate::pricing::{Charge, Count, Facts, Given, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct DbInstance;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The instance's identifier; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    pub engine: Engine,
    /// The major version (`16`, `8.4`), or with `auto_minor_version_upgrade = false` a full one (`16.4`).
    pub engine_version: String,
    /// Let RDS move to newer minor versions; only the major version counts then.
    #[serde(default = "yes")]
    pub auto_minor_version_upgrade: bool,
    /// Such as `db.t4g.micro`.
    pub instance_class: String,
    /// GiB. It can only grow.
    #[serde(default = "twenty")]
    pub allocated_storage: i32,
    /// Up to how many GiB RDS may grow the storage by itself; left out, it does not.
    #[serde(default)]
    pub max_allocated_storage: Option<i32>,
    #[serde(default)]
    pub storage_type: StorageType,
    /// I/O operations a second; left out, what the storage type comes with.
    #[serde(default)]
    pub iops: Option<i32>,
    /// MiB a second, for gp3 of 400 GiB and more; left out, what it comes with.
    #[serde(default)]
    pub storage_throughput: Option<i32>,
    #[serde(default = "yes")]
    pub storage_encrypted: bool,
    /// The KMS key that encrypts the storage; left out, AWS's own key for RDS.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// The database to make at the start; left out, the engine's own.
    #[serde(default)]
    pub db_name: Option<String>,
    #[serde(default = "master")]
    pub master_username: String,
    /// Left out, the engine's own: 5432 or 3306.
    #[serde(default)]
    pub port: Option<u16>,
    pub db_subnet_group_name: String,
    #[serde(default)]
    pub vpc_security_group_ids: Vec<String>,
    /// Left out, the default group of the engine version.
    #[serde(default)]
    pub db_parameter_group_name: Option<String>,
    /// Keep a standby in another zone.
    #[serde(default)]
    pub multi_az: bool,
    #[serde(default)]
    pub publicly_accessible: bool,
    /// Days that automatic backups are kept; 0 turns them off.
    #[serde(default = "seven")]
    pub backup_retention_period: i32,
    /// UTC, `03:00-04:00`; left out, AWS chooses.
    #[serde(default)]
    pub preferred_backup_window: Option<String>,
    /// UTC, `sun:04:30-sun:05:30`; left out, AWS chooses.
    #[serde(default)]
    pub preferred_maintenance_window: Option<String>,
    #[serde(default = "yes")]
    pub copy_tags_to_snapshot: bool,
    /// AWS refuses to delete the instance while this is on.
    #[serde(default = "yes")]
    pub deletion_protection: bool,
    /// Delete without a last snapshot: all data is gone. Kept in a tag, as AWS asks for it only at the delete.
    #[serde(default)]
    pub skip_final_snapshot: bool,
    /// Log files to send to CloudWatch Logs: `postgresql`, `upgrade`; `error`, `slowquery`, `general`, `audit`.
    #[serde(default)]
    pub enabled_cloudwatch_logs_exports: Vec<String>,
    #[serde(default)]
    pub performance_insights_enabled: bool,
    /// Seconds between samples of enhanced monitoring: 0 (off), 1, 5, 10, 15, 30 or 60.
    #[serde(default)]
    pub monitoring_interval: i32,
    /// The role that enhanced monitoring writes as.
    #[serde(default)]
    pub monitoring_role_arn: Option<String>,
    /// Let IAM identities sign in to the database.
    #[serde(default)]
    pub iam_database_authentication_enabled: bool,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Postgres,
    Mysql,
    Mariadb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StorageType {
    Gp2,
    #[default]
    Gp3,
    Io1,
    Io2,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Engine::Postgres => "postgres",
            Engine::Mysql => "mysql",
            Engine::Mariadb => "mariadb",
        }
    }
    /// As prices name it.
    fn tariff(self) -> &'static str {
        match self {
            Engine::Postgres => "postgresql",
            Engine::Mysql | Engine::Mariadb => self.name(),
        }
    }
    pub fn port(self) -> u16 {
        match self {
            Engine::Postgres => 5432,
            Engine::Mysql | Engine::Mariadb => 3306,
        }
    }
    /// `16` of `16.4`, `8.4` of `8.4.3`.
    pub fn major(self, version: &str) -> String {
        let parts = match self {
            Engine::Postgres => 1,
            Engine::Mysql | Engine::Mariadb => 2,
        };
        version.split('.').take(parts).collect::<Vec<_>>().join(".")
    }
    fn log_types(self) -> &'static [&'static str] {
        match self {
            Engine::Postgres => &["postgresql", "upgrade", "iam-db-auth-error"],
            Engine::Mysql => &["audit", "error", "general", "slowquery", "iam-db-auth-error"],
            Engine::Mariadb => &["audit", "error", "general", "slowquery"],
        }
    }
}

impl StorageType {
    pub fn name(self) -> &'static str {
        match self {
            StorageType::Gp2 => "gp2",
            StorageType::Gp3 => "gp3",
            StorageType::Io1 => "io1",
            StorageType::Io2 => "io2",
        }
    }
}

fn yes() -> bool {
    true
}
fn twenty() -> i32 {
    20
}
fn seven() -> i32 {
    7
}
fn master() -> String {
    "dbadmin".into()
}

impl Kind for DbInstance {
    type Spec = Spec;
    const NAME: &'static str = "rds.instance";
    const ABOUT: About = About {
        doc: "A relational database.",
        outputs: &[
            "id",
            "name",
            "arn",
            "host",
            "port",
            "endpoint",
            "secret_arn",
            "db_name",
            "master_username",
            "resource_id",
            "allocated_storage",
        ],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:db:",
        stateful: true,
        minutes: Minutes::new(8.0, 3.0, 6.0),
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#database:id={name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("engine"),
        update("engine_version").version().downtime("restarts; minutes for a major version"),
        update("auto_minor_version_upgrade"),
        update("instance_class").downtime("restarts; about a minute with a standby, minutes without"),
        update("allocated_storage").grows(),
        update("max_allocated_storage"),
        update("storage_type"),
        update("iops").unmanaged(),
        update("storage_throughput").unmanaged(),
        replace("storage_encrypted"),
        replace("kms_key_id").unmanaged(),
        replace("db_name").unmanaged(),
        replace("master_username"),
        update("port").downtime("restarts"),
        replace("db_subnet_group_name"),
        update("vpc_security_group_ids").set(),
        update("db_parameter_group_name").unmanaged().downtime("static parameters wait for a reboot"),
        update("multi_az"),
        update("publicly_accessible"),
        update("backup_retention_period"),
        update("preferred_backup_window").unmanaged(),
        update("preferred_maintenance_window").unmanaged(),
        update("copy_tags_to_snapshot"),
        update("deletion_protection"),
        update("skip_final_snapshot"),
        update("enabled_cloudwatch_logs_exports").set(),
        update("performance_insights_enabled"),
        update("monitoring_interval"),
        update("monitoring_role_arn"),
        update("iam_database_authentication_enabled"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            engine: Engine::Postgres,
            engine_version: "16".into(),
            auto_minor_version_upgrade: true,
            instance_class: "db.t4g.micro".into(),
            allocated_storage: 20,
            max_allocated_storage: Some(100),
            storage_type: StorageType::Gp3,
            iops: None,
            storage_throughput: None,
            storage_encrypted: true,
            kms_key_id: None,
            db_name: Some("app".into()),
            master_username: master(),
            port: Some(5432),
            db_subnet_group_name: "${example.db-subnet-group.name}".into(),
            vpc_security_group_ids: vec!["${example.security-group.id}".into()],
            db_parameter_group_name: None,
            multi_az: false,
            publicly_accessible: false,
            backup_retention_period: 7,
            preferred_backup_window: Some("03:00-04:00".into()),
            preferred_maintenance_window: Some("sun:04:30-sun:05:30".into()),
            copy_tags_to_snapshot: true,
            deletion_protection: false,
            skip_final_snapshot: true,
            enabled_cloudwatch_logs_exports: vec!["postgresql".into()],
            performance_insights_enabled: false,
            monitoring_interval: 0,
            monitoring_role_arn: None,
            iam_database_authentication_enabled: false,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        spec.port.get_or_insert(spec.engine.port());
        spec.vpc_security_group_ids.sort();
        spec.enabled_cloudwatch_logs_exports.sort();
        // Which minor version runs is RDS's to say while it upgrades them.
        if spec.auto_minor_version_upgrade && !is_symbolic(&spec.engine_version) {
            spec.engine_version = spec.engine.major(&spec.engine_version);
        }
        // A limit at the size itself is how RDS writes "does not grow".
        if spec.max_allocated_storage.is_some_and(|max| max <= spec.allocated_storage) {
            spec.max_allocated_storage = None;
        }
        for window in [&mut spec.preferred_backup_window, &mut spec.preferred_maintenance_window].into_iter().flatten() {
            *window = window.to_lowercase();
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::from_iter(rds::name_problem(spec.name.as_deref(), 63));
        versions(spec, &mut problems);
        storage(spec, &mut problems);
        names(spec, &mut problems);
        let class = &spec.instance_class;
        if !(is_symbolic(class) || class.starts_with("db.") && class.matches('.').count() == 2) {
            problems.push(Problem::new("instance_class", format!("`{class}` is not an instance class")).help("such as db.t4g.micro"));
        }
        if !(0..=35).contains(&spec.backup_retention_period) {
            problems.push(
                Problem::new("backup_retention_period", format!("backups are kept 0 to 35 days, not {}", spec.backup_retention_period))
                    .help("0 turns them off"),
            );
        }
        if spec.port.is_some_and(|port| port < 1150) {
            problems.push(Problem::new("port", "RDS takes ports from 1150 to 65535"));
        }
        for log in spec.enabled_cloudwatch_logs_exports.iter().filter(|log| !spec.engine.log_types().contains(&log.as_str())) {
            problems.push(
                Problem::new("enabled_cloudwatch_logs_exports", format!("{} has no log `{log}`", spec.engine.name()))
                    .help(format!("one of {}", spec.engine.log_types().join(", "))),
            );
        }
        if ![0, 1, 5, 10, 15, 30, 60].contains(&spec.monitoring_interval) {
            problems.push(Problem::new("monitoring_interval", "samples are 0, 1, 5, 10, 15, 30 or 60 seconds apart"));
        }
        if (spec.monitoring_interval > 0) != spec.monitoring_role_arn.is_some() {
            problems.push(
                Problem::new("monitoring_role_arn", "enhanced monitoring needs both an interval and a role")
                    .help("set `monitoring_interval` and `monitoring_role_arn`, or neither"),
            );
        }
        problems.extend(rds::window_problems(
            30,
            ("preferred_backup_window", spec.preferred_backup_window.as_deref()),
            ("preferred_maintenance_window", spec.preferred_maintenance_window.as_deref()),
        ));
        problems.extend(kms::key_problem("kms_key_id", spec.kms_key_id.as_deref()));
        if spec.kms_key_id.is_some() && !spec.storage_encrypted {
            problems.push(Problem::new("kms_key_id", "a key without encryption").help("storage_encrypted = true"));
        }
        problems
    }

    const USAGE: &'static [Measure] = &[
        Measure::derived(
            "backup_gb",
            "GB",
            "All automatic backups and snapshots; what is within the size of the disk is free, and so is all if nothing is said.",
        ),
        Measure::new("database_log_gb", "GB", [0, 1, 5], "Log lines and samples that the database sends to CloudWatch, if it is told to."),
        Measure::derived(
            "cpu_credit_hours",
            "vCPU-hours",
            "Processor time beyond what a burstable class comes with; none if nothing is said.",
        ),
        READS,
    ];
}

impl Priced for DbInstance {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let engine = spec.engine.tariff();
        let class = spec.instance_class.as_str();
        let disk = Decimal::from(spec.allocated_storage);
        let mut charges = tariffs::rds::instance(&tariffs::rds::Instance {
            engine,
            class,
            multi_az: spec.multi_az,
            storage: spec.storage_type.name(),
            gb: disk,
            iops: spec.iops.map(Decimal::from),
            throughput: spec.storage_throughput.map(Decimal::from),
        });
        charges.extend(tariffs::rds::extended_support(engine, &spec.engine_version, class, spec.multi_az, facts.today));
        if let Some(all) = facts.said("backup_gb") {
            let beyond = all.becomes(&format!("{} GB of it free", spec.allocated_storage), |gb| (gb - disk).max(Decimal::ZERO));
            charges.push(tariffs::rds::backups(beyond));
        }
        charges.extend(facts.said("cpu_credit_hours").and_then(|hours| tariffs::rds::credits(class, hours)));
        // RDS keeps the password in a secret that it makes itself.
        charges.push(tariffs::secrets::secret("secret of the master user"));
        charges.push(tariffs::secrets::requests(facts.usage(READS.name)));
        if !spec.enabled_cloudwatch_logs_exports.is_empty() || spec.monitoring_interval > 0 {
            charges.push(tariffs::cloudwatch::ingested("standard", facts.usage("database_log_gb")));
        }
        if spec.publicly_accessible {
            charges.push(tariffs::vpc::public_addresses(&Count::of(1), true));
        }
        charges
    }

    fn leaves(spec: &Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        if spec.skip_final_snapshot {
            return Vec::new();
        }
        let amount = Range { low: Decimal::ZERO, likely: spec.allocated_storage.into(), high: spec.allocated_storage.into() };
        let said = "a snapshot is at most as large as the disk".to_owned();
        vec![tariffs::rds::last_snapshot(Given { amount, said })]
    }
}

fn versions(spec: &Spec, problems: &mut Vec<Problem>) {
    let version = &spec.engine_version;
    if is_symbolic(version) {
        return;
    }
    let parts = version.split('.').count();
    let major = spec.engine.major(version).split('.').count();
    if !version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || version.split('.').any(str::is_empty) {
        problems.push(Problem::new("engine_version", format!("`{version}` is not a version")).help("such as 16 or 8.4"));
    } else if spec.engine != Engine::Postgres && major < 2 {
        problems.push(
            Problem::new("engine_version", format!("a major version of {} has two parts, not `{version}`", spec.engine.name()))
                .help("such as 8.4 or 11.4"),
        );
    } else if !spec.auto_minor_version_upgrade && parts == major {
        problems.push(
            Problem::new("engine_version", format!("`{version}` does not say which minor version"))
                .help("name it in full, or set auto_minor_version_upgrade = true"),
        );
    }
}

fn storage(spec: &Spec, problems: &mut Vec<Problem>) {
    let least = match spec.storage_type {
        StorageType::Gp2 | StorageType::Gp3 => 20,
        StorageType::Io1 | StorageType::Io2 => 100,
    };
    if !(least..=65536).contains(&spec.allocated_storage) {
        problems.push(Problem::new(
            "allocated_storage",
            format!("{} storage is {least} to 65536 GiB, not {}", spec.storage_type.name(), spec.allocated_storage),
        ));
    }
    if let Some(max) = spec.max_allocated_storage
        && max <= spec.allocated_storage
    {
        problems.push(
            Problem::new("max_allocated_storage", format!("{max} GiB leaves no room above {}", spec.allocated_storage))
                .help("raise it, or leave it out: then the storage does not grow by itself"),
        );
    }
    let provisioned = matches!(spec.storage_type, StorageType::Io1 | StorageType::Io2);
    if provisioned && spec.iops.is_none() {
        problems.push(Problem::new("iops", format!("{} storage needs `iops`", spec.storage_type.name())).help("1000 or more"));
    }
    if spec.iops.is_some_and(|iops| iops < 1000) {
        problems.push(Problem::new("iops", "the least that can be bought is 1000"));
    }
    if spec.storage_type == StorageType::Gp2 && spec.iops.is_some() {
        problems.push(Problem::new("iops", "gp2 storage has no `iops` to set").help("storage_type = \"gp3\""));
    }
    if spec.storage_type == StorageType::Gp3 && spec.allocated_storage < 400 && (spec.iops.is_some() || spec.storage_throughput.is_some()) {
        problems.push(
            Problem::new("iops", "gp3 storage below 400 GiB has 3000 operations and 125 MiB a second, and no others")
                .help("leave `iops` and `storage_throughput` out, or allocate 400 GiB"),
        );
    }
    if spec.storage_throughput.is_some() && spec.storage_type != StorageType::Gp3 {
        problems.push(Problem::new("storage_throughput", "only gp3 storage has a throughput to set"));
    }
}

fn names(spec: &Spec, problems: &mut Vec<Problem>) {
    const RESERVED: &[&str] = &["admin", "user", "rdsadmin", "rds_superuser", "rdsrepladmin", "root", "public", "postgres_admin"];
    let plain = |text: &str, max: usize| {
        (1..=max).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let (user_max, name_max) = match spec.engine {
        Engine::Postgres => (63, 63),
        Engine::Mysql | Engine::Mariadb => (16, 64),
    };
    let user = &spec.master_username;
    let reserved = match spec.engine {
        Engine::Postgres => RESERVED.contains(&user.as_str()) || user.starts_with("pg_"),
        Engine::Mysql | Engine::Mariadb => ["rdsadmin", "root"].contains(&user.as_str()),
    };
    if !is_symbolic(user) && (!plain(user, user_max) || reserved) {
        problems.push(
            Problem::new("master_username", format!("`{user}` cannot be the master user of {}", spec.engine.name()))
                .help(format!("a letter, then up to {} letters, digits and `_`, and no reserved word", user_max - 1)),
        );
    }
    if let Some(name) = spec.db_name.as_deref().filter(|name| !is_symbolic(name) && !plain(name, name_max)) {
        problems.push(
            Problem::new("db_name", format!("`{name}` cannot be the name of a database"))
                .help(format!("a letter, then up to {} letters, digits and `_`", name_max - 1)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_rds_would_refuse_is_said() {
        holds::<DbInstance>(&[
            (json!({"engine_version": "16.4"}), ""),
            (json!({"engine_version": "sixteen"}), "not a version"),
            (json!({"engine": "mysql", "engine_version": "8", "port": 3306, "enabled_cloudwatch_logs_exports": []}), "two parts"),
            (json!({"auto_minor_version_upgrade": false}), "which minor version"),
            (json!({"auto_minor_version_upgrade": false, "engine_version": "16.4"}), ""),
            (json!({"instance_class": "t4g.micro"}), "not an instance class"),
            (json!({"allocated_storage": 5}), "20 to 65536"),
            (json!({"allocated_storage": 100}), "leaves no room"),
            (json!({"storage_type": "io1"}), "needs `iops`"),
            (json!({"iops": 4000}), "below 400 GiB"),
            (json!({"iops": 12000, "allocated_storage": 400, "max_allocated_storage": null}), ""),
            (json!({"master_username": "admin"}), "master user"),
            (json!({"db_name": "my-app"}), "name of a database"),
            (json!({"name": "Main"}), "cannot be the name"),
            (json!({"name": "${example.vpc.id}"}), ""),
            (json!({"backup_retention_period": 36}), "0 to 35"),
            (json!({"enabled_cloudwatch_logs_exports": ["slowquery"]}), "no log"),
            (json!({"monitoring_interval": 60}), "both an interval and a role"),
            (json!({"preferred_backup_window": "04:30-05:00"}), "overlaps"),
            (json!({"kms_key_id": "alias/mine"}), "not the ARN"),
            (json!({"password": "hunter2"}), "unknown field"),
        ]);
    }

    #[test]
    fn a_minor_version_and_a_useless_limit_are_no_difference() {
        let normal = |mut spec: Spec| {
            DbInstance::normalise(&mut spec);
            spec
        };
        let plain = DbInstance::example();
        let same = Spec { engine_version: "16.9".into(), port: None, max_allocated_storage: Some(100), ..plain.clone() };
        assert_eq!(normal(same), normal(plain.clone()));
        assert_eq!(normal(Spec { max_allocated_storage: Some(20), ..plain.clone() }).max_allocated_storage, None);
        let pinned = Spec { auto_minor_version_upgrade: false, engine_version: "16.9".into(), ..plain };
        assert_eq!(normal(pinned).engine_version, "16.9");
    }
}
