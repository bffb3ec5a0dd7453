//! Tags of buckets and of versions of objects, which are always set as a whole.

use super::{OBJECTS, bucket, object};
use crate::services::members::are_plain_tags;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let tags = call.tags(&format!("arn:aws:s3:::{name}"));
    match tags.is_empty() {
        true => Err(Fault::new("NoSuchTagSet", "The TagSet does not exist").status(404)),
        false => Ok(json!({"TagSet": tag_list(&tags)})),
    }
}

pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let tags = tags_from(call.input["Tagging"].get("TagSet"));
    check(&tags)?;
    replace(call, tags)
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    replace(call, Vec::new())
}

pub fn check(tags: &[(String, String)]) -> Result<(), Fault> {
    let keys: BTreeSet<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
    let problem = match () {
        () if keys.len() < tags.len() => "Cannot provide multiple Tags with the same key",
        () if keys.iter().any(|key| key.to_lowercase().starts_with("aws:")) => "System tags cannot be added/updated by requester",
        () if tags.iter().any(|(key, _)| !are_plain_tags(&[(key.clone(), String::new())])) => "The TagKey you have provided is invalid",
        // <https://github.com/alphagov/govuk-infrastructure/pull/1175>
        () if !are_plain_tags(tags) => "The TagValue you have provided is invalid",
        () if tags.len() > 50 => return Err(Fault::new("BadRequest", "Bucket tag count cannot be greater than 50")),
        () => return Ok(()),
    };
    Err(Fault::new("InvalidTag", problem))
}

/// S3 answers both ways of it with 204, which the model tells of one.
fn replace(call: &mut Call<'_>, tags: Vec<(String, String)>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let arn = format!("arn:aws:s3:::{name}");
    let old: Vec<String> = call.tags(&arn).into_keys().collect();
    call.unset_tags(&arn, &old);
    call.set_tags(&arn, tags);
    Ok(json!({"_status": 204}))
}

pub fn get_object(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (version, versioned) = object::find(call)?;
    let tags = version["_tags"].as_array().cloned().unwrap_or_default();
    Ok(json!({"TagSet": tags, "VersionId": versioned.then(|| version["VersionId"].clone())}))
}

pub fn put_object(call: &mut Call<'_>) -> Result<Value, Fault> {
    check_object(&tags_from(call.input["Tagging"].get("TagSet")))?;
    let tags = call.input["Tagging"]["TagSet"].clone();
    replace_of_object(call, tags)
}

pub fn delete_object(call: &mut Call<'_>) -> Result<Value, Fault> {
    replace_of_object(call, Value::Null)
}

fn replace_of_object(call: &mut Call<'_>, tags: Value) -> Result<Value, Fault> {
    let (version, versioned) = object::find(call)?;
    let own = version["VersionId"].clone();
    let id = format!("{}/{}", call.text("Bucket"), call.text("Key"));
    for version in call.get_mut(OBJECTS, &id).and_then(|row| row["_versions"].as_array_mut()).into_iter().flatten() {
        if version["VersionId"] == own {
            version["_tags"] = tags.clone();
        }
    }
    Ok(json!({"VersionId": versioned.then_some(own)}))
}

/// An object has ten tags at most.
pub fn check_object(tags: &[(String, String)]) -> Result<(), Fault> {
    match tags.len() > 10 {
        true => Err(Fault::new("BadRequest", "Object tags cannot be greater than 10")),
        false if tags.iter().any(|(key, _)| key.to_lowercase().starts_with("aws:")) => {
            Err(Fault::new("InvalidTag", "Your TagKey cannot be prefixed with aws:"))
        }
        false => check(tags),
    }
}
