//! ModifyDBInstance: what changes at once, and what waits for the maintenance window unless told otherwise.

use super::storage::{self, Storage};
use super::{INSTANCES, bad_combination, bad_value, catalog, instance, parameter_group, settings, subnet_group, window};
use crate::services::secretsmanager;
use crate::world::{Call, Fault, merge};
use serde_json::{Map, Value, json};

/// Seconds between two changes of an instance's storage.
const STORAGE_SETTLES: f64 = 6.0 * 3600.0;
/// Seconds until another master password holds.
const CREDENTIALS_SETTLE: f64 = 60.0;
/// Changes are refused in any other state.
const CHANGEABLE: &[&str] = &["available", "storage-optimization", "storage-full", "incompatible-parameters"];

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = instance::find(call, call.text("DBInstanceIdentifier"))?;
    let row = call.get(INSTANCES, &id).cloned().unwrap_or_default();
    if !CHANGEABLE.iter().any(|state| row["DBInstanceStatus"] == *state) {
        return Err(Fault::new("InvalidDBInstanceState", format!("Database instance {id} is not in available state.")));
    }
    if call.input.get("NewDBInstanceIdentifier").is_some() {
        return Err(bad_value("Renaming a DB instance is not in the sandbox."));
    }
    let (mut at_once, seconds) = immediate(call, &row)?;
    let mut pending = row["PendingModifiedValues"].as_object().cloned().unwrap_or_default();
    deferred(call, &row, &mut pending, &mut at_once)?;
    if let Some(row) = call.get_mut(INSTANCES, &id) {
        merge(row, &at_once);
        row["PendingModifiedValues"] = json!(pending);
    }
    if call.input["ApplyImmediately"] == true && !pending.is_empty() {
        apply(call, &id, &row, &pending);
    } else {
        if seconds > 0.0 {
            let back = row["DBInstanceStatus"].clone();
            set_status(call, &id, "modifying");
            call.later(INSTANCES, &id, seconds, json!({"DBInstanceStatus": back}));
        }
        if !pending.is_empty() {
            schedule(call, &id, &pending);
        }
    }
    if at_once.get("MasterUserSecret").is_some() {
        change_credentials(call, &id);
    }
    Ok(json!({"DBInstance": instance::view(call, &id)}))
}

/// The password that is new is pending for a while, and so is the secret that holds it.
fn change_credentials(call: &mut Call<'_>, id: &str) {
    let Some(row) = call.get_mut(INSTANCES, id) else { return };
    row["PendingModifiedValues"]["MasterUserPassword"] = json!("****");
    let mut done = json!({"PendingModifiedValues": {"MasterUserPassword": null}});
    if !row["MasterUserSecret"].is_null() {
        done["MasterUserSecret"] = json!({"SecretStatus": "active"});
    }
    call.later(INSTANCES, id, CREDENTIALS_SETTLE, done);
}

