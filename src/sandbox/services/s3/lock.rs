//! Locks of object versions: retention until a time, and legal holds.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

use super::{OBJECTS, bucket, invalid, object};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The members that say how a version is locked.
pub const MEMBERS: [&str; 3] = ["ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"];
const DAY: f64 = 86_400.0;

/// The bucket has to be made for locks.
fn check_bucket(call: &Call<'_>) -> Result<(), Fault> {
    let (_, row) = bucket(call)?;
    match row["_object_lock"].is_null() {
        true => Err(invalid("Bucket is missing Object Lock Configuration")),
        false => Ok(()),
    }
}

/// Locks a new version as the input says, else as its bucket does by default.
pub fn apply(call: &Call<'_>, version: &mut Value) -> Result<(), Fault> {
    let given = |member: &str| call.input.get(member).cloned();
    let asks = MEMBERS.iter().any(|member| given(member).is_some());
    if asks {
        check_bucket(call)?;
    }
    if given("ObjectLockMode").is_some() != given("ObjectLockRetainUntilDate").is_some() {
        return Err(invalid("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"));
    }
    if given("ObjectLockRetainUntilDate").and_then(|until| until.as_f64()).is_some_and(|until| until <= call.now()) {
        return Err(super::bad_argument("The retain until date must be in the future!"));
    }
    for member in MEMBERS {
        if let Some(value) = given(member) {
            version[member] = value;
        }
    }
    let (_, row) = bucket(call)?;
    let default = &row["_object_lock"]["Rule"]["DefaultRetention"];
    if version["ObjectLockMode"].is_null() && default.is_object() {
        let days = default["Days"].as_f64().or(default["Years"].as_f64().map(|years| years * 365.0)).unwrap_or(0.0);
        version["ObjectLockMode"] = default["Mode"].clone();
        version["ObjectLockRetainUntilDate"] = json!(call.now() + days * DAY);
    }
    Ok(())
}

/// Refuses to delete a version that is locked. Whoever may bypass governance says so; nobody bypasses the rest.
pub fn check_free(call: &Call<'_>, version: &Value) -> Result<(), Fault> {
    let retained = version["ObjectLockRetainUntilDate"].as_f64().is_some_and(|until| until > call.now());
    let bypassed = version["ObjectLockMode"] == "GOVERNANCE" && call.input["BypassGovernanceRetention"] == true;
    match (retained && !bypassed) || version["ObjectLockLegalHoldStatus"] == "ON" {
        true => Err(Fault::new("AccessDenied", "Access Denied because object protected by object lock.").status(403)),
        false => Ok(()),
    }
}

fn absent() -> Fault {
    Fault::new("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration").status(404)
}

pub fn get_retention(call: &mut Call<'_>) -> Result<Value, Fault> {
    check_bucket(call)?;
    let (version, _) = object::find(call)?;
    match version["ObjectLockMode"].is_null() {
        true => Err(absent()),
        false => Ok(json!({"Retention": {"Mode": version["ObjectLockMode"], "RetainUntilDate": version["ObjectLockRetainUntilDate"]}})),
    }
}

pub fn put_retention(call: &mut Call<'_>) -> Result<Value, Fault> {
    check_bucket(call)?;
    let (version, _) = object::find(call)?;
    let wanted = &call.input["Retention"];
    let shorter = wanted["RetainUntilDate"].as_f64() < version["ObjectLockRetainUntilDate"].as_f64();
    if shorter || wanted["Mode"] != version["ObjectLockMode"] {
        // A longer time in the same mode locks no less than before.
        let legal = json!({"ObjectLockMode": version["ObjectLockMode"], "ObjectLockRetainUntilDate": version["ObjectLockRetainUntilDate"]});
        check_free(call, &legal)?;
    }
    let change = json!({"ObjectLockMode": wanted["Mode"], "ObjectLockRetainUntilDate": wanted["RetainUntilDate"]});
    set(call, change)
}

pub fn get_legal_hold(call: &mut Call<'_>) -> Result<Value, Fault> {
    check_bucket(call)?;
    let (version, _) = object::find(call)?;
    match version["ObjectLockLegalHoldStatus"].as_str() {
        None => Err(absent()),
        Some(status) => Ok(json!({"LegalHold": {"Status": status}})),
    }
}

pub fn put_legal_hold(call: &mut Call<'_>) -> Result<Value, Fault> {
    check_bucket(call)?;
    let change = json!({"ObjectLockLegalHoldStatus": call.input["LegalHold"]["Status"]});
    set(call, change)
}

/// Changes the version that the call names.
fn set(call: &mut Call<'_>, change: Value) -> Result<Value, Fault> {
    let (version, _) = object::find(call)?;
    let own = version["VersionId"].clone();
    let id = format!("{}/{}", call.text("Bucket"), call.text("Key"));
    for version in call.get_mut(OBJECTS, &id).and_then(|row| row["_versions"].as_array_mut()).into_iter().flatten() {
        if version["VersionId"] == own {
            crate::world::merge(version, &change);
        }
    }
    Ok(json!({}))
}
