//! Uploads in parts.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use super::bucket::owner;
use super::{bad_argument, blob, bucket, checksum, condition, copy, object, range};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// By upload id. `_version` is the version that it becomes; `_parts` by number.
const UPLOADS: &str = "s3.upload";
/// The answers to completed uploads, by upload id, and the seconds for which they are remembered.
const DONE: &str = "s3.completed_upload";
const REMEMBERED: f64 = 600.0;
/// All parts but the last are at least this long.
const SMALLEST: u64 = 5 * 1024 * 1024;
const PAGE: usize = 1000;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    object::check_acl(call)?;
    let (key, version) = (call.text("Key").to_owned(), object::described(call)?);
    let algorithm = call.text("ChecksumAlgorithm").to_owned();
    let default = if algorithm == "CRC64NVME" { "FULL_OBJECT" } else { "COMPOSITE" };
    let kind = if call.text("ChecksumType").is_empty() { default } else { call.text("ChecksumType") }.to_owned();
    if kind == "FULL_OBJECT" && algorithm.starts_with("SHA") {
        return Err(super::invalid(format!(
            "The {kind} checksum type cannot be used with the {} checksum algorithm.",
            algorithm.to_lowercase()
        )));
    }
    let id = format!("{}{}", call.hex(64), call.hex(64));
    let mut answer = object::told(&version);
    let row = json!({
        "UploadId": id, "Key": key, "_bucket": name, "Initiated": version["LastModified"], "StorageClass": version["StorageClass"].as_str().unwrap_or("STANDARD"),
        "_version": version, "_parts": {}, "_algorithm": algorithm, "_kind": kind,
    });
    call.put(UPLOADS, &id, row);
    answer.as_object_mut().map(|answer| answer.remove("ETag"));
    answer["Bucket"] = json!(name);
    answer["Key"] = json!(key);
    answer["UploadId"] = json!(id);
    if !algorithm.is_empty() {
        answer["ChecksumAlgorithm"] = json!(algorithm);
        answer["ChecksumType"] = json!(kind);
    }
    Ok(answer)
}

/// The upload of the call, which has to be one to its bucket and key.
fn wanted<'c>(call: &'c Call<'_>) -> Result<&'c Value, Fault> {
    let (name, _) = bucket(call)?;
    let found = call.get(UPLOADS, call.text("UploadId")).filter(|row| row["_bucket"] == name.as_str() && row["Key"] == call.text("Key"));
    found.ok_or_else(|| {
        let text = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
        Fault::new("NoSuchUpload", text).status(404)
    })
}

pub fn put_part(call: &mut Call<'_>) -> Result<Value, Fault> {
    wanted(call)?;
    let encoded = call.text("Body").to_owned();
    let content = STANDARD.decode(&encoded).unwrap_or_default();
    let mut answer = checksum::check(call, &content)?;
    answer.as_object_mut().map(|answer| answer.remove("ChecksumType"));
    let part = add_part(call, &content, &encoded, &answer)?;
    answer["ETag"] = part["ETag"].clone();
    answer["ServerSideEncryption"] = wanted(call)?["_version"]["ServerSideEncryption"].clone();
    Ok(answer)
}

pub fn copy_part(call: &mut Call<'_>) -> Result<Value, Fault> {
    wanted(call)?;
    let source = copy::source(call)?;
    let mut content = blob::bytes(call, &source.version);
    let asked = call.text("CopySourceRange");
    if !asked.is_empty() {
        let range = range::asked(asked, content.len())?.ok_or_else(|| {
            bad_argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
        })?;
        content = content[range].to_vec();
    }
    let part = add_part(call, &content, &STANDARD.encode(&content), &json!({}))?;
    let answer = json!({"ETag": part["ETag"], "LastModified": part["LastModified"]});
    Ok(json!({"CopyPartResult": answer, "CopySourceVersionId": source.answered}))
}

fn add_part(call: &mut Call<'_>, content: &[u8], encoded: &str, checksums: &Value) -> Result<Value, Fault> {
    let number = call.input["PartNumber"].as_i64().unwrap_or(0);
    if !(1..=10_000).contains(&number) {
        return Err(bad_argument("Part number must be an integer between 1 and 10000, inclusive"));
    }
    let old = wanted(call)?["_parts"][number.to_string()].clone();
    blob::forget(call, &old);
    let mut part = json!({
        "PartNumber": number, "ETag": checksum::etag(content), "Size": content.len(), "LastModified": call.now().floor(), "_blob": blob::keep(call, encoded),
    });
    crate::world::merge(&mut part, checksums);
    let id = call.text("UploadId").to_owned();
    if let Some(row) = call.get_mut(UPLOADS, &id) {
        row["_parts"][number.to_string()] = part.clone();
    }
    Ok(part)
}

