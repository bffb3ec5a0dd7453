//! Bucket tags, which are always set as a whole.

use super::bucket;
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
        () if tags.iter().any(|(key, _)| key.is_empty() || key.chars().count() > 128) => "The TagKey you have provided is invalid",
        () if tags.iter().any(|(_, value)| value.chars().count() > 256) => "The TagValue you have provided is invalid",
        () if tags.len() > 50 => return Err(Fault::new("BadRequest", "Bucket tag count cannot be greater than 50")),
        () => return Ok(()),
    };
    Err(Fault::new("InvalidTag", problem))
}

fn replace(call: &mut Call<'_>, tags: Vec<(String, String)>) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    let arn = format!("arn:aws:s3:::{name}");
    let old: Vec<String> = call.tags(&arn).into_keys().collect();
    call.unset_tags(&arn, &old);
    call.set_tags(&arn, tags);
    Ok(json!({}))
}
