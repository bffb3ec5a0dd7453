//! `rds.instance`: a PostgreSQL, MySQL or MariaDB database. RDS makes and keeps the master password, in a secret of its own.

use super::versions;
use crate::core::code::Check;
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::classes::{self, Misfit};
use crate::kinds::database::{self, Windows};
use crate::kinds::secretsmanager::secret::READS;
use crate::kinds::{kms, yes};
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
    /// Lets RDS move to newer minor versions; only the major version counts then.
    #[serde(default = "yes")]
    pub auto_minor_version_upgrade: bool,
    /// The instance class, such as `db.t4g.micro`.
    pub instance_class: String,
    /// The storage to allocate, in GiB; it can only grow.
    #[serde(default = "twenty")]
    pub allocated_storage: i32,
    /// The upper limit, in GiB, to which RDS may grow the storage by itself; left out, it does not.
    #[serde(default)]
    pub max_allocated_storage: Option<i32>,
    #[serde(default)]
    pub storage_type: StorageType,
    /// I/O operations a second; left out, the storage type's own number.
    #[serde(default)]
    pub iops: Option<i32>,
    /// MiB a second, for gp3 of 400 GiB and more; left out, the storage type's own number.
    #[serde(default)]
    pub storage_throughput: Option<i32>,
    #[serde(default = "yes")]
    pub storage_encrypted: bool,
    /// The KMS key that encrypts the storage; left out, AWS's own key for RDS, or the one that it has.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// The database to make at the start; left out, the engine's own, or the one that was made.
    #[serde(default)]
    pub db_name: Option<String>,
    #[serde(default = "master")]
    pub master_username: String,
    /// The port that the database listens on; left out, the engine's own: 5432 or 3306.
    #[serde(default)]
    pub port: Option<u16>,
    pub db_subnet_group_name: String,
    #[serde(default)]
    pub vpc_security_group_ids: Vec<String>,
    /// The parameter group; left out, the default one of the engine version, also where another is in use.
    #[serde(default)]
    pub db_parameter_group_name: Option<String>,
    /// Keeps a standby in another zone.
    #[serde(default)]
    pub multi_az: bool,
    #[serde(default)]
    pub publicly_accessible: bool,
    /// Days that automatic backups are kept; 0 turns them off.
    #[serde(default = "seven")]
    pub backup_retention_period: i32,
    /// The daily window of automatic backups, in UTC: `03:00-04:00`; left out, AWS chooses once and keeps it.
    #[serde(default)]
    pub preferred_backup_window: Option<String>,
    /// The weekly window of maintenance, in UTC: `sun:04:30-sun:05:30`; left out, AWS chooses once and keeps it.
    #[serde(default)]
    pub preferred_maintenance_window: Option<String>,
    #[serde(default = "yes")]
    pub copy_tags_to_snapshot: bool,
    /// Makes AWS refuse to delete the instance.
    #[serde(default = "yes")]
    pub deletion_protection: bool,
    /// Deletes without a final snapshot: all data is gone. Kept in a tag, as AWS asks for it only at the delete.
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
    /// Lets IAM identities sign in to the database.
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
    /// The name that prices have for it.
    pub fn tariff(self) -> &'static str {
        match self {
            Engine::Postgres => "postgresql",
            Engine::Mysql | Engine::Mariadb => self.name(),
        }
    }
    /// Returns the number of connections that a class allows by AWS's own formula, roughly.
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html>
    pub fn max_connections(self, class: &str) -> f64 {
        let bytes = memory_gib(class) * 1024.0 * 1024.0 * 1024.0;
        match self {
            Engine::Postgres => (bytes / 9_531_392.0).min(5000.0).floor(),
            Engine::Mysql | Engine::Mariadb => (bytes / 12_582_880.0).floor(),
        }
    }
    pub fn port(self) -> u16 {
        match self {
            Engine::Postgres => 5432,
            Engine::Mysql | Engine::Mariadb => 3306,
        }
    }
    /// Returns the major version: `16` of `16.4`, `8.4` of `8.4.3`.
    pub fn major(self, version: &str) -> String {
        let parts = match self {
            Engine::Postgres => 1,
            Engine::Mysql | Engine::Mariadb => 2,
        };
        version.split('.').take(parts).collect::<Vec<_>>().join(".")
    }
    /// Returns the log files that it can send to CloudWatch Logs.
    pub fn log_types(self) -> &'static [&'static str] {
        match self {
            Engine::Postgres => &["postgresql", "upgrade", "iam-db-auth-error"],
            Engine::Mysql => &["audit", "error", "general", "slowquery", "iam-db-auth-error"],
            Engine::Mariadb => &["audit", "error", "general", "slowquery"],
        }
    }
}

impl Spec {
    /// Returns the parameter group that AWS takes where none is named.
    pub fn default_parameter_group(&self) -> String {
        format!("default.{}{}", self.engine.name(), self.engine.major(&self.engine_version))
    }
}

impl StorageType {
    /// Returns the operations a second and the MiB a second that storage of a size has by itself; none where it has no number.
    /// From 400 GiB on, gp3 lies over several volumes. <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html>
    pub fn baseline(self, gib: i32) -> Option<(i32, i32)> {
        match self {
            StorageType::Gp3 if gib < STRIPED => Some((3_000, 125)),
            StorageType::Gp3 => Some((12_000, 500)),
            StorageType::Gp2 | StorageType::Io1 | StorageType::Io2 => None,
        }
    }
    pub fn name(self) -> &'static str {
        match self {
            StorageType::Gp2 => "gp2",
            StorageType::Gp3 => "gp3",
            StorageType::Io1 => "io1",
            StorageType::Io2 => "io2",
        }
    }
}