/// Members that take effect with the call, and for how many seconds the instance shows that it is being modified.
fn immediate(call: &mut Call<'_>, row: &Value) -> Result<(Value, f64), Fault> {
    let input = call.input;
    let (engine, version) =
        (catalog::engine(row["Engine"].as_str().unwrap_or_default())?, row["EngineVersion"].as_str().unwrap_or_default());
    let vpc = subnet_group::find(call, row["_subnet_group"].as_str().unwrap_or_default())?["VpcId"].as_str().unwrap_or_default().to_owned();
    let (mut patch, mut seconds) = (Map::new(), 0.0);
    for member in ["CopyTagsToSnapshot", "AutoMinorVersionUpgrade", "DeletionProtection", "PromotionTier"] {
        if let Some(given) = input.get(member) {
            patch.insert(member.into(), given.clone());
        }
    }
    let (backup, maintenance) = (text(input, row, "PreferredBackupWindow"), text(input, row, "PreferredMaintenanceWindow"));
    window::check(&backup, &maintenance)?;
    patch.insert("PreferredBackupWindow".into(), json!(backup));
    patch.insert("PreferredMaintenanceWindow".into(), json!(maintenance));
    if let Some(public) = input["PubliclyAccessible"].as_bool() {
        if public && !settings::has_internet_gateway(call, &vpc) {
            let message = "Cannot make the DB instance publicly accessible. Its VPC has no internet gateway attached.";
            return Err(Fault::new("InvalidVPCNetworkStateFault", message));
        }
        seconds = 60.0;
        patch.insert("PubliclyAccessible".into(), json!(public));
    }
    if input.get("VpcSecurityGroupIds").is_some() {
        seconds = 30.0;
        // Whoever moves to another VPC names groups of that one.
        let there = match call.text("DBSubnetGroupName") {
            "" => vpc.clone(),
            name => subnet_group::find(call, name)?["VpcId"].as_str().unwrap_or_default().to_owned(),
        };
        patch.insert("VpcSecurityGroups".into(), settings::security_groups(call, &call.texts("VpcSecurityGroupIds"), &there)?);
    }
    if let Some(exports) = input.get("CloudwatchLogsExportConfiguration") {
        seconds = 60.0;
        patch.insert("EnabledCloudwatchLogsExports".into(), log_exports(engine, version, row, exports)?);
    }
    if input.get("MonitoringInterval").is_some() || input.get("MonitoringRoleArn").is_some() {
        seconds = 60.0;
        let interval = input["MonitoringInterval"].as_i64().or(row["MonitoringInterval"].as_i64()).unwrap_or(0);
        let role = if interval == 0 { text(input, &Value::Null, "MonitoringRoleArn") } else { text(input, row, "MonitoringRoleArn") };
        settings::check_monitoring(call, interval, &role)?;
        let arn = instance::monitoring_arn(call, row["DbiResourceId"].as_str().unwrap_or_default());
        let on = |value: String| if interval > 0 { json!(value) } else { Value::Null };
        patch.insert("MonitoringInterval".into(), json!(interval));
        patch.insert("MonitoringRoleArn".into(), on(role));
        patch.insert("EnhancedMonitoringResourceArn".into(), on(arn));
    }
    let insights =
        ["EnablePerformanceInsights", "PerformanceInsightsRetentionPeriod", "PerformanceInsightsKMSKeyId", "DatabaseInsightsMode"];
    if insights.iter().any(|member| input.get(member).is_some()) {
        seconds = 60.0;
        let class = text(input, row, "DBInstanceClass");
        if let Value::Object(members) = settings::insights(call, engine.name, &class, row)? {
            patch.extend(members);
        }
    }
    if let Some(days) = input["BackupRetentionPeriod"].as_i64() {
        settings::check_retention(days)?;
    }
    if !call.text("DBSubnetGroupName").is_empty() {
        let name = call.text("DBSubnetGroupName").to_owned();
        let other = subnet_group::find(call, &name)?;
        if other["VpcId"] == vpc.as_str() {
            let (id, what) = (
                row["DBInstanceIdentifier"].as_str().unwrap_or_default(),
                "are in the same VPC. Choose a DB subnet group in different VPC.",
            );
            let message =
                format!("You cannot move DB instance {id} to subnet group {name}. The specified DB subnet group and DB instance {what}");
            return Err(Fault::new("InvalidVPCNetworkStateFault", message));
        }
        if row["MultiAZ"] == true {
            return Err(Fault::new("InvalidVPCNetworkStateFault", "You cannot move a Multi-AZ DB instance to another VPC."));
        }
        let subnets = other["Subnets"].as_array().map(Vec::as_slice).unwrap_or_default();
        let same_zone = subnets.iter().find(|subnet| subnet["SubnetAvailabilityZone"]["Name"] == row["AvailabilityZone"]);
        let subnet = same_zone.or(subnets.first()).map(|subnet| subnet["SubnetIdentifier"].clone());
        patch.insert("_subnet".into(), subnet.unwrap_or_default());
        seconds = 300.0;
        patch.insert("_subnet_group".into(), json!(name.to_lowercase()));
    }
    password(call, row, engine.name, &mut patch)?;
    if patch.contains_key("MasterUserSecret") {
        seconds = CREDENTIALS_SETTLE;
    }
    Ok((Value::Object(patch), seconds))
}

