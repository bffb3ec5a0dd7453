//! Settings of a bucket that few have, and that tools read of every bucket: website, acceleration, who pays, replication, object lock.

use super::{bad_argument, bucket, invalid, malformed, part, set_part};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn get_website(call: &mut Call<'_>) -> Result<Value, Fault> {
    part(call, "_website", ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"))
}

pub fn put_website(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.input["WebsiteConfiguration"].clone();
    match (wanted["RedirectAllRequestsTo"].is_object(), wanted["IndexDocument"].is_object()) {
        (true, false) | (false, true) => set_part(call, "_website", wanted),
        (true, true) => Err(bad_argument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")),
        (false, false) => Err(bad_argument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")),
    }
}

pub fn delete_website(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_website", Value::Null)
}

pub fn get_acceleration(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    Ok(row.get("_acceleration").cloned().unwrap_or_else(|| json!({})))
}

pub fn put_acceleration(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    if name.contains('.') {
        return Err(invalid("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"));
    }
    match call.input["AccelerateConfiguration"]["Status"].clone() {
        Value::Null => Err(malformed()),
        status => set_part(call, "_acceleration", json!({"Status": status})),
    }
}

pub fn get_payer(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    Ok(json!({"Payer": row["_payer"].as_str().unwrap_or("BucketOwner")}))
}

pub fn put_payer(call: &mut Call<'_>) -> Result<Value, Fault> {
    let payer = call.input["RequestPaymentConfiguration"]["Payer"].clone();
    set_part(call, "_payer", payer)
}

pub fn get_replication(call: &mut Call<'_>) -> Result<Value, Fault> {
    let absent = ("ReplicationConfigurationNotFoundError", "The replication configuration was not found");
    Ok(json!({"ReplicationConfiguration": part(call, "_replication", absent)?}))
}

/// The rules are kept; nothing is copied by them.
pub fn put_replication(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    if row["_versioning"]["Status"] != "Enabled" {
        return Err(invalid("Versioning must be 'Enabled' on the bucket to apply a replication configuration"));
    }
    let mut wanted = call.input["ReplicationConfiguration"].clone();
    if wanted["Rules"].as_array().is_none_or(|rules| rules.is_empty() || rules.len() > 1000) {
        return Err(malformed());
    }
    let ids: Vec<String> = (0..wanted["Rules"].as_array().map_or(0, Vec::len)).map(|_| call.hex(32)).collect();
    for (rule, id) in wanted["Rules"].as_array_mut().into_iter().flatten().zip(ids) {
        if rule["ID"].is_null() {
            rule["ID"] = json!(id);
        }
    }
    set_part(call, "_replication", wanted)
}

pub fn delete_replication(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_replication", Value::Null)
}

pub fn get_object_lock(call: &mut Call<'_>) -> Result<Value, Fault> {
    let absent = ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket");
    let lock = part(call, "_object_lock", absent)?;
    // A bucket that was made with it has no rule yet.
    let lock = if lock.is_object() { lock } else { json!({"ObjectLockEnabled": "Enabled"}) };
    Ok(json!({"ObjectLockConfiguration": lock}))
}

pub fn put_object_lock(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    if row["_versioning"]["Status"] != "Enabled" {
        let message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
        return Err(Fault::new("InvalidBucketState", message).status(409));
    }
    let wanted = call.input["ObjectLockConfiguration"].clone();
    if wanted["ObjectLockEnabled"].is_null() {
        return match wanted.is_null() {
            true => Err(Fault::new("MissingRequestBodyError", "Request Body is empty")),
            false => Err(malformed()),
        };
    }
    let retention = &wanted["Rule"]["DefaultRetention"];
    if retention.is_object() && retention["Days"].is_null() == retention["Years"].is_null() {
        return Err(malformed());
    }
    set_part(call, "_object_lock", wanted)
}
