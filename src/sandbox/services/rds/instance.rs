//! DB instances: create and describe.

use super::storage::{self, Storage};
use super::{
    INSTANCES, bad_combination, bad_value, catalog, filter, identifier, not_found, parameter_group, settings, subnet_group, tag, window,
};
use crate::services::{iam, kms, secretsmanager};
use crate::world::{Call, Fault, merge, tag_list};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The durations of the steps of a creation, in seconds.
const CREATING: f64 = 240.0;
const BACKING_UP: f64 = 60.0;
const YEAR: f64 = 365.0 * 86_400.0;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let input = call.input;
    let id = identifier("DBInstanceIdentifier", call.text("DBInstanceIdentifier"), 63)?;
    if call.get(INSTANCES, &id).is_some() {
        return Err(Fault::new("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    iam::ensure_service_linked(call, "rds.amazonaws.com")?;
    let engine = catalog::engine(call.text("Engine"))?;
    let (major, version) = engine.version(call.text("EngineVersion"))?;
    let class = call.text("DBInstanceClass").to_owned();
    catalog::check_class(&class)?;
    let tags = tag::given(call)?;
    let subnets = match call.text("DBSubnetGroupName") {
        "" => subnet_group::default(call)?,
        name => subnet_group::find(call, name).map(|_| name.to_lowercase())?,
    };
    let group = subnet_group::find(call, &subnets)?.clone();
    let vpc = group["VpcId"].as_str().unwrap_or_default().to_owned();
    let security_groups = match call.texts("VpcSecurityGroupIds") {
        none if none.is_empty() => settings::default_security_group(call, &vpc),
        given => given,
    };
    let security_groups = settings::security_groups(call, &security_groups, &vpc)?;
    let parameters = parameter_group(call, major.family)?;
    let user = call.text("MasterUsername").to_owned();
    settings::check_user(&user, engine.name)?;
    let managed = master_password(call, engine.name)?;
    if let Some(name) = input["DBName"].as_str() {
        settings::check_database(name, engine.name)?;
    }
    let wanted = Storage {
        kind: input["StorageType"].as_str().unwrap_or(if input["Iops"].is_i64() { "io1" } else { "gp3" }).to_lowercase(),
        size: input["AllocatedStorage"].as_i64().ok_or_else(|| bad_value("The parameter AllocatedStorage must be provided."))?,
        iops: input["Iops"].as_i64(),
        throughput: input["StorageThroughput"].as_i64(),
        limit: input["MaxAllocatedStorage"].as_i64(),
    };
    let storage = storage::check(engine.name, wanted)?;
    let retention = input["BackupRetentionPeriod"].as_i64().unwrap_or(1);
    settings::check_retention(retention)?;
    let port = input["Port"].as_i64().unwrap_or(engine.port);
    settings::check_port(port)?;
    let (backup, maintenance) = windows(call, &id)?;
    let logs = call.texts("EnableCloudwatchLogsExports");
    settings::check_logs(engine, version, &logs)?;
    let (interval, role) = (input["MonitoringInterval"].as_i64().unwrap_or(0), call.text("MonitoringRoleArn").to_owned());
    settings::check_monitoring(call, interval, &role)?;
    let (zone, second) = zones(call, &group)?;
    let public = input["PubliclyAccessible"].as_bool().unwrap_or_else(|| settings::has_internet_gateway(call, &vpc));
    if public && !settings::has_internet_gateway(call, &vpc) {
        let message = "Cannot create a publicly accessible DBInstance. The specified VPC has no internet gateway attached. Update the VPC and then try again";
        return Err(Fault::new("InvalidVPCNetworkStateFault", message));
    }
    let encrypted = input["StorageEncrypted"] == true;
    let key = match (encrypted, call.text("KmsKeyId").to_owned()) {
        (false, key) if key.is_empty() => None,
        (false, _) => return Err(bad_combination("You can't specify a KmsKeyId for a DB instance whose storage is not encrypted.")),
        (true, key) if key.is_empty() => Some(kms::managed_key(call, "rds")),
        (true, key) => Some(settings::key_arn(call, &key)?),
    };
    let insights = settings::insights(call, engine.name, &class, &Value::Null)?;

    let (arn, now, resource) = (call.arn("rds", &format!("db:{id}")), call.now(), call.hex(26).to_uppercase());
    let authority = input["CACertificateIdentifier"].as_str().unwrap_or("rds-ca-rsa2048-g1");
    let on = |member: &str| input[member] == true;
    let mut row = json!({
        "DBInstanceIdentifier": id, "DBInstanceArn": arn, "_arn": arn, "DbiResourceId": format!("db-{resource}"), "DBInstanceClass": class,
        "Engine": engine.name, "EngineVersion": version, "LicenseModel": input["LicenseModel"].as_str().unwrap_or(engine.license),
        "EngineLifecycleSupport": input["EngineLifecycleSupport"].as_str().unwrap_or("open-source-rds-extended-support"),
        "DBInstanceStatus": "creating", "MasterUsername": user, "AllocatedStorage": storage.size, "StorageType": storage.kind,
        "StorageEncrypted": encrypted, "DedicatedLogVolume": on("DedicatedLogVolume"), "IsStorageConfigUpgradeAvailable": false,
        "MultiAZ": on("MultiAZ"), "PubliclyAccessible": public, "DbInstancePort": 0, "VpcSecurityGroups": security_groups,
        "DBSecurityGroups": [], "_subnet_group": subnets, "_parameter_group": parameters, "_parameter_status": "in-sync", "_port": port,
    });
    let more = json!({
        "BackupRetentionPeriod": retention, "BackupTarget": input["BackupTarget"].as_str().unwrap_or("region"),
        "PreferredBackupWindow": backup, "PreferredMaintenanceWindow": maintenance, "CopyTagsToSnapshot": on("CopyTagsToSnapshot"),
        "AutoMinorVersionUpgrade": input["AutoMinorVersionUpgrade"].as_bool().unwrap_or(true), "DeletionProtection": on("DeletionProtection"),
        "IAMDatabaseAuthenticationEnabled": on("EnableIAMDatabaseAuthentication"), "MonitoringInterval": interval,
        "CACertificateIdentifier": authority, "CertificateDetails": {"CAIdentifier": authority, "ValidTill": now + YEAR},
        "NetworkType": input["NetworkType"].as_str().unwrap_or("IPV4"), "ActivityStreamStatus": "stopped", "CustomerOwnedIpEnabled": false,
        "OptionGroupMemberships": [{"OptionGroupName": format!("default:{}-{}", engine.name, major.name.replace('.', "-")), "Status": "in-sync"}],
        "DomainMemberships": [], "AssociatedRoles": [], "ReadReplicaDBInstanceIdentifiers": [], "PendingModifiedValues": {},
    });
    merge(&mut row, &more);
    merge(&mut row, &insights);
    let optional = [
        ("DBName", input.get("DBName").cloned()),
        ("Iops", storage.iops.map(Value::from)),
        ("StorageThroughput", storage.throughput.map(Value::from)),
        ("MaxAllocatedStorage", storage.limit.map(Value::from)),
        ("KmsKeyId", key.map(Value::from)),
        ("EnabledCloudwatchLogsExports", (!logs.is_empty()).then(|| json!(logs))),
        ("MonitoringRoleArn", (!role.is_empty()).then(|| json!(role))),
        ("ProcessorFeatures", input.get("ProcessorFeatures").cloned()),
        ("CharacterSetName", input.get("CharacterSetName").cloned()),
        ("PromotionTier", input.get("PromotionTier").cloned()),
    ];
    for (member, value) in optional {
        if let Some(value) = value {
            row[member] = value;
        }
    }
    if interval > 0 {
        row["EnhancedMonitoringResourceArn"] = json!(monitoring_arn(call, row["DbiResourceId"].as_str().unwrap_or_default()));
    }
    if managed {
        row["MasterUserSecret"] = master_secret(call, &arn, &user)?;
    }
    let own = group["Subnets"].as_array().into_iter().flatten().find(|subnet| subnet["SubnetAvailabilityZone"]["Name"] == zone.as_str());
    row["_subnet"] = own.map_or(Value::Null, |subnet| subnet["SubnetIdentifier"].clone());
    call.put(INSTANCES, &id, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    come_up(call, &id, port, retention > 0, zone, second, managed);
    Ok(json!({"DBInstance": view(call, &id)}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut instances = match call.text("DBInstanceIdentifier") {
        "" => call.all(INSTANCES).into_iter().map(|(id, _)| view(call, id)).collect(),
        name => vec![view(call, &find(call, name)?)],
    };
    filter(call, &mut instances, |instance, name| {
        let member = match name {
            "db-instance-id" => "DBInstanceIdentifier",
            "dbi-resource-id" => "DbiResourceId",
            "engine" => "Engine",
            "db-cluster-id" | "domain" => "DBClusterIdentifier",
            _ => return None,
        };
        let arn = instance["DBInstanceArn"].as_str().filter(|_| name == "db-instance-id");
        Some(instance[member].as_str().into_iter().chain(arn).map(String::from).collect())
    })?;
    Ok(json!({"DBInstances": instances}))
}

/// The identifier of the instance named by identifier or ARN.
pub fn find(call: &Call<'_>, name: &str) -> Result<String, Fault> {
    let prefix = call.arn("rds", "db:");
    let id = name.strip_prefix(&prefix).unwrap_or(name).to_lowercase();
    match call.get(INSTANCES, &id) {
        Some(_) => Ok(id),
        None => Err(not_found("DBInstanceNotFound", format!("DBInstance {id} not found."))),
    }
}

/// An instance as it is answered.
pub fn view(call: &Call<'_>, id: &str) -> Value {
    let mut row = call.get(INSTANCES, id).cloned().unwrap_or_default();
    let group = row["_subnet_group"].as_str().and_then(|name| subnet_group::find(call, name).ok()).cloned();
    if let Some(group) = group {
        row["DBSubnetGroup"] = group;
    }
    row["DBParameterGroups"] = json!([{"DBParameterGroupName": row["_parameter_group"], "ParameterApplyStatus": row["_parameter_status"]}]);
    row["TagList"] = tag_list(&call.tags(row["DBInstanceArn"].as_str().unwrap_or_default()));
    row
}

/// Makes the secret that holds the master password; the member that shows it.
pub fn master_secret(call: &mut Call<'_>, arn: &str, user: &str) -> Result<Value, Fault> {
    let key = match call.text("MasterUserSecretKmsKeyId").to_owned() {
        key if key.is_empty() => kms::managed_key(call, "secretsmanager"),
        key => settings::key_arn(call, &key)?,
    };
    let digits = call.hex(32);
    let name = format!("rds!db-{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    let secret = secretsmanager::create_managed(call, "rds", &name, user, &key, ("aws:rds:primaryDBInstanceArn", arn));
    Ok(json!({"SecretArn": secret, "SecretStatus": "creating", "KmsKeyId": key}))
}

pub fn monitoring_arn(call: &Call<'_>, resource: &str) -> String {
    call.arn("logs", &format!("log-group:RDSOSMetrics:log-stream:{resource}"))
}

/// The host name of an instance: the account's own subdomain, the same for all its instances in a region.
pub fn endpoint(call: &Call<'_>, id: &str, port: i64) -> Value {
    let digest = Sha256::digest(format!("rds/{}/{}/{}", call.world.seed, call.world.account, call.region));
    let own = call.world.label(digest.iter().take(12).map(|byte| char::from(b'a' + byte % 26)).collect());
    json!({"Address": format!("{id}.{own}.{}.rds.amazonaws.com", call.region), "Port": port, "HostedZoneId": "Z2R2ITUGPM61AM"})
}

/// creating → backing-up → available. The endpoint appears once the instance is up.
fn come_up(call: &mut Call<'_>, id: &str, port: i64, backups: bool, zone: String, second: Option<String>, managed: bool) {
    let status = if backups { "backing-up" } else { "available" };
    let mut up = json!({
        "DBInstanceStatus": status, "Endpoint": endpoint(call, id, port), "AvailabilityZone": zone,
        "InstanceCreateTime": call.now() + CREATING,
    });
    if let Some(second) = second {
        up["SecondaryAvailabilityZone"] = json!(second);
    }
    if managed {
        up["MasterUserSecret"] = json!({"SecretStatus": "active"});
    }
    call.later(INSTANCES, id, CREATING, up);
    if backups {
        let ready = json!({"DBInstanceStatus": "available", "LatestRestorableTime": call.now() + CREATING + BACKING_UP});
        call.later(INSTANCES, id, CREATING + BACKING_UP, ready);
    }
}

/// The group asked for, of the right family, or the family's default.
fn parameter_group(call: &mut Call<'_>, family: &str) -> Result<String, Fault> {
    let name = call.text("DBParameterGroupName").to_lowercase();
    if name.is_empty() {
        return Ok(parameter_group::use_default(call, family));
    }
    check_family(&parameter_group::find(call, &name)?, family)?;
    Ok(name)
}

pub fn check_family(group: &Value, family: &str) -> Result<(), Fault> {
    let (name, own) =
        (group["DBParameterGroupName"].as_str().unwrap_or_default(), group["DBParameterGroupFamily"].as_str().unwrap_or_default());
    match own == family {
        true => Ok(()),
        false => Err(bad_combination(format!(
            "The parameter group {name} with DBParameterGroupFamily {own} can't be used for this instance. Use a parameter group with \
             DBParameterGroupFamily {family}."
        ))),
    }
}

/// True when RDS is to manage the password; otherwise one must be given.
fn master_password(call: &Call<'_>, engine: &str) -> Result<bool, Fault> {
    match (call.input["ManageMasterUserPassword"] == true, call.text("MasterUserPassword")) {
        (true, "") => Ok(true),
        (true, _) => Err(bad_combination("You can't specify MasterUserPassword when ManageMasterUserPassword is set to true.")),
        (false, "") => Err(bad_value("The parameter MasterUserPassword must be provided and must not be blank.")),
        (false, password) => settings::check_password(password, engine).map(|()| false),
    }
}

/// The windows asked for; what AWS picks itself is out of the way of the other.
fn windows(call: &Call<'_>, id: &str) -> Result<(String, String), Fault> {
    let byte = usize::from(Sha256::digest(id)[0]);
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][byte % 7];
    let asked = |member: &str| call.input[member].as_str().map(str::to_lowercase);
    let (backup, maintenance) = (asked("PreferredBackupWindow"), asked("PreferredMaintenanceWindow"));
    let pair = |shift: usize| {
        let hour = 3 + (byte + shift) % 8;
        let backup = backup.clone().unwrap_or(format!("{hour:02}:12-{hour:02}:42"));
        let maintenance = maintenance.clone().unwrap_or(format!("{day}:{0:02}:06-{day}:{0:02}:36", 3 + (hour + 1) % 8));
        window::check(&backup, &maintenance).map(|()| (backup, maintenance))
    };
    (0..8).map(pair).find(Result::is_ok).unwrap_or_else(|| pair(0))
}

/// The zone of the instance, and of its standby.
fn zones(call: &Call<'_>, group: &Value) -> Result<(String, Option<String>), Fault> {
    let subnets = group["Subnets"].as_array().into_iter().flatten();
    let mut zones: Vec<String> = subnets.filter_map(|subnet| subnet["SubnetAvailabilityZone"]["Name"].as_str().map(String::from)).collect();
    zones.sort();
    zones.dedup();
    let asked = call.text("AvailabilityZone");
    if call.input["MultiAZ"] == true {
        if !asked.is_empty() {
            return Err(bad_combination("Requesting a specific availability zone is not valid for Multi-AZ instances."));
        }
        let second = zones.get(1).cloned();
        return Ok((zones.into_iter().next().unwrap_or_default(), second));
    }
    match asked.is_empty() || zones.iter().any(|zone| zone == asked) {
        true if asked.is_empty() => Ok((zones.into_iter().next().unwrap_or_default(), None)),
        true => Ok((asked.to_owned(), None)),
        false => Err(bad_combination(format!("The requested availability zone {asked} is not covered by the DB subnet group."))),
    }
}
