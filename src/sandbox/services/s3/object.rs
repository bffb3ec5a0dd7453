//! Objects and their versions: put, get, head, delete.

use super::{BUCKETS, OBJECTS, blob, bucket, checksum, condition, lock, range, tagging};
use crate::codec::query;
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::ops::Range;

/// The members that a caller says of a content, and is answered as they were given.
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
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
    "ObjectLockLegalHoldStatus",
];

pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    check_acl(call)?;
    let id = format!("{name}/{}", call.text("Key"));
    condition::write(call, latest(call, &id))?;
    let encoded = call.text("Body").to_owned();
    let content = STANDARD.decode(&encoded).unwrap_or_default();
    let checksums = checksum::check(call, &content)?;
    let mut version = described(call)?;
    crate::world::merge(&mut version, &checksums);
    version["ETag"] = json!(checksum::etag(&content));
    version["Size"] = json!(content.len());
    version["_blob"] = json!(blob::keep(call, &encoded));
    let mut answer = told(&version);
    for (member, value) in checksums.as_object().into_iter().flatten() {
        answer[member] = value.clone();
    }
    if let Some(version) = add(call, &name, &id, version) {
        answer["VersionId"] = json!(version);
    }
    Ok(answer)
}

/// A version as the input describes it, without its content: for what is put, copied, or put together.
pub fn described(call: &Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    let input = call.input;
    let default = &row["_encryption"]["Rules"][0];
    let encryption = default["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"].as_str().unwrap_or("AES256");
    let mut version = json!({"LastModified": call.now().floor(), "ServerSideEncryption": encryption, "ContentType": "binary/octet-stream"});
    if encryption.starts_with("aws:kms") && input.get("ServerSideEncryption").is_none() {
        version["SSEKMSKeyId"] = default["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].clone();
        version["BucketKeyEnabled"] = default["BucketKeyEnabled"].clone();
    }
    for member in KEPT {
        if let Some(value) = input.get(*member).filter(|value| !value.is_null()) {
            version[*member] = value.clone();
        }
    }
    lock::apply(call, &mut version)?;
    let given: Vec<(String, String)> = query::pairs(call.text("Tagging")).collect();
    if !given.is_empty() {
        tagging::check_object(&given)?;
        version["_tags"] = given.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    }
    Ok(version)
}

/// Takes over what was said of another version, where the input says nothing of its own.
pub fn take_over(version: &mut Value, from: &Value) {
    let own = ["ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "StorageClass", "WebsiteRedirectLocation"];
    for member in KEPT.iter().filter(|member| !own.contains(member) && !lock::MEMBERS.contains(member)) {
        version[*member] = from[*member].clone();
    }
}

/// Returns the members that every answer to a write tells of the version.
pub fn told(version: &Value) -> Value {
    let mut answer = json!({"ETag": version["ETag"], "ServerSideEncryption": version["ServerSideEncryption"]});
    for member in ["SSEKMSKeyId", "BucketKeyEnabled"] {
        answer[member] = version[member].clone();
    }
    answer
}

/// Without access control lists, nobody else can be let in by one.
pub fn check_acl(call: &Call<'_>) -> Result<(), Fault> {
    let (_, row) = bucket(call)?;
    let enforced = row["_ownership"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced";
    match enforced && !["", "private", "bucket-owner-full-control", "bucket-owner-read"].contains(&call.text("ACL")) {
        true => Err(Fault::new("AccessControlListNotSupported", "The bucket does not allow ACLs")),
        false => Ok(()),
    }
}

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (mut answer, part) = shown(call)?;
    let (version, _) = find(call)?;
    answer["Body"] = match part {
        Some(part) => json!(STANDARD.encode(&blob::bytes(call, version)[part])),
        None => json!(blob::encoded(call, version)),
    };
    Ok(answer)
}

pub fn head(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(shown(call)?.0)
}

/// The headers of an object, and the part of it that is asked for.
fn shown(call: &Call<'_>) -> Result<(Value, Option<Range<usize>>), Fault> {
    let (version, versioned) = find(call)?;
    condition::read(call, version)?;
    let size = version["Size"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
    let mut answer =
        json!({"AcceptRanges": "bytes", "ContentLength": size, "ETag": version["ETag"], "LastModified": version["LastModified"]});
    for member in KEPT {
        if let Some(value) = version.get(*member).filter(|value| !value.is_null() && **value != "STANDARD") {
            answer[*member] = value.clone();
        }
    }
    if let Some(tags) = version["_tags"].as_array().filter(|tags| !tags.is_empty()) {
        answer["TagCount"] = json!(tags.len());
    }
    if versioned {
        answer["VersionId"] = version["VersionId"].clone();
    }
    for (asked, member) in [
        ("ResponseCacheControl", "CacheControl"),
        ("ResponseContentDisposition", "ContentDisposition"),
        ("ResponseContentEncoding", "ContentEncoding"),
        ("ResponseContentLanguage", "ContentLanguage"),
        ("ResponseContentType", "ContentType"),
        ("ResponseExpires", "Expires"),
    ] {
        if let Some(value) = call.input.get(asked) {
            answer[member] = value.clone();
        }
    }
    let part = match call.input["PartNumber"].as_u64() {
        Some(number) => {
            let sizes: Vec<usize> = match version["_parts"].as_array() {
                Some(parts) => parts.iter().filter_map(|size| usize::try_from(size.as_u64()?).ok()).collect(),
                None => vec![size],
            };
            let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).filter(|index| *index < sizes.len());
            let index = index.ok_or_else(|| Fault::new("InvalidPartNumber", "The requested partnumber is not satisfiable").status(416))?;
            if version["_parts"].is_array() {
                answer["PartsCount"] = json!(sizes.len());
            }
            let from: usize = sizes[..index].iter().sum();
            Some(from..from + sizes[index])
        }
        None => range::asked(call.text("Range"), size)?,
    };
    match &part {
        Some(part) => {
            answer["ContentLength"] = json!(part.len());
            answer["ContentRange"] = json!(format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1)));
            answer["_status"] = json!(206);
        }
        None if call.text("ChecksumMode") == "ENABLED" => {
            for member in checksum::MEMBERS.iter().chain(&["ChecksumType"]) {
                answer[*member] = version[*member].clone();
            }
        }
        None => {}
    }
    Ok((answer, part))
}

