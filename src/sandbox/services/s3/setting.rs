//! The plain sub-configurations of a bucket: versioning, encryption, public access, ownership, CORS, logging, notifications.

use super::bucket::default_encryption;
use super::{BUCKETS, bad_argument, bucket, invalid, malformed, part, set_part};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn get_versioning(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    Ok(row.get("_versioning").cloned().unwrap_or_else(|| json!({})))
}

pub fn put_versioning(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    let wanted = &call.input["VersioningConfiguration"];
    let Some(status) = wanted["Status"].as_str() else {
        return Err(Fault::new("IllegalVersioningConfigurationException", "The Versioning element must be specified"));
    };
    if status == "Suspended" && row["_object_lock"] == true {
        let message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.";
        return Err(Fault::new("InvalidBucketState", message).status(409));
    }
    if wanted["MFADelete"] == "Enabled" {
        return Err(Fault::new("AccessDenied", "MFA delete can only be set by the root user with an MFA device").status(403));
    }
    set_part(call, "_versioning", json!({"Status": status}))
}

pub fn get_encryption(call: &mut Call<'_>) -> Result<Value, Fault> {
    let absent = ("ServerSideEncryptionConfigurationNotFoundError", "The server side encryption configuration was not found");
    Ok(json!({"ServerSideEncryptionConfiguration": part(call, "_encryption", absent)?}))
}

pub fn put_encryption(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut wanted = call.input["ServerSideEncryptionConfiguration"].clone();
    let Some([rule]) = wanted["Rules"].as_array_mut().map(Vec::as_mut_slice) else { return Err(malformed()) };
    let default = &rule["ApplyServerSideEncryptionByDefault"];
    if default["SSEAlgorithm"] == "AES256" && default["KMSMasterKeyID"].is_string() {
        let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
        return Err(bad_argument(message));
    }
    if rule["BucketKeyEnabled"].is_null() {
        rule["BucketKeyEnabled"] = json!(false);
    }
    set_part(call, "_encryption", wanted)
}

/// There is no bucket without encryption: it goes back to the default.
pub fn delete_encryption(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_encryption", default_encryption())
}

pub fn get_public_access(call: &mut Call<'_>) -> Result<Value, Fault> {
    let absent = ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found");
    Ok(json!({"PublicAccessBlockConfiguration": part(call, "_public_access", absent)?}))
}

pub fn put_public_access(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = &call.input["PublicAccessBlockConfiguration"];
    let on = |member: &str| wanted[member] == true;
    let value = json!({
        "BlockPublicAcls": on("BlockPublicAcls"), "IgnorePublicAcls": on("IgnorePublicAcls"), "BlockPublicPolicy": on("BlockPublicPolicy"),
        "RestrictPublicBuckets": on("RestrictPublicBuckets"),
    });
    set_part(call, "_public_access", value)
}

pub fn delete_public_access(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_public_access", Value::Null)
}

pub fn get_ownership(call: &mut Call<'_>) -> Result<Value, Fault> {
    let absent = ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found");
    Ok(json!({"OwnershipControls": part(call, "_ownership", absent)?}))
}

pub fn put_ownership(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.input["OwnershipControls"].clone();
    match wanted["Rules"].as_array().map(Vec::len) {
        Some(1) => set_part(call, "_ownership", wanted),
        _ => Err(malformed()),
    }
}

pub fn delete_ownership(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_ownership", Value::Null)
}

pub fn get_cors(call: &mut Call<'_>) -> Result<Value, Fault> {
    let rules = part(call, "_cors", ("NoSuchCORSConfiguration", "The CORS configuration does not exist"))?;
    Ok(json!({"CORSRules": rules}))
}

pub fn put_cors(call: &mut Call<'_>) -> Result<Value, Fault> {
    let rules = call.input["CORSConfiguration"]["CORSRules"].clone();
    let list = rules.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() || list.len() > 100 {
        return Err(malformed());
    }
    for rule in list {
        for method in rule["AllowedMethods"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(&method) {
                return Err(invalid(format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}")));
            }
        }
        for member in ["AllowedOrigins", "AllowedHeaders"] {
            let mut values = rule[member].as_array().into_iter().flatten().filter_map(Value::as_str);
            if let Some(value) = values.find(|value| value.matches('*').count() > 1) {
                return Err(invalid(format!("{} \"{value}\" can not have more than one wildcard.", member.trim_end_matches('s'))));
            }
        }
    }
    set_part(call, "_cors", rules)
}

pub fn delete_cors(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_cors", Value::Null)
}

pub fn get_logging(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    Ok(row.get("_logging").map_or_else(|| json!({}), |logging| json!({"LoggingEnabled": logging})))
}

pub fn put_logging(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.input["BucketLoggingStatus"]["LoggingEnabled"].clone();
    if let Some(target) = wanted["TargetBucket"].as_str() {
        let (_, row) = bucket(call)?;
        let problem = match call.get(BUCKETS, target) {
            None => "The target bucket for logging does not exist",
            Some(target) if target["BucketRegion"] != row["BucketRegion"] => "The source and target buckets must be in the same region",
            Some(_) => return set_part(call, "_logging", wanted),
        };
        return Err(Fault::new("InvalidTargetBucketForLogging", problem));
    }
    set_part(call, "_logging", Value::Null)
}

pub fn get_notification(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    Ok(row.get("_notification").cloned().unwrap_or_else(|| json!({})))
}

pub fn put_notification(call: &mut Call<'_>) -> Result<Value, Fault> {
    bucket(call)?;
    let mut wanted = call.input["NotificationConfiguration"].clone();
    let mut ids: Vec<String> = Vec::new();
    for member in ["TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"] {
        for each in wanted[member].as_array_mut().into_iter().flatten() {
            if each["Id"].is_null() {
                each["Id"] = json!(call.hex(32));
            }
            let id = each["Id"].as_str().unwrap_or_default().to_owned();
            if ids.contains(&id) {
                return Err(bad_argument("Configurations must have unique ids"));
            }
            ids.push(id);
        }
        if wanted[member].is_null() {
            wanted.as_object_mut().map(|wanted| wanted.remove(member));
        }
    }
    set_part(call, "_notification", wanted)
}