/// Members that go into PendingModifiedValues. A value equal to the present one takes a pending change back.
fn deferred(call: &mut Call<'_>, row: &Value, pending: &mut Map<String, Value>, at_once: &mut Value) -> Result<(), Fault> {
    let input = call.input;
    let mut want = |member: &str, value: Value| match row.get(member) == Some(&value) {
        true => pending.remove(member),
        false => pending.insert(member.into(), value),
    };
    if let Some(class) = input["DBInstanceClass"].as_str() {
        catalog::check_class(class)?;
        want("DBInstanceClass", json!(class));
    }
    for (given, member) in [
        ("MultiAZ", "MultiAZ"),
        ("LicenseModel", "LicenseModel"),
        ("DedicatedLogVolume", "DedicatedLogVolume"),
        ("CACertificateIdentifier", "CACertificateIdentifier"),
        ("EnableIAMDatabaseAuthentication", "IAMDatabaseAuthenticationEnabled"),
    ] {
        if let Some(value) = input.get(given) {
            want(member, value.clone());
        }
    }
    if let Some(port) = input["DBPortNumber"].as_i64() {
        settings::check_port(port)?;
        match row["_port"] == port {
            true => pending.remove("Port"),
            false => pending.insert("Port".into(), json!(port)),
        };
    }
    // Turning backups on or off restarts the instance; any other change of the period does not.
    if let Some(days) = input["BackupRetentionPeriod"].as_i64() {
        let now = row["BackupRetentionPeriod"].as_i64().unwrap_or(0);
        match (now == 0) != (days == 0) {
            true => pending.insert("BackupRetentionPeriod".into(), json!(days)),
            false => {
                at_once["BackupRetentionPeriod"] = json!(days);
                pending.remove("BackupRetentionPeriod")
            }
        };
    }
    change_storage(call, row, pending, at_once)?;
    change_version(call, row, pending, at_once)
}

fn change_storage(call: &Call<'_>, row: &Value, pending: &mut Map<String, Value>, at_once: &mut Value) -> Result<(), Fault> {
    let (input, number) = (call.input, |member: &str| call.input[member].as_i64());
    let now = row["AllocatedStorage"].as_i64().unwrap_or(0);
    let kind = text(input, row, "StorageType").to_lowercase();
    let changes = ["AllocatedStorage", "StorageType", "Iops", "StorageThroughput"].iter().any(|member| input.get(member).is_some());
    if !changes && number("MaxAllocatedStorage").is_none() {
        return Ok(());
    }
    let mut size = number("AllocatedStorage").unwrap_or(now);
    if size < now {
        return Err(bad_combination(format!(
            "The allocated storage can only grow: {size} GiB is less than the {now} GiB the DB instance has."
        )));
    }
    // Less than a tenth more is rounded up to a tenth.
    if size > now {
        size = size.max((now * 11 + 9) / 10);
    }
    let kept = |member: &str| row[member].as_i64().filter(|_| row["StorageType"] == kind.as_str() && (now < 400) == (size < 400));
    let limit = number("MaxAllocatedStorage").or(row["MaxAllocatedStorage"].as_i64().filter(|limit| limit * 10 >= size * 11));
    // A limit equal to the size turns storage autoscaling off.
    let limit = limit.filter(|limit| *limit != size);
    let (iops, throughput) = (number("Iops").or(kept("Iops")), number("StorageThroughput").or(kept("StorageThroughput")));
    let wanted = storage::check(row["Engine"].as_str().unwrap_or_default(), Storage { kind, size, iops, throughput, limit })?;
    at_once["MaxAllocatedStorage"] = json!(wanted.limit);
    let members = [
        ("AllocatedStorage", Some(json!(wanted.size))),
        ("StorageType", Some(json!(wanted.kind))),
        ("Iops", wanted.iops.map(Value::from)),
        ("StorageThroughput", wanted.throughput.map(Value::from)),
    ];
    let differs = members.iter().any(|(member, value)| value.as_ref().is_some_and(|value| row.get(*member) != Some(value)));
    if differs && row["_storage_settles"].as_f64().is_some_and(|settles| settles > call.now()) {
        return Err(bad_combination(
            "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.",
        ));
    }
    for (member, value) in members {
        match value.filter(|value| row.get(member) != Some(value)) {
            Some(value) => pending.insert(member.into(), value),
            None => pending.remove(member),
        };
    }
    Ok(())
}

