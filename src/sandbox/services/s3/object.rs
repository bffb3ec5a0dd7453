//! Objects and their versions. Assumed: an ETag is a digest of the content, but not MD5.

use super::{BUCKETS, OBJECTS, bucket};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Members of PutObject that GetObject and HeadObject answer as they were given.
const KEPT: &[&str] = &[
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "StorageClass",
    "WebsiteRedirectLocation",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
];
const CHECKSUMS: &[&str] = &["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];

pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, row) = bucket(call)?;
    let input = call.input;
    let enforced = row["_ownership"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced";
    if enforced && !["", "private", "bucket-owner-full-control", "bucket-owner-read"].contains(&call.text("ACL")) {
        return Err(Fault::new("AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let default = &row["_encryption"]["Rules"][0];
    let encryption = default["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"].as_str().unwrap_or("AES256").to_owned();
    let (default_key, bucket_key) =
        (default["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].clone(), default["BucketKeyEnabled"].clone());
    let id = format!("{name}/{}", call.text("Key"));
    let body = STANDARD.decode(call.text("Body")).unwrap_or_default();
    let digest: String = Sha256::digest(&body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{digest}\"");
    let current = latest(call, &id).cloned();
    let failed = Fault::new("PreconditionFailed", "At least one of the pre-conditions you specified did not hold").status(412);
    if call.text("IfNoneMatch") == "*" && current.is_some() {
        return Err(failed);
    }
    match (call.text("IfMatch"), &current) {
        ("", _) => {}
        (_, None) => return Err(no_such_key()),
        (wanted, Some(current)) if current["ETag"].as_str().is_some_and(|etag| etag.trim_matches('"') != wanted.trim_matches('"')) => {
            return Err(failed);
        }
        _ => {}
    }
    let mut version = json!({
        "ETag": etag, "Size": body.len(), "LastModified": call.now(), "_body": input.get("Body"), "ServerSideEncryption": encryption,
        "ContentType": "binary/octet-stream",
    });
    if encryption.starts_with("aws:kms") {
        version["SSEKMSKeyId"] = default_key;
        version["BucketKeyEnabled"] = bucket_key;
    }
    for member in KEPT.iter().chain(CHECKSUMS) {
        if let Some(value) = input.get(*member).filter(|value| !value.is_null()) {
            version[*member] = value.clone();
        }
    }
    let mut answer = json!({"ETag": etag, "ServerSideEncryption": version["ServerSideEncryption"]});
    for member in CHECKSUMS.iter().chain(&["SSEKMSKeyId", "BucketKeyEnabled"]) {
        if let Some(value) = version.get(*member).filter(|value| !value.is_null()) {
            answer[*member] = value.clone();
        }
    }
    if let Some(version) = add(call, &name, &id, version) {
        answer["VersionId"] = json!(version);
    }
    Ok(answer)
}

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut answer = head(call)?;
    let body = find(call)?.0["_body"].clone();
    answer["Body"] = if body.is_null() { json!("") } else { body };
    Ok(answer)
}

pub fn head(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (version, versioned) = find(call)?;
    let etag = version["ETag"].as_str().unwrap_or_default();
    let same = |wanted: &str| wanted == "*" || wanted.trim_matches('"') == etag.trim_matches('"');
    if !call.text("IfMatch").is_empty() && !same(call.text("IfMatch")) {
        return Err(Fault::new("PreconditionFailed", "At least one of the pre-conditions you specified did not hold").status(412));
    }
    if !call.text("IfNoneMatch").is_empty() && same(call.text("IfNoneMatch")) {
        return Err(Fault::new("NotModified", "Not Modified").status(304));
    }
    let mut answer =
        json!({"AcceptRanges": "bytes", "ContentLength": version["Size"], "ETag": etag, "LastModified": version["LastModified"]});
    let checksums: &[&str] = if call.text("ChecksumMode") == "ENABLED" { CHECKSUMS } else { &[] };
    for member in KEPT.iter().chain(checksums) {
        if let Some(value) = version.get(*member).filter(|value| !value.is_null()) {
            answer[*member] = value.clone();
        }
    }
    if versioned {
        answer["VersionId"] = version["VersionId"].clone();
    }
    Ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let (key, version) = (call.text("Key").to_owned(), call.text("VersionId").to_owned());
    Ok(remove(call, &name, &key, &version))
}

pub fn delete_many(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let objects = call.input["Delete"]["Objects"].as_array().map(Vec::as_slice).unwrap_or_default();
    if objects.is_empty() || objects.len() > 1000 {
        return Err(super::malformed());
    }
    let mut deleted = Vec::new();
    for object in objects {
        let (key, version) = (object["Key"].as_str().unwrap_or_default(), object["VersionId"].as_str().unwrap_or_default());
        let done = remove(call, &name, key, version);
        let mut entry = json!({"Key": key});
        if !version.is_empty() {
            entry["VersionId"] = json!(version);
        }
        if done["DeleteMarker"] == true {
            entry["DeleteMarker"] = json!(true);
            entry["DeleteMarkerVersionId"] = done["VersionId"].clone();
        }
        deleted.push(entry);
    }
    if call.input["Delete"]["Quiet"] == true {
        deleted.clear();
    }
    Ok(json!({"Deleted": deleted}))
}

/// The newest version of an object, unless a delete marker hides it.
pub fn latest<'c>(call: &'c Call<'_>, id: &str) -> Option<&'c Value> {
    call.get(OBJECTS, id)?["_versions"].get(0).filter(|version| version["_marker"] != true)
}

/// The version in the input, and whether it has an id to answer.
fn find<'c>(call: &'c Call<'_>) -> Result<(&'c Value, bool), Fault> {
    let (name, row) = bucket(call)?;
    let (id, wanted) = (format!("{name}/{}", call.text("Key")), call.text("VersionId"));
    let versioned = row["_versioning"].is_object();
    if wanted.is_empty() {
        return latest(call, &id).map(|version| (version, versioned)).ok_or_else(no_such_key);
    }
    let versions = call.get(OBJECTS, &id).and_then(|row| row["_versions"].as_array());
    let found = versions.into_iter().flatten().find(|version| version["VersionId"] == wanted);
    match found {
        None => Err(Fault::new("NoSuchVersion", "The specified version does not exist.").status(404)),
        Some(version) if version["_marker"] == true => {
            Err(Fault::new("MethodNotAllowed", "The specified method is not allowed against this resource.").status(405))
        }
        Some(version) => Ok((version, versioned)),
    }
}

fn no_such_key() -> Fault {
    Fault::new("NoSuchKey", "The specified key does not exist.").status(404)
}

/// Puts a version on top, as the bucket's versioning says; its id, if the bucket has versions.
fn add(call: &mut Call<'_>, bucket: &str, id: &str, mut version: Value) -> Option<String> {
    let versioning = call.get(BUCKETS, bucket).and_then(|row| row["_versioning"]["Status"].as_str()).map(String::from);
    let own = if versioning.as_deref() == Some("Enabled") { call.hex(32) } else { "null".into() };
    version["VersionId"] = json!(own);
    let mut versions = call.get(OBJECTS, id).and_then(|row| row["_versions"].as_array()).cloned().unwrap_or_default();
    // Without versioning, or while it is suspended, there is one version without an id and it is replaced.
    versions.retain(|version| version["VersionId"] != own.as_str());
    versions.insert(0, version);
    call.put(OBJECTS, id, json!({"_versions": versions}));
    versioning.map(|_| own)
}

/// Deletes one version, or puts a delete marker; what DeleteObject answers.
fn remove(call: &mut Call<'_>, bucket: &str, key: &str, version: &str) -> Value {
    let id = format!("{bucket}/{key}");
    let versioned = call.get(BUCKETS, bucket).is_some_and(|row| row["_versioning"].is_object());
    if version.is_empty() && versioned {
        let marker = json!({"_marker": true, "LastModified": call.now()});
        return json!({"DeleteMarker": true, "VersionId": add(call, bucket, &id, marker)});
    }
    let version = if version.is_empty() { "null" } else { version };
    let mut versions = call.get(OBJECTS, &id).and_then(|row| row["_versions"].as_array()).cloned().unwrap_or_default();
    let marker = versions.iter().any(|own| own["VersionId"] == version && own["_marker"] == true);
    versions.retain(|own| own["VersionId"] != version);
    if versions.is_empty() {
        call.remove(OBJECTS, &id);
    } else {
        call.put(OBJECTS, &id, json!({"_versions": versions}));
    }
    let mut answer = json!({});
    if versioned {
        answer["VersionId"] = json!(version);
    }
    if marker {
        answer["DeleteMarker"] = json!(true);
    }
    answer
}
