//! DeleteDBInstance and RebootDBInstance.

use super::{INSTANCES, SNAPSHOTS, bad_combination, identifier, instance, settle, snapshot};
use crate::services::secretsmanager;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const DELETING: f64 = 240.0;
const FINAL_SNAPSHOT: f64 = 180.0;
const REBOOTING: f64 = 60.0;

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = instance::find(call, call.text("DBInstanceIdentifier"))?;
    let row = call.get(INSTANCES, &id).cloned().unwrap_or_default();
    let status = row["DBInstanceStatus"].as_str().unwrap_or_default();
    if status == "deleting" {
        return Err(Fault::new("InvalidDBInstanceState", format!("Instance {id} is already being deleted.")));
    }
    if row["DeletionProtection"] == true {
        return Err(bad_combination("Cannot delete protected DB Instance, please disable deletion protection and try again."));
    }
    let (skip, name) = (call.input["SkipFinalSnapshot"] == true, call.text("FinalDBSnapshotIdentifier").to_owned());
    match (skip, name.is_empty()) {
        (false, true) => return Err(bad_combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")),
        (true, false) => {
            return Err(bad_combination("FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is specified."));
        }
        (true, true) => {}
        (false, false) => {
            if status == "creating" {
                return Err(Fault::new(
                    "InvalidDBInstanceState",
                    format!("Instance {id} is not currently in a state that allows a snapshot."),
                ));
            }
            let name = identifier("FinalDBSnapshotIdentifier", &name, 255)?;
            if call.get(SNAPSHOTS, &name).is_some() {
                return Err(snapshot::exists(&name));
            }
            snapshot::take(call, &id, &name, FINAL_SNAPSHOT);
        }
    }
    settle(call, &id);
    if let Some(row) = call.get_mut(INSTANCES, &id) {
        row["DBInstanceStatus"] = json!("deleting");
        row["PendingModifiedValues"] = json!({});
    }
    let seconds = DELETING + if skip { 0.0 } else { FINAL_SNAPSHOT };
    call.remove_later(INSTANCES, &id, seconds);
    if let Some(secret) = row["MasterUserSecret"]["SecretArn"].as_str() {
        secretsmanager::delete_managed_later(call, secret, seconds);
    }
    Ok(json!({"DBInstance": instance::view(call, &id)}))
}

pub fn reboot(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = instance::find(call, call.text("DBInstanceIdentifier"))?;
    let row = call.get(INSTANCES, &id).unwrap_or(&Value::Null);
    if row["DBInstanceStatus"] != "available" && row["DBInstanceStatus"] != "storage-optimization" {
        return Err(Fault::new("InvalidDBInstanceState", format!("Instance {id} is not in available state.")));
    }
    if call.input["ForceFailover"] == true && row["MultiAZ"] != true {
        return Err(bad_combination("You can't force a failover of a DB instance that is not Multi-AZ."));
    }
    if let Some(row) = call.get_mut(INSTANCES, &id) {
        row["DBInstanceStatus"] = json!("rebooting");
    }
    call.later(INSTANCES, &id, REBOOTING, json!({"DBInstanceStatus": "available", "_parameter_status": "in-sync"}));
    Ok(json!({"DBInstance": instance::view(call, &id)}))
}