/// GetObjectAttributes: what is asked for, and nothing else.
pub fn attributes(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (version, versioned) = find(call)?;
    let asked = call.texts("ObjectAttributes");
    let asks = |name: &str| asked.iter().any(|own| own == name);
    let mut answer = json!({"LastModified": version["LastModified"]});
    if versioned {
        answer["VersionId"] = version["VersionId"].clone();
    }
    if asks("ETag") {
        answer["ETag"] = json!(version["ETag"].as_str().unwrap_or_default().trim_matches('"'));
    }
    if asks("ObjectSize") {
        answer["ObjectSize"] = version["Size"].clone();
    }
    if asks("StorageClass") {
        answer["StorageClass"] = json!(version["StorageClass"].as_str().unwrap_or("STANDARD"));
    }
    if asks("Checksum") {
        // The number of parts, which the checksum of an object in parts ends with elsewhere, is left out here.
        let bare = |value: &Value| value.as_str().map(|sum| sum.split('-').next().unwrap_or_default().to_owned());
        let kept = checksum::MEMBERS.iter().chain(&["ChecksumType"]).map(|member| ((*member).to_owned(), json!(bare(&version[*member]))));
        answer["Checksum"] = Value::Object(kept.collect());
    }
    if let (true, Some(parts)) = (asks("ObjectParts"), version["_parts"].as_array()) {
        answer["ObjectParts"] = json!({"TotalPartsCount": parts.len()});
    }
    Ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let (key, version) = (call.text("Key").to_owned(), call.text("VersionId").to_owned());
    check_unchanged(call, &name, &key, &version, call.text("IfMatch"))?;
    remove(call, &name, &key, &version)
}

/// Refuses to delete what is not what the caller thinks it is.
fn check_unchanged(call: &Call<'_>, bucket: &str, key: &str, version: &str, wanted: &str) -> Result<(), Fault> {
    let id = format!("{bucket}/{key}");
    let own = match version {
        "" => latest(call, &id),
        version => versions(call, &id).iter().find(|own| own["VersionId"] == version),
    };
    condition::matching(wanted, own)
}