pub fn complete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    // Whoever missed the answer asks again, and gets the same.
    if let Some(done) =
        call.get(DONE, call.text("UploadId")).filter(|done| done["Bucket"] == name.as_str() && done["Key"] == call.text("Key"))
    {
        return Ok(done.clone());
    }
    let upload = wanted(call)?.clone();
    let id = format!("{name}/{}", call.text("Key"));
    condition::write(call, object::latest(call, &id))?;
    let asked = call.input["MultipartUpload"]["Parts"].as_array().cloned().unwrap_or_default();
    if asked.is_empty() {
        return Err(super::malformed());
    }
    let parts = chosen(&upload, &asked)?;
    let contents: Vec<Vec<u8>> = parts.iter().map(|part| blob::bytes(call, part)).collect();
    let content = contents.concat();
    if call.input["MpuObjectSize"].as_u64().is_some_and(|size| usize::try_from(size) != Ok(content.len())) {
        return Err(super::invalid("The provided 'x-amz-mp-object-size' header does not match what was computed."));
    }
    let mut version = upload["_version"].clone();
    let etags: Vec<&str> = parts.iter().filter_map(|part| part["ETag"].as_str()).collect();
    version["ETag"] = json!(checksum::composite_etag(&etags));
    version["Size"] = json!(content.len());
    version["LastModified"] = json!(call.now().floor());
    version["_parts"] = parts.iter().map(|part| part["Size"].clone()).collect();
    let mut answer = object::told(&version);
    let (member, kind) = match checksum::member(upload["_algorithm"].as_str().unwrap_or_default()) {
        Some(member) => (member, upload["_kind"].as_str().unwrap_or_default()),
        None => ("ChecksumCRC64NVME", "FULL_OBJECT"),
    };
    let sum = match kind {
        "FULL_OBJECT" => checksum::of(member, &content),
        _ => checksum::composite(member, contents.iter().map(Vec::as_slice)),
    };
    let given = call.text(member);
    if (!given.is_empty() && given != sum) || (!call.text("ChecksumType").is_empty() && call.text("ChecksumType") != kind) {
        return Err(Fault::new("BadDigest", "The checksum you specified did not match the calculated checksum."));
    }
    for (name, value) in [(member, sum.as_str()), ("ChecksumType", kind)] {
        version[name] = json!(value);
        answer[name] = json!(value);
    }
    version["_blob"] = json!(blob::keep(call, &STANDARD.encode(&content)));
    discard(call, &upload);
    answer["Bucket"] = json!(name);
    answer["Key"] = upload["Key"].clone();
    answer["Location"] = json!(format!("https://{name}.s3.{}.amazonaws.com/{}", call.region, call.text("Key")));
    if let Some(version) = object::add(call, &name, &id, version) {
        answer["VersionId"] = json!(version);
    }
    let upload = upload["UploadId"].as_str().unwrap_or_default();
    call.put(DONE, upload, answer.clone());
    call.remove_later(DONE, upload, REMEMBERED);
    Ok(answer)
}

/// The parts that the caller names, in order, as they were uploaded.
fn chosen(upload: &Value, asked: &[Value]) -> Result<Vec<Value>, Fault> {
    let number = |part: &Value| part["PartNumber"].as_i64().unwrap_or(0);
    if asked.windows(2).any(|two| number(&two[0]) >= number(&two[1])) {
        let text = "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
        return Err(Fault::new("InvalidPartOrder", text));
    }
    let mut parts = Vec::new();
    for part in asked {
        let own = &upload["_parts"][number(part).to_string()];
        let plain = |part: &Value| part["ETag"].as_str().unwrap_or_default().trim_matches('"').to_owned();
        let differs = |member: &&&str| part[**member].is_string() && own[**member].is_string() && part[**member] != own[**member];
        if own.is_null() || plain(own) != plain(part) || checksum::MEMBERS.iter().filter(differs).count() > 0 {
            let text = "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag \
                        may not match the part's entity tag.";
            return Err(Fault::new("InvalidPart", text));
        }
        parts.push(own.clone());
    }
    let small = parts.iter().rev().skip(1).any(|part| part["Size"].as_u64().is_some_and(|size| size < SMALLEST));
    match small {
        true => Err(Fault::new("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")),
        false => Ok(parts),
    }
}

