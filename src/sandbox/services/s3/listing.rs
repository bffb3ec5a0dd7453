//! ListObjects in both versions, and ListObjectVersions.

use super::bucket::owner;
use super::{OBJECTS, bucket, object};
use crate::world::{Call, Fault};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const PAGE: usize = 1000;
/// All that stays as it is in a name that is encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

pub fn objects(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let (prefix, delimiter, after) = (call.text("Prefix"), call.text("Delimiter"), call.text("StartAfter"));
    let (mut contents, mut common) = (Vec::new(), Vec::new());
    for (key, id) in keys(call, &name).into_iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after) {
        let Some(version) = object::latest(call, &id) else { continue };
        if let Some(group) = group(&key, prefix, delimiter) {
            if common.last() != Some(&group) {
                common.push(group);
            }
            continue;
        }
        let mut entry = json!({
            "Key": key, "ETag": version["ETag"], "Size": version["Size"], "LastModified": version["LastModified"],
            "StorageClass": version["StorageClass"].as_str().unwrap_or("STANDARD"),
        });
        if call.input["FetchOwner"] == true {
            entry["Owner"] = owner(call);
        }
        contents.push(entry);
    }
    let mut answer = json!({
        "Name": name, "Prefix": prefix, "MaxKeys": call.input["MaxKeys"].as_u64().unwrap_or(PAGE as u64), "IsTruncated": false,
        "KeyCount": contents.len() + common.len(), "Contents": contents,
        "CommonPrefixes": common.iter().map(|prefix| json!({"Prefix": prefix})).collect::<Value>(),
    });
    for (member, value) in [("Delimiter", delimiter), ("StartAfter", after), ("ContinuationToken", call.text("ContinuationToken"))] {
        if !value.is_empty() {
            answer[member] = json!(value);
        }
    }
    encode(call, &mut answer);
    Ok(answer)
}

/// The first version of the call, whose pages go on behind a key.
pub fn objects_by_marker(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let (prefix, delimiter, marker) = (call.text("Prefix"), call.text("Delimiter"), call.text("Marker"));
    let page = call.input["MaxKeys"].as_u64().and_then(|keys| usize::try_from(keys).ok()).unwrap_or(PAGE).min(PAGE);
    let (mut contents, mut common): (Vec<Value>, Vec<String>) = Default::default();
    let (mut last, mut truncated) = (String::new(), false);
    for (key, id) in keys(call, &name).into_iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > marker) {
        let Some(version) = object::latest(call, &id) else { continue };
        let group = group(&key, prefix, delimiter);
        if group.as_ref().is_some_and(|group| common.last() == Some(group) || group == marker) {
            continue;
        }
        if contents.len() + common.len() == page {
            truncated = page > 0;
            break;
        }
        last = group.clone().unwrap_or_else(|| key.clone());
        match group {
            Some(group) => common.push(group),
            None => contents.push(json!({
                "Key": key, "ETag": version["ETag"], "Size": version["Size"], "LastModified": version["LastModified"], "Owner": owner(call),
                "StorageClass": version["StorageClass"].as_str().unwrap_or("STANDARD"),
            })),
        }
    }
    let mut answer = json!({
        "Name": name, "Prefix": prefix, "Marker": marker, "MaxKeys": page, "IsTruncated": truncated, "Contents": contents,
        "CommonPrefixes": common.iter().map(|prefix| json!({"Prefix": prefix})).collect::<Value>(),
    });
    if !delimiter.is_empty() {
        answer["Delimiter"] = json!(delimiter);
        if truncated {
            answer["NextMarker"] = json!(last);
        }
    }
    encode(call, &mut answer);
    Ok(answer)
}

/// Percent-encodes every name in the answer where the caller asks for it: XML cannot carry all that a key may hold.
fn encode(call: &Call<'_>, answer: &mut Value) {
    if call.text("EncodingType") != "url" {
        return;
    }
    let encoded = |value: &mut Value| {
        if let Value::String(text) = value {
            *text = utf8_percent_encode(text, UNRESERVED).to_string();
        }
    };
    for member in ["Prefix", "Delimiter", "StartAfter", "Marker", "NextMarker", "KeyMarker", "NextKeyMarker"] {
        answer.get_mut(member).into_iter().for_each(encoded);
    }
    for (list, member) in [("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("CommonPrefixes", "Prefix")] {
        for entry in answer.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            entry.get_mut(member).into_iter().for_each(encoded);
        }
    }
    answer["EncodingType"] = json!("url");
}