pub fn delete_many(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let objects = call.input["Delete"]["Objects"].as_array().map(Vec::as_slice).unwrap_or_default();
    if objects.is_empty() || objects.len() > 1000 {
        return Err(super::malformed());
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in objects {
        let (key, version) = (object["Key"].as_str().unwrap_or_default(), object["VersionId"].as_str().unwrap_or_default());
        let mut entry = json!({"Key": key});
        if !version.is_empty() {
            entry["VersionId"] = json!(version);
        }
        let unchanged = check_unchanged(call, &name, key, version, object["ETag"].as_str().unwrap_or_default());
        let done = match unchanged.and_then(|()| remove(call, &name, key, version)) {
            Ok(done) => done,
            Err(fault) => {
                entry["Code"] = json!(fault.code);
                entry["Message"] = json!(fault.message);
                errors.push(entry);
                continue;
            }
        };
        if done["DeleteMarker"] == true {
            entry["DeleteMarker"] = json!(true);
            entry["DeleteMarkerVersionId"] = done["VersionId"].clone();
        }
        deleted.push(entry);
    }
    if call.input["Delete"]["Quiet"] == true {
        deleted.clear();
    }
    Ok(json!({"Deleted": deleted, "Errors": errors}))
}

fn versions<'c>(call: &'c Call<'_>, id: &str) -> &'c [Value] {
    call.get(OBJECTS, id).and_then(|row| row["_versions"].as_array()).map(Vec::as_slice).unwrap_or_default()
}

/// The newest version of an object, unless a delete marker hides it.
pub fn latest<'c>(call: &'c Call<'_>, id: &str) -> Option<&'c Value> {
    versions(call, id).first().filter(|version| version["_marker"] != true)
}

/// The version in the input, and whether it has an id to answer.
pub fn find<'c>(call: &'c Call<'_>) -> Result<(&'c Value, bool), Fault> {
    let (name, row) = bucket(call)?;
    let id = format!("{name}/{}", call.text("Key"));
    version(call, &id, call.text("VersionId")).map(|version| (version, row["_versioning"].is_object()))
}

/// A version of an object by its id, or the newest.
pub fn version<'c>(call: &'c Call<'_>, id: &str, wanted: &str) -> Result<&'c Value, Fault> {
    if wanted.is_empty() {
        let marker = versions(call, id).first().filter(|version| version["_marker"] == true);
        let absent = || match marker {
            Some(marker) => no_such_key()
                .detail("x-amz-delete-marker", "true")
                .detail("x-amz-version-id", marker["VersionId"].as_str().unwrap_or("null")),
            None => no_such_key(),
        };
        return latest(call, id).ok_or_else(absent);
    }
    match versions(call, id).iter().find(|version| version["VersionId"] == wanted) {
        None => Err(Fault::new("NoSuchVersion", "The specified version does not exist.").status(404)),
        Some(version) if version["_marker"] == true => {
            let method = ["Get", "Head", "Put", "Delete"].into_iter().find(|verb| call.operation.starts_with(verb)).unwrap_or("Put");
            let refused = Fault::new("MethodNotAllowed", "The specified method is not allowed against this resource.").status(405);
            let refused = refused.detail("Method", method.to_uppercase()).detail("ResourceType", "DeleteMarker");
            Err(refused.detail("x-amz-delete-marker", "true").detail("allow", "DELETE"))
        }
        Some(version) => Ok(version),
    }
}

pub fn no_such_key() -> Fault {
    Fault::new("NoSuchKey", "The specified key does not exist.").status(404)
}

/// Puts a version on top, as the bucket's versioning says; its id, if the bucket has versions.
pub fn add(call: &mut Call<'_>, bucket: &str, id: &str, mut version: Value) -> Option<String> {
    let versioning = call.get(BUCKETS, bucket).and_then(|row| row["_versioning"]["Status"].as_str()).map(String::from);
    let own = if versioning.as_deref() == Some("Enabled") { call.hex(32) } else { "null".into() };
    version["VersionId"] = json!(own);
    // Without versioning, or while it is suspended, there is one version without an id and it is replaced.
    let (gone, mut kept): (Vec<Value>, Vec<Value>) =
        versions(call, id).iter().cloned().partition(|version| version["VersionId"] == own.as_str());
    for version in &gone {
        blob::forget(call, version);
    }
    kept.insert(0, version);
    call.put(OBJECTS, id, json!({"_versions": kept}));
    versioning.map(|_| own)
}

/// Deletes one version, or puts a delete marker; what DeleteObject answers.
fn remove(call: &mut Call<'_>, bucket: &str, key: &str, version: &str) -> Result<Value, Fault> {
    let id = format!("{bucket}/{key}");
    let versioned = call.get(BUCKETS, bucket).is_some_and(|row| row["_versioning"].is_object());
    if version.is_empty() && versioned {
        let marker = json!({"_marker": true, "LastModified": call.now().floor()});
        return Ok(json!({"DeleteMarker": true, "VersionId": add(call, bucket, &id, marker)}));
    }
    let version = if version.is_empty() { "null" } else { version };
    let (gone, kept): (Vec<Value>, Vec<Value>) = versions(call, &id).iter().cloned().partition(|own| own["VersionId"] == version);
    for version in &gone {
        lock::check_free(call, version)?;
        blob::forget(call, version);
    }
    if kept.is_empty() {
        call.remove(OBJECTS, &id);
    } else {
        call.put(OBJECTS, &id, json!({"_versions": kept}));
    }
    let mut answer = json!({});
    if versioned {
        answer["VersionId"] = json!(version);
    }
    if gone.iter().any(|version| version["_marker"] == true) {
        answer["DeleteMarker"] = json!(true);
    }
    Ok(answer)
}