fn change_version(call: &mut Call<'_>, row: &Value, pending: &mut Map<String, Value>, at_once: &mut Value) -> Result<(), Fault> {
    let engine = catalog::engine(row["Engine"].as_str().unwrap_or_default())?;
    let now = row["EngineVersion"].as_str().unwrap_or_default();
    let (old, _) = engine.version(now)?;
    let input = call.input;
    let asked = input["EngineVersion"].as_str().unwrap_or_default();
    // The release line it already has is no change.
    let (major, version) = if asked.is_empty() || asked == old.name { (old, now) } else { engine.version(asked)? };
    if catalog::numbers(version) < catalog::numbers(now) {
        return Err(bad_combination(format!("Cannot upgrade {} from {now} to {version}", engine.name)));
    }
    let other_major = major.name != old.name;
    if other_major && call.input["AllowMajorVersionUpgrade"] != true {
        return Err(bad_combination("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."));
    }
    let current = row["_parameter_group"].as_str().unwrap_or_default();
    let group = match call.text("DBParameterGroupName").to_lowercase() {
        none if none.is_empty() && other_major && !current.starts_with("default.") => {
            return Err(bad_combination(format!(
                "The current DB instance parameter group {current} is custom. You must explicitly specify a new DB parameter group, either \
                 default or custom, for the engine version upgrade."
            )));
        }
        none if none.is_empty() && other_major => Some(parameter_group::use_default(call, major.family)),
        none if none.is_empty() => None,
        name => {
            instance::check_family(&parameter_group::find(call, &name)?, major.family)?;
            Some(name)
        }
    };
    match version == now {
        true if asked.is_empty() => {}
        true => {
            pending.remove("EngineVersion");
        }
        false => {
            pending.insert("EngineVersion".into(), json!(version));
        }
    }
    if let Some(group) = group.filter(|group| group != current) {
        at_once["_parameter_group"] = json!(group);
        at_once["_parameter_status"] = json!(if other_major { "in-sync" } else { "pending-reboot" });
    }
    Ok(())
}

/// Seconds that the whole change takes.
fn duration(pending: &Map<String, Value>) -> f64 {
    let each = |member: &String| match member.as_str() {
        "EngineVersion" => 600.0,
        "DBInstanceClass" | "MultiAZ" => 420.0,
        "AllocatedStorage" | "StorageType" | "Iops" | "StorageThroughput" => 180.0,
        _ => 90.0,
    };
    pending.keys().map(each).fold(0.0, f64::max)
}

fn apply(call: &mut Call<'_>, id: &str, row: &Value, pending: &Map<String, Value>) {
    super::settle(call, id);
    let mut done = landed(call, id, pending);
    let stores = touches_storage(pending);
    if stores {
        done["_storage_settles"] = json!(call.now() + STORAGE_SETTLES);
    }
    done["DBInstanceStatus"] = json!(if stores { "storage-optimization" } else { "available" });
    set_status(call, id, if pending.contains_key("EngineVersion") { "upgrading" } else { "modifying" });
    if row["_parameter_status"] == "applying" {
        done["_parameter_status"] = json!("in-sync");
    }
    call.later(INSTANCES, id, duration(pending), done);
    if stores {
        call.later(INSTANCES, id, duration(pending) + 600.0, json!({"DBInstanceStatus": "available"}));
    }
}

/// Leaves the change to the next maintenance window, in place of what was scheduled before.
fn schedule(call: &mut Call<'_>, id: &str, pending: &Map<String, Value>) {
    let table = format!("{}/{INSTANCES}", call.region);
    let scheduled = |patch: &Option<Value>| patch.as_ref().is_some_and(|patch| !patch["PendingModifiedValues"].is_null());
    call.world.due.retain(|due| due.table != table || due.id != id || !scheduled(&due.patch));
    let mut done = landed(call, id, pending);
    let window = call.get(INSTANCES, id).map(|row| row["PreferredMaintenanceWindow"].as_str().unwrap_or_default().to_owned());
    let seconds = window::until_maintenance(&window.unwrap_or_default(), call.now()) + duration(pending);
    if touches_storage(pending) {
        done["_storage_settles"] = json!(call.now() + seconds + STORAGE_SETTLES);
    }
    call.later(INSTANCES, id, seconds, done);
}

