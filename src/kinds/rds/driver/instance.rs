//! Makes, reads, changes and deletes `rds.instance` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update, principal};
use crate::core::identity::{digest, own_tags};
use crate::core::snapshot::{Live, State};
use crate::kinds::rds::driver;
use crate::kinds::rds::instance::*;
use aws_sdk_rds::types::{CloudwatchLogsExportConfiguration, DbInstance as Instance};
use futures::future::try_join_all;
use std::collections::BTreeMap;

/// The tag that keeps `skip_final_snapshot`: AWS asks for it only at the delete, when the file may say nothing of the
/// instance any more.
const SKIP_FINAL_SNAPSHOT: &str = "trueup:skip-final-snapshot";
/// The tag that keeps the storage last asked for, in GiB: RDS has grown by itself what stands above it.
const ALLOCATED_STORAGE: &str = "trueup:allocated-storage";
/// The output that says how much storage there is.
const ACTUAL_STORAGE: &str = "allocated_storage";

impl Driver for DbInstance {
    const ABSENT: &'static [&'static str] = &["DBInstanceNotFound"];
    const TAKEN: &'static [&'static str] = &["DBInstanceAlreadyExists"];
    const PASSING: &'static [&'static str] = &["InvalidDBInstanceState", principal::UNKNOWN];

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
            .set_tags(Some(driver::tag_list(&tags)))
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
            driver::retag(aws, &change.live.arn, &Retag { set, unset, claim: None }).await?;
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
        driver::retag(aws, &live.arn, &tags).await
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
    let tags = driver::tags(instance.tag_list.clone());
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

// A pending change was asked for and accepted: it counts as done.
fn spec(instance: Instance, engine: Engine, tags: &BTreeMap<String, String>) -> Spec {
    let pending = instance.pending_modified_values;
    let pending = pending.as_ref();
    let actual = pending.and_then(|next| next.allocated_storage).or(instance.allocated_storage).unwrap_or_default();
    let max_allocated_storage = instance.max_allocated_storage.filter(|max| *max > 0);
    // RDS grows storage by a tenth at least, so that what was asked for may be less than what there is.
    let grown = |asked: i32| max_allocated_storage.is_some() || i64::from(actual) <= least_growth(asked.into());
    let asked = tags.get(ALLOCATED_STORAGE).and_then(|size| size.parse::<i32>().ok()).filter(|size| *size <= actual && grown(*size));
    let storage_type = storage_type(pending.and_then(|next| next.storage_type.as_deref()).or(instance.storage_type.as_deref()));
    // The numbers that storage comes with follow its real size.
    let (iops, throughput) = storage_type.baseline(actual).unzip();
    let port = pending.and_then(|next| next.port).or(instance.endpoint.as_ref().and_then(|endpoint| endpoint.port));
    let port = port.or(instance.db_instance_port).filter(|port| *port > 0);
    Spec {
        name: instance.db_instance_identifier,
        engine,
        engine_version: pending.and_then(|next| next.engine_version.clone()).or(instance.engine_version).unwrap_or_default(),
        auto_minor_version_upgrade: instance.auto_minor_version_upgrade.unwrap_or(false),
        instance_class: pending.and_then(|next| next.db_instance_class.clone()).or(instance.db_instance_class).unwrap_or_default(),
        allocated_storage: asked.unwrap_or(actual),
        max_allocated_storage,
        storage_type,
        iops: pending
            .and_then(|next| next.iops)
            .or(instance.iops)
            .filter(|given| storage_type != StorageType::Gp2 && *given > 0 && Some(*given) != iops),
        storage_throughput: pending
            .and_then(|next| next.storage_throughput)
            .or(instance.storage_throughput)
            .filter(|given| storage_type == StorageType::Gp3 && *given > 0 && Some(*given) != throughput),
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
    let major =
        change.changes("engine_version") && wanted.engine.major(&wanted.engine_version) != wanted.engine.major(&live.spec.engine_version);
    let text = |field: &str, value: &str| change.changes(field).then(|| value.to_owned());
    let maybe = |field: &str, value: &Option<String>| value.clone().filter(|_| change.changes(field));
    let flag = |field: &str, value: bool| change.changes(field).then_some(value);
    // Back to what the storage comes with, which can be said of larger storage only.
    let baseline = wanted.storage_type.baseline(size).filter(|_| size >= STRIPED);
    let iops = wanted.iops.or(baseline.map(|(iops, _)| iops).filter(|_| change.changes("iops")));
    let rate = wanted.storage_throughput.or(baseline.map(|(_, rate)| rate).filter(|_| change.changes("storage_throughput")));
    let group = || wanted.db_parameter_group_name.clone().unwrap_or_else(|| wanted.default_parameter_group());
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
        .set_iops(iops.filter(|_| storage || resized))
        .set_storage_throughput(rate.filter(|_| storage || resized))
        .set_db_port_number(wanted.port.map(i32::from).filter(|_| change.changes("port")))
        .set_vpc_security_group_ids(change.changes("vpc_security_group_ids").then(|| wanted.vpc_security_group_ids.clone()))
        .set_db_subnet_group_name(text("db_subnet_group_name", &wanted.db_subnet_group_name))
        .set_db_parameter_group_name(change.changes("db_parameter_group_name").then(group))
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
