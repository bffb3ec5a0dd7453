//! DB snapshots, the ones that users take.

use super::{INSTANCES, SNAPSHOTS, bad_combination, filter, identifier, instance, not_found, subnet_group, tag};
use crate::world::{Call, Fault, tag_list};
use serde_json::{Value, json};

const TAKING: f64 = 180.0;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = instance::find(call, call.text("DBInstanceIdentifier"))?;
    let name = identifier("DBSnapshotIdentifier", call.text("DBSnapshotIdentifier"), 255)?;
    if call.get(SNAPSHOTS, &name).is_some() {
        return Err(exists(&name));
    }
    if call
        .get(INSTANCES, &id)
        .is_some_and(|row| row["DBInstanceStatus"] != "available" && row["DBInstanceStatus"] != "storage-optimization")
    {
        return Err(Fault::new(
            "InvalidDBInstanceState",
            format!("Cannot create a snapshot because the database instance {id} is not available."),
        ));
    }
    let tags = tag::given(call)?;
    let arn = take(call, &id, &name, TAKING);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"DBSnapshot": view(call, &name)}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut snapshots: Vec<Value> = match call.text("DBSnapshotIdentifier").to_lowercase() {
        none if none.is_empty() => call.all(SNAPSHOTS).into_iter().map(|(name, _)| view(call, name)).collect(),
        name => vec![view(call, &find(call, &name)?)],
    };
    for (given, member) in
        [("DBInstanceIdentifier", "DBInstanceIdentifier"), ("DbiResourceId", "DbiResourceId"), ("SnapshotType", "SnapshotType")]
    {
        let wanted = call.text(given);
        snapshots.retain(|snapshot| wanted.is_empty() || snapshot[member].as_str().is_some_and(|own| own.eq_ignore_ascii_case(wanted)));
    }
    filter(call, &mut snapshots, |snapshot, name| {
        let member = match name {
            "db-snapshot-id" => "DBSnapshotIdentifier",
            "db-instance-id" => "DBInstanceIdentifier",
            "dbi-resource-id" => "DbiResourceId",
            "snapshot-type" => "SnapshotType",
            "engine" => "Engine",
            _ => return None,
        };
        Some(snapshot[member].as_str().into_iter().map(String::from).collect())
    })?;
    Ok(json!({"DBSnapshots": snapshots}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = find(call, &call.text("DBSnapshotIdentifier").to_lowercase())?;
    let mut snapshot = view(call, &name);
    if snapshot["Status"] != "available" {
        return Err(Fault::new(
            "InvalidDBSnapshotState",
            format!("Cannot delete the snapshot {name} because it is not in available state."),
        ));
    }
    call.remove(SNAPSHOTS, &name);
    snapshot["Status"] = json!("deleted");
    Ok(json!({"DBSnapshot": snapshot}))
}

/// Takes a snapshot of an instance, with its tags if it says so; gives the snapshot's ARN.
pub fn take(call: &mut Call<'_>, id: &str, name: &str, seconds: f64) -> String {
    let (arn, now) = (call.arn("rds", &format!("snapshot:{name}")), call.now());
    let source = call.get(INSTANCES, id).cloned().unwrap_or_default();
    let mut row = json!({
        "DBSnapshotIdentifier": name, "DBSnapshotArn": arn, "_arn": arn, "DBInstanceIdentifier": id, "Status": "creating", "PercentProgress": 0,
        "SnapshotType": "manual", "SnapshotTarget": "region", "Encrypted": source["StorageEncrypted"], "Port": source["_port"],
        "OptionGroupName": source["OptionGroupMemberships"][0]["OptionGroupName"],
    });
    for member in [
        "AllocatedStorage",
        "AvailabilityZone",
        "DbiResourceId",
        "DedicatedLogVolume",
        "Engine",
        "EngineVersion",
        "IAMDatabaseAuthenticationEnabled",
        "InstanceCreateTime",
        "Iops",
        "KmsKeyId",
        "LicenseModel",
        "MasterUsername",
        "StorageThroughput",
        "StorageType",
    ] {
        if let Some(value) = source.get(member) {
            row[member] = value.clone();
        }
    }
    if let Some(vpc) =
        source["_subnet_group"].as_str().and_then(|group| subnet_group::find(call, group).ok()).and_then(|group| group.get("VpcId"))
    {
        row["VpcId"] = vpc.clone();
    }
    call.put(SNAPSHOTS, name, row);
    if source["CopyTagsToSnapshot"] == true {
        let tags = call.tags(source["DBInstanceArn"].as_str().unwrap_or_default());
        call.set_tags(&arn, tags);
    }
    let done = now + seconds;
    let patch = json!({"Status": "available", "PercentProgress": 100, "SnapshotCreateTime": done, "OriginalSnapshotCreateTime": done});
    call.later(SNAPSHOTS, name, seconds, patch);
    arn
}

pub fn exists(name: &str) -> Fault {
    Fault::new(
        "DBSnapshotAlreadyExists",
        format!("Cannot create the snapshot because a snapshot with the identifier {name} already exists."),
    )
}

fn find(call: &Call<'_>, name: &str) -> Result<String, Fault> {
    let prefix = call.arn("rds", "snapshot:");
    let name = name.strip_prefix(&prefix).unwrap_or(name);
    if name.starts_with("rds:") {
        return Err(bad_combination("Automated snapshots are not in the sandbox."));
    }
    match call.get(SNAPSHOTS, name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(not_found("DBSnapshotNotFound", format!("DBSnapshot {name} not found."))),
    }
}

fn view(call: &Call<'_>, name: &str) -> Value {
    let mut row = call.get(SNAPSHOTS, name).cloned().unwrap_or_default();
    row["TagList"] = tag_list(&call.tags(row["DBSnapshotArn"].as_str().unwrap_or_default()));
    row
}