/// The patch that makes pending values real.
fn landed(call: &Call<'_>, id: &str, pending: &Map<String, Value>) -> Value {
    let mut done = json!({"PendingModifiedValues": {}});
    for (member, value) in pending {
        done["PendingModifiedValues"][member] = Value::Null;
        match member.as_str() {
            "Port" => {
                done["Endpoint"] = instance::endpoint(call, id, value.as_i64().unwrap_or_default());
                done["_port"] = value.clone();
            }
            "MasterUserPassword" => {}
            "CACertificateIdentifier" => {
                done[member] = value.clone();
                done["CertificateDetails"] = json!({"CAIdentifier": value});
            }
            _ => done[member] = value.clone(),
        }
    }
    done
}

fn touches_storage(pending: &Map<String, Value>) -> bool {
    ["AllocatedStorage", "StorageType", "Iops", "StorageThroughput"].iter().any(|member| pending.contains_key(*member))
}

/// The master password: given, managed by RDS from now on, no longer managed, or rotated.
fn password(call: &mut Call<'_>, row: &Value, engine: &str, patch: &mut Map<String, Value>) -> Result<(), Fault> {
    let (given, secret) = (call.text("MasterUserPassword").to_owned(), row["MasterUserSecret"]["SecretArn"].as_str());
    let manage = call.input["ManageMasterUserPassword"].as_bool();
    if !given.is_empty() {
        settings::check_password(&given, engine)?;
        if manage == Some(true) || (secret.is_some() && manage.is_none()) {
            return Err(bad_combination(
                "You can't specify MasterUserPassword for an instance whose password is managed in Secrets Manager.",
            ));
        }
    }
    match (manage, secret) {
        (Some(true), None) => {
            let (arn, user) = (row["DBInstanceArn"].as_str().unwrap_or_default(), row["MasterUsername"].as_str().unwrap_or_default());
            let secret = instance::master_secret(call, arn, user)?;
            patch.insert("MasterUserSecret".into(), secret);
        }
        (Some(false), Some(_)) if given.is_empty() => {
            return Err(bad_combination("You must specify MasterUserPassword when ManageMasterUserPassword is set to false."));
        }
        (Some(false), Some(secret)) => {
            secretsmanager::delete_managed_later(call, secret, 0.0);
            patch.insert("MasterUserSecret".into(), Value::Null);
        }
        (_, Some(secret)) if call.input["RotateMasterUserPassword"] == true => {
            secretsmanager::rotate_managed(call, secret);
            patch.insert("MasterUserSecret".into(), json!({"SecretStatus": "rotating"}));
        }
        _ => {}
    }
    Ok(())
}

fn log_exports(engine: &catalog::Engine, version: &str, row: &Value, change: &Value) -> Result<Value, Fault> {
    let names =
        |list: &Value| -> Vec<String> { list.as_array().into_iter().flatten().filter_map(|log| log.as_str().map(String::from)).collect() };
    let (on, off) = (names(&change["EnableLogTypes"]), names(&change["DisableLogTypes"]));
    settings::check_logs(engine, version, &on)?;
    settings::check_logs(engine, version, &off)?;
    let mut logs = names(&row["EnabledCloudwatchLogsExports"]);
    logs.extend(on);
    logs.retain(|log| !off.contains(log));
    logs.sort();
    logs.dedup();
    Ok(if logs.is_empty() { Value::Null } else { json!(logs) })
}

fn set_status(call: &mut Call<'_>, id: &str, status: &str) {
    if let Some(row) = call.get_mut(INSTANCES, id) {
        row["DBInstanceStatus"] = json!(status);
    }
}

/// Returns what the input says, or else what the instance has.
fn text(input: &Value, row: &Value, member: &str) -> String {
    input[member].as_str().or(row[member].as_str()).unwrap_or_default().to_owned()
}