pub fn versions(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let (prefix, delimiter) = (call.text("Prefix"), call.text("Delimiter"));
    let (key_marker, version_marker) = (call.text("KeyMarker"), call.text("VersionIdMarker"));
    let page = call.input["MaxKeys"].as_u64().map_or(PAGE, |keys| (keys as usize).min(PAGE));
    let (mut versions, mut markers, mut common): (Vec<Value>, Vec<Value>, Vec<String>) = Default::default();
    let mut last: Option<(String, String)> = None;
    let mut truncated = false;
    'keys: for (key, id) in keys(call, &name).into_iter().filter(|(key, _)| key.starts_with(prefix)) {
        let own = call.get(OBJECTS, &id).and_then(|row| row["_versions"].as_array()).map(Vec::as_slice).unwrap_or_default();
        // A version marker starts behind that version of the marked key, a key marker alone behind the whole key.
        let from = match key.as_str().cmp(key_marker) {
            std::cmp::Ordering::Less => continue,
            std::cmp::Ordering::Equal if version_marker.is_empty() => continue,
            std::cmp::Ordering::Equal => own.iter().position(|version| version["VersionId"] == version_marker).map_or(0, |at| at + 1),
            std::cmp::Ordering::Greater => 0,
        };
        let group = group(&key, prefix, delimiter);
        if group.as_ref().is_some_and(|group| common.last() == Some(group) || key_marker == group.as_str()) {
            continue;
        }
        for (at, version) in own.iter().enumerate().skip(from) {
            if versions.len() + markers.len() + common.len() == page {
                truncated = true;
                break 'keys;
            }
            if let Some(group) = group {
                last = Some((group.clone(), String::new()));
                common.push(group);
                continue 'keys;
            }
            let mut entry = json!({
                "Key": key, "VersionId": version["VersionId"], "IsLatest": at == 0, "LastModified": version["LastModified"], "Owner": owner(call),
            });
            last = Some((key.clone(), version["VersionId"].as_str().unwrap_or_default().to_owned()));
            if version["_marker"] == true {
                markers.push(entry);
                continue;
            }
            entry["ETag"] = version["ETag"].clone();
            entry["Size"] = version["Size"].clone();
            entry["StorageClass"] = json!("STANDARD");
            versions.push(entry);
        }
    }
    let mut answer = json!({
        "Name": name, "Prefix": prefix, "KeyMarker": key_marker, "VersionIdMarker": version_marker, "MaxKeys": page, "IsTruncated": truncated,
        "Versions": versions, "DeleteMarkers": markers,
        "CommonPrefixes": common.iter().map(|prefix| json!({"Prefix": prefix})).collect::<Value>(),
    });
    if !delimiter.is_empty() {
        answer["Delimiter"] = json!(delimiter);
    }
    if let (true, Some((key, version))) = (truncated, last) {
        answer["NextKeyMarker"] = json!(key);
        // A folder has no versions.
        answer["NextVersionIdMarker"] = if version.is_empty() { Value::Null } else { json!(version) };
    }
    encode(call, &mut answer);
    Ok(answer)
}

/// A bucket's keys in order, each with the id of its row.
fn keys(call: &Call<'_>, bucket: &str) -> Vec<(String, String)> {
    let prefix = format!("{bucket}/");
    call.all(OBJECTS).into_iter().filter_map(|(id, _)| Some((id.strip_prefix(&prefix)?.to_owned(), id.clone()))).collect()
}

/// The common prefix that a key is rolled up into.
pub fn group(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    let rest = key.strip_prefix(prefix).filter(|_| !delimiter.is_empty())?;
    rest.find(delimiter).map(|at| format!("{prefix}{}", &rest[..at + delimiter.len()]))
}
