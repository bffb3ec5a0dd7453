//! `rds.instance`: a PostgreSQL, MySQL or MariaDB database. RDS makes and keeps the master password, in a secret of its own.

use super::{kms, rds};
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::price::charge::{Charge, Count};
use crate::core::price::estate::Facts;
use crate::core::price::usage::{Given, Measure};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::secret::READS;
use crate::tariffs;
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
        minutes: Minutes { create: 8.0, update: 3.0, delete: 6.0 },
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

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::{digest, own_tags};
    use crate::core::snapshot::{Live, State};
    use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DbInstance as Instance};
    use futures::future::try_join_all;

    /// What AWS asks for only when the instance is deleted, when the file may say nothing of it any more.
    const SKIP_FINAL_SNAPSHOT: &str = "trueup:skip-final-snapshot";
    /// The storage that was last asked for: what stands above it, RDS has grown by itself.
    const ALLOCATED_STORAGE: &str = "trueup:allocated-storage";
    /// The output that says how much storage there is.
    const ACTUAL_STORAGE: &str = "allocated_storage";

    impl Driver for DbInstance {
        const ABSENT: &'static [&'static str] = &["DBInstanceNotFound"];
        const TAKEN: &'static [&'static str] = &["DBInstanceAlreadyExists"];
        const PASSING: &'static [&'static str] = &["InvalidDBInstanceState"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let instances = match select {
                Select::Owned { .. } => {
                    let mut pages = aws.rds.describe_db_instances().into_paginator().send();
                    let mut instances = Vec::new();
                    while let Some(page) = pages.next().await {
                        instances.extend(page.during("rds.DescribeDBInstances")?.db_instances.unwrap_or_default());
                    }
                    instances
                }
                Select::Ids(ids) => try_join_all(ids.iter().map(|id| one(aws, id))).await?.into_iter().flatten().collect(),
            };
            instances.into_iter().filter_map(|instance| live(aws, select, instance).transpose()).collect()
        }

        async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
            let spec = &new.spec;
            let mut tags = new.tags.clone();
            tags.extend(marks(spec));
            let answer = aws
                .rds
                .create_db_instance()
                .db_instance_identifier(&new.name)
                .engine(spec.engine.name())
                .engine_version(&spec.engine_version)
                .auto_minor_version_upgrade(spec.auto_minor_version_upgrade)
                .db_instance_class(&spec.instance_class)
                .allocated_storage(spec.allocated_storage)
                .set_max_allocated_storage(spec.max_allocated_storage)
                .storage_type(spec.storage_type.name())
                .set_iops(spec.iops)
                .set_storage_throughput(spec.storage_throughput)
                .storage_encrypted(spec.storage_encrypted)
                .set_kms_key_id(spec.kms_key_id.clone())
                .set_db_name(spec.db_name.clone())
                .master_username(&spec.master_username)
                .manage_master_user_password(true)
                .set_port(spec.port.map(i32::from))
                .db_subnet_group_name(&spec.db_subnet_group_name)
                .set_vpc_security_group_ids(Some(spec.vpc_security_group_ids.clone()).filter(|ids| !ids.is_empty()))
                .set_db_parameter_group_name(spec.db_parameter_group_name.clone())
                .multi_az(spec.multi_az)
                .publicly_accessible(spec.publicly_accessible)
                .backup_retention_period(spec.backup_retention_period)
                .set_preferred_backup_window(spec.preferred_backup_window.clone())
                .set_preferred_maintenance_window(spec.preferred_maintenance_window.clone())
                .copy_tags_to_snapshot(spec.copy_tags_to_snapshot)
                .deletion_protection(spec.deletion_protection)
                .set_enable_cloudwatch_logs_exports(Some(spec.enabled_cloudwatch_logs_exports.clone()).filter(|logs| !logs.is_empty()))
                .enable_performance_insights(spec.performance_insights_enabled)
                .monitoring_interval(spec.monitoring_interval)
                .set_monitoring_role_arn(spec.monitoring_role_arn.clone())
                .enable_iam_database_authentication(spec.iam_database_authentication_enabled)
                .set_tags(Some(rds::tag_list(&tags)))
                .send()
                .await
                .during("rds.CreateDBInstance")?;
            let instance = answer.db_instance.ok_or_else(|| Error::missing("rds.CreateDBInstance", "DBInstance"))?;
            let id = instance.db_instance_identifier.clone().unwrap_or_else(|| new.name.clone());
            Ok(Made { outputs: outputs(&instance), id })
        }

        async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
            // The tags that stand for fields come first: a lost tag after a grown disk would look like growth of RDS's own.
            if change.changes("skip_final_snapshot") || change.changes("allocated_storage") || change.changes("max_allocated_storage") {
                let set = marks(&change.wanted);
                let unset = if change.wanted.skip_final_snapshot { Vec::new() } else { vec![SKIP_FINAL_SNAPSHOT.to_owned()] };
                rds::retag(aws, &change.live.arn, &Retag { set, unset, claim: None }).await?;
            }
            if change.changed.iter().any(|field| field != "skip_final_snapshot") {
                modify(aws, change).await?;
            }
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            if live.spec.deletion_protection {
                let off = aws.rds.modify_db_instance().db_instance_identifier(&live.id).deletion_protection(false).apply_immediately(true);
                off.send().await.during("rds.ModifyDBInstance")?;
            }
            let call = aws.rds.delete_db_instance().db_instance_identifier(&live.id);
            let call = if live.spec.skip_final_snapshot {
                call.skip_final_snapshot(true)
            } else {
                // The same for every repeat, and another one for every instance that ever had this name.
                let resource = live.outputs.get("resource_id").map(String::as_str).unwrap_or_default();
                call.skip_final_snapshot(false).final_db_snapshot_identifier(format!("{}-final-{}", live.id, digest(&[resource], 6)))
            };
            call.send().await.during("rds.DeleteDBInstance")?;
            Ok(())
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            let mut tags = tags.clone();
            if tags.claim.is_some() {
                tags.set.extend(marks(&live.spec));
            }
            rds::retag(aws, &live.arn, &tags).await
        }
    }

    fn marks(spec: &Spec) -> BTreeMap<String, String> {
        let mut marks = BTreeMap::from([(ALLOCATED_STORAGE.to_owned(), spec.allocated_storage.to_string())]);
        if spec.skip_final_snapshot {
            marks.insert(SKIP_FINAL_SNAPSHOT.to_owned(), "true".to_owned());
        }
        marks
    }

    async fn one(aws: &Aws, id: &str) -> Result<Vec<Instance>> {
        match aws.rds.describe_db_instances().db_instance_identifier(id).send().await.during("rds.DescribeDBInstances") {
            Ok(answer) => Ok(answer.db_instances.unwrap_or_default()),
            Err(error) if error.is(DbInstance::ABSENT) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn live(aws: &Aws, select: &Select, instance: Instance) -> Result<Option<Live<Spec>>> {
        let tags = rds::tags(instance.tag_list.clone());
        let claim = aws.claim(&tags);
        let id = instance.db_instance_identifier.clone().unwrap_or_default();
        let asked_for = claim.is_some()
            || match select {
                Select::Owned { names, .. } => names.contains(&id),
                Select::Ids(_) => true,
            };
        if !asked_for {
            return Ok(None);
        }
        let engine = match instance.engine.as_deref() {
            Some("postgres") => Engine::Postgres,
            Some("mysql") => Engine::Mysql,
            Some("mariadb") => Engine::Mariadb,
            other => {
                let message = format!("`{id}` runs {}, which is not supported", other.unwrap_or("an unknown engine"));
                return Err(Error::new("rds.DescribeDBInstances", "UnsupportedEngine", message));
            }
        };
        let outputs = outputs(&instance);
        Ok(Some(Live {
            name: id.clone(),
            arn: instance.db_instance_arn.clone().unwrap_or_default(),
            claim,
            state: state(instance.db_instance_status.as_deref().unwrap_or_default()),
            spec: spec(instance, engine, &tags),
            outputs,
            id,
        }))
    }

    // What is pending was asked for and accepted: it counts as done.
    fn spec(instance: Instance, engine: Engine, tags: &BTreeMap<String, String>) -> Spec {
        let pending = instance.pending_modified_values;
        let pending = pending.as_ref();
        let actual = pending.and_then(|next| next.allocated_storage).or(instance.allocated_storage).unwrap_or_default();
        let max_allocated_storage = instance.max_allocated_storage.filter(|max| *max > 0);
        let asked = tags.get(ALLOCATED_STORAGE).and_then(|size| size.parse::<i32>().ok()).filter(|size| *size <= actual);
        let port = pending.and_then(|next| next.port).or(instance.endpoint.as_ref().and_then(|endpoint| endpoint.port));
        let port = port.or(instance.db_instance_port).filter(|port| *port > 0);
        Spec {
            name: instance.db_instance_identifier,
            engine,
            engine_version: pending.and_then(|next| next.engine_version.clone()).or(instance.engine_version).unwrap_or_default(),
            auto_minor_version_upgrade: instance.auto_minor_version_upgrade.unwrap_or(false),
            instance_class: pending.and_then(|next| next.db_instance_class.clone()).or(instance.db_instance_class).unwrap_or_default(),
            allocated_storage: if max_allocated_storage.is_some() { asked.unwrap_or(actual) } else { actual },
            max_allocated_storage,
            storage_type: storage_type(pending.and_then(|next| next.storage_type.as_deref()).or(instance.storage_type.as_deref())),
            iops: pending.and_then(|next| next.iops).or(instance.iops).filter(|iops| *iops > 0),
            storage_throughput: pending.and_then(|next| next.storage_throughput).or(instance.storage_throughput).filter(|rate| *rate > 0),
            storage_encrypted: instance.storage_encrypted.unwrap_or(false),
            kms_key_id: instance.kms_key_id,
            db_name: instance.db_name,
            master_username: instance.master_username.unwrap_or_default(),
            port: port.and_then(|port| u16::try_from(port).ok()),
            db_subnet_group_name: instance.db_subnet_group.and_then(|group| group.db_subnet_group_name).unwrap_or_default(),
            vpc_security_group_ids: instance
                .vpc_security_groups
                .unwrap_or_default()
                .into_iter()
                .filter(|group| group.status.as_deref() != Some("removing"))
                .filter_map(|group| group.vpc_security_group_id)
                .collect(),
            db_parameter_group_name: instance
                .db_parameter_groups
                .and_then(|groups| groups.into_iter().next())
                .and_then(|group| group.db_parameter_group_name),
            multi_az: pending.and_then(|next| next.multi_az).or(instance.multi_az).unwrap_or(false),
            publicly_accessible: instance.publicly_accessible.unwrap_or(false),
            backup_retention_period: pending
                .and_then(|next| next.backup_retention_period)
                .or(instance.backup_retention_period)
                .unwrap_or_default(),
            preferred_backup_window: instance.preferred_backup_window,
            preferred_maintenance_window: instance.preferred_maintenance_window,
            copy_tags_to_snapshot: instance.copy_tags_to_snapshot.unwrap_or(false),
            deletion_protection: instance.deletion_protection.unwrap_or(false),
            skip_final_snapshot: tags.get(SKIP_FINAL_SNAPSHOT).is_some_and(|value| value == "true"),
            enabled_cloudwatch_logs_exports: instance.enabled_cloudwatch_logs_exports.unwrap_or_default(),
            performance_insights_enabled: instance.performance_insights_enabled.unwrap_or(false),
            monitoring_interval: instance.monitoring_interval.unwrap_or_default(),
            monitoring_role_arn: instance.monitoring_role_arn,
            iam_database_authentication_enabled: pending
                .and_then(|next| next.iam_database_authentication_enabled)
                .or(instance.iam_database_authentication_enabled)
                .unwrap_or(false),
            tags: own_tags(tags),
        }
    }

    fn storage_type(name: Option<&str>) -> StorageType {
        match name {
            Some("gp3") => StorageType::Gp3,
            Some("io1") => StorageType::Io1,
            Some("io2") => StorageType::Io2,
            _ => StorageType::Gp2,
        }
    }

    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
    fn state(status: &str) -> State {
        match status {
            // A resized disk is optimised for hours, in full service.
            "available" | "storage-optimization" | "storage-config-upgrade" | "stopped" => State::Ready,
            "deleting" => State::Deleting,
            "failed" | "restore-error" | "storage-full" | "inaccessible-encryption-credentials" | "insufficient-capacity" => {
                State::Failed(status.to_owned())
            }
            status if status.starts_with("incompatible-") => State::Failed(status.to_owned()),
            status => State::Changing(status.to_owned()),
        }
    }

    fn outputs(instance: &Instance) -> BTreeMap<String, String> {
        let id = instance.db_instance_identifier.clone().unwrap_or_default();
        let mut outputs = BTreeMap::from([
            ("id".to_owned(), id.clone()),
            ("name".to_owned(), id),
            ("arn".to_owned(), instance.db_instance_arn.clone().unwrap_or_default()),
            ("resource_id".to_owned(), instance.dbi_resource_id.clone().unwrap_or_default()),
            ("master_username".to_owned(), instance.master_username.clone().unwrap_or_default()),
            (ACTUAL_STORAGE.to_owned(), instance.allocated_storage.unwrap_or_default().to_string()),
        ]);
        if let Some(name) = &instance.db_name {
            outputs.insert("db_name".into(), name.clone());
        }
        if let Some((host, port)) = instance.endpoint.as_ref().and_then(|endpoint| Some((endpoint.address.clone()?, endpoint.port?))) {
            outputs.insert("endpoint".into(), format!("{host}:{port}"));
            outputs.insert("host".into(), host);
            outputs.insert("port".into(), port.to_string());
        }
        if let Some(arn) = instance.master_user_secret.as_ref().and_then(|secret| secret.secret_arn.clone()) {
            outputs.insert("secret_arn".into(), arn);
        }
        outputs
    }

    async fn modify(aws: &Aws, change: &Update<Spec>) -> Result<()> {
        let Update { live, wanted, .. } = change;
        let actual = live.outputs.get(ACTUAL_STORAGE).and_then(|size| size.parse().ok()).unwrap_or(live.spec.allocated_storage);
        let size = wanted.allocated_storage.max(actual);
        let storage = change.changes("storage_type") || change.changes("iops") || change.changes("storage_throughput");
        let resized = change.changes("allocated_storage") && size > actual;
        // A limit at the size itself turns growth off.
        let max = change.changes("max_allocated_storage").then(|| wanted.max_allocated_storage.unwrap_or(size));
        let major = change.changes("engine_version")
            && wanted.engine.major(&wanted.engine_version) != wanted.engine.major(&live.spec.engine_version);
        let text = |field: &str, value: &str| change.changes(field).then(|| value.to_owned());
        let maybe = |field: &str, value: &Option<String>| value.clone().filter(|_| change.changes(field));
        let flag = |field: &str, value: bool| change.changes(field).then_some(value);
        let monitoring = change.changes("monitoring_interval") || change.changes("monitoring_role_arn");
        let call = aws
            .rds
            .modify_db_instance()
            .db_instance_identifier(&live.id)
            .apply_immediately(true)
            .set_engine_version(text("engine_version", &wanted.engine_version))
            .set_allow_major_version_upgrade(major.then_some(true))
            .set_auto_minor_version_upgrade(flag("auto_minor_version_upgrade", wanted.auto_minor_version_upgrade))
            .set_db_instance_class(text("instance_class", &wanted.instance_class))
            .set_allocated_storage((resized || storage).then_some(size))
            .set_max_allocated_storage(max)
            .set_storage_type(storage.then(|| wanted.storage_type.name().to_owned()))
            .set_iops(wanted.iops.filter(|_| storage || resized))
            .set_storage_throughput(wanted.storage_throughput.filter(|_| storage || resized))
            .set_db_port_number(wanted.port.map(i32::from).filter(|_| change.changes("port")))
            .set_vpc_security_group_ids(change.changes("vpc_security_group_ids").then(|| wanted.vpc_security_group_ids.clone()))
            .set_db_parameter_group_name(maybe("db_parameter_group_name", &wanted.db_parameter_group_name))
            .set_multi_az(flag("multi_az", wanted.multi_az))
            .set_publicly_accessible(flag("publicly_accessible", wanted.publicly_accessible))
            .set_backup_retention_period(change.changes("backup_retention_period").then_some(wanted.backup_retention_period))
            .set_preferred_backup_window(maybe("preferred_backup_window", &wanted.preferred_backup_window))
            .set_preferred_maintenance_window(maybe("preferred_maintenance_window", &wanted.preferred_maintenance_window))
            .set_copy_tags_to_snapshot(flag("copy_tags_to_snapshot", wanted.copy_tags_to_snapshot))
            .set_deletion_protection(flag("deletion_protection", wanted.deletion_protection))
            .set_enable_performance_insights(flag("performance_insights_enabled", wanted.performance_insights_enabled))
            .set_monitoring_interval(monitoring.then_some(wanted.monitoring_interval))
            .set_monitoring_role_arn(wanted.monitoring_role_arn.clone().filter(|_| monitoring))
            .set_enable_iam_database_authentication(flag("iam_database_authentication_enabled", wanted.iam_database_authentication_enabled))
            .set_cloudwatch_logs_export_configuration(change.changes("enabled_cloudwatch_logs_exports").then(|| logs(change)));
        call.send().await.during("rds.ModifyDBInstance")?;
        Ok(())
    }

    fn logs(change: &Update<Spec>) -> CloudwatchLogsExportConfiguration {
        let (wanted, live) = (&change.wanted.enabled_cloudwatch_logs_exports, &change.live.spec.enabled_cloudwatch_logs_exports);
        let without = |some: &[String], others: &[String]| {
            let rest = some.iter().filter(|log| !others.contains(log)).cloned().collect::<Vec<_>>();
            (!rest.is_empty()).then_some(rest)
        };
        CloudwatchLogsExportConfiguration::builder()
            .set_enable_log_types(without(wanted, live))
            .set_disable_log_types(without(live, wanted))
            .build()
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