/// Forgets an upload with all of its parts.
fn discard(call: &mut Call<'_>, upload: &Value) {
    for part in upload["_parts"].as_object().into_iter().flat_map(Map::values) {
        blob::forget(call, part);
    }
    call.remove(UPLOADS, upload["UploadId"].as_str().unwrap_or_default());
}

pub fn abort(call: &mut Call<'_>) -> Result<Value, Fault> {
    let upload = wanted(call)?.clone();
    discard(call, &upload);
    Ok(json!({}))
}

pub fn list_parts(call: &mut Call<'_>) -> Result<Value, Fault> {
    let upload = wanted(call)?;
    let page = call.input["MaxParts"].as_u64().and_then(|parts| usize::try_from(parts).ok()).unwrap_or(PAGE).min(PAGE);
    let marker = call.input["PartNumberMarker"].as_i64().unwrap_or(0);
    let mut parts: Vec<&Value> = upload["_parts"].as_object().into_iter().flat_map(Map::values).collect();
    parts.sort_by_key(|part| part["PartNumber"].as_i64());
    parts.retain(|part| part["PartNumber"].as_i64() > Some(marker));
    let truncated = parts.len() > page;
    parts.truncate(page);
    let mut answer = json!({
        "Bucket": upload["_bucket"], "Key": upload["Key"], "UploadId": upload["UploadId"], "PartNumberMarker": marker, "MaxParts": page,
        "IsTruncated": truncated, "Parts": parts, "Owner": owner(call), "Initiator": owner(call), "StorageClass": upload["StorageClass"],
    });
    if let Some(last) = parts.last() {
        answer["NextPartNumberMarker"] = last["PartNumber"].clone();
    }
    if upload["_algorithm"] != "" {
        answer["ChecksumAlgorithm"] = upload["_algorithm"].clone();
        answer["ChecksumType"] = upload["_kind"].clone();
    }
    Ok(answer)
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let (prefix, delimiter, marker, after) =
        (call.text("Prefix"), call.text("Delimiter"), call.text("KeyMarker"), call.text("UploadIdMarker"));
    let page = call.input["MaxUploads"].as_u64().and_then(|uploads| usize::try_from(uploads).ok()).unwrap_or(PAGE).min(PAGE);
    let key = |row: &Value| row["Key"].as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<&Value> = call.all(UPLOADS).into_iter().map(|(_, row)| row).filter(|row| row["_bucket"] == name.as_str()).collect();
    rows.retain(|row| {
        let own = key(row);
        own.starts_with(prefix) && (own.as_str() > marker || (own == marker && !after.is_empty() && row["UploadId"].as_str() > Some(after)))
    });
    rows.sort_by_key(|row| (key(row), row["Initiated"].as_f64().unwrap_or_default().to_bits()));
    let mut common: Vec<String> = Vec::new();
    rows.retain(|row| match super::listing::group(&key(row), prefix, delimiter) {
        Some(group) => {
            if common.last() != Some(&group) {
                common.push(group);
            }
            false
        }
        None => true,
    });
    let truncated = rows.len() > page;
    rows.truncate(page);
    let uploads: Vec<Value> = rows
        .iter()
        .map(|row| {
            let shown = ["UploadId", "Key", "Initiated", "StorageClass"].map(|member| (member.to_owned(), row[member].clone()));
            let people = ["Owner", "Initiator"].map(|member| (member.to_owned(), owner(call)));
            Value::Object(shown.into_iter().chain(people).collect())
        })
        .collect();
    let mut answer = json!({
        "Bucket": name, "KeyMarker": marker, "UploadIdMarker": after, "Prefix": prefix, "MaxUploads": page, "IsTruncated": truncated, "Uploads": uploads,
        "CommonPrefixes": common.iter().map(|prefix| json!({"Prefix": prefix})).collect::<Value>(),
    });
    if let (true, Some(last)) = (truncated, rows.last()) {
        answer["NextKeyMarker"] = last["Key"].clone();
        answer["NextUploadIdMarker"] = last["UploadId"].clone();
    }
    Ok(answer)
}

/// Forgets the uploads to a bucket that are not complete: they do not keep it.
pub fn discard_all(call: &mut Call<'_>, bucket: &str) {
    let open = call.all(UPLOADS).into_iter().map(|(_, row)| row).filter(|row| row["_bucket"] == bucket);
    for upload in open.cloned().collect::<Vec<_>>() {
        discard(call, &upload);
    }
}