/// The size in GiB from which gp3 storage can have more than it comes with.
pub const STRIPED: i32 = 400;

fn twenty() -> i32 {
    20
}
fn seven() -> i32 {
    7
}
fn master() -> String {
    "dbadmin".into()
}

/// Returns the memory of a class in GiB, by family and size; the burstable ones are smaller than the pattern.
pub fn memory_gib(class: &str) -> f64 {
    let mut parts = class.split('.').skip(1);
    let (family, size) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let large = match family.chars().next() {
        Some('r' | 'x') => 16.0,
        _ => 8.0,
    };
    match size {
        "micro" => 1.0,
        "small" => 2.0,
        "medium" => 4.0,
        "large" => large,
        "xlarge" => large * 2.0,
        other => other.strip_suffix("xlarge").and_then(|times| times.parse::<f64>().ok()).map_or(large, |times| large * 2.0 * times),
    }
}

// Pages of AWS that several checks rest on.
const CREATE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html";
const STORAGE: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html";

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
        foretold: &["id", "name", "arn"],
        naming: Naming::Hyphens { max: 63 },
        arn: "rds:db:",
        stateful: true,
        minutes: Minutes::new(8.0, 3.0, 6.0),
        console: "https://{region}.console.aws.amazon.com/rds/home?region={region}#database:id={name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        // ModifyDBInstance does not take the engine. It takes another identifier, but that ends the host name which every client knows.
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
        replace("name").unmanaged(),
        replace("engine"),
        update("engine_version").version().downtime("restarts; minutes for a major version"),
        update("auto_minor_version_upgrade"),
        update("instance_class").downtime("restarts; about a minute with a standby, minutes without"),
        update("allocated_storage").grows(),
        update("max_allocated_storage"),
        update("storage_type"),
        update("iops"),
        update("storage_throughput"),
        replace("storage_encrypted"),
        replace("kms_key_id").unmanaged(),
        replace("db_name").unmanaged(),
        replace("master_username"),
        update("port").downtime("restarts"),
        // To a group of another VPC; within one, the subnets of the group change.
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.VPC2VPC.html
        update("db_subnet_group_name").downtime("moves to another VPC, where clients have to find it; minutes"),
        update("vpc_security_group_ids").set(),
        update("db_parameter_group_name").downtime("static parameters wait for a reboot"),
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

    fn foretell(scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("id".into(), name.to_owned()),
            ("name".into(), name.to_owned()),
            ("arn".into(), scope.arn("rds", &format!("db:{name}"))),
        ])
    }

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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "RDS001",
            about: "The name of a database has another form than AWS takes.",
            why: "CreateDBInstance refuses it; the name is part of the host name that clients connect to.",
            page: CREATE,
            wrong: &[r#"{"name": "Main"}"#, r#"{"name": "two--hyphens"}"#, r#"{"name": "1st"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "main-1"}"#, r#"{"name": "${example.vpc.id}"}"#],
            find: |spec| database::name(spec.name.as_deref(), 63),
        },
        Check {
            id: "RDS002",
            about: "The engine version is not a version.",
            why: "RDS has no such version, and CreateDBInstance refuses it.",
            page: CREATE,
            wrong: &[r#"{"engine_version": "latest"}"#, r#"{"engine_version": "16."}"#],
            right: &[r#"{"engine_version": "16.4"}"#],
            find: version,
        },
        Check {
            id: "RDS003",
            about: "The version of MySQL or MariaDB has one part, and their major versions have two.",
            why: "RDS could not know which major version is meant, and one cannot be left for a lower one later.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html",
            wrong: &[r#"{"engine": "mysql", "engine_version": "8", "enabled_cloudwatch_logs_exports": []}"#],
            right: &[r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": []}"#],
            find: major_version,
        },
        Check {
            id: "RDS004",
            about: "Minor versions are not upgraded by themselves, and the version does not say which one is wanted.",
            why: "RDS would choose one at the create, and nothing would say later which one the file means.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html",
            wrong: &[r#"{"auto_minor_version_upgrade": false}"#],
            right: &[r#"{"auto_minor_version_upgrade": false, "engine_version": "16.4"}"#],
            find: minor_version,
        },
        Check {
            id: "RDS005",
            about: "The storage is smaller or larger than its type can be.",
            why: "CreateDBInstance refuses the size: gp2 and gp3 begin at 20 GiB, io1 and io2 at 100, and all end at 65536.",
            page: CREATE,
            wrong: &[
                r#"{"allocated_storage": 5}"#,
                r#"{"storage_type": "io1", "iops": 1000, "allocated_storage": 50}"#,
                r#"{"allocated_storage": 70000, "max_allocated_storage": null}"#,
            ],
            right: &[r#"{"storage_type": "io1", "iops": 1000, "allocated_storage": 100, "max_allocated_storage": null}"#],
            find: size,
        },
        Check {
            id: "RDS006",
            about: "The limit up to which storage may grow is less than a tenth above its size.",
            why: "RDS refuses a limit that leaves no room to grow: it grows by a tenth or more at once.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",
            wrong: &[r#"{"allocated_storage": 100}"#, r#"{"allocated_storage": 100, "max_allocated_storage": 109}"#],
            right: &[r#"{"allocated_storage": 100, "max_allocated_storage": 110}"#],
            find: room,
        },
        Check {
            id: "RDS007",
            about: "Storage with provisioned operations does not say how many.",
            why: "RDS needs `iops` for io1 and io2, which are sold by them.",
            page: STORAGE,
            wrong: &[r#"{"storage_type": "io1", "allocated_storage": 100, "max_allocated_storage": null}"#],
            right: &[r#"{"storage_type": "io2", "iops": 1000, "allocated_storage": 100, "max_allocated_storage": null}"#],
            find: needs_iops,
        },
        Check {
            id: "RDS008",
            about: "Fewer operations a second are asked for than are sold.",
            why: "RDS refuses `iops` below 1000 for every type of storage.",
            page: STORAGE,
            wrong: &[r#"{"storage_type": "io1", "iops": 500, "allocated_storage": 100, "max_allocated_storage": null}"#],
            right: &[r#"{"storage_type": "io1", "iops": 1000, "allocated_storage": 100, "max_allocated_storage": null}"#],
            find: least_iops,
        },
        Check {
            id: "RDS009",
            about: "Operations a second are asked for on gp2 storage.",
            why: "RDS refuses them: what gp2 does follows from its size.",
            page: STORAGE,
            wrong: &[r#"{"storage_type": "gp2", "iops": 3000}"#],
            right: &[r#"{"storage_type": "gp2"}"#],
            find: no_iops,
        },
        Check {
            id: "RDS010",
            about: "Operations or throughput are asked for on gp3 storage that is too small for them.",
            why: "RDS lays storage from 400 GiB over several volumes, and only then lets more be bought than those bring along.",
            page: STORAGE,
            wrong: &[r#"{"iops": 4000}"#, r#"{"storage_throughput": 500}"#],
            right: &[r#"{"iops": 12000, "allocated_storage": 400, "max_allocated_storage": null}"#],
            find: small_gp3,
        },
        Check {
            id: "RDS011",
            about: "A throughput is asked for on storage other than gp3.",
            why: "RDS refuses it: only gp3 is sold by throughput.",
            page: STORAGE,
            wrong: &[r#"{"storage_type": "gp2", "storage_throughput": 500}"#],
            right: &[r#"{"storage_throughput": 500, "allocated_storage": 400, "max_allocated_storage": null}"#],
            find: throughput,
        },
        Check {
            id: "RDS012",
            about: "The name of the master user has another form than the engine takes.",
            why: "CreateDBInstance refuses it, and the user cannot be renamed later.",
            page: CREATE,
            wrong: &[
                r#"{"master_username": "app-user"}"#,
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "master_username": "seventeen_letters"}"#,
            ],
            right: &[r#"{"master_username": "app_user"}"#],
            find: user,
        },
        Check {
            id: "RDS013",
            about: "The master user has a name that the engine or RDS keeps for itself.",
            why: "CreateDBInstance refuses it as a reserved word.",
            page: CREATE,
            wrong: &[
                r#"{"master_username": "admin"}"#,
                r#"{"master_username": "pg_app"}"#,
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "master_username": "rdsadmin"}"#,
            ],
            right: &[r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "master_username": "admin"}"#],
            find: reserved_user,
        },
        Check {
            id: "RDS014",
            about: "The name of the first database has another form than the engine takes.",
            why: "CreateDBInstance refuses it.",
            page: CREATE,
            wrong: &[r#"{"db_name": "my-app"}"#, r#"{"db_name": ""}"#],
            right: &[r#"{"db_name": "my_app"}"#],
            find: db_name,
        },
        Check {
            id: "RDS015",
            about: "The instance class is none of RDS's.",
            why: "CreateDBInstance refuses it: the classes of RDS begin with `db.`, unlike those of EC2.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",
            wrong: &[r#"{"instance_class": "t4g.micro"}"#, r#"{"instance_class": "db.micro"}"#],
            right: &[r#"{"instance_class": "db.r8g.large"}"#],
            find: class,
        },
        Check {
            id: "RDS016",
            about: "Backups are to be kept longer than RDS keeps them.",
            why: "RDS refuses more than 35 days; AWS Backup keeps them longer.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html",
            wrong: &[r#"{"backup_retention_period": 36}"#, r#"{"backup_retention_period": -1}"#],
            right: &[r#"{"backup_retention_period": 0}"#, r#"{"backup_retention_period": 35}"#],
            find: retention,
        },
        Check {
            id: "RDS017",
            about: "The port is below those that RDS lets databases listen on.",
            why: "CreateDBInstance refuses ports below 1150.",
            page: CREATE,
            wrong: &[r#"{"port": 1149}"#],
            right: &[r#"{"port": 1150}"#],
            find: port,
        },
        Check {
            id: "RDS018",
            about: "A log is to be sent to CloudWatch that the engine does not write.",
            why: "CreateDBInstance refuses logs that belong to another engine.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
            wrong: &[r#"{"enabled_cloudwatch_logs_exports": ["slowquery"]}"#],
            right: &[r#"{"enabled_cloudwatch_logs_exports": ["postgresql", "upgrade"]}"#],
            find: logs,
        },
        Check {
            id: "RDS019",
            about: "Enhanced monitoring takes its samples at an interval that RDS does not have.",
            why: "CreateDBInstance refuses all intervals but a handful.",
            page: CREATE,
            wrong: &[r#"{"monitoring_interval": 20, "monitoring_role_arn": "${example.role.arn}"}"#],
            right: &[r#"{"monitoring_interval": 15, "monitoring_role_arn": "${example.role.arn}"}"#],
            find: interval,
        },
        Check {
            id: "RDS020",
            about: "Enhanced monitoring has an interval and no role, or a role and no interval.",
            why: "RDS refuses an interval without the role that it writes the samples as.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html",
            wrong: &[r#"{"monitoring_interval": 60}"#, r#"{"monitoring_role_arn": "${example.role.arn}"}"#],
            right: &[r#"{"monitoring_interval": 60, "monitoring_role_arn": "${example.role.arn}"}"#],
            find: monitoring,
        },
        Check {
            id: "RDS021",
            about: "A window of time is not written as RDS reads it.",
            why: "CreateDBInstance refuses it; times are in UTC, on 24 hours.",
            page: CREATE,
            wrong: &[r#"{"preferred_backup_window": "3am-4am"}"#, r#"{"preferred_maintenance_window": "04:30-05:30"}"#],
            right: &[r#"{"preferred_backup_window": "23:30-00:30"}"#],
            find: |spec| windows(spec).malformed(),
        },
        Check {
            id: "RDS022",
            about: "A window of time is shorter than half an hour.",
            why: "RDS refuses it, since backups and maintenance need that long.",
            page: CREATE,
            wrong: &[r#"{"preferred_backup_window": "03:00-03:29"}"#, r#"{"preferred_maintenance_window": "sun:04:30-sun:04:45"}"#],
            right: &[r#"{"preferred_backup_window": "03:00-03:30"}"#],
            find: |spec| windows(spec).short(30),
        },
        Check {
            id: "RDS023",
            about: "The window for backups overlaps the one for maintenance.",
            why: "RDS refuses it, since it does not do both at once.",
            page: CREATE,
            wrong: &[r#"{"preferred_backup_window": "04:00-05:00"}"#],
            right: &[r#"{"preferred_backup_window": "04:00-04:30"}"#],
            find: |spec| windows(spec).overlapping(),
        },
        Check {
            id: "RDS024",
            about: "The KMS key is not named by its ARN.",
            why: "RDS answers the ARN, so an alias or a bare id would look like a change that takes another database.",
            page: CREATE,
            wrong: &[r#"{"kms_key_id": "alias/mine"}"#],
            right: &[r#"{"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"}"#],
            find: |spec| kms::key_problem("kms_key_id", spec.kms_key_id.as_deref()).into_iter().collect(),
        },
        Check {
            id: "RDS025",
            about: "A KMS key is named for storage that is not encrypted.",
            why: "RDS refuses a key without encryption, and storage cannot be encrypted later.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
            wrong: &[r#"{"storage_encrypted": false, "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"}"#],
            right: &[r#"{"storage_encrypted": false}"#],
            find: key_without_encryption,
        },
        Check {
            id: "RDS026",
            about: "The first database has a name that the engine or RDS keeps for itself.",
            why: "CreateDBInstance refuses it as a reserved word.",
            page: CREATE,
            wrong: &[
                r#"{"db_name": "db"}"#,
                r#"{"db_name": "User"}"#,
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "db_name": "sys"}"#,
            ],
            right: &[r#"{"db_name": "data"}"#],
            find: reserved_name,
        },
        Check {
            id: "RDS027",
            about: "RDS never had this version of the engine.",
            why: "CreateDBInstance finds no such version and refuses the instance.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html",
            wrong: &[
                r#"{"engine_version": "15.99"}"#,
                r#"{"engine_version": "16.0"}"#,
                r#"{"engine": "mysql", "engine_version": "8.1", "enabled_cloudwatch_logs_exports": []}"#,
            ],
            right: &[
                r#"{"engine_version": "16.4"}"#,
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": []}"#,
            ],
            find: never_released,
        },
        Check {
            id: "RDS028",
            about: "Performance Insights is on for a class that is too small for it.",
            why: "CreateDBInstance refuses it: with MySQL and MariaDB the micro and small classes have no room for it.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.Engines.html",
            wrong: &[
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "performance_insights_enabled": true}"#,
            ],
            right: &[
                r#"{"performance_insights_enabled": true}"#,
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "performance_insights_enabled": true, "instance_class": "db.t4g.medium"}"#,
            ],
            find: insights,
        },
        Check {
            id: "RDS029",
            about: "RDS has no instance class of this family and size.",
            why: "CreateDBInstance refuses it: RDS has fewer families than EC2, and each has its own sizes.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html",
            wrong: &[
                r#"{"instance_class": "db.t4g.mini"}"#,
                r#"{"instance_class": "db.m5.small"}"#,
                r#"{"instance_class": "db.t3a.micro"}"#,
            ],
            right: &[r#"{"instance_class": "db.r7g.large"}"#],
            find: absent_class,
        },
        Check {
            id: "RDS030",
            about: "The instance class does not go with the version of the engine.",
            why: "CreateDBInstance refuses the pair: a family is for some engines, from some version on, and one that is retired never came to later versions.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html",
            wrong: &[
                r#"{"engine_version": "17", "instance_class": "db.m4.large"}"#,
                r#"{"engine": "mysql", "engine_version": "8.4", "enabled_cloudwatch_logs_exports": [], "instance_class": "db.t2.micro"}"#,
                r#"{"engine": "mysql", "engine_version": "5.7", "enabled_cloudwatch_logs_exports": [], "instance_class": "db.t4g.micro"}"#,
                r#"{"engine_version": "15.3", "auto_minor_version_upgrade": false, "instance_class": "db.r8g.large"}"#,
                r#"{"instance_class": "db.z1d.large"}"#,
            ],
            right: &[
                r#"{"engine_version": "15.4", "auto_minor_version_upgrade": false, "instance_class": "db.r8g.large"}"#,
                r#"{"engine": "mysql", "engine_version": "5.7", "enabled_cloudwatch_logs_exports": [], "instance_class": "db.t3.micro"}"#,
            ],
            find: class_of_another,
        },
        Check {
            id: "RDS031",
            about: "The operations or the throughput that are asked for are more, or less, than the storage can have.",
            why: "CreateDBInstance refuses them: io1 has half to 50 operations for each GiB, io2 up to 1000, and gp3 from 400 GiB on 12000 to 64000 with 500 to 4000 MiB a second, a quarter of its operations at most.",
            page: STORAGE,
            wrong: &[
                r#"{"storage_type": "io1", "iops": 6000, "allocated_storage": 100, "max_allocated_storage": null}"#,
                r#"{"storage_type": "io2", "iops": 2000, "allocated_storage": 5000, "max_allocated_storage": null}"#,
                r#"{"storage_type": "io2", "iops": 300000, "allocated_storage": 400, "max_allocated_storage": null}"#,
                r#"{"iops": 70000, "allocated_storage": 400, "max_allocated_storage": null}"#,
                r#"{"iops": 12000, "storage_throughput": 3500, "allocated_storage": 400, "max_allocated_storage": null}"#,
            ],
            right: &[
                r#"{"storage_type": "io1", "iops": 5000, "allocated_storage": 100, "max_allocated_storage": null}"#,
                r#"{"storage_type": "io2", "iops": 100000, "allocated_storage": 100, "max_allocated_storage": null}"#,
                r#"{"iops": 16000, "storage_throughput": 4000, "allocated_storage": 400, "max_allocated_storage": null}"#,
            ],
            find: fitting_iops,
        },
        Check {
            id: "RDS032",
            about: "The version of the engine is one that RDS has taken out of service.",
            why: "CreateDBInstance does not find it, and Extended Support never had it: RDS has upgraded the databases that ran on it.",
            page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MariaDB.Concepts.VersionMgmt.html",
            wrong: &[r#"{"engine": "mariadb", "engine_version": "10.4"}"#, r#"{"engine_version": "10"}"#],
            right: &[r#"{"engine_version": "17"}"#],
            find: gone_version,
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.port.get_or_insert(spec.engine.port());
        spec.vpc_security_group_ids.sort();
        spec.enabled_cloudwatch_logs_exports.sort();
        // RDS decides which minor version runs while it upgrades them.
        if spec.auto_minor_version_upgrade && !is_symbolic(&spec.engine_version) {
            spec.engine_version = spec.engine.major(&spec.engine_version);
        }
        let default = spec.default_parameter_group();
        spec.db_parameter_group_name = spec.db_parameter_group_name.take().filter(|name| *name != default);
        if let Some((iops, throughput)) = spec.storage_type.baseline(spec.allocated_storage) {
            spec.iops = spec.iops.filter(|given| *given != iops);
            spec.storage_throughput = spec.storage_throughput.filter(|given| *given != throughput);
        }
        // A limit at the size itself is how RDS writes "does not grow".
        if spec.max_allocated_storage.is_some_and(|max| max <= spec.allocated_storage) {
            spec.max_allocated_storage = None;
        }
        for window in [&mut spec.preferred_backup_window, &mut spec.preferred_maintenance_window].into_iter().flatten() {
            *window = window.to_lowercase();
        }
    }

    const USAGE: &'static [Measure] = &[
        Measure::derived(
            "backup_gb",
            "GB",
            "All automatic backups and snapshots; what is within the size of the disk is free, and so is all if nothing is said.",
        ),
        Measure::new("database_log_gb", "GB", [0, 1, 5], "Log lines and samples that the database sends to CloudWatch, if it is told to.")
            .idle("no database there exports logs or has enhanced monitoring", "set `logs` or `monitoring_interval` of the database"),
        Measure::derived(
            "cpu_credit_hours",
            "vCPU-hours",
            "Processor time beyond what a burstable class comes with; none if nothing is said.",
        )
        .idle("no class there is one that has credits (db.t3, db.t4g)", "choose such a class"),
        Measure::derived(
            "insights_requests",
            "requests",
            "Requests of programs to Performance Insights beyond the million that are free; none if nothing is said.",
        )
        .idle("Performance Insights is off", "set `performance_insights` of the database"),
        Measure::derived("database_sent_gb", "GB", "Data that a public database sends to the internet; none if nothing is said.")
            .idle("no database there is public, and what it sends within the network is free", "say it of what sends it on"),
        READS,
        kms::REQUESTS,
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
            grows_to: spec.max_allocated_storage.map(Decimal::from),
            iops: spec.iops.map(Decimal::from),
            throughput: spec.storage_throughput.map(Decimal::from),
        });
        charges.extend(tariffs::rds::extended_support(engine, &spec.engine_version, class, spec.multi_az, facts.today));
        if let Some(all) = facts.said("backup_gb") {
            let beyond = all.becomes(&format!("{} GB of it free", spec.allocated_storage), |gb| (gb - disk).max(Decimal::ZERO));
            charges.push(tariffs::rds::backups(beyond));
        }
        if spec.performance_insights_enabled {
            charges.extend(facts.said("insights_requests").map(tariffs::rds::insights_requests));
        }
        charges.extend(kms::requests(spec.storage_encrypted, facts));
        charges.extend(facts.said("cpu_credit_hours").and_then(|hours| tariffs::rds::credits(class, hours)));
        // RDS keeps the password in a secret that it makes itself.
        charges.push(tariffs::secrets::secret("secret of the master user"));
        charges.push(tariffs::secrets::requests(facts.usage(READS.name)));
        if !spec.enabled_cloudwatch_logs_exports.is_empty() || spec.monitoring_interval > 0 {
            charges.push(tariffs::cloudwatch::ingested("standard", facts.usage("database_log_gb")));
        }
        if spec.publicly_accessible {
            charges.push(tariffs::vpc::public_addresses(&Count::of(1), true));
            charges.extend(facts.said("database_sent_gb").map(tariffs::transfer::internet));
        }
        charges
    }

    fn leaves(spec: &Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        if spec.skip_final_snapshot {
            return Vec::new();
        }
        let amount = Range { low: Decimal::ZERO, likely: spec.allocated_storage.into(), high: spec.allocated_storage.into() };
        vec![tariffs::rds::last_snapshot(Given::assumed(amount, "a snapshot is at most as large as the disk"))]
    }
}

/// The version, its number of parts and that of its major version; `None` for what is symbolic or no version.
fn parts(spec: &Spec) -> Option<(&str, usize, usize)> {
    let version = spec.engine_version.as_str();
    let good = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !version.split('.').any(str::is_empty);
    let major = spec.engine.major(version).split('.').count();
    (good && !is_symbolic(version)).then(|| (version, version.split('.').count(), major))
}

/// True for an engine whose major versions have two parts, of which the version says one.
fn lacks_major(spec: &Spec, major: usize) -> bool {
    spec.engine != Engine::Postgres && major < 2
}

fn version(spec: &Spec) -> Vec<Problem> {
    let version = &spec.engine_version;
    let wrong = !is_symbolic(version) && parts(spec).is_none();
    let problem = || Problem::new("engine_version", format!("`{version}` is not a version")).help("such as 16 or 8.4");
    wrong.then(problem).into_iter().collect()
}

fn major_version(spec: &Spec) -> Vec<Problem> {
    let problem = |version: &str| {
        let name = spec.engine.name();
        Problem::new("engine_version", format!("a major version of {name} has two parts, not `{version}`")).help("such as 8.4 or 11.4")
    };
    let wrong = parts(spec).filter(|(_, _, major)| lacks_major(spec, *major));
    wrong.map(|(version, _, _)| problem(version)).into_iter().collect()
}

fn minor_version(spec: &Spec) -> Vec<Problem> {
    let wrong = |(_, parts, major): &(&str, usize, usize)| !lacks_major(spec, *major) && !spec.auto_minor_version_upgrade && parts == major;
    let problem = |version: &str| {
        Problem::new("engine_version", format!("`{version}` does not say which minor version"))
            .help("name it in full, or set auto_minor_version_upgrade = true")
    };
    parts(spec).filter(wrong).map(|(version, _, _)| problem(version)).into_iter().collect()
}

fn never_released(spec: &Spec) -> Vec<Problem> {
    let refused = parts(spec).and_then(|(version, ..)| Some((version, versions::instead_of(spec.engine, version)?)));
    let problem = |(version, instead): (&str, String)| {
        Problem::new("engine_version", format!("RDS has no {} {version}", spec.engine.name())).help(instead)
    };
    refused.map(problem).into_iter().collect()
}

fn absent_class(spec: &Spec) -> Vec<Problem> {
    let class = &spec.instance_class;
    let instead = classes::instead_of(classes::Of::Rds, class).filter(|_| !is_symbolic(class));
    let problem = |instead| Problem::new("instance_class", format!("RDS has no `{class}`")).help(instead);
    instead.map(problem).into_iter().collect()
}

fn class_of_another(spec: &Spec) -> Vec<Problem> {
    let (class, engine, version) = (&spec.instance_class, spec.engine.name(), &spec.engine_version);
    let known = !is_symbolic(class) && !is_symbolic(version);
    let misfit = known.then(|| classes::misfit(classes::Of::Rds, engine, version, class)).flatten();
    let problem = |misfit: Misfit| {
        let problem = Problem::new("instance_class", format!("`{class}` does not go with {engine} {version}")).or("engine_version");
        problem.help(misfit.help("such as db.t4g.micro or db.r7g.large"))
    };
    misfit.map(problem).into_iter().collect()
}

fn insights(spec: &Spec) -> Vec<Problem> {
    let small = ["t2", "t3", "t4g"]
        .iter()
        .any(|family| ["micro", "small"].iter().any(|size| spec.instance_class.strip_prefix("db.") == Some(&format!("{family}.{size}"))));
    let wrong = spec.performance_insights_enabled && spec.engine != Engine::Postgres && small;
    let problem = || {
        let (class, engine) = (&spec.instance_class, spec.engine.name());
        Problem::new("performance_insights_enabled", format!("{class} has no Performance Insights with {engine}"))
            .help("leave it off, or take a medium class or larger")
    };
    wrong.then(problem).into_iter().collect()
}

fn is_provisioned(storage: StorageType) -> bool {
    matches!(storage, StorageType::Io1 | StorageType::Io2)
}

fn size(spec: &Spec) -> Vec<Problem> {
    let (least, size) = (if is_provisioned(spec.storage_type) { 100 } else { 20 }, spec.allocated_storage);
    let message = || format!("{} storage is {least} to 65536 GiB, not {size}", spec.storage_type.name());
    let problem = || Problem::new("allocated_storage", message()).help(format!("write {}", size.clamp(least, 65536)));
    (!(least..=65536).contains(&size)).then(problem).into_iter().collect()
}

fn room(spec: &Spec) -> Vec<Problem> {
    let least = least_growth(spec.allocated_storage.into());
    let max = spec.max_allocated_storage.filter(|max| i64::from(*max) < least);
    let problem = |max| {
        Problem::new("max_allocated_storage", format!("{max} GiB leaves no room above {}", spec.allocated_storage))
            .help(format!("{least} or more, or leave it out: then the storage does not grow by itself"))
    };
    max.map(problem).into_iter().collect()
}

/// Returns the least that storage of a size, in GiB, grows to: a tenth more.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html>
pub fn least_growth(gib: i64) -> i64 {
    gib + (gib + 9).div_euclid(10)
}

fn needs_iops(spec: &Spec) -> Vec<Problem> {
    let wrong = is_provisioned(spec.storage_type) && spec.iops.is_none();
    let problem = || {
        let problem = Problem::new("iops", format!("{} storage needs `iops`", spec.storage_type.name()));
        problem.or("storage_type").help("1000 or more")
    };
    wrong.then(problem).into_iter().collect()
}

fn least_iops(spec: &Spec) -> Vec<Problem> {
    let few = spec.iops.filter(|iops| *iops < 1000);
    few.map(|_| Problem::new("iops", "the least that can be bought is 1000")).into_iter().collect()
}

fn no_iops(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.storage_type == StorageType::Gp2 && spec.iops.is_some();
    let problem = || Problem::new("iops", "gp2 storage has no `iops` to set").help("storage_type = \"gp3\"");
    wrong.then(problem).into_iter().collect()
}

fn small_gp3(spec: &Spec) -> Vec<Problem> {
    let small = spec.storage_type == StorageType::Gp3 && spec.allocated_storage < STRIPED;
    let problem = || {
        Problem::new("iops", "gp3 storage below 400 GiB has 3000 operations and 125 MiB a second, and no others")
            .or("storage_throughput")
            .help("leave `iops` and `storage_throughput` out, or allocate 400 GiB")
    };
    (small && (spec.iops.is_some() || spec.storage_throughput.is_some())).then(problem).into_iter().collect()
}

fn gone_version(spec: &Spec) -> Vec<Problem> {
    let gone = !is_symbolic(&spec.engine_version) && versions::is_gone(spec.engine, &spec.engine_version);
    let newest = versions::current(spec.engine).next().unwrap_or_default();
    let problem = || {
        let message = format!("RDS has no {} {} any more", spec.engine.name(), spec.engine_version);
        Problem::new("engine_version", message).help(format!("such as \"{newest}\""))
    };
    gone.then(problem).into_iter().collect()
}

fn fitting_iops(spec: &Spec) -> Vec<Problem> {
    let (size, iops) = (i64::from(spec.allocated_storage), spec.iops.map(i64::from));
    let range = match spec.storage_type {
        StorageType::Io1 => Some((size.div_euclid(2), (50 * size).min(256_000))),
        StorageType::Io2 => Some((size.div_euclid(2), (1000 * size).min(256_000))),
        StorageType::Gp3 if spec.allocated_storage >= STRIPED => Some((12_000, 64_000)),
        _ => None,
    };
    // A value that no storage has is said elsewhere.
    let wrong = iops.filter(|iops| *iops >= 1000).zip(range).filter(|(iops, (least, most))| !(*least..=*most).contains(iops));
    let few = wrong.map(|(iops, (least, most))| {
        let least = least.max(1000);
        let message = format!("{size} GiB of {} storage cannot have {iops} operations a second", spec.storage_type.name());
        Problem::new("iops", message).help(format!("{least} to {most}, or another size"))
    });
    let striped = spec.storage_type == StorageType::Gp3 && spec.allocated_storage >= STRIPED;
    let most = iops.unwrap_or(12_000).div_euclid(4).min(4_000);
    let wrong = spec.storage_throughput.map(i64::from).filter(|given| striped && few.is_none() && !(500..=most).contains(given));
    let slow = wrong.map(|given| {
        let message = format!("gp3 storage with {} operations a second cannot have {given} MiB a second", iops.unwrap_or(12_000));
        Problem::new("storage_throughput", message).help(format!("500 to {most}; each 4 operations a second take one more"))
    });
    few.into_iter().chain(slow).collect()
}

fn throughput(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.storage_throughput.is_some() && spec.storage_type != StorageType::Gp3;
    wrong.then(|| Problem::new("storage_throughput", "only gp3 storage has a throughput to set")).into_iter().collect()
}

/// True for a letter, then letters, digits and underscores, `max` characters in all.
fn is_plain(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn longest_user(engine: Engine) -> usize {
    match engine {
        Engine::Postgres => 63,
        Engine::Mysql | Engine::Mariadb => 16,
    }
}

fn user(spec: &Spec) -> Vec<Problem> {
    let user = &spec.master_username;
    (!is_symbolic(user) && !is_plain(user, longest_user(spec.engine))).then(|| refused_user(spec)).into_iter().collect()
}

fn reserved_user(spec: &Spec) -> Vec<Problem> {
    const RESERVED: &[&str] = &["admin", "user", "rdsadmin", "rds_superuser", "rdsrepladmin", "root", "public", "postgres_admin"];
    let user = spec.master_username.as_str();
    let reserved = match spec.engine {
        Engine::Postgres => RESERVED.contains(&user) || user.starts_with("pg_"),
        Engine::Mysql | Engine::Mariadb => ["rdsadmin", "root"].contains(&user),
    };
    reserved.then(|| refused_user(spec)).into_iter().collect()
}

fn refused_user(spec: &Spec) -> Problem {
    let rest = longest_user(spec.engine) - 1;
    Problem::new("master_username", format!("`{}` cannot be the master user of {}", spec.master_username, spec.engine.name()))
        .help(format!("a letter, then up to {rest} letters, digits and `_`, and no reserved word"))
}

fn db_name(spec: &Spec) -> Vec<Problem> {
    let max = match spec.engine {
        Engine::Postgres => 63,
        Engine::Mysql | Engine::Mariadb => 64,
    };
    let wrong = spec.db_name.as_deref().filter(|name| !is_symbolic(name) && !is_plain(name, max));
    let problem = |name| {
        Problem::new("db_name", format!("`{name}` cannot be the name of a database"))
            .help(format!("a letter, then up to {} letters, digits and `_`", max - 1))
    };
    wrong.map(problem).into_iter().collect()
}

fn reserved_name(spec: &Spec) -> Vec<Problem> {
    let reserved = spec.db_name.iter().filter(|name| spec.engine.refuses(name));
    reserved.map(|name| Problem::new("db_name", format!("`{name}` is a reserved word")).help("choose another name")).collect()
}

fn class(spec: &Spec) -> Vec<Problem> {
    let class = &spec.instance_class;
    let good = is_symbolic(class) || class.starts_with("db.") && class.matches('.').count() == 2;
    let problem = || Problem::new("instance_class", format!("`{class}` is not an instance class")).help("such as db.t4g.micro");
    (!good).then(problem).into_iter().collect()
}

fn retention(spec: &Spec) -> Vec<Problem> {
    let days = spec.backup_retention_period;
    let problem = || Problem::new("backup_retention_period", format!("backups are kept 0 to 35 days, not {days}")).help("0 turns them off");
    (!(0..=35).contains(&days)).then(problem).into_iter().collect()
}

fn port(spec: &Spec) -> Vec<Problem> {
    let low = spec.port.filter(|port| *port < 1150);
    let help = format!("leave it out for {}, the engine's own", spec.engine.port());
    low.map(|_| Problem::new("port", "RDS takes ports from 1150 to 65535").help(help)).into_iter().collect()
}

fn logs(spec: &Spec) -> Vec<Problem> {
    let known = spec.engine.log_types();
    let unknown = spec.enabled_cloudwatch_logs_exports.iter().filter(|log| !known.contains(&log.as_str()));
    let problem = |log: &String| {
        Problem::new("enabled_cloudwatch_logs_exports", format!("{} has no log `{log}`", spec.engine.name()))
            .help(format!("one of {}", known.join(", ")))
    };
    unknown.map(problem).collect()
}

fn interval(spec: &Spec) -> Vec<Problem> {
    let known = [0, 1, 5, 10, 15, 30, 60].contains(&spec.monitoring_interval);
    let problem = || {
        Problem::new("monitoring_interval", "samples are 0, 1, 5, 10, 15, 30 or 60 seconds apart").help("write one of these; 0 takes none")
    };
    (!known).then(problem).into_iter().collect()
}

fn monitoring(spec: &Spec) -> Vec<Problem> {
    let one_alone = (spec.monitoring_interval > 0) != spec.monitoring_role_arn.is_some();
    let problem = || {
        Problem::new("monitoring_role_arn", "enhanced monitoring needs both an interval and a role")
            .or("monitoring_interval")
            .help("set `monitoring_interval` and `monitoring_role_arn`, or neither")
    };
    one_alone.then(problem).into_iter().collect()
}

fn windows(spec: &Spec) -> Windows<'_> {
    Windows {
        backup: ("preferred_backup_window", spec.preferred_backup_window.as_deref()),
        maintenance: ("preferred_maintenance_window", spec.preferred_maintenance_window.as_deref()),
    }
}

fn key_without_encryption(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.kms_key_id.is_some() && !spec.storage_encrypted;
    wrong.then(|| Problem::new("kms_key_id", "a key without encryption").help("storage_encrypted = true")).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
