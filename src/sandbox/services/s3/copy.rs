//! CopyObject, and the source that copies of whole objects and of parts name alike.

use super::{BUCKETS, blob, bucket, checksum, condition, invalid, object};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub struct Source {
    /// The row of the object.
    pub id: String,
    /// Its version as it stands in the row.
    pub version: Value,
    /// Its version id, where its bucket has versions.
    pub answered: Option<Value>,
}

/// `bucket/key` or `/bucket/key`, percent-encoded, perhaps with `?versionId=…`. The bucket may be in any region.
pub fn source(call: &Call<'_>) -> Result<Source, Fault> {
    let given = call.text("CopySource");
    let (path, version) = given.split_once("?versionId=").unwrap_or((given, ""));
    let path = percent_decode_str(path).decode_utf8_lossy();
    let id = path.strip_prefix('/').unwrap_or(&path).to_owned();
    if id.starts_with("arn:") {
        return Err(Fault::new("NotInSandbox", "a copy from an access point is not in the sandbox").status(501));
    }
    let (name, _) = id
        .split_once('/')
        .filter(|(name, key)| !name.is_empty() && !key.is_empty())
        .ok_or_else(|| super::bad_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey"))?;
    let row = call.get(BUCKETS, name).ok_or_else(|| Fault::new("NoSuchBucket", "The specified bucket does not exist").status(404))?;
    let owner = call.text("ExpectedSourceBucketOwner");
    if !owner.is_empty() && owner != call.world.account {
        return Err(Fault::new("AccessDenied", "Access Denied").status(403));
    }
    let key = id.split_once('/').map(|(_, key)| key.to_owned()).unwrap_or_default();
    let found = object::version(call, &id, version).map_err(|fault| fault.detail("Key", key))?;
    condition::source(call, found)?;
    let answered = row["_versioning"].is_object().then(|| found["VersionId"].clone());
    Ok(Source { version: found.clone(), answered, id })
}

pub fn copy(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    object::check_acl(call)?;
    let id = format!("{name}/{}", call.text("Key"));
    condition::write(call, object::latest(call, &id))?;
    let source = source(call)?;
    let replaces = |directive: &str| call.text(directive) == "REPLACE";
    let changes = ["StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSEKMSKeyId"];
    let changed = replaces("MetadataDirective") || changes.iter().any(|member| call.input.get(*member).is_some());
    let newest = !call.text("CopySource").contains("?versionId=");
    if source.id == id && newest && !changed {
        return Err(invalid(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage \
             class, website redirect location or encryption attributes.",
        ));
    }
    let mut version = object::described(call)?;
    if !replaces("MetadataDirective") {
        object::take_over(&mut version, &source.version);
    }
    if !replaces("TaggingDirective") {
        version["_tags"] = source.version["_tags"].clone();
    }
    let encoded = blob::encoded(call, &source.version).to_owned();
    let content = STANDARD.decode(&encoded).unwrap_or_default();
    version["ETag"] = json!(checksum::etag(&content));
    version["Size"] = json!(content.len());
    let mut result = json!({"ETag": version["ETag"], "LastModified": version["LastModified"], "ChecksumType": "FULL_OBJECT"});
    let asked = checksum::member(call.text("ChecksumAlgorithm"));
    for member in checksum::MEMBERS.into_iter().filter(|member| asked.map_or(source.version[*member].is_string(), |asked| asked == *member))
    {
        let sum = json!(checksum::of(member, &content));
        version[member] = sum.clone();
        result[member] = sum;
    }
    version["ChecksumType"] = json!("FULL_OBJECT");
    version["_blob"] = json!(blob::keep(call, &encoded));
    let mut answer = object::told(&version);
    answer.as_object_mut().map(|answer| answer.remove("ETag"));
    answer["CopyObjectResult"] = result;
    answer["CopySourceVersionId"] = json!(source.answered);
    if let Some(version) = object::add(call, &name, &id, version) {
        answer["VersionId"] = json!(version);
    }
    Ok(answer)
}
